//! The gate: what is declared and allowed against what binaries do. Rules look, levels and
//! allowances decide what counts.

mod allow;
mod check;
mod evidence;
mod finding;
mod inputs;
mod level;
mod manifest;
mod order;
mod providers;
mod report;
mod rules;
#[cfg(test)]
mod tests;
mod view;
mod words;

pub use check::{check, known_rules};
pub use evidence::{Evidence, evidence};
pub use finding::{Confidence, Finding, Location, Place, Step, Subject};
pub use inputs::{Checked, Inputs};
pub use level::{Level, Levels, Severity, UnknownRule};
pub use manifest::{ManifestInputs, Manifested, check_manifest};
pub use order::{Demand, Unordered, unordered};
pub use report::{Allowed, Report};
pub use rules::{Rule, find as find_rule, rules};
