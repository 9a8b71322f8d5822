//! Which components of a workload could provide an import of another. The same rule by which
//! `compose` connects them: `compose::plan::connect`.

use super::inputs::{Checked, Inputs};
use crate::base::{InterfaceName, same_but_version, same_interface};
use crate::lock::ImportFact;
use crate::workload::Link;

/// An import of a component, and the interface that it is about.
pub(super) struct Open<'a> {
    /// The import.
    pub(super) import: &'a ImportFact,
    /// The component that a link says provides it.
    pub(super) linked: Option<&'a str>,
}

impl Open<'_> {
    fn interface(&self) -> &str {
        self.import.implements.as_ref().unwrap_or(&self.import.name)
    }

    /// Whether an export is the same interface on the same version track.
    pub(super) fn same_track(&self, export: &str) -> bool {
        same_interface(self.interface(), export)
    }

    /// Whether an export is the same interface in any version.
    pub(super) fn same_but_version(&self, export: &str) -> bool {
        same_but_version(self.interface(), export)
    }
}

impl<'a> Inputs<'a> {
    /// Imports of a component that nobody is said to provide. A label asks for a backend of
    /// its own and is left out: nobody provides it by chance.
    pub(super) fn open_imports(&self, of: &Checked<'a>) -> Vec<Open<'a>> {
        let mut all = self.wanted_imports(of);
        all.retain(|open| open.linked.is_none());
        all
    }

    /// Imports of a component that somebody inside could provide, or is said to: all without
    /// those that are said to come from the host.
    pub(super) fn wanted_imports(&self, of: &Checked<'a>) -> Vec<Open<'a>> {
        let workload = self.workload;
        let own = |link: &&Link| link.consumer.value == of.declared.name.value;
        let links: Vec<&Link> = workload.links.iter().filter(own).collect();
        let open = of.facts.imports.iter().filter_map(|import| {
            let mut links = links.iter();
            let link = links.find(|link| link.import.value.matches(&import.name));
            let linked = link.map(|link| link.provider.value.as_str());
            let label = import.implements.is_some() && linked.is_none();
            // A middleware is given its own interface by the rules.
            let on_path = workload.middleware.iter().any(|rule| {
                rule.component.value == of.declared.name.value
                    && rule.on.value.matches(&import.name)
            });
            let interface = import.implements.as_ref().unwrap_or(&import.name);
            let named = interface.parse::<InterfaceName>().is_ok();
            (!label && !on_path && named && linked != Some("import"))
                .then_some(Open { import, linked })
        });
        open.collect()
    }

    /// Components, other than one and than middleware, with an export that fits: name and
    /// export. Where a link says who provides, only that one.
    pub(super) fn exporters(
        &self,
        open: &Open<'_>,
        of: &Checked<'_>,
        fits: impl Fn(&str) -> bool,
    ) -> Vec<(&'a str, &'a str)> {
        let others = self.components.iter().filter(|other| {
            let name = other.name();
            let mut rules = self.workload.middleware.iter();
            match open.linked {
                Some(linked) => name == linked,
                None => name != of.name() && !rules.any(|rule| rule.component.value == name),
            }
        });
        let found = others.filter_map(|other| {
            let mut exports = other.facts.exports.iter();
            let export = exports.find(|e| e.implements.is_none() && fits(&e.name))?;
            Some((other.name(), export.name.as_str()))
        });
        found.collect()
    }
}
