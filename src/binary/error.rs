//! Why bytes could not be read as WebAssembly.

/// Bytes that are not a valid WebAssembly component or core module.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// The first four bytes are not `\0asm`.
    #[error("not WebAssembly: expected the magic bytes `\\0asm` at offset 0x0, found {found}")]
    Magic {
        /// The first bytes, shown as hexadecimal.
        found: String,
    },
    /// A layer or version that no released specification has.
    #[error(
        "unknown WebAssembly version {version:#x}, layer {layer:#x} at offset 0x4 \
         (a core module is version 0x1, layer 0x0; a component is version 0xd, layer 0x1)"
    )]
    Version {
        /// Bytes 4 and 5, little-endian.
        version: u16,
        /// Bytes 6 and 7, little-endian.
        layer: u16,
    },
    /// The file ends inside a section or item.
    #[error("the file is truncated: {message} (at offset {offset:#x})")]
    Truncated {
        /// What was being read.
        message: String,
        /// Offset in the file.
        offset: u64,
    },
    /// The bytes break a rule of the binary format or of validation.
    #[error("invalid {what}: {message} (at offset {offset:#x})")]
    Invalid {
        /// `component`, `module`, or a path such as `module 1 of component 0`.
        what: String,
        /// What rule is broken.
        message: String,
        /// Offset in the file.
        offset: u64,
    },
}

impl ParseError {
    /// Offset in the file at which reading stopped.
    pub fn offset(&self) -> u64 {
        match self {
            ParseError::Empty | ParseError::Magic { .. } => 0,
            ParseError::Version { .. } => 4,
            ParseError::Truncated { offset, .. } | ParseError::Invalid { offset, .. } => *offset,
        }
    }

    /// What a person can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            ParseError::Empty => "check that the build or download that wrote it succeeded",
            ParseError::Magic { .. } => {
                "give a `.wasm` component or module, or WebAssembly text (`.wat`)"
            }
            ParseError::Version { .. } => {
                "rebuild it with a released toolchain, or use a newer gusset if the format moved on"
            }
            ParseError::Truncated { .. } => "the download or copy was cut short: fetch it again",
            ParseError::Invalid { .. } => {
                "no engine would accept this file: rebuild it, or report the tool that wrote it"
            }
        }
    }
}
