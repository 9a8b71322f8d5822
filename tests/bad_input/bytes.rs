//! What the parser says about bytes that are no complete binary.

use crate::fixtures::fixture;
use gusset::binary::{Binary, ParseError};

const MODULE: &[u8] = b"\0asm\x01\0\0\0";
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn error(bytes: &[u8]) -> ParseError {
    Binary::parse(bytes).map(|_| ()).unwrap_err()
}

#[test]
fn no_bytes() {
    assert_eq!(error(b""), ParseError::Empty);
}

#[test]
fn the_shortest_binaries_are_fine() {
    assert!(Binary::parse(MODULE).is_ok());
    assert!(Binary::parse(COMPONENT).is_ok());
}

#[test]
fn something_else() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06";
    for (bytes, found) in [
        (&png[..], "89 50 4e 47"),
        (b"(module)", "28 6d 6f 64"),
        (b"x", "78"),
    ] {
        let error = error(bytes);
        assert!(
            matches!(&error, ParseError::Magic { found: f } if f == found),
            "{error}"
        );
        assert_eq!(error.offset(), 0);
    }
}

#[test]
fn another_layer_or_version() {
    for (header, version, layer) in [
        (b"\0asm\x02\0\0\0", 2, 0),
        (b"\0asm\x0e\0\x01\0", 0xe, 1),
        (b"\0asm\x0d\0\x02\0", 0xd, 2),
        (b"\0asm\x0d\0\0\0", 0xd, 0),
        (b"\0asm\x01\0\x01\0", 1, 1),
        (b"\0asm\xff\xff\xff\xff", 0xffff, 0xffff),
    ] {
        let error = error(header);
        assert_eq!(error, ParseError::Version { version, layer });
        assert_eq!(error.offset(), 4);
    }
}

/// Cuts a binary at every byte. What comes before the end is complete only between two
/// sections of the root: there the prefix is a smaller binary, which validation may accept.
fn cut_everywhere(bytes: &[u8], boundaries: &[usize]) {
    for end in 0..bytes.len() {
        match Binary::parse(&bytes[..end]) {
            Ok(_) => assert!(boundaries.contains(&end), "cut at {end}: accepted"),
            Err(error) => {
                let offset = error.offset();
                assert!(offset <= end as u64, "cut at {end}: {error}");
                let inside = !boundaries.contains(&end) && end > 0;
                let truncated = matches!(error, ParseError::Truncated { .. });
                assert!(truncated || !inside, "cut at {end}: {error}");
                assert!(!error.help().is_empty());
            }
        }
    }
}

/// Where sections of the root end, the header included.
fn boundaries(bytes: &[u8]) -> Vec<usize> {
    let mut found = vec![8];
    let mut at = 8;
    while at < bytes.len() {
        let (len, used) = crate::rewrite::read_leb128(&bytes[at + 1..]);
        at += 1 + used + len;
        found.push(at);
    }
    found
}

#[test]
fn components_cut_at_every_byte() {
    for name in ["never-called.wasm", "nested.wasm", "shared-everything.wasm"] {
        let bytes = fixture(name);
        cut_everywhere(&bytes, &boundaries(&bytes));
    }
}

#[test]
fn modules_cut_at_every_byte() {
    for name in ["wapc.wasm", "wasmcloud-v0.wasm"] {
        let bytes = fixture(name);
        cut_everywhere(&bytes, &boundaries(&bytes));
    }
}

/// A component whose parts need each other has no complete prefix but the header.
#[test]
fn no_half_component_passes_for_a_whole() {
    let text = r#"(component (core module (func (export "f")))
        (core instance (instantiate 0)) (func (export "f") (canon lift (core func 0 "f"))))"#;
    let bytes = wat::parse_str(text).unwrap();
    cut_everywhere(&bytes, &boundaries(&bytes));
}

#[test]
fn bytes_after_the_end() {
    for header in [MODULE, COMPONENT] {
        let error = error(&[header, b"\0"].concat());
        assert!(error.offset() >= 8, "{error}");
    }
}

#[test]
fn errors_say_where_and_in_what() {
    let text = "(component (core module) (core module (func (result i32))))";
    let error = error(&wat::parse_str(text).unwrap());
    let message = error.to_string();
    assert!(
        message.contains("core module 1 (in component 0)"),
        "{message}"
    );
    assert!(
        message.contains(&format!("{:#x}", error.offset())),
        "{message}"
    );
    assert!(matches!(error, ParseError::Invalid { .. }));
}
