//! Least privilege: what the analysis proved that a component needs, and nothing else.
//!
//! A kind of resource of which every name is proven is narrowed to these names. An import of
//! which nothing can be called is refused. Where the proof ends, so does the narrowing: an
//! open verdict is a reason to stop, unless whoever asks says what is to become of it.

use super::error::VirtError;
use super::outside::is_plain;
use super::spec::{Names, Spec, View};
use crate::base::Glob;
use crate::binary::world::{Side, TypeDecl, World, WorldItem};
use crate::compose::{Package, names};
use crate::lock::{Facts, ImportFact};
use crate::needs::{Verdict, phrase};
use crate::workload::InterfacePattern;
use std::collections::BTreeSet;
use std::fmt;

/// What becomes of a kind of resource of which not every name is proven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfOpen {
    /// Nothing is made.
    #[default]
    Refuse,
    /// It stays as it is: the host answers whatever is asked.
    Leave,
    /// It is narrowed to the names that are proven. The component may ask for others, and is
    /// told that they are not there.
    Restrict,
}

/// A kind of resource of which not every name is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The kind.
    pub kind: String,
    /// Why, each reason once.
    pub reasons: Vec<String>,
}

/// Why there is no least privilege for a component.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct OpenVerdicts(pub Vec<Open>);

impl fmt::Display for OpenVerdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not every name that the component asks for is proven")?;
        for open in &self.0 {
            write!(f, "\n  {}: {}", open.kind, open.reasons.join("; "))?;
        }
        Ok(())
    }
}

/// A spec that was narrowed.
#[derive(Clone, Debug)]
pub struct Narrowed {
    /// What was asked for, and what follows from the analysis.
    pub spec: Spec,
    /// What was decided, in words.
    pub notes: Vec<String>,
}

/// A kind that can be narrowed: its interfaces, and the functions that take its names.
struct Kind {
    name: &'static str,
    interfaces: &'static [&'static str],
    functions: &'static [&'static str],
}

const ENV: Kind = Kind {
    name: "env",
    interfaces: &["wasi:cli/environment"],
    functions: &["get-environment"],
};
const CONFIG: Kind = Kind {
    name: "config",
    interfaces: &["wasi:config/store", "wasi:config/runtime"],
    functions: &["get", "get-all"],
};
const SECRET: Kind = Kind {
    name: "secret",
    interfaces: &["wasmcloud:secrets/store"],
    functions: &["get"],
};
const BUCKET: Kind = Kind {
    name: "bucket",
    interfaces: &["wasi:keyvalue/store"],
    functions: &["open"],
};
const HOST: Kind = Kind {
    name: "http-host",
    interfaces: &["wasi:http/outgoing-handler", "wasi:http/client"],
    functions: &["handle", "send"],
};

/// Adds to a spec what the analysis of a component says; see [`Spec::narrowed`].
pub fn narrow(
    name: &str,
    bytes: &[u8],
    spec: &Spec,
    facts: &Facts,
    if_open: IfOpen,
) -> Result<Narrowed, VirtError> {
    let app = Package::parse(name, bytes)?;
    Ok(spec.narrowed(&app.world, facts, if_open)?)
}

/// The secrets that a component asks for by name, to become imports of their own
/// ([`Spec::declare`]), and what was decided. All of them have to be proven, unless `if_open`
/// says that those that are proven are enough.
pub fn declared(
    facts: &Facts,
    if_open: IfOpen,
) -> Result<(Vec<String>, Vec<String>), OpenVerdicts> {
    let mut narrowing = Narrowing {
        facts,
        if_open: match if_open {
            IfOpen::Leave => IfOpen::Refuse,
            other => other,
        },
        open: Vec::new(),
        notes: Vec::new(),
    };
    let globs = narrowing.proven(&SECRET, &BTreeSet::new());
    let mut keys = Vec::new();
    for glob in globs.unwrap_or_default() {
        match glob.as_literal() {
            Some(key) => keys.push(key),
            None => narrowing.open.push(Open {
                kind: SECRET.name.to_string(),
                reasons: vec![format!("only the pattern `{}` is known", glob.as_str())],
            }),
        }
    }
    match narrowing.open.is_empty() {
        true => Ok((keys, narrowing.notes)),
        false => Err(OpenVerdicts(narrowing.open)),
    }
}

const LOOKUP: Kind = Kind {
    name: "dns-name",
    interfaces: &["wasi:sockets/ip-name-lookup"],
    functions: &["resolve-addresses"],
};

