//! Core modules made components with wit-component.

use wasi_preview1_component_adapter_provider as adapters;
use wit_component::ComponentEncoder;

use super::{Context, Result};

/// A component from a core module that carries its world in a custom section.
pub(crate) fn with_world(module: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(module)?;
    encoder.encode().context(|| "cannot encode".to_owned())
}

/// A component from a WASI preview 1 command, with the adapter that comes with wasmtime.
pub(crate) fn preview1_command(module: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(module)?.adapter(
        adapters::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
        adapters::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
    )?;
    encoder.encode().context(|| "cannot encode".to_owned())
}
