//! JavaScript: programs that SpiderMonkey keeps as source text.

mod bounds;
mod classes;
mod exprs;
mod lower;
mod patterns;
mod sources;

use super::ir::Program;
use super::snapshot::Snapshot;
use super::{Language, Script};
use lower::Lower;
use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;

/// Bytes of source text that are read of one component.
const MOST: usize = 8 << 20;
/// Stack for reading: what any program takes, and what the parser takes for each level.
const STACK: usize = 64 << 20;
const STACK_PER_LEVEL: usize = 20 << 10;

/// Finds SpiderMonkey in memory, and the program that it holds.
pub(crate) fn find(memory: &Snapshot<'_>) -> Option<Script> {
    let engine = sources::engine(memory)?;
    let found = sources::find(memory);
    let mut unread = found.unread;
    let mut files = Vec::new();
    let mut texts = Vec::new();
    let mut read = 0;
    let mut levels = 0;
    for (name, text) in found.sources {
        read += text.len();
        let nesting = bounds::nesting(&text);
        if read > MOST {
            unread.push(format!("`{name}` is too long"));
        } else if nesting > bounds::NESTING {
            unread.push(format!("`{name}` is nested too deeply"));
        } else {
            levels = levels.max(nesting);
            texts.push((name, text));
        }
    }
    let (program, rejected) = read_all(texts, levels);
    for unit in &program.units {
        files.push(unit.file.clone());
    }
    unread.extend(rejected);
    if files.is_empty() && unread.is_empty() {
        unread.push("no source text was found".to_string());
    }
    files.sort();
    Some(Script {
        language: Language::JavaScript,
        engine,
        version: None,
        files,
        unread,
        program,
    })
}

/// Reads all texts on a stack that suffices for them.
fn read_all(texts: Vec<(String, String)>, levels: usize) -> (Program, Vec<String>) {
    if texts.is_empty() {
        return Default::default();
    }
    let names: Vec<String> = texts.iter().map(|(name, _)| name.clone()).collect();
    let builder = std::thread::Builder::new().stack_size(STACK + levels * STACK_PER_LEVEL);
    let result = builder.spawn(move || {
        let mut program = Program::default();
        let mut rejected = Vec::new();
        for (name, text) in &texts {
            if !read(&mut program, name, text) {
                rejected.push(format!("`{name}` is not JavaScript that can be read"));
            }
        }
        (program, rejected)
    });
    let result = result.ok().and_then(|thread| thread.join().ok());
    result.unwrap_or_else(|| {
        let all = names.iter();
        let rejected = all
            .map(|n| format!("`{n}` could not be read here"))
            .collect();
        (Program::default(), rejected)
    })
}

/// Reads one text; `false` if it is no program.
pub(crate) fn read(program: &mut Program, name: &str, text: &str) -> bool {
    let allocator = Allocator::default();
    for kind in [SourceType::mjs(), SourceType::cjs()] {
        let parsed = Parser::new(&allocator, text, kind).parse();
        if !parsed.panicked && parsed.diagnostics.is_empty() {
            Lower::unit(program, name, text, &parsed.program);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::world as world_for_tests;
