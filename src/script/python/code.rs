//! Code objects: bytecode with its names, constants and lines.

use super::heap::{Heap, Obj};
use super::opcode::Op;

/// Units of two bytes in one function that are read.
const MOST: u32 = 200_000;

/// Locals of one function.
const LOCALS: usize = 5_000;

/// Set in the flags of functions, not of classes.
pub(super) const OPTIMIZED: u32 = 1;
/// Set if a parameter takes further arguments, by position or by name.
pub(super) const VARARGS: u32 = 4;
pub(super) const VARKEYWORDS: u32 = 8;

/// A code object.
pub(super) struct Code {
    pub names: Vec<String>,
    pub constants: Vec<Obj>,
    /// Names of locals, cells and what is taken from functions around it.
    pub locals: Vec<String>,
    /// Parameters by position, and those that are only given by name.
    pub positional: usize,
    pub by_name: usize,
    pub flags: u32,
    pub steps: Vec<Step>,
}

/// An instruction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Position, in units.
    pub at: usize,
    /// Position of what follows.
    pub next: usize,
    pub op: Op,
    pub arg: usize,
    pub line: u32,
}

/// The file that a code object was compiled from.
pub(super) fn file(heap: &Heap<'_, '_>, code: Obj) -> Option<String> {
    heap.text(heap.field(code, 80))
}

impl Code {
    /// Reads a code object; `None` if it is none, or has instructions that are not known.
    pub(super) fn read(heap: &Heap<'_, '_>, code: Obj) -> Option<Code> {
        if !heap.is(code, "code") {
            return None;
        }
        let field = |offset| heap.field(code, offset);
        let texts = |object| -> Option<Vec<String>> {
            let items = heap.items(object)?;
            Some(
                items
                    .iter()
                    .map(|i| heap.text(*i).unwrap_or_default())
                    .collect(),
            )
        };
        let units = field(8);
        let positional = field(28);
        let by_name = field(36);
        let locals = texts(field(72))?;
        if locals.len() > LOCALS || !heap.charge(units.min(MOST) as usize * 256) {
            return None;
        }
        if units > MOST || positional as usize + by_name as usize > locals.len() {
            return None;
        }
        let bytes = heap
            .memory
            .bytes(code.wrapping_add(128), units as usize * 2)?;
        let lines = lines(&heap.bytes(field(92))?, field(44), units as usize);
        Some(Code {
            names: texts(field(16))?,
            constants: heap.items(field(12))?,
            locals,
            positional: positional as usize,
            by_name: by_name as usize,
            flags: field(24),
            steps: steps(&bytes, &lines)?,
        })
    }
}

/// Instructions, with the parts of long arguments joined.
fn steps(bytes: &[u8], lines: &[u32]) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut at = 0;
    let mut begin = 0;
    let mut more: usize = 0;
    while let Some([op, arg]) = bytes.get(at * 2..at * 2 + 2) {
        let op = Op::of(*op)?;
        let arg = more << 8 | usize::from(*arg);
        if op == Op::EXTENDED_ARG {
            more = arg & 0xff_ffff;
            at += 1;
            continue;
        }
        let next = at + 1 + op.caches();
        steps.push(Step {
            at: begin,
            next,
            op,
            arg,
            line: lines.get(at).copied().unwrap_or(0),
        });
        more = 0;
        at = next;
        begin = next;
    }
    Some(steps)
}

/// The line of each unit. `Objects/locations.md` of CPython.
fn lines(table: &[u8], first: u32, units: usize) -> Vec<u32> {
    let mut lines = Vec::new();
    let mut line = i64::from(first);
    let mut bytes = table.iter().copied().peekable();
    let varint = |bytes: &mut std::iter::Peekable<_>| -> i64 {
        let mut value: i64 = 0;
        let mut shift = 0;
        while let Some(byte) = Iterator::next(bytes) {
            let byte: u8 = byte;
            value |= i64::from(byte & 0x3f) << shift;
            shift = (shift + 6).min(56);
            if byte & 0x40 == 0 {
                break;
            }
        }
        value
    };
    let signed = |value: i64| match value & 1 {
        1 => -(value >> 1),
        _ => value >> 1,
    };
    while let Some(byte) = bytes.next() {
        if lines.len() >= units {
            break;
        }
        let (kind, length) = (byte >> 3 & 15, usize::from(byte & 7) + 1);
        let mut known = true;
        match kind {
            15 => known = false,
            14 => {
                line += signed(varint(&mut bytes));
                for _ in 0..3 {
                    varint(&mut bytes);
                }
            }
            13 => line += signed(varint(&mut bytes)),
            10..=12 => {
                line += i64::from(kind - 10);
                bytes.next();
                bytes.next();
            }
            _ => drop(bytes.next()),
        }
        let shown = if known {
            u32::try_from(line).unwrap_or(0)
        } else {
            0
        };
        lines.extend(std::iter::repeat_n(shown, length));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn lines_follow_the_table() {
        // Short form, one line further, no column with two lines back, nothing.
        let table = [
            0x80,
            0x00,
            0x80 | 11 << 3 | 1,
            0,
            0,
            0x80 | 13 << 3,
            5,
            0x80 | 15 << 3,
        ];
        assert_eq!(lines(&table, 10, 9), [10, 11, 11, 9, 0]);
    }
}
