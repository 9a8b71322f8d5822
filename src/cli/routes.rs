//! The router of a workload: the component that its routes ask for, with its links.

use super::complain;
use super::compose::Named;
use super::exit::Exit;
use super::project::Project;
use crate::base::{ByteRange, Spanned, same_interface};
use crate::compose::{EXPORT, Package};
use crate::plan::wants_router;
use crate::virt::{Router, router};
use crate::workload::{Ask, InterfacePattern, Link, Profile, Workload};

/// What routes add to a workload.
pub(super) struct Routed {
    /// The links of the workload, and those of the router.
    pub(super) links: Vec<Link>,
    /// The name of the router among the components, if there is one.
    pub(super) router: Option<String>,
}

/// Adds the router to the components of a workload, if its routes need one on a host.
pub(super) fn add(
    project: &Project,
    profile: Option<&Profile>,
    named: &mut Vec<Named>,
) -> Result<Routed, Exit> {
    let workload = &project.workload;
    match wants_router(&workload.routes, profile) {
        true => make(workload, named),
        false => Ok(Routed {
            links: workload.links.clone(),
            router: None,
        }),
    }
}

/// The same, whatever a host could do by itself.
pub(super) fn make(workload: &Workload, named: &mut Vec<Named>) -> Result<Routed, Exit> {
    let mut links = workload.links.clone();
    let routes: Vec<(Ask, &str)> = workload
        .routes
        .iter()
        .map(|route| (route.ask(), route.to.value.as_str()))
        .collect();
    let world = |name: &str| {
        let one = named.iter().find(|one| one.name == name)?;
        let package = Package::parse(name, &one.bytes).ok()?;
        Some(package.world)
    };
    let made = router(&routes, &world).map_err(|error| {
        let named = |name: &str| routes.iter().position(|(_, to)| *to == name);
        let at = error.component().and_then(named);
        let span = at.map_or(workload.routes[0].span, |at| workload.routes[at].to.span);
        let place = workload.source.place(span);
        complain(Some(&place), &error.to_string(), error.help());
        Exit::Failed
    })?;
    other_handlers(workload, &made, named)?;
    let taken = |name: &str| named.iter().any(|one| one.name == name);
    let name = crate::base::plain_name::free("router", "-", taken);
    for target in &made.targets {
        let to = |route: &&crate::workload::Route| route.to.value == target.component;
        let span = workload
            .routes
            .iter()
            .find(to)
            .map_or(ByteRange::new(0, 0), |r| r.span);
        let pattern = |text: &str| InterfacePattern::parse(text).map(|p| Spanned::new(p, span));
        if let (Ok(import), Ok(export)) = (pattern(&target.import), pattern(&target.export)) {
            links.push(Link {
                span,
                consumer: Spanned::new(name.clone(), span),
                import,
                provider: Spanned::new(target.component.clone(), span),
                export: Some(export),
                kind: None,
            });
        }
    }
    named.push(Named {
        shown: "the router of the routes".to_string(),
        name: name.clone(),
        bytes: made.bytes,
    });
    Ok(Routed {
        links,
        router: Some(name),
    })
}

/// Refuses handlers that no route leads to: the host would call one of several, and who knows
/// which.
fn other_handlers(workload: &Workload, made: &Router, named: &[Named]) -> Result<(), Exit> {
    let source = &workload.source;
    let export = workload
        .links
        .iter()
        .find(|link| link.consumer.value == EXPORT && link.import.value.matches(&made.export));
    if let Some(link) = export {
        let message = format!(
            "`{}` is exported by the router of the routes, and this link exports that of `{}`",
            made.export, link.provider
        );
        let help = "drop the link, or the routes";
        complain(Some(&source.place(link.span)), &message, Some(help));
        return Err(Exit::Failed);
    }
    for one in named {
        let is_target = made.targets.iter().any(|t| t.component == one.name);
        let guards = workload
            .middleware
            .iter()
            .any(|m| m.component.value == one.name);
        let behind = workload
            .links
            .iter()
            .any(|link| link.provider.value == one.name);
        if is_target || guards || behind {
            continue;
        }
        let Ok(package) = Package::parse(&one.name, &one.bytes) else {
            continue;
        };
        let mut exports = package.world.exports.keys();
        if exports.any(|name| same_interface(name, &made.export)) {
            let message = format!(
                "`{}` handles requests of http, but no `[[route]]` leads to it",
                one.name
            );
            let help = "add a `[[route]]` to it, or a `[[link]]` that uses it";
            complain(Some(source.name()), &message, Some(help));
            return Err(Exit::Failed);
        }
    }
    Ok(())
}
