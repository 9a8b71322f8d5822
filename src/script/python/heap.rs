//! Objects of CPython in memory.
//!
//! Types are found by what they are: `type` is the one whose own type it is, and every other
//! type says its name. Layouts are those of 3.14 on a machine of 32 bits.

use crate::script::snapshot::Snapshot;
use std::cell::Cell;
use std::collections::BTreeMap;

/// The address of an object.
pub(super) type Obj = u32;

/// Elements of one collection that are read.
const MOST: u32 = 100_000;
/// Bytes of one text that are read.
const LONGEST: u32 = 1 << 20;
/// Bytes that are read in all, weighted by what becomes of them.
const WORK: usize = 1 << 29;
/// Functions and modules that are looked at.
const OBJECTS: usize = 200_000;
/// Set in the flags of a type that was made at run time.
const HEAP_TYPE: u32 = 1 << 9;

/// Memory with the types that were found in it.
pub(super) struct Heap<'m, 'a> {
    pub memory: &'m Snapshot<'a>,
    /// The type `type`.
    pub meta: Obj,
    /// Types of the language by name.
    types: BTreeMap<&'a str, Obj>,
    /// All objects of types that are looked for one by one.
    pub functions: Vec<Obj>,
    pub modules: Vec<Obj>,
    /// Bytes that may still be read.
    left: Cell<usize>,
}

impl<'m, 'a> Heap<'m, 'a> {
    /// Finds the types; `None` if this is no memory of CPython.
    pub(super) fn find(memory: &'m Snapshot<'a>) -> Option<Heap<'m, 'a>> {
        let mut meta = None;
        for (at, word) in memory.words() {
            if at >= 4 && word == at - 4 && type_name(memory, word) == Some("type") {
                meta = Some(word);
                break;
            }
        }
        let meta = meta?;
        let mut heap = Heap {
            memory,
            meta,
            types: BTreeMap::new(),
            functions: Vec::new(),
            modules: Vec::new(),
            left: Cell::new(WORK),
        };
        for (at, word) in memory.words() {
            if word == meta && at >= 4 {
                let object = at - 4;
                let made = memory.word(object.wrapping_add(84)) & HEAP_TYPE != 0;
                if !made && let Some(name) = type_name(memory, object) {
                    heap.types.entry(name).or_insert(object);
                }
            }
        }
        let needed = ["str", "tuple", "dict", "code", "function", "module"];
        if needed.iter().any(|name| !heap.types.contains_key(name)) {
            return None;
        }
        let (function, module) = (heap.types["function"], heap.types["module"]);
        for (at, word) in memory.words() {
            if heap.functions.len() + heap.modules.len() >= OBJECTS {
                break;
            }
            if at >= 4 && word == function {
                heap.functions.push(at - 4);
            } else if at >= 4 && word == module {
                heap.modules.push(at - 4);
            }
        }
        Some(heap)
    }

    /// Takes bytes off what may be read; `false` if that is used up.
    pub(super) fn charge(&self, bytes: usize) -> bool {
        let left = self.left.get().checked_sub(bytes);
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Whether everything that was asked for was read.
    pub(super) fn is_used_up(&self) -> bool {
        self.left.get() == 0
    }

    /// A word of an object.
    pub(super) fn field(&self, object: Obj, offset: u32) -> u32 {
        self.memory.word(object.wrapping_add(offset))
    }

    /// Whether an object is of a type of the language.
    pub(super) fn is(&self, object: Obj, name: &str) -> bool {
        object != 0
            && object.is_multiple_of(4)
            && self.types.get(name) == Some(&self.field(object, 4))
    }

    /// The name of the type of an object.
    pub(super) fn type_of(&self, object: Obj) -> Option<&'a str> {
        let ty = self.field(object, 4);
        type_name(self.memory, ty)
    }

    /// Whether an object is a type: its own type is `type`, or is made from it.
    pub(super) fn is_type(&self, object: Obj) -> bool {
        let ty = self.field(object, 4);
        // The flag of types whose objects are types.
        object != 0
            && (ty == self.meta
                || self.field(ty, 4) == self.meta && self.field(ty, 84) & (1 << 31) != 0)
    }

    /// The text of a `str`.
    pub(super) fn text(&self, object: Obj) -> Option<String> {
        if !self.is(object, "str") {
            return None;
        }
        let (len, state) = (self.field(object, 8), self.field(object, 16));
        let (kind, compact, ascii) = (state >> 2 & 7, state >> 5 & 1, state >> 6 & 1);
        if len > LONGEST || compact == 0 || !matches!(kind, 1 | 2 | 4) {
            return None;
        }
        if !self.charge(len as usize + 16) {
            return None;
        }
        let start = object.wrapping_add(if ascii == 1 { 20 } else { 28 });
        let bytes = self.memory.bytes(start, (len * kind) as usize)?;
        let chars = bytes.chunks_exact(kind as usize).map(|c| {
            let unit = c.iter().rev().fold(0, |unit, b| unit << 8 | u32::from(*b));
            char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
        });
        Some(chars.collect())
    }

