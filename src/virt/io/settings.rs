//! What the adapter serves from memory, and the block of bytes that tells it so. The form of
//! the block is written down in `adapters/io/src/settings.rs`.

use super::files::Files;

/// Standard streams and files; the default leaves all of them to the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Io {
    /// Standard input.
    pub stdin: Standard,
    /// Standard output. Bytes that are given make no difference to [`Standard::EMPTY`].
    pub stdout: Standard,
    /// Standard error, as for output.
    pub stderr: Standard,
    /// Files; `None` leaves them to the host.
    pub files: Option<Files>,
}

/// A standard stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standard {
    /// The host's.
    #[default]
    Host,
    /// Input has these bytes. Output is taken and forgotten.
    Bytes(Vec<u8>),
    /// Every use fails with `last-operation-failed`.
    Denied,
}

impl Standard {
    /// Input that is at its end; output that goes nowhere.
    pub const EMPTY: Standard = Standard::Bytes(Vec::new());

    fn write(&self, block: &mut Block) {
        match self {
            Standard::Bytes(bytes) => block.byte(0).bytes(bytes),
            // The host's is never asked for: its interface is handed on.
            Standard::Host | Standard::Denied => block.byte(1),
        };
    }
}

impl Io {
    /// Whether nothing is served from memory.
    pub fn is_host(&self) -> bool {
        *self == Io::default()
    }

    /// The streams, with the interface of each and what the option is called.
    pub(super) fn streams(&self) -> [(&'static str, &'static str, &Standard); 3] {
        [
            ("wasi:cli/stdin", "a standard input", &self.stdin),
            ("wasi:cli/stdout", "a standard output", &self.stdout),
            ("wasi:cli/stderr", "a standard error", &self.stderr),
        ]
    }

    /// The block.
    pub(super) fn block(&self) -> Vec<u8> {
        let mut block = Block::default();
        for (_, _, standard) in self.streams() {
            standard.write(&mut block);
        }
        match &self.files {
            Some(files) => files.write(&mut block),
            None => {
                block.word(0).word(0);
            }
        }
        block.0
    }
}

/// A block being written. Lengths fit: files are limited before, see [`Files`].
#[derive(Default)]
pub(super) struct Block(Vec<u8>);

impl Block {
    pub(super) fn byte(&mut self, byte: u8) -> &mut Block {
        self.0.push(byte);
        self
    }

    pub(super) fn word(&mut self, word: usize) -> &mut Block {
        let word = u32::try_from(word).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&word.to_le_bytes());
        self
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Block {
        self.word(bytes.len());
        self.0.extend_from_slice(bytes);
        self
    }
}
