//! Who could provide an import: components of the workload, by interface and rule.

use super::input::Input;
use super::model::{ProblemCode, ReasonCode};
use super::planner::Planner;
use crate::base::{ByteRange, InterfaceName, Spanned, same_interface};
use crate::binary::world::{Side, WorldItem};
use crate::compose::{EXPORT, IMPORT, Place, fits, renames};
use crate::workload::{InterfacePattern, Link, LinkKind};
use std::collections::{BTreeMap, BTreeSet};

/// Who is to provide an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Another component.
    Component {
        /// Its node.
        node: usize,
        /// Its export.
        export: String,
    },
    /// The host; a component that could, if there is one, and which other track somebody has.
    Host {
        /// Exports of other tracks: component and export.
        near: Vec<(String, String)>,
    },
    /// An adapter.
    Virtual {
        /// Which one.
        adapter: String,
    },
    /// Nobody can be chosen.
    Nobody {
        /// Why, in one word.
        code: ReasonCode,
        /// Why, in one sentence.
        why: String,
    },
}

/// Exports of the components by interface.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Interface without version, or plain name → parts and their exports.
    exports: BTreeMap<String, Vec<(usize, String)>>,
}

impl Index {
    pub(super) fn of(input: &Input<'_, '_>) -> Index {
        let mut index = Index::default();
        for (part, one) in input.parts.iter().enumerate() {
            // A middleware is fused with what it guards and provides nothing by itself.
            // A router stands in front of the whole.
            let mut rules = input.rules.middleware.iter();
            if rules.any(|rule| rule.component.value == one.name)
                || input.rules.router == Some(one.name.as_str())
            {
                continue;
            }
            for (name, item) in &one.package.world.exports {
                if item.attributes.implements.is_none() {
                    let exports = index.exports.entry(unversioned(name)).or_default();
                    exports.push((part, name.clone()));
                }
            }
        }
        index
    }

    /// Exports of an interface, whatever their versions: part and name.
    fn named(&self, interface: &str) -> &[(usize, String)] {
        let found = self.exports.get(&unversioned(interface));
        found.map_or(&[], Vec::as_slice)
    }

    /// Parts that export exactly this name.
    pub(super) fn exporters(&self, export: &str) -> Vec<usize> {
        let named = self.named(export).iter();
        let same = named.filter(|(_, name)| name == export);
        same.map(|(part, _)| *part).collect()
    }
}

/// Names of functions, all of them.
fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.is_empty() {
        true => "none".to_string(),
        false => names.join(", "),
    }
}

fn unversioned(name: &str) -> String {
    match name.parse::<InterfaceName>() {
        Ok(name) => name.unversioned(),
        Err(_) => name.to_string(),
    }
}

/// What rules say about an edge.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) fused: Option<ByteRange>,
    pub(super) runtime: Option<ByteRange>,
    pub(super) isolated: bool,
    pub(super) scaled: bool,
    /// Lists that keep the two apart.
    pub(super) apart: Vec<(ByteRange, String)>,
}

