//! Reading CPython's memory, on a small one that is made by hand.

#![allow(clippy::unwrap_used)]

use crate::script::js::world_for_tests;
use crate::script::snapshot::Snapshot;
use crate::script::{Name, Script};
use std::collections::BTreeMap;

const BASE: u32 = 0x1000;

/// Memory with objects as CPython 3.14 lays them out.
struct Memory {
    bytes: Vec<u8>,
    types: BTreeMap<&'static str, u32>,
}

impl Memory {
    fn new() -> Memory {
        let mut memory = Memory {
            bytes: Vec::new(),
            types: BTreeMap::new(),
        };
        let meta = memory.ty("type", None);
        for name in [
            "str", "tuple", "dict", "code", "function", "module", "bytes", "int", "list",
        ] {
            memory.ty(name, Some(meta));
        }
        memory
    }

    fn words(&mut self, words: &[u32]) -> u32 {
        while !self.bytes.len().is_multiple_of(8) {
            self.bytes.push(0);
        }
        let at = BASE + self.bytes.len() as u32;
        for word in words {
            self.bytes.extend(word.to_le_bytes());
        }
        at
    }

    fn data(&mut self, data: &[u8]) {
        self.bytes.extend(data);
        self.bytes.push(0);
    }

    fn ty(&mut self, name: &'static str, meta: Option<u32>) -> u32 {
        let text = self.words(&[]);
        self.data(name.as_bytes());
        let at = self.words(&[]);
        let mut words = vec![1, meta.unwrap_or(at), 0, text];
        words.resize(40, 0);
        assert_eq!(self.words(&words), at);
        self.types.insert(name, at);
        at
    }

    fn text(&mut self, text: &str) -> u32 {
        let at = self.words(&[1, self.types["str"], text.len() as u32, 0, 0x64]);
        self.data(text.as_bytes());
        at
    }

    fn blob(&mut self, bytes: &[u8]) -> u32 {
        let at = self.words(&[1, self.types["bytes"], bytes.len() as u32, 0]);
        self.data(bytes);
        at
    }

    fn tuple(&mut self, items: &[u32]) -> u32 {
        let mut words = vec![1, self.types["tuple"], items.len() as u32, 0];
        words.extend(items);
        self.words(&words)
    }

    fn texts(&mut self, texts: &[&str]) -> u32 {
        let items: Vec<u32> = texts.iter().map(|t| self.text(t)).collect();
        self.tuple(&items)
    }

    fn dict(&mut self, entries: &[(&str, u32)]) -> u32 {
        let mut words = vec![1, 0x0001_0303, 0, 0, entries.len() as u32, 0, 0];
        for (name, value) in entries {
            words.extend([self.text(name), *value]);
        }
        let keys = self.words(&words);
        let used = entries.len() as u32;
        self.words(&[1, self.types["dict"], used, 0, 0, 0, keys, 0])
    }

    fn module(&mut self, entries: &[(&str, u32)]) -> u32 {
        let dict = self.dict(entries);
        self.words(&[1, self.types["module"], dict])
    }

    fn code(&mut self, names: &[&str], constants: &[u32], locals: &[&str], code: &[u8]) -> u32 {
        let constants = self.tuple(constants);
        let names = self.texts(names);
        let count = locals.len() as u32;
        let locals = self.texts(locals);
        let file = self.text("/0/app.py");
        // One line for all: short forms of eight units each.
        let lines: Vec<u8> = std::iter::repeat_n([0x87, 0], code.len() / 16 + 1)
            .flatten()
            .collect();
        let lines = self.blob(&lines);
        let mut words = vec![
            1,
            self.types["code"],
            code.len() as u32 / 2,
            constants,
            names,
            0,
        ];
        words.extend([
            3, count, 0, 0, 10, 7, count, 0, count, 0, 0, 0, locals, 0, file, 0, 0, lines,
        ]);
        words.resize(32, 0);
        let at = self.words(&words);
        self.data(code);
        at
    }

