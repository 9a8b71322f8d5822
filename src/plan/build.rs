//! A group of a plan → what [`crate::compose`] composes.

use super::model::{DecisionKind, Group, LinkPlan};
use crate::base::{ByteRange, InterfaceName, Spanned, same_interface};
use crate::compose::{Draft, EXPORT, IMPORT, Package};
use crate::workload::{InterfacePattern, Link};

/// The links that make of the instances of a group exactly the binary that the plan says.
/// `packages` has the instances with their components.
pub fn links(plan: &LinkPlan, group: &Group, packages: &[(String, Package<'_>)]) -> Vec<Link> {
    let mut links = Vec::new();
    let inside = |name: &str| group.instances.iter().any(|i| i.name == name);
    for edge in plan.edges.iter().filter(|edge| inside(&edge.consumer)) {
        let interface = edge.implements.as_deref().unwrap_or(&edge.import);
        let exporters = packages.iter().filter(|(name, package)| {
            let mut exports = package.world.exports.keys();
            *name != edge.consumer && exports.any(|export| same_interface(interface, export))
        });
        match (edge.decision.kind(), edge.decision.target()) {
            (DecisionKind::Static, Some(target)) => {
                let only = exporters.count() == 1 && edge.implements.is_none();
                let same = same_interface(interface, &target.export);
                if !(only && same) {
                    let mut link = link(&edge.consumer, &edge.import, &target.provider);
                    if let Some(link) = link.as_mut().filter(|_| !same) {
                        link.export = pattern(&target.export);
                    }
                    links.extend(link);
                }
            }
            _ if exporters.count() > 0 => {
                links.extend(link(&edge.consumer, &edge.import, IMPORT));
            }
            _ => {}
        }
    }
    let exports = packages
        .iter()
        .flat_map(|(_, package)| package.world.exports.keys());
    let mut exports: Vec<&String> = exports.collect();
    exports.sort();
    exports.dedup();
    for name in exports {
        let planned = group.exports.iter().find(|export| export.name == *name);
        let provider = planned.map_or(IMPORT, |export| export.instance.as_str());
        links.extend(link(EXPORT, name, provider));
    }
    // A name without version stands for all versions as a pattern, and the first link counts.
    links.sort_by_key(|link| {
        let name = link.import.value.as_str().parse::<InterfaceName>();
        name.is_ok_and(|name| name.version.is_none())
    });
    links
}

/// What is composed.
pub fn draft<'d, 'a>(packages: Vec<(String, Package<'a>)>, links: &'d [Link]) -> Draft<'d, 'a> {
    Draft {
        base: None,
        parts: packages,
        links,
        middleware: &[],
    }
}

fn pattern(name: &str) -> Option<Spanned<InterfacePattern>> {
    let at = ByteRange::new(0, 0);
    Some(Spanned::new(InterfacePattern::parse(name).ok()?, at))
}

fn link(consumer: &str, import: &str, provider: &str) -> Option<Link> {
    let at = ByteRange::new(0, 0);
    let spanned = |text: &str| Spanned::new(text.to_string(), at);
    Some(Link {
        span: at,
        consumer: spanned(consumer),
        import: pattern(import)?,
        provider: spanned(provider),
        export: None,
        kind: None,
    })
}
