//! Arbitrary bytes through everything that `inspect` and `graph` do.

#![no_main]

use gusset::binary::Binary;
use gusset::graph::Program;
use gusset::report::inspect::{Detail, FileFacts, picture, text};
use gusset::report::picture::{Format, render};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(binary) = Binary::parse(bytes) else {
        return;
    };
    let program = Program::link(&binary);
    let reach = program.reach();
    let facts = FileFacts::of("input.wasm", &program, &reach);
    let _ = text(&facts, Detail::All);
    let picture = picture(&facts);
    for format in [Format::Dot, Format::Mermaid, Format::Svg] {
        let _ = render(&picture, format);
    }
    let _ = binary.wit();
});