    fn function(&mut self, code: u32, globals: u32) -> u32 {
        let name = self.text("f");
        self.words(&[
            1,
            self.types["function"],
            globals,
            0,
            name,
            name,
            code,
            0,
            0,
            0,
            0,
            0,
        ])
    }
}

/// Instructions with their caches.
fn assemble(steps: &[(u8, u8)]) -> Vec<u8> {
    let mut code = Vec::new();
    for (op, arg) in steps {
        code.extend([*op, *arg]);
        let caches = super::opcode::Op::of(*op).unwrap().caches();
        code.resize(code.len() + caches * 2, 0);
    }
    code
}

/// `def f(x): os.getenv("A"); os.environ["B"]; os.environ.get(x)`, in memory of a version.
fn program(version: &str) -> Vec<u8> {
    let mut memory = Memory::new();
    let (sys, said) = (memory.text("sys"), memory.text(version));
    memory.module(&[("__name__", sys), ("version", said)]);
    let name = memory.text("os");
    let os = memory.module(&[("__name__", name)]);
    let steps = [
        (128, 0),
        (92, 0),
        (80, 2),
        (33, 0),
        (82, 0),
        (52, 1),
        (31, 0),
        (92, 0),
        (80, 4),
        (82, 1),
        (44, 26),
        (31, 0),
        (92, 0),
        // Specialised: `LOAD_ATTR_METHOD_NO_DICT`.
        (181, 4),
        (80, 7),
        (86, 0),
        (52, 1),
        (35, 0),
    ];
    let constants = [memory.text("A"), memory.text("B")];
    let names = ["os", "getenv", "environ", "get"];
    let code = memory.code(&names, &constants, &["x"], &assemble(&steps));
    let (name, file) = (memory.text("app"), memory.text("/0/app.py"));
    let entries = [("__name__", name), ("__file__", file), ("os", os)];
    let globals = memory.dict(&entries);
    memory.function(code, globals);
    memory.words(&[1, memory.types["module"], globals]);
    memory.bytes
}

fn find(bytes: &[u8]) -> Option<Script> {
    super::find(&Snapshot::new([(BASE, bytes)]))
}

#[test]
fn lookups_are_found_in_bytecode() {
    let script = find(&program("3.14.0 (main) [x]")).unwrap();
    assert_eq!(script.version.as_deref(), Some("3.14.0"));
    assert_eq!(script.files, ["app.py"]);
    assert!(script.unread.is_empty(), "{:?}", script.unread);
    let (found, whole) = script.lookups(&world_for_tests());
    assert!(whole);
    let found: Vec<(Name, String)> = found
        .into_iter()
        .map(|l| (l.name, l.place.to_string()))
        .collect();
    let at = || "app.py:7".to_string();
    let exact = |name: &str| Name::Exact(name.to_string());
    assert_eq!(
        found,
        [
            (exact("A"), at()),
            (exact("B"), at()),
            (Name::Unknown, at())
        ]
    );
}

#[test]
fn another_version_is_said_and_not_read() {
    let script = find(&program("3.12.1 (main) [x]")).unwrap();
    assert!(script.files.is_empty());
    assert!(script.unread[0].contains("3.12.1"), "{:?}", script.unread);
    assert!(script.lookups(&world_for_tests()).0.is_empty());
}

/// Memory that is cut or damaged anywhere gives less, or something else, and no panic.
#[test]
fn damaged_memory_is_read_as_far_as_it_goes() {
    let whole = program("3.14.0 (main) [x]");
    for end in (0..whole.len()).step_by(7) {
        if let Some(script) = find(&whole[..end]) {
            script.lookups(&world_for_tests());
        }
    }
    let mut state: u32 = 12345;
    for _ in 0..3000 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (state >> 8) as usize % bytes.len();
            bytes[at] = (state & 0xff) as u8;
        }
        if let Some(script) = find(&bytes) {
            script.lookups(&world_for_tests());
        }
    }
}