impl Planner<'_, '_, '_> {
    fn link(&self, consumer: &str, import: &str) -> Option<&Link> {
        let mut links = self.input.rules.links.iter();
        links.find(|link| link.consumer.value == consumer && link.import.value.matches(import))
    }

    /// What rules say about an edge between components.
    pub(super) fn said(&self, consumer: usize, provider: usize, import: &str) -> Said {
        let mut said = Said::default();
        let kind = self.link(self.component(consumer), import);
        match kind.and_then(|link| link.kind.as_ref()) {
            Some(kind) if kind.value == LinkKind::Static => said.fused = Some(kind.span),
            Some(kind) => said.runtime = Some(kind.span),
            None => {}
        }
        let listed = |list: &[Spanned<String>], name: &str| {
            let entry = list.iter().find(|entry| entry.value == name);
            entry.map(|entry| entry.span)
        };
        let rules = &self.input.rules;
        for node in [consumer, provider] {
            let name = self.component(node);
            if let Some(span) = listed(rules.isolate, name) {
                said.isolated = true;
                said.apart.push((span, format!("`{name}` in `isolate`")));
            }
        }
        let name = self.component(provider);
        if let Some(span) = listed(rules.scale_separately, name) {
            said.scaled = true;
            let text = format!("`{name}` in `scale-separately`");
            said.apart.push((span, text));
        }
        said
    }

    /// The component that a node is an instance of.
    pub(super) fn component(&self, node: usize) -> &str {
        &self.part(node).name
    }

    /// Who is to provide an import.
    pub(super) fn wanted(&mut self, node: usize, import: &str, item: &WorldItem) -> Wanted {
        let implements = item.attributes.implements.as_deref();
        let interface = implements.unwrap_or(import);
        let component = self.component(node).to_string();
        let virtuals = self.input.rules.virtuals.iter();
        let mut stands_in =
            virtuals.filter(|(name, pattern, _)| *name == component && pattern.matches(interface));
        if let Some((_, _, adapter)) = stands_in.next() {
            return Wanted::Virtual {
                adapter: adapter.clone(),
            };
        }
        if let Some(link) = self.link(&component, import) {
            let provider = link.provider.value.clone();
            if let Some(export) = &link.export
                && provider != IMPORT
            {
                return self.linked_export(import, item, &provider, &export.value);
            }
            return match provider.as_str() {
                IMPORT => Wanted::Host { near: Vec::new() },
                _ => self.linked(node, import, interface, &provider),
            };
        }
        let own = self.nodes[node].part;
        let mut found: Vec<(usize, String)> = Vec::new();
        let mut near = Vec::new();
        for (part, export) in self.index.named(interface) {
            let Some(other) = self.node_of(*part).filter(|_| *part != own) else {
                continue;
            };
            if !same_interface(interface, export) {
                near.push((self.nodes[other].name.clone(), export.clone()));
            } else if !found.iter().any(|(node, _)| *node == other) {
                found.push((other, export.clone()));
            }
        }
        match found.as_slice() {
            // A label asks for a backend of its own: no component is one by chance.
            _ if implements.is_some() => Wanted::Host { near: Vec::new() },
            [] => Wanted::Host { near },
            [(node, export)] => Wanted::Component {
                node: *node,
                export: export.clone(),
            },
            several => {
                let names = several.iter().map(|(node, _)| &self.nodes[*node].name);
                let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
                Wanted::Nobody {
                    code: ReasonCode::Ambiguous,
                    why: format!("{} export it; a `[[link]]` says which", names.join(" and ")),
                }
            }
        }
    }

    /// The node of a component that is no middleware.
    fn node_of(&self, part: usize) -> Option<usize> {
        let mut nodes = self.nodes.iter();
        nodes.position(|node| node.part == part && !node.middleware)
    }

    fn linked(&self, node: usize, import: &str, interface: &str, provider: &str) -> Wanted {
        let nobody = |why: String| Wanted::Nobody {
            code: ReasonCode::DoesNotFit,
            why,
        };
        let target = self.nodes.iter().position(|node| node.name == provider);
        let Some(target) = target else {
            let why = format!("`{provider}` is a middleware, which a rule places");
            return nobody(why);
        };
        let world = &self.part(target).package.world;
        let same = world.exports.iter().find(|(name, item)| {
            item.attributes.implements.is_none() && same_interface(interface, name)
        });
        if let Some((export, _)) = same {
            return Wanted::Component {
                node: target,
                export: export.clone(),
            };
        }
        // An import with a name of its own takes the only export that fits.
        let fitting = world.exports.keys().filter(|name| {
            let consumer = Place {
                world: &self.part(node).package.world,
                side: Side::Import,
                name: import,
            };
            let provider = Place {
                world,
                side: Side::Export,
                name,
            };
            import.parse::<InterfaceName>().is_err() && fits(consumer, provider).is_ok()
        });
        match fitting.collect::<Vec<_>>().as_slice() {
            [export] => Wanted::Component {
                node: target,
                export: (*export).clone(),
            },
            _ => nobody(format!("`{provider}` does not export `{interface}`")),
        }
    }

    /// The export that a link names.
    fn linked_export(
        &self,
        import: &str,
        item: &WorldItem,
        provider: &str,
        wanted: &InterfacePattern,
    ) -> Wanted {
        let nobody = |why: String| Wanted::Nobody {
            code: ReasonCode::DoesNotFit,
            why,
        };
        let node = self.nodes.iter().position(|node| node.name == provider);
        let Some(node) = node else {
            return nobody(format!("`{provider}` is a middleware, which a rule places"));
        };
        let exports = &self.part(node).package.world.exports;
        let mut meant = exports.iter().filter(|(name, _)| wanted.matches(name));
        let (export, found) = match (meant.next(), meant.next()) {
            (Some(only), None) => only,
            (None, _) => return nobody(format!("`{provider}` does not export `{wanted}`")),
            (Some((one, _)), Some((two, _))) => {
                let why = format!("`{wanted}` means `{one}` and `{two}` of `{provider}`");
                return nobody(why);
            }
        };
        match renames(item, found) {
            Ok(_) => Wanted::Component {
                node,
                export: export.clone(),
            },
            Err((here, there)) => nobody(format!(
                "`{import}` and `{export}` have different functions: {} and {}",
                list(&here),
                list(&there)
            )),
        }
    }

    /// Links that are about no import.
    pub(super) fn unknown_links(&mut self) {
        let mut found = Vec::new();
        for link in self.input.rules.links {
            let consumer = &link.consumer.value;
            let part = self.input.parts.iter().find(|part| part.name == *consumer);
            let Some(part) = part.filter(|_| consumer != EXPORT) else {
                continue;
            };
            let mut imports = part.package.world.imports.keys();
            if !imports.any(|import| link.import.value.matches(import)) {
                let message = format!(
                    "`{consumer}` has no import that matches `{}`",
                    link.import.value
                );
                found.push((message, link.import.span));
            }
        }
        for (message, span) in found {
            let places = vec![(span, String::new())];
            self.problem(ProblemCode::UnknownName, message, places, None);
        }
    }

    /// The components whose code calls nothing of the outside but streams, clocks and chance,
    /// neither itself nor by way of others.
    pub(super) fn libraries(&self) -> BTreeSet<usize> {
        let mut libraries: BTreeSet<usize> = (0..self.nodes.len()).collect();
        loop {
            let before = libraries.len();
            for edge in &self.edges {
                let called = self.part(edge.consumer).called.get(&edge.import);
                let calls = called.is_some_and(|functions| !functions.is_empty());
                let fine = match &edge.wanted {
                    Wanted::Component { node, .. } => libraries.contains(node),
                    _ => !calls || self.ambient(edge.consumer, &edge.import),
                };
                if !fine {
                    libraries.remove(&edge.consumer);
                }
            }
            if libraries.len() == before {
                return libraries;
            }
        }
    }

    fn ambient(&self, node: usize, import: &str) -> bool {
        use crate::workload::profile::Answer;
        let implements = self
            .item(node, import)
            .and_then(|item| item.attributes.implements.as_deref());
        let answer = self.input.profile.import(import, implements);
        matches!(answer, Answer::Yes(row, _) if row.ambient)
    }
}
