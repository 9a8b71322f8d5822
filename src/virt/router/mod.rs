//! The router: a component in front of several that handle requests of http, which it hands
//! on by host and path. What no route means is answered with 404.
//!
//! `wit.rs` makes its world at the version of the handlers, `code.rs` and what it calls the
//! core module with `wasm-encoder`, and `wit-component` the component around both. Handlers of
//! WASI 0.3 run side by side: the router waits for none of them.

mod alloc;
mod asm;
mod code;
mod p2;
mod p3;
mod select;
mod values;
mod wit;

use crate::base::InterfaceName;
use crate::binary::world::World;
use crate::workload::Ask;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The handlers that routes can lead to: of WASI 0.2 and of 0.3.
const HANDLERS: [(&str, Generation); 2] = [
    ("wasi:http/incoming-handler", Generation::P2),
    ("wasi:http/handler", Generation::P3),
];

/// A generation of WASI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Generation {
    P2,
    P3,
}

/// A router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Router {
    /// The component.
    pub bytes: Vec<u8>,
    /// The handler that it exports.
    pub export: String,
    /// Where requests go.
    pub targets: Vec<Target>,
    /// The routes in the order in which they are tried: positions in what was given.
    pub order: Vec<usize>,
}

/// A component behind a router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The component.
    pub component: String,
    /// The import of the router that it provides.
    pub import: String,
    /// Its export.
    pub export: String,
}

/// Why there can be no router.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouterError {
    /// A component that handles no requests.
    #[error(
        "`{0}` gets requests by a route, but exports neither `wasi:http/incoming-handler` nor \
         `wasi:http/handler`"
    )]
    NoHandler(String),
    /// Handlers that one router cannot stand before.
    #[error(
        "routes lead to `{}` of `{}` and to `{}` of `{}`: one component cannot stand before both",
        .0.1, .0.0, .1.1, .1.0
    )]
    Mixed((String, String), (String, String)),
    /// A defect of gusset.
    #[error("the router cannot be written: {0}")]
    Encode(String),
}

impl RouterError {
    /// The component that it is about.
    pub fn component(&self) -> Option<&str> {
        match self {
            RouterError::NoHandler(component) => Some(component),
            RouterError::Mixed(_, (component, _)) => Some(component),
            RouterError::Encode(_) => None,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            RouterError::NoHandler(_) => {
                Some("a route leads to a component that exports one of these")
            }
            RouterError::Mixed(..) => {
                Some("build both for one generation of WASI, or deploy them as two workloads")
            }
            RouterError::Encode(_) => None,
        }
    }
}

/// Makes the router for routes: what each asks, and the component that it leads to.
///
/// # Errors
/// When a component does not handle requests, or when two need different generations of WASI.
pub fn router(
    routes: &[(Ask, &str)],
    world: &dyn Fn(&str) -> Option<Arc<World>>,
) -> Result<Router, RouterError> {
    let mut targets: Vec<Target> = Vec::new();
    let mut found: Vec<(InterfaceName, Generation)> = Vec::new();
    for (_, component) in routes {
        if targets.iter().any(|target| target.component == *component) {
            continue;
        }
        let (name, generation) = handler(component, world)?;
        let import = import_name(component, &targets);
        targets.push(Target {
            component: (*component).to_string(),
            import,
            export: name.to_string(),
        });
        found.push((name, generation));
    }
    let Some(((first, generation), version)) = found.first().zip(latest(&found)) else {
        return Err(RouterError::Encode("there are no routes".to_string()));
    };
    let same = |(name, _): &(InterfaceName, Generation)| name.same_track(first);
    if let Some(other) = found.iter().position(|one| !same(one)) {
        let of = |at: usize| {
            let target: &Target = &targets[at];
            (target.component.clone(), target.export.clone())
        };
        return Err(RouterError::Mixed(of(0), of(other)));
    }
    let asks: Vec<&Ask> = routes.iter().map(|(ask, _)| ask).collect();
    let order = order(&asks);
    let ways = order.iter().map(|at| {
        let (ask, component) = &routes[*at];
        let target = targets.iter().position(|t| t.component == *component);
        select::Way {
            ask: ask.clone(),
            target: target.unwrap_or_default(),
        }
    });
    let ways: Vec<select::Way> = ways.collect();
    let imports: Vec<&str> = targets.iter().map(|t| t.import.as_str()).collect();
    let wit = wit::World::new(*generation, &version, &imports).map_err(encode)?;
    let module = match generation {
        Generation::P2 => p2::module(&wit, &ways),
        Generation::P3 => p3::module(&wit, &ways),
    };
    let bytes = wit.componentize(module.map_err(encode)?).map_err(encode)?;
    Ok(Router {
        bytes,
        export: wit.export,
        targets,
        order,
    })
}

fn encode(error: impl std::fmt::Display) -> RouterError {
    RouterError::Encode(format!("{error:#}"))
}

/// The handler that a component exports; of two, the newer one.
fn handler(
    component: &str,
    world: &dyn Fn(&str) -> Option<Arc<World>>,
) -> Result<(InterfaceName, Generation), RouterError> {
    let none = || RouterError::NoHandler(component.to_string());
    let world = world(component).ok_or_else(none)?;
    let names = world.exports.keys();
    let names = names.filter_map(|name| name.parse::<InterfaceName>().ok());
    let handlers = names.filter_map(|name| {
        let unversioned = name.unversioned();
        let (_, generation) = HANDLERS.iter().find(|(known, _)| *known == unversioned)?;
        Some((name, *generation))
    });
    handlers
        .max_by(|(a, _), (b, _)| a.version.cmp(&b.version))
        .ok_or_else(none)
}

/// The latest version among handlers.
fn latest(found: &[(InterfaceName, Generation)]) -> Option<String> {
    let versions = found.iter().filter_map(|(name, _)| name.version.as_ref());
    versions.max().map(ToString::to_string)
}

/// A name for an import: the component's, as far as WIT allows it.
fn import_name(component: &str, before: &[Target]) -> String {
    let words = component.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).map(|word| {
        let digit = word.starts_with(|c: char| c.is_ascii_digit());
        format!(
            "{}{}",
            if digit { "n" } else { "" },
            word.to_ascii_lowercase()
        )
    });
    let words: Vec<String> = std::iter::once("to".to_string()).chain(words).collect();
    let taken = |name: &str| before.iter().any(|target| target.import == name);
    crate::base::plain_name::free(&words.join("-"), "-n", taken)
}

/// The routes of the host that a request names come before those without one; among each, the
/// longest path comes first. Of two that ask the same, the first counts.
fn order(asks: &[&Ask]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..asks.len()).collect();
    order.sort_by_key(|at| {
        let ask = asks[*at];
        let length = std::cmp::Reverse(ask.path.len());
        (ask.host.is_none(), ask.host.clone(), length, *at)
    });
    let mut seen = BTreeSet::new();
    order.retain(|at| seen.insert(asks[*at]));
    order
}
