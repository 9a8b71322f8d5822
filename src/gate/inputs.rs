//! What the gate judges.

use super::finding::Location;
use super::level::{Levels, Severity};
use super::order::Unordered;
use super::view::View;
use crate::base::{ByteRange, Date, Glob};
use crate::lock::{Entry, Facts, LockFile};
use crate::plan::LinkPlan;
use crate::workload::{
    Component, DeclaredKind, Denial, Policy, Profile, Require, Values, Workload,
};

/// Everything that one run of the gate looks at.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    /// What is declared.
    pub workload: &'a Workload,
    /// What is allowed, apart from `[policy]` of the workload.
    pub policy: Option<&'a Policy>,
    /// What was there last time.
    pub lock: Option<&'a LockFile>,
    /// The components to check, with what is known about them.
    pub components: Vec<Checked<'a>>,
    /// Whether these are all components of the workload.
    pub whole: bool,
    /// Names of components whose binaries could not be read.
    pub unread: Vec<String>,
    /// How much rules count.
    pub levels: Levels,
    /// The weakest verdict that passes.
    pub require: Option<Require>,
    /// From which severity on the gate says no.
    pub fail_on: Severity,
    /// Values that are there, when it is asked whether they suffice.
    pub values: Option<&'a Values>,
    /// The host that the workload is for.
    pub profile: Option<&'a Profile>,
    /// The link plan for that host.
    pub plan: Option<&'a LinkPlan>,
    /// The day on which allowances are judged.
    pub today: Date,
}

/// A component, and what is known about its binary.
#[derive(Clone, Debug)]
pub struct Checked<'a> {
    /// What is declared.
    pub declared: &'a Component,
    /// The path of the binary, as people type it.
    pub file: String,
    /// What is known.
    pub facts: &'a Facts,
    /// Required orders that do not hold in it.
    pub unordered: Vec<Unordered>,
    /// The name of the manifest.
    pub(super) manifest: &'a str,
    /// The facts as rules see them.
    pub(super) view: View<'a>,
}

impl<'a> Checked<'a> {
    /// A component of a workload and the facts about its binary.
    pub fn new(
        workload: &'a Workload,
        declared: &'a Component,
        file: impl Into<String>,
        facts: &'a Facts,
    ) -> Checked<'a> {
        Checked {
            declared,
            file: file.into(),
            facts,
            unordered: Vec::new(),
            manifest: workload.source.name(),
            view: View::of(facts),
        }
    }

    /// Its name in the manifest.
    pub fn name(&self) -> &'a str {
        &self.declared.name.value
    }

    /// What the lock would keep of it.
    pub(super) fn entry(&self) -> Entry {
        Entry::of(&self.declared.path.value, self.facts)
    }

    /// The declared list of a kind.
    pub(super) fn list(&self, kind: &str) -> Option<&'a DeclaredKind> {
        self.declared.declared(kind)
    }

    /// Whether an entry of the declared list of a kind fits.
    pub(super) fn declares(&self, kind: &str, fits: impl Fn(&Glob) -> bool) -> bool {
        let list = self.list(kind);
        list.is_some_and(|list| list.keys.iter().any(|key| fits(&key.value)))
    }

    /// A place in the manifest.
    pub(super) fn text(&self, span: ByteRange) -> Location {
        Location::Text {
            file: self.manifest.to_string(),
            span,
        }
    }

    /// Where a key is declared, or would be.
    pub(super) fn place_of_key(&self, kind: &str, key: &str) -> Location {
        let list = self.list(kind);
        let mut keys = list.into_iter().flat_map(|list| &list.keys);
        match keys.find(|declared| declared.value.matches(key)) {
            Some(declared) => self.text(declared.span),
            None => self.place_of_kind(kind),
        }
    }

    /// Where a kind is declared, or would be.
    pub(super) fn place_of_kind(&self, kind: &str) -> Location {
        let needs = self.declared.needs.as_ref().map(|needs| needs.span);
        let list = self.list(kind).map(|list| list.span);
        self.text(list.or(needs).unwrap_or(self.declared.span))
    }
}

impl<'a> Inputs<'a> {
    /// The policies that hold: the one in the workload first.
    pub(super) fn policies(&self) -> impl Iterator<Item = &'a Policy> {
        self.workload.policy.iter().chain(self.policy)
    }

    /// What is denied to a component, each with the policy that says so.
    pub(super) fn denials(&self, component: &str) -> Vec<(&'a Denial, &'a Policy)> {
        let mut found = Vec::new();
        for policy in self.policies() {
            let about = |denial: &&Denial| match &denial.component {
                Some(glob) => glob.value.matches(component),
                None => true,
            };
            let denials = policy.deny.iter().filter(about);
            found.extend(denials.map(|denial| (denial, policy)));
        }
        found
    }

    /// The component that declares a key as a secret, and where.
    pub(super) fn secret(&self, key: &str) -> Option<(&'a str, ByteRange)> {
        let components = self.workload.components.iter();
        components
            .filter_map(|component| Some((component, component.declared("secret")?)))
            .find_map(|(component, list)| {
                let is_key =
                    |k: &&crate::base::Spanned<Glob>| k.value.as_literal().as_deref() == Some(key);
                let found = list.keys.iter().find(is_key)?;
                Some((component.name.value.as_str(), found.span))
            })
    }

    /// A place in the manifest.
    pub(super) fn text(&self, span: ByteRange) -> Location {
        Location::Text {
            file: self.workload.source.name().to_string(),
            span,
        }
    }
}