impl Spec {
    /// Adds to a spec what the analysis of the component says. What the spec says stays: names
    /// that it gives values to have them, and where it says which names pass, these pass.
    ///
    /// `facts` are those of the component whose world is `world`.
    pub fn narrowed(
        &self,
        world: &World,
        facts: &Facts,
        if_open: IfOpen,
    ) -> Result<Narrowed, OpenVerdicts> {
        let mut spec = self.clone();
        let mut narrowing = Narrowing {
            facts,
            if_open,
            open: Vec::new(),
            notes: Vec::new(),
        };
        narrowing.names(&ENV, &mut spec.env);
        narrowing.names(&CONFIG, &mut spec.config);
        if spec.declare.is_empty() {
            narrowing.names(&SECRET, &mut spec.secrets);
        }
        if !spec.keyvalue {
            narrowing.names(&BUCKET, &mut spec.buckets);
        }
        if spec.http_hosts.is_none()
            && !spec.denies(&HOST, facts)
            && let Some(hosts) = narrowing.proven(&HOST, &BTreeSet::new())
        {
            spec.http_hosts = Some(hosts);
        }
        if spec.lookups.is_none()
            && !spec.denies(&LOOKUP, facts)
            && let Some(names) = narrowing.proven(&LOOKUP, &BTreeSet::new())
        {
            spec.lookups = Some(names);
        }
        if !narrowing.open.is_empty() {
            return Err(OpenVerdicts(narrowing.open));
        }
        let mut notes = narrowing.notes;
        let idle = idle(world, facts, &|import| self.is_about(import));
        for import in idle {
            if let Ok(pattern) = InterfacePattern::parse(&import) {
                notes.push(format!("`{import}` is never called: refused"));
                spec.deny.push(pattern);
            }
        }
        Ok(Narrowed { spec, notes })
    }

    fn denies(&self, kind: &Kind, facts: &Facts) -> bool {
        let mut imports = kind.imports(facts);
        imports.any(|import| self.deny.iter().any(|p| p.matches(&import.name)))
    }

    /// Whether the spec says something about a package already, so that refusing a part of it
    /// would contradict.
    fn is_about(&self, import: &ImportFact) -> bool {
        let io = !self.io.is_host();
        let options = [
            ("wasi:io/*", io || self.monotonic_clock.is_some()),
            ("wasi:cli/std*", io),
            (
                "wasi:cli/environment",
                self.env.is_some() || self.args.is_some() || self.cwd.is_some(),
            ),
            ("wasi:config/*", self.config.is_some()),
            (
                "wasmcloud:secrets/*",
                self.secrets.is_some() || !self.declare.is_empty(),
            ),
            ("wasi:keyvalue/*", self.keyvalue || self.buckets.is_some()),
            ("wasi:http/*", self.http_hosts.is_some()),
            (
                "wasi:sockets/*",
                self.lookups.is_some() || self.peers.is_some(),
            ),
            ("wasi:logging/*", self.ignore_log),
            ("wasi:random/*", self.random.is_some()),
            (
                "wasi:clocks/*",
                self.wall_clock.is_some() || self.monotonic_clock.is_some(),
            ),
            (
                "wasi:filesystem/*",
                self.io.files.is_some() || self.files != View::default(),
            ),
        ];
        let interface = import.implements.as_deref().unwrap_or(&import.name);
        let given = options.iter().filter(|(_, given)| *given);
        let mut given = given.filter_map(|(pattern, _)| InterfacePattern::parse(pattern).ok());
        self.deny.iter().any(|p| p.matches(interface)) || given.any(|p| p.matches(interface))
    }
}

impl Kind {
    /// Imports that take names of the kind, and of which such a function can be called.
    fn imports<'f>(&self, facts: &'f Facts) -> impl Iterator<Item = &'f ImportFact> {
        let interfaces = self.interfaces;
        let functions = self.functions;
        facts.imports.iter().filter(move |import| {
            let name = import.implements.as_deref().unwrap_or(&import.name);
            let name = name.split('@').next().unwrap_or_default();
            let mut called = import.functions.iter().map(String::as_str);
            interfaces.contains(&name) && called.any(|called| functions.contains(&called))
        })
    }
}

struct Narrowing<'f> {
    facts: &'f Facts,
    if_open: IfOpen,
    open: Vec<Open>,
    notes: Vec<String>,
}

