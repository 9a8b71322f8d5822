//! The machine's view of `check`: `gusset.check/1`. Fields may be added within version 1;
//! none is renamed or removed.

use serde::Serialize;

/// What `gusset check --format json` prints.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckReport {
    /// Always `gusset.check/1`.
    pub schema: &'static str,
    /// What counts: by file, line, rule and subject.
    pub findings: Vec<FindingFacts>,
    /// What an allowance covers.
    pub allowed: Vec<AllowedFacts>,
    /// Names of components whose binaries could not be read; standard error says why.
    pub unread: Vec<String>,
    /// Counts, and what the gate says.
    pub summary: SummaryFacts,
}

/// Something that a rule found.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FindingFacts {
    /// Name of the rule; `gusset explain-rule RULE` prints its page.
    pub rule: &'static str,
    /// How bad it is: `error` or `warning`.
    pub severity: &'static str,
    /// How sure it is: `certain` or `possible`.
    pub confidence: &'static str,
    /// What was found, one sentence.
    pub message: String,
    /// The file in which to look: the manifest, the policy, the lock, or the binary.
    pub file: String,
    /// Line in this file, from 1; `null` in a binary.
    pub line: Option<u32>,
    /// Column in characters, from 1.
    pub column: Option<u32>,
    /// Line of the end of the marked text.
    pub end_line: Option<u32>,
    /// Column behind the end of the marked text.
    pub end_column: Option<u32>,
    /// Name of the component in the manifest.
    pub component: Option<String>,
    /// Structural path of the instance; the first one, when there are several.
    pub instance: Option<String>,
    /// Structural paths of all instances that it is about.
    pub instances: Vec<String>,
    /// What it is about: `secret:jwt-signing-key`, `import:wasi:sockets/tcp@0.2.6`, `env`.
    pub subject: String,
    /// The way from an export to the call, outermost first.
    pub evidence: Vec<StepFacts>,
    /// What to type to accept or to fix.
    pub help: String,
}

/// One step of a way.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StepFacts {
    /// What stands there: a function, an import, a reason.
    pub what: String,
    /// Structural path of the instance, when it is code of the file.
    pub instance: Option<String>,
    /// Offset in the binary, in bytes.
    pub offset: Option<u64>,
    /// Line of the source, when the binary has line tables.
    pub source: Option<String>,
}

/// A finding that does not count, and why.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AllowedFacts {
    /// What was found.
    #[serde(flatten)]
    pub finding: FindingFacts,
    /// Why it is allowed.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it is allowed.
    pub expires: Option<String>,
}

/// Counts, and what the gate says.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SummaryFacts {
    /// `pass`, or `fail` when the gate says no or a component could not be read.
    pub verdict: &'static str,
    /// Components of the manifest that were checked.
    pub components: u64,
    /// Findings that make the gate say no.
    pub errors: u64,
    /// Findings that do so only with `--fail-on warn`.
    pub warnings: u64,
    /// Findings that an allowance covers.
    pub allowed: u64,
}

/// What `gusset rules --format json` prints.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RulesReport {
    /// Always `gusset.rules/1`.
    pub schema: &'static str,
    /// The rules.
    pub rules: Vec<RuleFacts>,
}

/// A rule of the gate.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RuleFacts {
    /// Its name.
    pub name: &'static str,
    /// Its level when nobody says another: `allow`, `warn` or `deny`.
    pub level: &'static str,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Whether an allowance can take its findings out of the count.
    pub can_be_allowed: bool,
}
