//! Changes in words.

use crate::lock::{Change, Named, What};
use crate::report::plain::clean;

/// A change as two columns: what it is about, and what happened.
pub(super) struct Words {
    /// `env`, `import`.
    pub(super) kind: String,
    /// The key, or the change.
    pub(super) text: String,
    /// Where, or how sure; may be empty.
    pub(super) remark: String,
}

impl Words {
    /// A change of a section in words; names from binaries are made harmless.
    pub(super) fn of(section: &str, change: &Change) -> Words {
        let kind = change.what.kind().unwrap_or_default();
        let words = |text: String, remark: String| Words {
            kind: clean(kind),
            text,
            remark,
        };
        let place = place(change);
        match &change.what {
            What::Import(named) => Words::named("import", named),
            What::Export(named) => Words::named("export", named),
            What::Key { name, grade, .. } => {
                let remark = match grade.as_str() {
                    "exact" => place,
                    grade => joined(grade, &place),
                };
                words(clean(name), remark)
            }
            What::Pattern { pattern, .. } => words(clean(pattern), place),
            What::Holder { name, .. } => {
                let verb = if section == "new" {
                    "also"
                } else {
                    "no longer"
                };
                words(clean(name), format!("{verb} {place}"))
            }
            What::Grade { name, change, .. } => {
                let change = format!("{} → {}", change.0.as_str(), change.1.as_str());
                words(clean(name), joined(&change, &place))
            }
            What::Verdict { change, .. } => {
                let change = format!("{} → {}", change.0.as_str(), change.1.as_str());
                words(change, place)
            }
            What::Enumerates { .. } => {
                let not = if section == "stronger" {
                    "no longer "
                } else {
                    ""
                };
                words(format!("{not}goes through all names"), place)
            }
            What::Open { reason, .. } => {
                let not = if section == "stronger" {
                    "no longer "
                } else {
                    ""
                };
                words(format!("{not}unresolved: {}", clean(reason)), place)
            }
        }
    }

    fn named(kind: &str, named: &Named) -> Words {
        let remark = named.implements.as_deref();
        Words {
            kind: kind.to_string(),
            text: clean(&named.name),
            remark: remark
                .map(|of| format!("implements {}", clean(of)))
                .unwrap_or_default(),
        }
    }
}

fn joined(a: &str, b: &str) -> String {
    match b {
        "" => a.to_string(),
        b => format!("{a}, {b}"),
    }
}

/// The instances, unless it is the root alone: then the file has one.
fn place(change: &Change) -> String {
    let ids: Vec<String> = change.instances.iter().map(|id| clean(id)).collect();
    match ids.as_slice() {
        [] => String::new(),
        [only] if only == "root" && !matches!(change.what, What::Holder { .. }) => String::new(),
        ids => format!("in {}", ids.join(", ")),
    }
}