    /// The bytes of a `bytes`.
    pub(super) fn bytes(&self, object: Obj) -> Option<Vec<u8>> {
        let len = self.field(object, 8);
        if !self.is(object, "bytes") || len > LONGEST {
            return None;
        }
        if !self.charge(len as usize + 16) {
            return None;
        }
        let bytes = self.memory.bytes(object.wrapping_add(16), len as usize)?;
        Some(bytes.into_owned())
    }

    /// The number that an `int` is, if it is small.
    pub(super) fn number(&self, object: Obj) -> Option<i64> {
        if !self.is(object, "int") {
            return None;
        }
        let tag = self.field(object, 8);
        let digit = i64::from(self.memory.half(object.wrapping_add(12)));
        match (tag >> 3, tag & 3) {
            (0, _) | (_, 1) => Some(0),
            (1, 0) => Some(digit),
            (1, 2) => Some(-digit),
            _ => None,
        }
    }

    /// The items of a tuple, list, set or frozen set.
    pub(super) fn items(&self, object: Obj) -> Option<Vec<Obj>> {
        let size = self.field(object, 8);
        let (start, count, step) = if self.is(object, "tuple") {
            (object.wrapping_add(16), size, 4)
        } else if self.is(object, "list") {
            (self.field(object, 12), size, 4)
        } else if self.is(object, "set") || self.is(object, "frozenset") {
            (
                self.field(object, 20),
                self.field(object, 16).wrapping_add(1),
                8,
            )
        } else {
            return None;
        };
        if count > MOST || u64::from(start) + u64::from(count) * step > self.memory.end() {
            return None;
        }
        if !self.charge(count as usize * 16 + 16) {
            return None;
        }
        let addresses = (0..count).map(|i| start.wrapping_add(i * step as u32));
        let items = addresses.map(|at| self.memory.word(at));
        // Empty places of sets.
        Some(
            items
                .filter(|item| *item != 0 && !(step == 8 && self.is_dummy(*item)))
                .collect(),
        )
    }

    fn is_dummy(&self, object: Obj) -> bool {
        self.type_of(object)
            .is_some_and(|name| name.starts_with('<'))
    }

    /// The entries of a dictionary whose keys are texts, in order.
    pub(super) fn entries(&self, object: Obj) -> Option<Vec<(String, Obj)>> {
        if !self.is(object, "dict") {
            return None;
        }
        let keys = self.field(object, 24);
        let shape = self.field(keys, 4);
        let (index_bytes, kind) = (shape >> 8 & 0xff, shape >> 16 & 0xff);
        let count = self.field(keys, 16);
        let values = self.field(object, 28);
        let entry = match kind {
            0 => 12,
            1 if values == 0 => 8,
            _ => return None,
        };
        if keys == 0 || index_bytes > 24 || count > MOST {
            return None;
        }
        let start = keys.wrapping_add(20).wrapping_add(1 << index_bytes);
        if u64::from(start) + u64::from(count) * u64::from(entry) > self.memory.end() {
            return None;
        }
        if !self.charge(count as usize * 32 + 16) {
            return None;
        }
        let mut found = Vec::new();
        for index in 0..count {
            let at = start.wrapping_add(index * entry);
            let at = if kind == 0 { at.wrapping_add(4) } else { at };
            let (key, value) = (self.memory.word(at), self.memory.word(at.wrapping_add(4)));
            if value != 0
                && let Some(key) = self.text(key)
            {
                found.push((key, value));
            }
        }
        Some(found)
    }

    /// What a dictionary has under a key.
    pub(super) fn entry(&self, object: Obj, key: &str) -> Option<Obj> {
        let entries = self.entries(object)?;
        entries.into_iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// The version of the interpreter: `sys.version` begins with it.
    pub(super) fn version(&self) -> Option<String> {
        let sys = self.modules.iter().find_map(|module| {
            let dict = self.field(*module, 8);
            let name = self.entry(dict, "__name__").and_then(|n| self.text(n))?;
            (name == "sys").then_some(dict)
        });
        let said = sys.and_then(|dict| self.text(self.entry(dict, "version")?));
        let said = said.or_else(|| self.said_version())?;
        let version = said.split(' ').next().unwrap_or_default();
        let plain = version
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '+');
        (plain && !version.is_empty()).then(|| version.to_string())
    }

    /// The text of a version as such, where objects are not laid out as expected.
    fn said_version(&self) -> Option<String> {
        for object in self
            .memory
            .words()
            .filter(|(_, w)| self.types.get("str") == Some(w))
        {
            let at = object.0;
            for start in [16_u32, 20, 24, 36, 44] {
                let text = self.memory.bytes(at.wrapping_add(start), 8);
                if let Some(text) = text
                    && matches!(&*text, [b'3', b'.', a, b, ..]
                        if a.is_ascii_digit() && (b.is_ascii_digit() || *b == b'.'))
                    && let Some(whole) = self.memory.c_string(at.wrapping_add(start), 300)
                    && whole.contains(" (")
                    && whole.contains('[')
                {
                    return Some(whole.to_string());
                }
            }
        }
        None
    }
}

/// The name that a type says it has.
fn type_name<'a>(memory: &Snapshot<'a>, ty: Obj) -> Option<&'a str> {
    memory.c_string(memory.word(ty.wrapping_add(12)), 100)
}
