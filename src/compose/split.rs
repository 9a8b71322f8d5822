//! A wiring → its components and the `gusset.toml` that wires them again.

use super::plan::{EXPORT, IMPORT};
use super::wiring::{Source, Wiring, interface_of};
use crate::base::{plain_name, same_interface, toml_key, toml_string};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A composition taken apart.
#[derive(Debug)]
pub struct Parts<'w> {
    /// File name and bytes of each component.
    pub components: Vec<(String, Cow<'w, [u8]>)>,
    /// Text of the `gusset.toml` beside them.
    pub workload: String,
}

/// Why a composition has no `gusset.toml`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// An export of the whole with attributes that the component does not give it.
    #[error("`{0}` is exported with another label or id than its component says")]
    Attributes(String),
    /// Something that is no whole export of an instance.
    #[error("`{name}` of `{of}` is put together from parts, which `gusset.toml` cannot say")]
    Parts {
        /// The instance, or `export`.
        of: String,
        /// The import or export.
        name: String,
    },
}

/// Takes a composition apart.
pub fn split<'w>(wiring: &'w Wiring<'_>) -> Result<Parts<'w>, SplitError> {
    let names = file_names(wiring);
    let mut text = String::from("[workload]\n");
    for (node, name) in wiring.nodes.iter().zip(&names.nodes) {
        let file = &names.packages[node.package];
        let _ = writeln!(
            text,
            "\n[components.{}]\npath = {}",
            toml_key(name),
            toml_string(file)
        );
    }
    let mut link = |consumer: &str, import: &str, provider: &str, export: Option<&str>| {
        let _ = writeln!(
            text,
            "\n[[link]]\nconsumer = {}\nimport = {}\nprovider = {}",
            toml_string(consumer),
            toml_string(import),
            toml_string(provider)
        );
        if let Some(export) = export {
            let _ = writeln!(text, "export = {}", toml_string(export));
        }
    };
    for (node, name) in wiring.nodes.iter().zip(&names.nodes) {
        for (import, source) in &node.args {
            match source {
                Source::Import(_) => link(name, import, IMPORT, None),
                Source::Export {
                    node: provider,
                    name: export,
                } => {
                    // An import with a name of its own has to say which export it means.
                    let world = &wiring.packages[node.package].world;
                    let item = world.imports.get(import);
                    let interface = item.map_or(import.as_str(), |i| interface_of(import, i));
                    let other = !same_interface(interface, export);
                    let export = Some(export.as_str()).filter(|_| other);
                    link(name, import, &names.nodes[*provider], export);
                }
                // A type comes with the interface that declares it.
                Source::Member(..) => {}
                Source::Node(_) | Source::Bundle(_) => {
                    // Functions of one export under other names: a link can say that.
                    let given = wiring.renamed(node, import);
                    let (provider, export) = given.ok_or_else(|| SplitError::Parts {
                        of: node.name.clone(),
                        name: import.clone(),
                    })?;
                    link(name, import, &names.nodes[provider], Some(export));
                }
            }
        }
    }
    let mut exports: Vec<(&str, &str, Option<&str>)> = Vec::new();
    for (export, item) in &wiring.exports {
        let Source::Export { node, name } = &item.source else {
            return Err(SplitError::Parts {
                of: EXPORT.to_string(),
                name: export.clone(),
            });
        };
        let world = &wiring.package_of(*node).world;
        // A link says no attributes: those are the ones that the component has.
        let own = world.exports.get(name).map(|own| &own.attributes);
        if own != Some(&item.attributes) {
            return Err(SplitError::Attributes(export.clone()));
        }
        let other = Some(name.as_str()).filter(|name| name != export);
        exports.push((export, &names.nodes[*node], other));
    }
    exports.extend(closed(wiring).into_iter().map(|name| (name, IMPORT, None)));
    // A name without a version stands for every version, and the first link counts.
    exports.sort_by_key(|(name, ..)| !name.contains('@'));
    for (export, provider, other) in exports {
        link(EXPORT, export, provider, other);
    }
    let used: BTreeSet<usize> = wiring.nodes.iter().map(|node| node.package).collect();
    let components = used.into_iter().map(|package| {
        let bytes = Cow::Borrowed(&*wiring.packages[package].bytes);
        (names.packages[package].clone(), bytes)
    });
    Ok(Parts {
        components: components.collect(),
        workload: text,
    })
}

/// Names of exports that the whole does not export. Composing would, where nobody is given them.
fn closed<'w>(wiring: &'w Wiring<'_>) -> Vec<&'w str> {
    let names = wiring.nodes.iter().enumerate().flat_map(|(number, _)| {
        let exports = wiring.package_of(number).world.exports.keys();
        exports.map(String::as_str)
    });
    let mut names: Vec<&str> = names.filter(|n| !wiring.exports.contains_key(*n)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

struct Names {
    nodes: Vec<String>,
    packages: Vec<String>,
}

/// Names that are good for files and keys, each once.
fn file_names(wiring: &Wiring<'_>) -> Names {
    let mut taken = BTreeSet::from([EXPORT.to_string(), IMPORT.to_string()]);
    let nodes: Vec<String> = wiring
        .nodes
        .iter()
        .map(|node| unique(&node.name, &mut taken))
        .collect();
    let mut taken = BTreeSet::new();
    let packages = (0..wiring.packages.len()).map(|package| {
        let first = wiring.nodes.iter().position(|node| node.package == package);
        let base = match first {
            Some(node) => nodes[node].as_str(),
            None => "component",
        };
        format!("{}.wasm", unique(base, &mut taken))
    });
    Names {
        packages: packages.collect(),
        nodes,
    }
}

fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = plain_name::plain(name);
    let base = match plain.as_str() {
        "" => "component",
        plain => plain,
    };
    plain_name::free(base, "-", |name| !taken.insert(name.to_string()))
}
