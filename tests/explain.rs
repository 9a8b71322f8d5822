//! What `explain` says is checked against the bytes of the file, read by other means than
//! the ones it used.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::report::explain::{Explanation, NotThere, SCHEMA, SiteFacts, StepFacts};
use gusset::report::inspect::FileFacts;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use wasmparser::{Operator, Parser, Payload};

/// What a call instruction names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Direct(u32),
    Pointer,
}

/// All function bodies of all modules of a file: range, index in its module, calls.
struct Body {
    range: Range<u64>,
    index: u32,
    calls: BTreeMap<u64, Call>,
}

/// Reads a file from scratch.
struct File {
    bodies: Vec<Body>,
    /// Data segments of each module, in file order: the module's range and the segments'.
    segments: Vec<(Range<u64>, Vec<Range<u64>>)>,
}

fn read(bytes: &[u8]) -> File {
    let mut bodies = Vec::new();
    let mut segments: Vec<(Range<u64>, Vec<Range<u64>>)> = Vec::new();
    // Nested modules: parents wait for them.
    let mut next: Vec<u32> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.unwrap() {
            Payload::Version { range, .. } => {
                next.push(0);
                open.push(segments.len());
                segments.push((range.start..u64::MAX, Vec::new()));
            }
            Payload::End(offset) => {
                next.pop();
                let module = open.pop().unwrap();
                segments[module].0.end = offset;
            }
            Payload::ImportSection(reader) => {
                let functions = reader.into_imports().filter(|import| {
                    let ty = import.as_ref().unwrap().ty;
                    matches!(
                        ty,
                        wasmparser::TypeRef::Func(_) | wasmparser::TypeRef::FuncExact(_)
                    )
                });
                *next.last_mut().unwrap() = functions.count() as u32;
            }
            Payload::DataSection(reader) => {
                let module = *open.last().unwrap();
                for data in reader {
                    let data = data.unwrap();
                    let end = data.range.end;
                    segments[module].1.push(end - data.data.len() as u64..end);
                }
            }
            Payload::CodeSectionEntry(body) => {
                let index = next.last_mut().unwrap();
                let mut calls = BTreeMap::new();
                for op in body
                    .get_operators_reader()
                    .unwrap()
                    .into_iter_with_offsets()
                {
                    let (op, offset) = op.unwrap();
                    let call = match op {
                        Operator::Call { function_index }
                        | Operator::ReturnCall { function_index } => Call::Direct(function_index),
                        Operator::CallIndirect { .. }
                        | Operator::ReturnCallIndirect { .. }
                        | Operator::CallRef { .. }
                        | Operator::ReturnCallRef { .. } => Call::Pointer,
                        _ => continue,
                    };
                    calls.insert(offset, call);
                }
                let range = body.range();
                bodies.push(Body {
                    range: range.start..range.end,
                    index: *index,
                    calls,
                });
                *index += 1;
            }
            _ => {}
        }
    }
    File { bodies, segments }
}

/// Every offset of a step is a call in the named function, and a direct call within one
/// module calls the next step.
fn check_steps(file: &File, site: &SiteFacts, context: &str) -> usize {
    let mut checked = 0;
    for (index, step) in site.trace.steps.iter().enumerate() {
        let Some(function) = &step.function else {
            assert_eq!(step.part, "link", "{context}");
            continue;
        };
        let body = file
            .bodies
            .iter()
            .find(|b| b.range == (function.start..function.end))
            .unwrap_or_else(|| panic!("{context}: no body at {:#x}", function.start));
        assert_eq!(body.index, function.index, "{context}");
        let Some(offset) = step.offset else {
            continue;
        };
        let call = *body.calls.get(&offset).unwrap_or_else(|| {
            panic!(
                "{context}: no call at {offset:#x} in func {}",
                function.index
            )
        });
        let via = match call {
            Call::Direct(_) => "call",
            Call::Pointer => "pointer",
        };
        assert_eq!(step.via, Some(via), "{context}: {offset:#x}");
        let next: Option<&StepFacts> = site.trace.steps.get(index + 1);
        if let (Call::Direct(callee), Some(next)) = (call, next)
            && next.module == step.module
            && let Some(next) = &next.function
        {
            assert_eq!(callee, next.index, "{context}: {offset:#x}");
        }
        checked += 1;
    }
    checked
}

