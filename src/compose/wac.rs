//! A composition as WAC, the language of `wac`.
//!
//! Syntax: `LANGUAGE.md` of the WebAssembly Composition language.

use super::wiring::{Source, Wiring};
use crate::base::plain_name;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Why a composition cannot be said in WAC.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WacError {
    /// An instance put together from parts of others.
    #[error("`{name}` of `{of}` is put together from parts, which WAC cannot say")]
    Parts {
        /// The instance, or `export`.
        of: String,
        /// The import or export.
        name: String,
    },
    /// An import of the whole under another name than the one that imports it.
    #[error(
        "`{of}` imports `{name}`, which is joined with `{import}`; WAC would import both: build \
         the components for one version"
    )]
    Joined {
        /// The instance.
        of: String,
        /// Its import.
        name: String,
        /// The import of the whole.
        import: String,
    },
    /// Instances that import from each other.
    #[error("these instances import from each other in a circle")]
    Cycle,
}

/// A composition in WAC, and the packages that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wac {
    /// The document.
    pub text: String,
    /// For each component that is used: its position in [`Wiring::packages`], and the name of
    /// the package that stands for it.
    pub packages: Vec<(usize, String)>,
}

/// Writes a composition in WAC. Instances stand after their providers; what nobody provides is
/// left open by `...`, so that it becomes an import.
pub fn wac(wiring: &Wiring<'_>) -> Result<Wac, WacError> {
    let order = wiring.order().map_err(|_| WacError::Cycle)?;
    let mut taken = BTreeSet::new();
    let mut packages: Vec<(usize, String)> = Vec::new();
    for node in &order {
        let package = wiring.nodes[*node].package;
        if !packages.iter().any(|(known, _)| *known == package) {
            let name = identifier(&wiring.packages[package].name, &mut taken);
            packages.push((package, format!("gusset:{name}")));
        }
    }
    let mut taken = BTreeSet::new();
    let mut names = vec![String::new(); wiring.nodes.len()];
    for node in &order {
        names[*node] = identifier(&wiring.nodes[*node].name, &mut taken);
    }
    let mut text = "package gusset:composition;\n".to_string();
    for node in order {
        let it = &wiring.nodes[node];
        let package = packages.iter().find(|(known, _)| *known == it.package);
        let package = package.map_or("", |(_, name)| name.as_str());
        let _ = write!(text, "\nlet {} = new {package} {{", names[node]);
        let mut open = false;
        let mut given = false;
        for (name, source) in &it.args {
            match source {
                Source::Import(import) if import == name => open = true,
                // The same interface in another version of its track.
                Source::Import(import) => {
                    return Err(WacError::Joined {
                        of: it.name.clone(),
                        name: name.clone(),
                        import: import.clone(),
                    });
                }
                // A type comes with the interface that declares it.
                Source::Member(..) => open = true,
                Source::Export {
                    node: provider,
                    name: export,
                } => {
                    given = true;
                    let provider = &names[*provider];
                    let _ = write!(text, "\n    \"{name}\": {provider}[\"{export}\"],");
                }
                Source::Node(_) | Source::Bundle(_) => {
                    return Err(WacError::Parts {
                        of: it.name.clone(),
                        name: name.clone(),
                    });
                }
            }
        }
        text.push_str(match (given, open) {
            (false, false) => "};\n",
            (false, true) => " ... };\n",
            (true, false) => "\n};\n",
            (true, true) => "\n    ...\n};\n",
        });
    }
    if !wiring.exports.is_empty() {
        text.push('\n');
    }
    for (export, item) in &wiring.exports {
        match &item.source {
            Source::Export { node, name } => {
                let _ = write!(text, "export {}[\"{name}\"]", names[*node]);
                if name != export {
                    let _ = write!(text, " as \"{export}\"");
                }
                text.push_str(";\n");
            }
            _ => {
                return Err(WacError::Parts {
                    of: super::plan::EXPORT.to_string(),
                    name: export.clone(),
                });
            }
        }
    }
    Ok(Wac { text, packages })
}

/// Words that WAC reserves.
const KEYWORDS: [&str; 33] = [
    "as",
    "bool",
    "borrow",
    "char",
    "constructor",
    "enum",
    "export",
    "f32",
    "f64",
    "flags",
    "func",
    "import",
    "include",
    "interface",
    "let",
    "list",
    "new",
    "option",
    "package",
    "record",
    "resource",
    "result",
    "s16",
    "s32",
    "s64",
    "s8",
    "static",
    "string",
    "targets",
    "tuple",
    "type",
    "use",
    "with",
];

/// A name in kebab case, each once: words of letters and digits that begin with a letter.
fn identifier(name: &str, taken: &mut BTreeSet<String>) -> String {
    let lower = name.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(
            |word| match word.starts_with(|c: char| c.is_ascii_digit()) {
                true => format!("n{word}"),
                false => word.to_string(),
            },
        )
        .collect();
    let base = match words.join("-") {
        word if word.is_empty() || KEYWORDS.contains(&word.as_str()) => format!("the-{word}"),
        word => word,
    };
    let base = match base.as_str() {
        "the-" => "component".to_string(),
        _ => base,
    };
    plain_name::free(&base, "-n", |name| !taken.insert(name.to_string()))
}
