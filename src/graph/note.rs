//! What was left out, said openly.

use std::fmt;

/// Something that linking could not follow. Verdicts that depend on it must stay open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Note {
    /// Structural path of the instance concerned.
    pub instance: String,
    /// Where it stands in the file, when that can be said.
    pub offset: Option<u64>,
    /// What happened.
    pub reason: Reason,
}

/// Why something could not be followed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The host supplies the component: its code is not in the file.
    ImportedComponent(String),
    /// The host supplies the core module: its code is not in the file.
    ImportedModule(String),
    /// The root exports a component or core module that others may instantiate.
    ExportedCode(String),
    /// More instances than [`super::MAX_INSTANCES`].
    TooManyInstances,
    /// Instances nest deeper than [`super::MAX_DEPTH`].
    TooDeep,
    /// Something that validation should have ruled out.
    Dangling(String),
    /// A segment whose place is not a constant that could be computed.
    SegmentOffset,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::ImportedComponent(name) => {
                write!(
                    f,
                    "the component `{name}` is imported: its code is not in this file"
                )
            }
            Reason::ImportedModule(name) => {
                write!(
                    f,
                    "the core module `{name}` is imported: its code is not in this file"
                )
            }
            Reason::ExportedCode(name) => write!(
                f,
                "`{name}` is an exported component or core module: whoever instantiates it runs \
                 code that was not linked"
            ),
            Reason::TooManyInstances => write!(
                f,
                "more than {} instances; the rest was not linked",
                super::MAX_INSTANCES
            ),
            Reason::TooDeep => write!(
                f,
                "instances nest deeper than {}; the rest was not linked",
                super::MAX_DEPTH
            ),
            Reason::Dangling(what) => write!(f, "{what} could not be resolved"),
            Reason::SegmentOffset => {
                write!(
                    f,
                    "an element segment has an offset that could not be computed"
                )
            }
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (in {}", self.reason, self.instance)?;
        match self.offset {
            Some(offset) => write!(f, ", at offset {offset:#x})"),
            None => write!(f, ")"),
        }
    }
}
