//! What to serve: a block of bytes. A module that gusset puts beside this one asks for [`room`]
//! and writes it there before anything else runs.
//!
//! Numbers are little-endian `u32`, texts and bytes have their length in front.
//! ```text
//! settings  = standard standard standard roots nodes      input, output, error
//! standard  = 0:u8 bytes | 1:u8                          fixed or nothing, refused
//! roots     = count { name:text node:u32 }
//! nodes     = count { writable:u8 node }
//! node      = 0:u8 count { name:text node:u32 } | 1:u8 bytes | 2:u8 target:text
//! ```

use crate::abi::Global;

/// Where the block is and how long it is.
static PLACE: Global<(usize, usize)> = Global::new((0, 0));

/// Memory for the block.
#[unsafe(export_name = "room")]
extern "C" fn room(length: usize) -> usize {
    let block = alloc::vec![0_u8; length].leak();
    let place = (block.as_ptr() as usize, length);
    PLACE.with(|known| *known = place);
    place.0
}

/// A standard stream.
pub(crate) enum Standard {
    /// The bytes of an input. An output is taken and forgotten.
    Fixed(&'static [u8]),
    Refused,
}

/// Everything but the files.
pub(crate) struct Settings {
    pub(crate) stdin: Standard,
    pub(crate) stdout: Standard,
    pub(crate) stderr: Standard,
    /// Where roots and nodes stand.
    #[cfg(feature = "files")]
    pub(crate) files: Cursor,
}

/// Reads the block. What is cut off traps: gusset writes it and nobody else.
#[derive(Clone, Copy)]
pub(crate) struct Cursor(&'static [u8]);

impl Cursor {
    pub(crate) fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    pub(crate) fn word(&mut self) -> u32 {
        let bytes = self.take(4);
        u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }

    pub(crate) fn bytes(&mut self) -> &'static [u8] {
        let length = self.word() as usize;
        self.take(length)
    }

    fn take(&mut self, length: usize) -> &'static [u8] {
        let Some((bytes, rest)) = self.0.split_at_checked(length) else {
            core::arch::wasm32::unreachable()
        };
        self.0 = rest;
        bytes
    }

    fn standard(&mut self) -> Standard {
        match self.byte() {
            0 => Standard::Fixed(self.bytes()),
            _ => Standard::Refused,
        }
    }
}

static SETTINGS: Global<Option<Settings>> = Global::new(None);

/// The settings, read once.
pub(crate) fn get() -> &'static Settings {
    let settings = SETTINGS.with(|settings| core::ptr::from_ref(settings.get_or_insert_with(read)));
    // SAFETY: it is written once and lives as long as the program.
    unsafe { &*settings }
}

fn read() -> Settings {
    let (address, length) = PLACE.with(|place| *place);
    // SAFETY: the block lives as long as the program, and nobody writes it any more.
    let mut cursor = Cursor(unsafe { crate::abi::bytes(address, length) });
    Settings {
        stdin: cursor.standard(),
        stdout: cursor.standard(),
        stderr: cursor.standard(),
        #[cfg(feature = "files")]
        files: cursor,
    }
}
