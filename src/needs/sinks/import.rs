//! Which function of which interface a host function is.

use super::{CoreTarget, HostFunction};
use crate::base::InterfaceName;
use crate::graph::{HostId, Program};
use std::borrow::Cow;

/// Which function of which interface a host function is.
pub(in crate::needs) fn imported(
    program: &Program<'_, '_>,
    id: HostId,
) -> Option<(InterfaceName, String)> {
    let imported = Imported::of(program, id)?;
    Some((imported.interface, imported.function))
}

/// A host function as its import names it.
pub(super) struct Imported {
    pub interface: InterfaceName,
    /// Without the marks that older releases put on async functions.
    pub function: String,
    label: Option<String>,
}

impl Imported {
    /// `None` for what belongs to no interface, such as a function imported by itself.
    pub(super) fn of(program: &Program<'_, '_>, id: HostId) -> Option<Imported> {
        let host = program.host(id);
        let import = &program.imports.get(host.import)?.name;
        let (function, above) = host.path.split_last()?;
        let (interface, label) = match above.last() {
            // An instance inside an imported instance has no attributes.
            Some(name) => (interface(name, None)?, None),
            None => match import.implements {
                Some(name) => (interface(name, None)?, Some(import.name.to_string())),
                None => (interface(import.name, import.version_suffix)?, None),
            },
        };
        Some(Imported {
            interface,
            function: plain_function(function).into_owned(),
            label,
        })
    }

    pub(super) fn function_at(self, target: CoreTarget) -> HostFunction {
        HostFunction {
            target,
            interface: self.interface.to_string(),
            function: self.function,
            label: self.label,
        }
    }
}

/// The interface that a name stands for. A canonical version (`0.2`, `1`) is completed by
/// its suffix, or else by zeros. Component-model `Explainer.md`, `canonversion`.
pub(super) fn interface(name: &str, suffix: Option<&str>) -> Option<InterfaceName> {
    let full = format!("{name}{}", suffix.unwrap_or_default());
    if let Ok(interface) = full.parse() {
        return Some(interface);
    }
    let (_, version) = name.split_once('@')?;
    let zeros = match version.split('.').count() {
        1 => ".0.0",
        2 => ".0",
        _ => return None,
    };
    format!("{name}{zeros}").parse().ok()
}

/// The interface that a core module means by a first-level import name, with or without
/// the prefix of the build target `wasm32` (component-model `BuildTargets.md`).
pub(super) fn core_interface(module: &str) -> Option<InterfaceName> {
    let name = module.strip_prefix("cm32p2|").unwrap_or(module);
    interface(name, None)
}

/// The name of a function without the mark that older releases put on async ones:
/// `[async method]bucket.get` is `[method]bucket.get`.
pub(super) fn plain_function(name: &str) -> Cow<'_, str> {
    if let Some(plain) = name.strip_prefix("[async]") {
        return plain.into();
    }
    match name.strip_prefix("[async ") {
        Some(rest) => format!("[{rest}").into(),
        None => name.into(),
    }
}
