//! What the gate says: one finding, one place, one rule.

use super::level::Severity;
use super::rules::Rule;
use crate::base::ByteRange;
use crate::lock::Facts;
use std::fmt;

/// What a finding is about; what the `subject` of an allowance is matched against.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A key of a kind, or a pattern of keys: `env:DATABASE_URL`, `config:feature_*`.
    Key {
        /// The kind of resource.
        kind: String,
        /// The key or pattern.
        name: String,
    },
    /// A kind as a whole: `env`.
    Kind(String),
    /// An import: `import:wasi:sockets/tcp@0.2.6`.
    Import(String),
    /// A component: `component:api`.
    Component(String),
    /// Code that was not looked into: `module:root/2`.
    Module(String),
    /// The order of an interface: `order:wasi:http/incoming-handler`.
    Order(String),
    /// An allowance, by its rule and subject: `allow:undeclared-key/env:OLD`.
    Allowance(String),
    /// A field of a manifest: `field:spec.replicas`.
    Field(String),
}

impl Subject {
    /// A key or pattern of a kind.
    pub fn key(kind: &str, name: &str) -> Subject {
        Subject::Key {
            kind: kind.to_string(),
            name: name.to_string(),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Key { kind, name } => write!(f, "{kind}:{name}"),
            Subject::Kind(kind) => f.write_str(kind),
            Subject::Import(name) => write!(f, "import:{name}"),
            Subject::Component(name) => write!(f, "component:{name}"),
            Subject::Module(path) => write!(f, "module:{path}"),
            Subject::Order(interface) => write!(f, "order:{interface}"),
            Subject::Allowance(text) => write!(f, "allow:{text}"),
            Subject::Field(name) => write!(f, "field:{name}"),
        }
    }
}

/// Where a person looks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// A range of a text file that was read.
    Text {
        /// The name of the file, as it was read.
        file: String,
        /// The bytes that say it.
        span: ByteRange,
    },
    /// A place in a binary.
    Binary {
        /// The path of the file.
        file: String,
        /// The instance and what is known within it.
        place: Place,
    },
}

impl Location {
    /// The file.
    pub fn file(&self) -> &str {
        match self {
            Location::Text { file, .. } | Location::Binary { file, .. } => file,
        }
    }
}

/// A place in a binary. Only the instance is always known.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Structural path of the instance.
    pub instance: String,
    /// The function, by its name or number.
    pub function: Option<String>,
    /// Offset in the file, in bytes.
    pub offset: Option<u64>,
    /// The line of the source, when the binary has line tables: `src/auth.rs:88`.
    pub source: Option<String>,
}

/// One step of the way from an export to a call of the host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// What stands there: a function, an import, a reason.
    pub what: String,
    /// Where, when it is code of the file.
    pub place: Option<Place>,
}

/// How sure a finding is. How bad it is, is its severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// It is proven.
    Certain,
    /// It may be: the analysis says more than can happen.
    Possible,
}

impl Confidence {
    /// The word for machines and people.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Certain => "certain",
            Confidence::Possible => "possible",
        }
    }
}

/// Something that a rule found. There is none without a rule, a place, a subject and a help.
#[derive(Clone, Debug)]
pub struct Finding {
    rule: &'static Rule,
    location: Location,
    subject: Subject,
    message: String,
    help: String,
    severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What to write under the marked text.
    pub label: Option<String>,
    /// The component of the workload.
    pub component: Option<String>,
    /// Structural paths of the instances inside it.
    pub instances: Vec<String>,
    /// What people call these instances, when the binary has several: `orders (root/1/3)`.
    pub who: Vec<String>,
    /// The way from an export to the call, outermost first; empty when there is none.
    pub evidence: Vec<Step>,
    /// What to paste into the manifest to declare it, when declaring it is the usual answer.
    pub declaration: Option<String>,
}

impl Finding {
    /// A finding of a rule: where, about what, what was found, and what to type next. Certain
    /// unless said otherwise; its severity is that of the rule's default level.
    pub fn new(
        rule: &'static Rule,
        location: Location,
        subject: Subject,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Finding {
        Finding {
            rule,
            location,
            subject,
            message: message.into(),
            help: help.into(),
            severity: Severity::Error,
            confidence: Confidence::Certain,
            label: None,
            component: None,
            instances: Vec::new(),
            who: Vec::new(),
            evidence: Vec::new(),
            declaration: None,
        }
    }

    /// The same about one component.
    pub fn of(mut self, component: &str) -> Finding {
        self.component = Some(component.to_string());
        self
    }

    /// The same with words under the marked text.
    pub fn label(mut self, label: impl Into<String>) -> Finding {
        self.label = Some(label.into());
        self
    }

    /// The same, proven or not.
    pub fn sure(mut self, sure: bool) -> Finding {
        self.confidence = match sure {
            true => Confidence::Certain,
            false => Confidence::Possible,
        };
        self
    }

    /// The same about some instances inside the component.
    pub fn within(mut self, instances: Vec<String>) -> Finding {
        self.instances = instances;
        self
    }

    /// The same with the way from an export to the call.
    pub fn because(mut self, evidence: Vec<Step>) -> Finding {
        self.evidence = evidence;
        self
    }

    /// Calls the instances by their names, where a name tells them apart.
    pub(super) fn call(&mut self, facts: &Facts) {
        // The root has the name of the component.
        if self.instances.iter().any(|id| id != "root") {
            let who = self
                .instances
                .iter()
                .map(|id| match facts.instance_name(id) {
                    name if name == id => id.clone(),
                    name => format!("{name} ({id})"),
                });
            self.who = who.collect();
        }
    }

    pub(super) fn weigh(&mut self, severity: Severity) {
        self.severity = severity;
    }

    /// The rule.
    pub fn rule(&self) -> &'static Rule {
        self.rule
    }

    /// Where.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// About what.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// What was found, one sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to type to accept or to fix.
    pub fn help(&self) -> &str {
        &self.help
    }

    /// How bad it is, according to the levels of this run.
    pub fn severity(&self) -> Severity {
        self.severity
    }
}
