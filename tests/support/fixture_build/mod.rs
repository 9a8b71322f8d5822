//! Builds every file of `fixtures/bin` from source. `recipes` says what there is; the other
//! modules are the tools: the guests' cargo, wit-component, wac-graph, section surgery.

pub(crate) mod c;
pub(crate) mod componentize;
pub(crate) mod compose;
pub(crate) mod recipes;
pub(crate) mod sections;
pub(crate) mod toolchain;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use recipes::{RECIPES, Recipe};
use toolchain::Toolchain;

/// What went wrong, as text for people.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
/// Result of a build step.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Files built so far, by their name in `fixtures/bin`.
pub(crate) type Built = BTreeMap<&'static str, Vec<u8>>;

/// Adds what was being done to an error.
pub(crate) trait Context<T> {
    /// Puts `doing` in front of the error.
    fn context(self, doing: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: std::fmt::Display> Context<T> for std::result::Result<T, E> {
    fn context(self, doing: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| format!("{}: {error:#}", doing()).into())
    }
}

/// The checkout, links followed: compilers write down where a file really is.
pub(crate) fn root() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let real = root.join("fixtures").canonicalize().ok();
    real.and_then(|fixtures| fixtures.parent().map(Path::to_path_buf))
        .unwrap_or(root)
}

/// Reads a file of the checkout.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).context(|| format!("cannot read {}", path.display()))
}

/// Builds every guest that ships inside the tool.
pub(crate) fn build_adapters(toolchain: &Toolchain) -> Result<Built> {
    let mut built = Built::new();
    for (name, package, features) in recipes::ADAPTERS {
        built.insert(*name, toolchain.build_adapter(package, features)?);
    }
    Ok(built)
}

/// Builds every recipe, in the order of the table. A recipe whose tool is absent on this
/// machine gives the bytes in the repository, and its reason in the second list.
pub(crate) fn build_all(toolchain: &Toolchain) -> Result<(Built, Vec<(&'static str, String)>)> {
    let guests = toolchain.build_guests()?;
    let mut built = Built::new();
    let mut skipped = Vec::new();
    for (name, recipe) in RECIPES {
        let bytes = match recipe {
            Recipe::Guest(guest) => read(&guests.join(guest.artifact())),
            Recipe::Componentize(guest) => read(&guests.join(guest.artifact()))
                .and_then(|module| componentize::with_world(&module)),
            Recipe::Wat => {
                let source = root().join("fixtures/wat").join(name).with_extension("wat");
                wat::parse_file(&source).map_err(Into::into)
            }
            Recipe::Derived(make) => make(&built),
            Recipe::C => match c::build(name) {
                Ok(c::Outcome::Built(bytes)) => Ok(bytes),
                Ok(c::Outcome::NoCompiler(why)) => {
                    skipped.push((*name, why));
                    read(&root().join("fixtures/bin").join(name))
                }
                Err(error) => Err(error),
            },
        };
        let bytes = bytes.context(|| format!("cannot build {name}"))?;
        built.insert(*name, bytes);
    }
    Ok((built, skipped))
}
