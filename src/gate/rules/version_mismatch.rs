//! `version-mismatch`: an interface that is there, but on another version track.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::base::toml_string;
use crate::gate::finding::Subject;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "version-mismatch",
    summary: "an import that is exported on another version track only, so that they never meet",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/version-mismatch.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
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
