//! Binaries taken apart into sections and put together again, by hand: a second opinion
//! that shares no code with the product. Include with
//! `#[path = "support/rewrite.rs"] mod rewrite;`.

#![allow(dead_code, reason = "each test uses the part it needs")]
#![allow(clippy::expect_used, reason = "only valid binaries are rewritten")]

const HEADER: usize = 8;
const COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];

/// A section while a binary is rewritten.
pub(crate) struct Section<'a> {
    pub(crate) id: u8,
    /// Offset of the contents in the file.
    pub(crate) offset: usize,
    pub(crate) data: &'a [u8],
}

/// What becomes of a binary, at every level of nesting.
pub(crate) trait Edit {
    /// What stands for a section, with its id, or `None` when it goes. Sections that nest
    /// a binary are not asked about.
    fn section(&mut self, unit: usize, section: &Section<'_>) -> Option<Vec<u8>>;

    /// Whole sections to add at the end of the unit that begins at `unit`.
    fn append(&mut self, _unit: usize, _is_component: bool) -> Vec<u8> {
        Vec::new()
    }

    /// How a length is written.
    fn length(&self, value: usize, out: &mut Vec<u8>) {
        leb128(value, out);
    }
}

/// Rewrites a binary and everything nested in it.
pub(crate) fn rewrite(bytes: &[u8], edit: &mut impl Edit) -> Vec<u8> {
    unit(bytes, 0, edit)
}

fn unit(bytes: &[u8], start: usize, edit: &mut impl Edit) -> Vec<u8> {
    let mut out = bytes[..HEADER].to_vec();
    let is_component = bytes[4..HEADER] == COMPONENT;
    let mut at = HEADER;
    while at < bytes.len() {
        let id = bytes[at];
        let (len, used) = read_leb128(&bytes[at + 1..]);
        let begin = at + 1 + used;
        at = begin + len;
        let section = Section {
            id,
            offset: start + begin,
            data: &bytes[begin..at],
        };
        let data = match is_component && matches!(id, 1 | 4) {
            true => Some(unit(section.data, section.offset, edit)),
            false => edit.section(start, &section),
        };
        if let Some(data) = data {
            out.push(id);
            edit.length(data.len(), &mut out);
            out.extend(data);
        }
    }
    out.extend(edit.append(start, is_component));
    out
}

/// Reads an unsigned number: its value and how many bytes it took.
pub(crate) fn read_leb128(bytes: &[u8]) -> (usize, usize) {
    let last = bytes.iter().position(|b| b & 0x80 == 0).expect("a number");
    let value = bytes[..=last].iter().rev();
    let value = value.fold(0, |value, byte| (value << 7) | usize::from(byte & 0x7f));
    (value, last + 1)
}

/// Writes an unsigned number in the shortest form.
pub(crate) fn leb128(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A whole custom section.
pub(crate) fn custom(name: &str, data: &[u8]) -> Vec<u8> {
    let mut contents = Vec::new();
    leb128(name.len(), &mut contents);
    contents.extend_from_slice(name.as_bytes());
    contents.extend_from_slice(data);
    let mut section = vec![0];
    leb128(contents.len(), &mut section);
    section.extend(contents);
    section
}

/// Removes every custom section and writes lengths in the shortest form.
pub(crate) struct Strip;

impl Edit for Strip {
    fn section(&mut self, _unit: usize, section: &Section<'_>) -> Option<Vec<u8>> {
        (section.id != 0).then(|| section.data.to_vec())
    }
}
