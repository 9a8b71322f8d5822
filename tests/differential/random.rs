//! Random programs: loops, tables of jumps, memory, calls through tables.

use super::pair::{Compared, compare};
use super::soundness::stmt::program;
use super::soundness::text::alone;
use std::collections::BTreeMap;
use wasmtime::Val;

const PROGRAMS: u64 = 120;

#[test]
fn random_programs_agree() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..PROGRAMS {
        let mut made = program(seed);
        made.start = None;
        let text = alone(&made);
        for export in &made.exports {
            for round in [0, 1, 3, 6, -1] {
                let params = made.functions[*export].params.len() as i32;
                let args: Vec<Val> = (0..params).map(|i| Val::I32(round + i)).collect();
                let compared = compare(&text, &format!("f{export}"), &args);
                if let Compared::Different(how) = &compared {
                    panic!("seed {seed} f{export} {args:?}: {how}\n{text}");
                }
                let name = match compared {
                    Compared::Same => "same".to_string(),
                    Compared::SameTrap => "trap".to_string(),
                    Compared::Skipped(why) => why,
                    Compared::Different(how) => how,
                };
                *counts.entry(name).or_default() += 1;
            }
        }
    }
    eprintln!("{counts:?}");
    let same = counts.get("same").copied().unwrap_or(0);
    assert!(same > 400, "{counts:?}");
}
