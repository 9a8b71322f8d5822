//! Python: programs that CPython keeps as objects in memory.
//!
//! A component is built by importing the program, so its modules are objects already, and
//! their top level has run; what is left to run are functions, as bytecode. Both are read
//! from memory: functions from their bytecode, and what they find under global names from
//! the objects that stand there.

mod code;
mod heap;
mod lower;
mod objects;
mod opcode;
mod steps;

use super::snapshot::Snapshot;
use super::{Language, Script};
use heap::Heap;
use objects::Objects;

/// The version whose objects and bytecode are read.
const READ: &str = "3.14";

/// Finds CPython in memory, and the program that it holds.
pub(crate) fn find(memory: &Snapshot<'_>) -> Option<Script> {
    let heap = Heap::find(memory)?;
    let version = heap.version();
    let mut script = Script {
        language: Language::Python,
        engine: "CPython",
        version: version.clone(),
        files: Vec::new(),
        unread: Vec::new(),
        program: Default::default(),
    };
    let readable = version.as_deref().is_some_and(|v| {
        v.strip_prefix(READ)
            .is_some_and(|rest| rest.starts_with('.'))
    });
    if !readable {
        let said = version.map_or("of an unknown version".to_string(), |v| v.to_string());
        let sentence = format!("bytecode of CPython {said} is not read, only of {READ}");
        script.unread.push(sentence);
        return Some(script);
    }
    let mut objects = Objects::new(&heap);
    objects.read_all();
    script.files = objects.files();
    script.unread = std::mem::take(&mut objects.unread);
    if script.files.is_empty() && script.unread.is_empty() {
        script
            .unread
            .push("no function of the program was found".to_string());
    }
    script.program = objects.program;
    Some(script)
}

#[cfg(test)]
mod tests;