impl Narrowing<'_> {
    /// Narrows names, unless it is said already which pass.
    fn names(&mut self, kind: &Kind, names: &mut Option<Names>) {
        let given = names.clone().unwrap_or_default();
        if !given.allow.is_empty() {
            return;
        }
        let fixed = given.set.iter().chain(&given.rename);
        let fixed: BTreeSet<&str> = fixed.map(|(name, _)| name.as_str()).collect();
        if let Some(allow) = self.proven(kind, &fixed) {
            *names = Some(Names { allow, ..given });
        }
    }

    /// The names that are proven, without some; `None` where nothing is to be narrowed.
    fn proven(&mut self, kind: &Kind, without: &BTreeSet<&str>) -> Option<Vec<Glob>> {
        kind.imports(self.facts).next()?;
        let reasons = self.reasons(kind);
        if !reasons.is_empty() {
            let words = reasons.join("; ");
            match self.if_open {
                IfOpen::Refuse => {
                    let kind = kind.name.to_string();
                    self.open.push(Open { kind, reasons });
                    return None;
                }
                IfOpen::Leave => {
                    let name = kind.name;
                    self.notes.push(format!("{name}: left as it is: {words}"));
                    return None;
                }
                IfOpen::Restrict => {
                    let name = kind.name;
                    let note = format!("{name}: more may be asked for than passes: {words}");
                    self.notes.push(note);
                }
            }
        }
        let mut globs = BTreeSet::new();
        for need in self.facts.of_kind(kind.name) {
            let keys = need.keys.iter().map(|key| &key.name);
            let keys = keys.filter(|name| !without.contains(name.as_str()));
            globs.extend(keys.map(|name| Glob::literal(name)));
            globs.extend(need.patterns.iter().map(|pattern| pattern.glob()));
        }
        let shown: Vec<&str> = globs.iter().map(Glob::as_str).collect();
        let name = kind.name;
        self.notes.push(match shown.as_slice() {
            [] => format!("{name}: nothing passes"),
            [one] => format!("{name}: only {one} passes"),
            some => format!("{name}: only {} pass", some.join(", ")),
        });
        Some(globs.into_iter().collect())
    }

    /// Why the names of a kind are not all; empty if they are.
    fn reasons(&self, kind: &Kind) -> Vec<String> {
        let mut reasons = BTreeSet::new();
        for need in self.facts.of_kind(kind.name) {
            let instance = match need.instance.as_str() {
                "root" => String::new(),
                id => format!(" (`{}`)", self.facts.instance_name(id)),
            };
            if need.enumerates {
                reasons.insert(format!("the program goes through all names{instance}"));
            }
            if need.verdict == Verdict::Open {
                let blockers = need.blockers.iter();
                reasons.extend(blockers.map(|b| format!("{}{instance}", phrase(&b.reason))));
                if need.blockers.is_empty() {
                    reasons.insert(format!("not every call is resolved{instance}"));
                }
            }
        }
        // A function that can be called, and of which the analysis says nothing at all.
        if self.facts.of_kind(kind.name).next().is_none() {
            reasons.insert("the catalogue says nothing of its calls".to_string());
        }
        reasons.into_iter().collect()
    }
}

/// Imports of which nothing can be called and that can be refused: nothing that stays has a
/// type of theirs that cannot be written anew, and `is_taken` does not say that something else
/// is done with them.
fn idle(world: &World, facts: &Facts, is_taken: &dyn Fn(&ImportFact) -> bool) -> Vec<String> {
    let unused = facts.imports.iter().filter(|i| !i.used && !is_taken(i));
    let mut idle: BTreeSet<&str> = unused.map(|import| import.name.as_str()).collect();
    // Who declares what stays stays, too, until nothing changes.
    loop {
        let imports = world.imports.iter();
        let stay = imports.filter(|(name, _)| !idle.contains(name.as_str()));
        let stay = stay.chain(&world.exports);
        let named: BTreeSet<&str> = stay.flat_map(|(_, item)| declarers(world, item)).collect();
        let before = idle.len();
        idle.retain(|name| !named.contains(name));
        if idle.len() == before {
            break;
        }
    }
    let imports = world.imports.keys();
    let order = imports.filter(|name| idle.contains(name.as_str()));
    order.cloned().collect()
}

/// The imports that an item has types of which are not only structure.
fn declarers<'w>(world: &'w World, item: &'w WorldItem) -> Vec<&'w str> {
    let origins = names::uses(&item.ty).into_iter();
    let origins = origins.map(|path| world.origin(path));
    let bound = origins.filter(|origin| match world.declaration(origin) {
        Some(TypeDecl::Value(ty)) => !is_plain(world, ty),
        _ => true,
    });
    let imports = bound.filter(|origin| origin.side == Side::Import);
    imports.map(|origin| origin.item.as_str()).collect()
}
