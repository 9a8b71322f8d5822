//! What can be in the way of a plan.

use super::super::fit::Mismatch;
use super::order::Before;
use crate::base::ByteRange;
use crate::workload::read::did_you_mean;

/// Why a draft cannot be resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Several could provide.
    #[error("`{consumer}` imports `{import}`, and {} export it: {}", .providers.len(), .providers.join(", "))]
    AmbiguousProvider {
        /// Who imports.
        consumer: String,
        /// What.
        import: String,
        /// Who exports it.
        providers: Vec<String>,
    },
    /// Several exports of the whole have one name.
    #[error("`{name}` would be exported by {}", .providers.join(" and by "))]
    AmbiguousExport {
        /// The name.
        name: String,
        /// Who exports it.
        providers: Vec<String>,
    },
    /// A link that gives an export a name that none can have.
    #[error("`{name}` is no name for an export")]
    ExportName {
        /// The name.
        name: String,
        /// Where it is said.
        span: ByteRange,
    },
    /// A link that names what is not there.
    #[error("`{consumer}` has no import that matches `{import}`")]
    NoImport {
        /// Who is said to import.
        consumer: String,
        /// The pattern.
        import: String,
        /// What it imports.
        known: Vec<String>,
        /// Where it is said.
        span: ByteRange,
    },
    /// A provider that does not export what a link says.
    #[error("`{provider}` does not export `{import}`{}", closest(.near))]
    NoExport {
        /// Who is said to provide.
        provider: String,
        /// What is imported.
        import: String,
        /// The same interface in another version.
        near: Option<String>,
        /// What it exports.
        known: Vec<String>,
        /// Where it is said.
        span: ByteRange,
    },
    /// A link that means several exports.
    #[error("`{export}` of `{provider}` is {}", .found.join(" and "))]
    AmbiguousLink {
        /// Who is said to provide.
        provider: String,
        /// The pattern.
        export: String,
        /// What it matches.
        found: Vec<String>,
        /// Where it is said.
        span: ByteRange,
    },
    /// A link between interfaces whose functions cannot be told apart.
    #[error(
        "`{import}` of `{consumer}` has functions that `{export}` does not have ({}), and \
         nothing says which of its own are meant: {}",
        .expected.join(", "),
        if .found.is_empty() { "there is none left".to_string() } else { .found.join(", ") }
    )]
    Unrenamable {
        /// Who imports.
        consumer: Box<str>,
        /// The import.
        import: Box<str>,
        /// The export that a link says.
        export: Box<str>,
        /// Functions of the import alone.
        expected: Box<[String]>,
        /// Functions of the export alone.
        found: Box<[String]>,
        /// Where it is said.
        span: ByteRange,
    },
    /// Types that differ.
    #[error("`{provider}` cannot give `{import}` to `{consumer}`: {mismatch}")]
    Type {
        /// Who imports.
        consumer: String,
        /// What.
        import: String,
        /// Who provides.
        provider: String,
        /// Where the types differ.
        mismatch: Box<Mismatch>,
    },
    /// A resource type that is not the same on both sides.
    #[error(
        "the resource `{resource}` of `{import}`: `{consumer}` has it from {expected}, and \
         `{provider}` from {found}"
    )]
    Resource {
        /// The resource.
        resource: Box<str>,
        /// The import that brings both together.
        import: Box<str>,
        /// Who imports.
        consumer: Box<str>,
        /// Where the consumer has the resource from.
        expected: Box<str>,
        /// Who provides.
        provider: Box<str>,
        /// Where the provider has the resource from.
        found: Box<str>,
    },
    /// Two imports of one name that are not the same.
    #[error("`{first}` and `{second}` both import `{name}`, with different types: {mismatch}")]
    ImportConflict {
        /// The import.
        name: String,
        /// Who imports it.
        first: String,
        /// Who else.
        second: String,
        /// Where the types differ.
        mismatch: Box<Mismatch>,
    },
    /// An import of the whole that uses a type from inside.
    #[error(
        "`{import}` of `{consumer}` must come from outside, but it uses `{used}`, which \
         `{provider}` provides inside"
    )]
    ImportUsesInside {
        /// Who imports.
        consumer: String,
        /// The import.
        import: String,
        /// The interface or type that it uses.
        used: String,
        /// Who provides that.
        provider: String,
    },
    /// Instances that import from each other.
    #[error("these instances import from each other in a circle: {}", .0.join(" → "))]
    Cycle(Vec<String>),
    /// Ordering rules that contradict each other.
    #[error("these ordering rules contradict each other")]
    Contradiction(Vec<Before>),
    /// A middleware that matches no edge.
    #[error("middleware `{component}` matches no edge: {why}")]
    Unmatched {
        /// The middleware.
        component: String,
        /// What there is instead.
        why: String,
        /// Where it is said.
        span: ByteRange,
    },
    /// A component that cannot be a middleware.
    #[error("`{component}` cannot stand on `{interface}`: it does not {lacks} it")]
    NoMiddleware {
        /// The component.
        component: String,
        /// The interface.
        interface: String,
        /// `import` or `export`.
        lacks: &'static str,
        /// Where it is said.
        span: ByteRange,
    },
    /// A middleware without one that it requires.
    #[error("`{component}` on `{edge}` requires `{required}`, which is not there")]
    Requires {
        /// The middleware.
        component: String,
        /// The edge.
        edge: String,
        /// What is missing.
        required: String,
        /// Where it is said.
        span: ByteRange,
    },
    /// A middleware beside one that it must not meet.
    #[error("`{component}` and `{other}` must not both be on `{edge}`")]
    Conflicts {
        /// The middleware.
        component: String,
        /// The edge.
        edge: String,
        /// What must not be there.
        other: String,
        /// Where it is said.
        span: ByteRange,
    },
    /// More than hosts load.
    #[error(
        "the composition would have {found} {what}; hosts and validators refuse more than {limit}"
    )]
    Limit {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many may be.
        limit: usize,
    },
}

