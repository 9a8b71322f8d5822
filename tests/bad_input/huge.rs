//! Sections that claim more than they hold.

use crate::rewrite::{custom, leb128};
use gusset::binary::Binary;
use gusset::report::inspect::FileFacts;
use std::process::Command;

const HEADERS: [&[u8; 8]; 2] = [b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0"];

/// 0xffff_ffff.
const HUGE: [u8; 5] = [0xff, 0xff, 0xff, 0xff, 0x0f];

/// Every kind of section, with a huge length, a huge count, and huge counts one level down.
fn cases() -> Vec<Vec<u8>> {
    let mut cases = Vec::new();
    for header in HEADERS {
        for id in 0..=13 {
            cases.push([&header[..], &[id], &HUGE[..]].concat());
            // A count, then a byte that begins an item, then another count. Padding behind
            // it, so that the length is no obstacle.
            for first in 0..=0x80_u8 {
                for contents in [
                    HUGE.to_vec(),
                    [&HUGE[..], &[first], &HUGE[..], &[0; 64][..]].concat(),
                    [&[1, first], &HUGE[..], &[0; 64][..]].concat(),
                    [&[1, first, 0], &HUGE[..], &[0; 64][..]].concat(),
                    [&[1, first, 1, b'a'], &HUGE[..], &[0; 64][..]].concat(),
                ] {
                    let mut case = header.to_vec();
                    case.push(id);
                    leb128(contents.len(), &mut case);
                    case.extend(contents);
                    cases.push(case);
                }
            }
        }
    }
    cases
}

/// A function whose locals are declared by the billion, tables and memories of the greatest
/// size, and names and producers that are longer than the file.
fn valid_but_large() -> Vec<Vec<u8>> {
    let text = |text: &str| wat::parse_str(text).unwrap();
    let mut cases = vec![
        text("(module (table 10000000 funcref) (memory 65536))"),
        text("(module (table i64 0xffffffffffff funcref) (memory i64 0x1000000000000))"),
        text("(module (table 1 0xffffffff funcref) (memory 0))"),
        text("(module (table 4294967295 funcref) (func $f) (elem (i32.const -1) $f))"),
    ];
    for header in HEADERS {
        for name in ["name", "component-name", "producers", "component-type:x"] {
            for id in 0..=11 {
                let data = [&[id], &HUGE[..], &HUGE[..]].concat();
                cases.push([&header[..], &custom(name, &data)].concat());
                let data = [&[id, 10], &HUGE[..], &HUGE[..]].concat();
                cases.push([&header[..], &custom(name, &data)].concat());
            }
            let data = [&HUGE[..], &HUGE[..]].concat();
            cases.push([&header[..], &custom(name, &data)].concat());
        }
    }
    let mut locals = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0".to_vec();
    locals.extend([10, 10, 1, 8, 1]);
    locals.extend(HUGE);
    locals.extend([0x7f, 0x0b]);
    cases.push(locals);
    cases
}

/// What a child process does, so that its memory can be measured.
#[test]
#[ignore = "run by claims_cost_no_memory"]
fn child() {
    let peak = |what: &str| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        let kib = line.and_then(|l| l.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        println!("{what}={}", kib.unwrap_or(0));
    };
    let refused = cases();
    let accepted = valid_but_large();
    peak("before");
    let mut count = 0;
    for case in &refused {
        // The contents of a custom section are never wrong.
        assert!(Binary::parse(case).is_err() || case[8] == 0, "{case:02x?}");
        count += 1;
    }
    for case in refused.iter().chain(&accepted) {
        if let Ok(binary) = Binary::parse(case) {
            let _ = binary.wit();
            let _ = FileFacts::new("", &binary);
        }
    }
    peak("after");
    println!("cases={count}");
}

#[test]
fn claims_cost_no_memory() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "huge::child", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&child.stdout).into_owned();
    let err = String::from_utf8_lossy(&child.stderr).into_owned();
    assert!(child.status.success(), "{out}{err}");
    let value = |name: &str| -> u64 {
        let found = out
            .split_whitespace()
            .find_map(|word| word.strip_prefix(name));
        found
            .unwrap_or_else(|| panic!("no {name} in {out}"))
            .parse()
            .unwrap()
    };
    assert!(value("cases=") > 1_000);
    let (before, after) = (value("before="), value("after="));
    // Where there is no such figure, the time limit of the test run has to do.
    assert!(
        after <= before + 16 * 1024,
        "{before} KiB, then {after} KiB"
    );
}
