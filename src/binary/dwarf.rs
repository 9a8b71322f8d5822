//! Source lines of code, from the DWARF sections that compilers leave in a core module.

use super::module::Module;
use addr2line::Context;
use gimli::{EndianSlice, LittleEndian, SectionId};

/// The reader of debug sections: bytes of the file, without copying.
type Reader<'a> = EndianSlice<'a, LittleEndian>;

/// Debug information of one core module.
pub struct Lines<'a> {
    context: Context<Reader<'a>>,
    /// Where the contents of the code section begin: addresses in DWARF for WebAssembly
    /// count from there ("DWARF for WebAssembly", section 2).
    code: u64,
}

/// A function that stands at a place of the code, itself or inlined, and the line it is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its symbol, possibly mangled; `None` if the debug information has no name for it.
    pub function: Option<String>,
    /// The source file as the compiler wrote it down.
    pub file: Option<String>,
    /// Line, from 1.
    pub line: Option<u32>,
    /// Column, from 1.
    pub column: Option<u32>,
}

impl<'a> Module<'a> {
    /// Debug information, if the module carries any that can be read.
    pub fn lines(&self) -> Option<Lines<'a>> {
        self.custom(".debug_line")?;
        let code = self.sections.iter().find(|s| s.id == CODE)?.range.start;
        let load = |id: SectionId| -> Result<Reader<'a>, gimli::Error> {
            let data = self.custom(id.name()).map_or(&[][..], |c| c.data);
            Ok(EndianSlice::new(data, LittleEndian))
        };
        let dwarf = gimli::Dwarf::load(load).ok()?;
        let context = Context::from_dwarf(dwarf).ok()?;
        Some(Lines { context, code })
    }
}

/// Id of the code section.
const CODE: u8 = 10;

impl Lines<'_> {
    /// The functions at an instruction, the innermost inlined one first. Empty if nothing is
    /// known of the place.
    pub fn at(&self, offset: u64) -> Vec<Frame> {
        let Some(address) = offset.checked_sub(self.code) else {
            return Vec::new();
        };
        // Debug information in other files is never loaded.
        let Ok(mut frames) = self.context.find_frames(address).skip_all_loads() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        while let Ok(Some(frame)) = frames.next() {
            let location = frame.location.as_ref();
            let name = frame.function.as_ref().and_then(|f| f.raw_name().ok());
            found.push(Frame {
                function: name.map(|n| n.into_owned()),
                file: location.and_then(|l| l.file).map(str::to_string),
                line: location.and_then(|l| l.line).filter(|l| *l > 0),
                column: location.and_then(|l| l.column).filter(|c| *c > 0),
            });
            if found.len() >= DEEPEST {
                break;
            }
        }
        found
    }
}

/// Inlined functions at one place beyond this number are left out.
const DEEPEST: usize = 64;