/// The bytes of a key stand in the file where the explanation says.
fn check_bytes(file: &File, bytes: &[u8], site: &SiteFacts, context: &str) -> usize {
    let Some(text) = &site.bytes else {
        return 0;
    };
    let length: usize = text.pieces.iter().map(|p| p.length as usize).sum();
    let text_of = &text.text;
    // The text is UTF-8 whatever the encoding of the call was.
    let encoded: Vec<u8> = if length == text_of.len() {
        text_of.clone().into_bytes()
    } else if length == text_of.chars().count() {
        let latin1 = text_of.chars().map(|c| u8::try_from(u32::from(c)).unwrap());
        latin1.collect()
    } else {
        let units = text_of.encode_utf16();
        units.flat_map(u16::to_le_bytes).collect()
    };
    if text.pieces.is_empty() {
        return 0;
    }
    assert_eq!(length, encoded.len(), "{context}: pieces make up the text");
    let mut at = 0;
    let mut checked = 0;
    for piece in &text.pieces {
        let part = &encoded[at..at + piece.length as usize];
        at += piece.length as usize;
        let offset = piece.file_offset.unwrap_or(0);
        match piece.from {
            "data" => {
                let start = offset as usize;
                let there = &bytes[start..start + part.len()];
                assert_eq!(there, part, "{context}: {start:#x}");
                // Position in the segment, in some module of the file.
                let segment = piece.segment.unwrap() as usize;
                let into = piece.segment_offset.unwrap();
                let fits = file.segments.iter().any(|(_, segments)| {
                    segments.get(segment).is_some_and(|s| {
                        s.start + into == offset && offset + part.len() as u64 <= s.end
                    })
                });
                assert!(
                    fits,
                    "{context}: data[{segment}] +{into:#x} is not {offset:#x}"
                );
                checked += 1;
            }
            "written" => {
                let function = piece.function.as_ref().unwrap();
                let inside = function.start <= offset && offset < function.end;
                assert!(inside, "{context}: {offset:#x}");
            }
            other => assert_eq!(other, "unknown", "{context}"),
        }
    }
    checked
}

const COMMITTED: &str = "docs/schema/explain-1.json";

fn schema() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let schema = settings
        .into_generator()
        .into_root_schema_for::<Explanation>();
    let mut schema = serde_json::to_value(schema).unwrap();
    let object = schema.as_object_mut().unwrap();
    object.insert("$id".into(), json!("gusset.explain/1"));
    object.insert("title".into(), json!("gusset explain --format json"));
    object["properties"]["schema"]["const"] = json!(SCHEMA);
    schema
}

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(COMMITTED);
    let text = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var_os("BLESS").is_some_and(|value| value != "0") {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{COMMITTED} is not what the types give\nhelp: `BLESS=1 cargo test --test explain` writes it"
    );
}

/// A schema that accepts everything would pass the test of the fixtures.
#[test]
fn the_schema_refuses_what_is_wrong() {
    let bytes = std::fs::read("fixtures/bin/orders.wasm").unwrap();
    let good = explain("x", &bytes, "config:max-quantity").unwrap();
    let good = serde_json::to_value(good).unwrap();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    assert!(validator.is_valid(&good));
    for (pointer, value) in [
        ("/schema", json!("gusset.explain/2")),
        ("/keys/0/name", Value::Null),
        ("/keys/0/sites/0/trace/steps/0/offset", json!("0x12")),
        ("/keys/0/sites/0/bytes/pieces/0/length", json!(-1)),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&bad), "{pointer}");
    }
}

fn explain(path: &str, bytes: &[u8], need: &str) -> Result<Explanation, NotThere> {
    let binary = Binary::parse(bytes).unwrap();
    Explanation::of(path, &binary, &Catalogue::builtin().unwrap(), need)
}

#[test]
fn what_explain_says_is_in_the_file() {
    let mut files: Vec<_> = ["fixtures/bin", "fixtures/programs/bin"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "wasm"))
        .collect();
    files.sort();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let (mut calls, mut literals) = (0, 0);
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        // Without optimisation, following values takes too long in large files.
        if bytes.len() > 60_000 {
            continue;
        }
        let file = read(&bytes);
        let binary = Binary::parse(&bytes).unwrap();
        let facts = FileFacts::with_needs("x", &binary, &Catalogue::builtin().unwrap());
        for need in &facts.needs {
            let explained = explain("x", &bytes, &need.kind).unwrap();
            let document = serde_json::to_value(&explained).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&document)
                .map(|e| e.to_string())
                .collect();
            assert_eq!(errors, [""; 0], "{}", path.display());
            // A name that is only compared ends at the comparison, not at a call.
            let keys = explained.keys.iter().filter(|k| !k.compared);
            let keys = keys.map(|k| (k.name.as_str(), &k.sites));
            let patterns = explained.patterns.iter().filter(|p| !p.compared);
            let patterns = patterns.map(|p| (p.pattern.as_str(), &p.sites));
            for (name, sites) in keys.chain(patterns) {
                let context = format!("{}: {}:{name}", path.display(), need.kind);
                for site in sites {
                    calls += check_steps(&file, site, &context);
                    literals += check_bytes(&file, &bytes, site, &context);
                }
            }
            for blocker in &explained.blockers {
                let context = format!("{}: {} {}", path.display(), need.kind, blocker.reason);
                calls += check_steps(&file, &blocker.site, &context);
            }
            // Both views agree on what there is.
            let names: Vec<&str> = explained.keys.iter().map(|k| k.name.as_str()).collect();
            let inspected: Vec<&str> = need.keys.iter().map(|k| k.name.as_str()).collect();
            assert_eq!(names, inspected, "{}", path.display());
            assert_eq!(explained.verdict, need.verdict, "{}", path.display());
        }
    }
    assert!(calls > 300, "only {calls} calls were checked");
    assert!(literals > 100, "only {literals} literals were checked");
}
