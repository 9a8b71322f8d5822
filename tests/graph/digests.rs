//! What stripping and metadata may not change.

use crate::fixtures::fixture;
use crate::programs::folder;
use crate::rewrite::{self, Edit, Section, Strip, rewrite};
use gusset::binary::Binary;
use gusset::report::inspect::FileFacts;
use serde_json::Value;
use sha2::{Digest, Sha256};

fn digest(bytes: &[u8]) -> String {
    Binary::parse(bytes).unwrap().digest().to_string()
}

/// Facts without what stripping does change: sizes, names, metadata.
fn identity(bytes: &[u8]) -> Value {
    let binary = Binary::parse(bytes).unwrap();
    let mut facts = serde_json::to_value(FileFacts::new("", &binary)).unwrap();
    for field in ["sha256", "size", "sections", "producers", "metadata"] {
        assert!(facts.as_object_mut().unwrap().remove(field).is_some());
    }
    for instance in facts["instances"].as_array_mut().unwrap() {
        instance.as_object_mut().unwrap().remove("name").unwrap();
        for module in instance["modules"].as_array_mut().unwrap() {
            let module = module.as_object_mut().unwrap();
            module.remove("name").unwrap();
            module.remove("size").unwrap();
        }
    }
    facts
}

#[test]
fn stripping_changes_no_id_link_or_digest() {
    for (whole, stripped) in [
        ("shop.wasm", "shop-stripped.wasm"),
        ("std-env.wasm", "std-env-stripped.wasm"),
    ] {
        let (whole, stripped) = (fixture(whole), fixture(stripped));
        assert!(stripped.len() < whole.len());
        assert_eq!(identity(&whole), identity(&stripped));
    }
    let named = Binary::parse(&fixture("shop.wasm"))
        .map(|binary| FileFacts::new("", &binary).instances)
        .unwrap();
    assert!(named.iter().any(|i| i.name.is_some()), "names are aliases");
}

#[test]
fn the_digest_is_that_of_the_file_without_custom_sections() {
    for (name, path) in folder("fixtures/bin").unwrap() {
        let bytes = std::fs::read(path).unwrap();
        let stripped = rewrite(&bytes, &mut Strip);
        let expected: String = Sha256::digest(&stripped)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(digest(&bytes), expected, "{name}");
        assert_eq!(digest(&stripped), expected, "{name} stripped");
    }
}

/// Adds a custom section to every module and component, and writes lengths in five bytes.
struct Decorate(u32);

impl Edit for Decorate {
    fn section(&mut self, _unit: usize, section: &Section<'_>) -> Option<Vec<u8>> {
        Some(section.data.to_vec())
    }

    fn append(&mut self, unit: usize, _is_component: bool) -> Vec<u8> {
        self.0 += 1;
        rewrite::custom("note", format!("unit at {unit}").as_bytes())
    }

    fn length(&self, value: usize, out: &mut Vec<u8>) {
        let byte = |i: usize| (value >> (7 * i) & 0x7f) as u8;
        out.extend((0..4).map(|i| byte(i) | 0x80));
        out.push(byte(4));
    }
}

#[test]
fn metadata_and_padded_lengths_change_no_digest() {
    for name in ["shop.wasm", "nested.wasm", "unused.wasm", "std-env-p1.wasm"] {
        let bytes = fixture(name);
        let mut decorate = Decorate(0);
        let decorated = rewrite(&bytes, &mut decorate);
        assert!(decorate.0 > 0 && decorated.len() > bytes.len());
        assert_eq!(digest(&decorated), digest(&bytes), "{name}");
        let (before, after) = (Binary::parse(&bytes), Binary::parse(&decorated));
        let (before, after) = (before.unwrap(), after.unwrap());
        for (a, b) in before.components.iter().zip(&after.components) {
            assert_eq!(before.component_digest(a.id), after.component_digest(b.id));
        }
        for (a, b) in before.modules.iter().zip(&after.modules) {
            assert_eq!(before.module_digest(a.id), after.module_digest(b.id));
        }
    }
}

#[test]
fn any_other_byte_changes_the_digest() {
    let text = |key: &str| format!(r#"(module (memory 1) (data (i32.const 0) "{key}"))"#);
    let of = |key: &str| digest(&wat::parse_str(text(key)).unwrap());
    assert_ne!(of("STRIPE_KEY"), of("STRIPE_KEx"));
    let export = |name: &str| {
        let nested = format!(r#"(component (component (type u8) (export "{name}" (type 0))))"#);
        digest(&wat::parse_str(nested).unwrap())
    };
    assert_ne!(export("a"), export("b"));
}

/// A section that moves from one unit into the next is another file.
#[test]
fn the_digest_knows_where_sections_stand() {
    let of = |text: &str| digest(&wat::parse_str(text).unwrap());
    let inside = of("(component (component (core module)) (component))");
    let beside = of("(component (component) (component (core module)))");
    assert_ne!(inside, beside);
}
