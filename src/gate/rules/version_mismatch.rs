//! `version-mismatch`: an interface that is there, but on another version track.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::base::toml_string;
use crate::gate::finding::Subject;
use crate::plan::{Decision, PlannedEdge, ReasonCode};
use crate::workload::Profile;
use crate::workload::profile::Answer;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "version-mismatch",
    summary: "an import that components or the host have in other versions only",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/version-mismatch.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    of_host(inputs, component, found);
    let name = component.name();
    for open in inputs.wanted_imports(component) {
        let meets = inputs.exporters(&open, component, |export| open.same_track(export));
        if !meets.is_empty() {
            continue;
        }
        let near = inputs.exporters(&open, component, |export| open.same_but_version(export));
        let Some((provider, export)) = near.first() else {
            continue;
        };
        let import = &open.import.name;
        let message = format!(
            "`{name}` imports `{import}`, and `{provider}` exports `{export}`, which is another \
             version track"
        );
        let help = format!(
            "build one of them for the version of the other; if the host provides it, say \
             `[[link]]` with consumer = {}, import = {}, provider = \"import\"",
            toml_string(name),
            toml_string(import),
        );
        let subject = Subject::Import(import.clone());
        let at = component.text(component.declared.path.span);
        let finding = Finding::new(&RULE, at, subject, message, help);
        found.push(finding.of(name).label("this binary"));
    }
}

/// Imports that the host has in other versions alone.
fn of_host(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let (Some(profile), Some(plan)) = (inputs.profile, inputs.plan) else {
        return;
    };
    let name = component.name();
    let at = || component.text(component.declared.path.span);
    let edges = plan.edges.iter();
    for edge in edges.filter(|edge| plan.component_of(&edge.consumer) == Some(name)) {
        let Some(versions) = on_host(profile, edge) else {
            continue;
        };
        let import = &edge.import;
        let message = format!(
            "`{name}` imports `{import}`, and `{}` has {versions} of it",
            profile.name
        );
        let help = format!(
            "build it against a version that the host has; `gusset profile show {}` lists them",
            profile.name
        );
        let subject = Subject::Import(import.clone());
        let finding = Finding::new(&RULE, at(), subject, message, help);
        let sure = !edge.evidence.called.is_empty();
        found.push(finding.of(name).label("this binary").sure(sure));
    }
}

/// The versions that a host has of an import that nobody provides because of its version.
pub(super) fn on_host(profile: &Profile, edge: &PlannedEdge) -> Option<String> {
    if edge.decision != Decision::Unsatisfied || edge.reason.code != ReasonCode::DoesNotFit {
        return None;
    }
    match profile.import(&edge.import, edge.implements.as_deref()) {
        Answer::OtherVersion(row) => {
            let versions: Vec<String> = row.versions.iter().map(ToString::to_string).collect();
            Some(versions.join(" and "))
        }
        _ => None,
    }
}
