//! Words that several rules say.

use crate::base::{Glob, shell_word, toml_string};

/// The command that shows why a need is there, in backticks.
pub(super) fn explain(file: &str, need: &str) -> String {
    format!("`gusset explain {} {}`", shell_word(file), shell_word(need))
}

/// What to add to the policy to accept a finding.
pub(super) fn accept(rule: &str, subject: &str) -> String {
    format!(
        "add an `[[allow]]` with rule `{}`, subject `{}` and a reason to the policy",
        toml_string(rule),
        toml_string(&Glob::escape(subject)),
    )
}
