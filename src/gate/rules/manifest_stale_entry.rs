//! `manifest-stale-entry`: an entry of a manifest that nothing in the binaries needs.

use super::{Finding, Level, Look, Manifested, Rule};
use crate::gate::finding::Subject;
use crate::manifest::Change;
use crate::manifest::doc::{Closed, What};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "manifest-stale-entry",
    summary: "an entry of a manifest that nothing in the binaries needs",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/manifest-stale-entry.md"),
    can_be_allowed: true,
    look: Look::Manifest(look),
};

fn look(manifest: &Manifested<'_>, found: &mut Vec<Finding>) {
    for difference in manifest.differences {
        let Change::Stale { name, of } = &difference.change else {
            continue;
        };
        let who = match &of.component {
            Some(component) => format!("`{component}` does not use it"),
            None => "no component uses it".to_string(),
        };
        let message = format!("the manifest has {}, and {who}", what(of, name));
        let help = format!("remove it, or run {}", manifest.update());
        let at = manifest.at(difference.span);
        let mut finding = Finding::new(&RULE, at, subject(of, name), message, help);
        finding.component = of.component.clone();
        found.push(finding);
    }
}

fn what(of: &Closed, name: &str) -> String {
    match of.what {
        What::Key => format!("{} `{name}`", of.kind),
        What::Host => format!("host `{name}`"),
        What::Interface | What::Version => format!("interface `{}{name}`", of.kind),
        What::Shape => format!("`{name}`"),
    }
}

fn subject(of: &Closed, name: &str) -> Subject {
    match of.what {
        What::Key | What::Host => Subject::key(&of.kind, name),
        What::Interface | What::Version => Subject::Import(format!("{}{name}", of.kind)),
        What::Shape => Subject::Field(name.to_string()),
    }
}
