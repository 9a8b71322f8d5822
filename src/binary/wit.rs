//! The world of a binary as WIT text, with the documentation it embeds.

use super::{Binary, Root};

/// Why a binary's world could not be written as WIT.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitError {
    /// A core module carries no component types.
    #[error("a core module without `component-type` sections has no WIT")]
    NoTypes,
    /// The type is valid but WIT cannot express it.
    #[error("the world cannot be written as WIT: {0}")]
    Decode(String),
}

impl Binary<'_> {
    /// The world of a component, or the one that a core module's `component-type` sections
    /// describe, and the packages it uses, as WIT text.
    ///
    /// # Errors
    /// [`WitError`] when there is no world, or when it uses something that WIT cannot say.
    pub fn wit(&self) -> Result<String, WitError> {
        match self.root {
            Root::Component(_) => {
                let decoded = wit_component::decode(self.bytes)
                    .map_err(|e| WitError::Decode(format!("{e:#}")))?;
                print(decoded.resolve(), decoded.package())
            }
            Root::Module(id) => {
                let module = self.module(id);
                let described = module
                    .customs
                    .iter()
                    .any(|c| c.name.starts_with("component-type"));
                if !described {
                    return Err(WitError::NoTypes);
                }
                let (_, bindgen) = wit_component::metadata::decode(self.bytes)
                    .map_err(|e| WitError::Decode(format!("{e:#}")))?;
                let package = bindgen.resolve.worlds[bindgen.world]
                    .package
                    .ok_or(WitError::NoTypes)?;
                print(&bindgen.resolve, package)
            }
        }
    }
}

fn print(
    resolve: &wit_parser::Resolve,
    package: wit_parser::PackageId,
) -> Result<String, WitError> {
    let nested: Vec<_> = resolve
        .packages
        .iter()
        .map(|(id, _)| id)
        .filter(|id| *id != package)
        .collect();
    let mut printer = wit_component::WitPrinter::default();
    printer
        .print(resolve, package, &nested)
        .map_err(|e| WitError::Decode(format!("{e:#}")))?;
    Ok(printer.output.to_string())
}
