//! What one run of the gate says.

use super::evidence::Evidence;
use super::finding::{Finding, Location, Subject};
use super::level::Severity;
use crate::base::{Date, SourceFile};
use std::collections::BTreeSet;

/// A finding that an allowance covers.
#[derive(Clone, Debug)]
pub struct Allowed {
    /// What was found.
    pub finding: Finding,
    /// Why it is allowed.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it is allowed.
    pub expires: Option<Date>,
}

/// What one run of the gate says.
#[derive(Clone, Debug)]
pub struct Report {
    /// What counts, sorted.
    pub findings: Vec<Finding>,
    /// What an allowance covers, sorted.
    pub allowed: Vec<Allowed>,
    /// How many components were checked.
    pub components: usize,
    /// Names of components whose binaries could not be read.
    pub unread: Vec<String>,
    /// From which severity on the gate says no.
    pub fail_on: Severity,
    /// The text files that findings point into.
    pub sources: Vec<SourceFile>,
}

impl Report {
    /// Puts better ways into the findings about a component, where there are any.
    pub fn explain(&mut self, component: &str, evidence: &Evidence) {
        let allowed = self.allowed.iter_mut().map(|allowed| &mut allowed.finding);
        for finding in self.findings.iter_mut().chain(allowed) {
            if finding.component.as_deref() == Some(component)
                && let Some(steps) = evidence.get(finding.subject())
            {
                finding.evidence = steps.clone();
            }
        }
    }

    /// What the findings about a component are about, each once.
    pub fn subjects_of(&self, component: &str) -> BTreeSet<Subject> {
        let allowed = self.allowed.iter().map(|allowed| &allowed.finding);
        let findings = self.findings.iter().chain(allowed);
        let about = findings.filter(|f| f.component.as_deref() == Some(component));
        let keys = about.map(|f| f.subject().clone());
        keys.filter(|s| matches!(s, Subject::Key { .. } | Subject::Kind(_)))
            .collect()
    }

    /// Whether the gate says no.
    pub fn refuses(&self) -> bool {
        self.findings.iter().any(|f| f.severity() >= self.fail_on)
    }

    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        let same = |f: &&Finding| f.severity() == severity;
        self.findings.iter().filter(same).count()
    }

    /// The text file in which a finding is.
    pub fn source(&self, location: &Location) -> Option<&SourceFile> {
        match location {
            Location::Text { file, .. } => self.sources.iter().find(|s| s.name() == file),
            Location::Binary { .. } => None,
        }
    }
}