/// More names than this are not listed.
const MAX_LISTED: usize = 6;

/// What there is instead of a name that is not there.
fn instead(name: &str, what: &str, known: &[String]) -> Option<String> {
    if let Some(near) = did_you_mean(name, known.iter().map(String::as_str)) {
        return Some(format!("did you mean `{near}`?"));
    }
    match known.len() {
        0 => Some(format!("it {what}s nothing")),
        1..=MAX_LISTED => Some(format!("it {what}s {}", known.join(", "))),
        count => Some(format!(
            "`gusset inspect` lists the {count} that it {what}s"
        )),
    }
}

fn closest(near: &Option<String>) -> String {
    match near {
        Some(near) => format!("; closest is `{near}`, which is another version track"),
        None => String::new(),
    }
}

impl PlanError {
    /// The places in `gusset.toml` that it is about, each with what it says there.
    pub fn places(&self) -> Vec<(ByteRange, String)> {
        match self {
            PlanError::ExportName { span, .. }
            | PlanError::NoImport { span, .. }
            | PlanError::NoExport { span, .. }
            | PlanError::AmbiguousLink { span, .. }
            | PlanError::Unrenamable { span, .. }
            | PlanError::Unmatched { span, .. }
            | PlanError::NoMiddleware { span, .. }
            | PlanError::Requires { span, .. }
            | PlanError::Conflicts { span, .. } => vec![(*span, String::new())],
            PlanError::Contradiction(circle) => circle
                .iter()
                .map(|b| {
                    let text = format!(
                        "`{}` of `{}`: `{}` must come before `{}`",
                        b.statement, b.of, b.outer, b.inner
                    );
                    (b.span, text)
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            PlanError::AmbiguousProvider {
                consumer,
                import,
                providers,
            } => format!(
                "say which one: `[[link]]` with consumer = \"{consumer}\", import = \
                 \"{import}\", provider = \"{}\"",
                providers.first().map_or("NAME", |name| name)
            ),
            PlanError::AmbiguousExport { name, providers } => format!(
                "say which one: `[[link]]` with consumer = \"export\", import = \"{name}\", \
                 provider = \"{}\"",
                providers.first().map_or("NAME", |name| name)
            ),
            PlanError::Contradiction(circle) => {
                let one = circle.first()?;
                format!(
                    "drop `{}` from `{}`, or change the other rule",
                    one.statement, one.of
                )
            }
            PlanError::ExportName { .. } => {
                "names are words of lower-case letters joined by `-`, or interfaces with a package"
                    .to_string()
            }
            PlanError::NoImport { import, known, .. } => return instead(import, "import", known),
            PlanError::NoExport {
                near: Some(near), ..
            } => format!(
                "build both against one version track, or put a component between them that \
                 imports `{near}`"
            ),
            PlanError::NoExport { import, known, .. } => return instead(import, "export", known),
            PlanError::Type { import, .. } | PlanError::ImportConflict { name: import, .. } => {
                format!("build both against the same `{import}`")
            }
            PlanError::Resource {
                resource,
                consumer,
                provider,
                ..
            } => format!(
                "let `{consumer}` and `{provider}` have `{resource}` from one place: a `[[link]]` \
                 says where each has it from"
            ),
            PlanError::ImportUsesInside {
                import, provider, ..
            } => format!(
                "add a component that provides `{import}` with the types of `{provider}`, or leave \
                 `{provider}` out so that both come from outside"
            ),
            PlanError::NoMiddleware { interface, .. } => {
                format!(
                    "a middleware imports `{interface}` and exports it; `on` says which is meant"
                )
            }
            PlanError::Conflicts { other, .. } => {
                format!("keep one of them off this edge with `where`, or drop `{other}`")
            }
            PlanError::AmbiguousLink { .. } => "say its version, or its whole name".to_string(),
            PlanError::Unrenamable { .. } => {
                "a link renames one function; write an adapter component for more".to_string()
            }
            PlanError::Unmatched { .. } => {
                "add `optional = true` if it may match nothing".to_string()
            }
            PlanError::Requires { required, .. } => {
                format!("add a `[[middleware]]` for `{required}` that matches this edge")
            }
            PlanError::Limit { .. } => {
                "compose fewer components into one file and link the rest at run time".to_string()
            }
            PlanError::Cycle(_) => {
                "take one of these links out, or link it at run time".to_string()
            }
        })
    }
}
