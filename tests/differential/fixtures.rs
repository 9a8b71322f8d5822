//! Functions of compiled programs: what compilers write, on a few arguments each.

use super::pair::{Compared, compare_in, with_pair};
use super::rewrite::{Edit, Section, leb128, rewrite};
use std::collections::BTreeMap;
use std::path::Path;
use wasmparser::{Operator, Parser, Payload, TypeRef};
use wasmtime::{ExternType, Val, ValType};

/// Programs and functions of each that are tried.
const PROGRAMS: usize = 24;
const FUNCTIONS: usize = 40;

/// Exports every function with a body as `t` and its index, and the memory.
struct ExportAll {
    imported: u32,
    defined: u32,
}

impl Edit for ExportAll {
    fn section(&mut self, _unit: usize, section: &Section<'_>) -> Option<Vec<u8>> {
        match section.id {
            7 => {
                let mut out = Vec::new();
                leb128(self.defined as usize + 1, &mut out);
                let mut export = |name: &str, kind: u8, index: u32| {
                    leb128(name.len(), &mut out);
                    out.extend(name.as_bytes());
                    out.push(kind);
                    leb128(index as usize, &mut out);
                };
                export("memory", 2, 0);
                for index in self.imported..self.imported + self.defined {
                    export(&format!("t{index}"), 0, index);
                }
                Some(out)
            }
            // Start functions do not run here.
            8 => None,
            _ => Some(section.data.to_vec()),
        }
    }
}

/// What is known of the functions of a module.
#[derive(Default)]
struct Functions {
    imported: u32,
    /// What each body calls; `None` when it looks at the size of memory, which differs, or
    /// calls through a table.
    calls: Vec<Option<Vec<u32>>>,
}

impl Functions {
    fn of(bytes: &[u8]) -> Functions {
        let mut found = Functions::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.unwrap() {
                Payload::ImportSection(imports) => {
                    let imports = imports.into_imports().map(Result::unwrap);
                    let funcs = imports.filter(|i| matches!(i.ty, TypeRef::Func(_)));
                    found.imported = funcs.count() as u32;
                }
                Payload::CodeSectionEntry(body) => {
                    let mut calls = Some(Vec::new());
                    for op in body.get_operators_reader().unwrap() {
                        match op.unwrap() {
                            Operator::Call { function_index } => {
                                calls = calls.map(|c| [c, vec![function_index]].concat());
                            }
                            Operator::MemorySize { .. }
                            | Operator::MemoryGrow { .. }
                            | Operator::CallIndirect { .. } => calls = None,
                            _ => {}
                        }
                    }
                    found.calls.push(calls);
                }
                _ => {}
            }
        }
        found
    }

    /// Functions that can be compared: those that reach no import and no exception above.
    fn comparable(&self) -> Vec<u32> {
        let mut good: Vec<bool> = self.calls.iter().map(Option::is_some).collect();
        loop {
            let fits = |callee: &u32| {
                let body = callee.checked_sub(self.imported);
                body.is_some_and(|body| good[body as usize])
            };
            let next: Vec<bool> = good
                .iter()
                .zip(&self.calls)
                .map(|(good, calls)| *good && calls.iter().flatten().all(fits))
                .collect();
            if next == good {
                break;
            }
            good = next;
        }
        let bodies = (0u32..).zip(good).filter(|(_, good)| *good);
        bodies.map(|(body, _)| body + self.imported).collect()
    }
}

fn argument(ty: &ValType, round: i32) -> Val {
    match ty {
        ValType::I64 => Val::I64(i64::from(round) * 0x1_0000_0001),
        ValType::F32 => Val::F32((round as f32 * 1.5).to_bits()),
        ValType::F64 => Val::F64((f64::from(round) / 3.0).to_bits()),
        _ => Val::I32(round),
    }
}

#[test]
fn functions_of_programs_agree() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/programs/bin");
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let read = |path: &Path| std::fs::read(path).unwrap();
    // Core modules alone: a component's are the same code.
    paths.retain(|path| read(path).get(4..8) == Some(&[1, 0, 0, 0]));
    paths.sort_by_key(|path| (std::fs::metadata(path).unwrap().len(), path.clone()));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for path in paths.iter().take(PROGRAMS) {
        let original = read(path);
        let functions = Functions::of(&original);
        let mut edit = ExportAll {
            imported: functions.imported,
            defined: functions.calls.len() as u32,
        };
        let bytes = rewrite(&original, &mut edit);
        with_pair(&bytes, |module, program| {
            for func in functions.comparable().into_iter().take(FUNCTIONS) {
                let name = format!("t{func}");
                let Some(ExternType::Func(ty)) = module.get_export(&name) else {
                    panic!("{}: no {name}", path.display());
                };
                for round in [0, 1, 7, 1_040, -3] {
                    let params = ty.params().zip(round..);
                    let args: Vec<Val> = params.map(|(ty, n)| argument(&ty, n)).collect();
                    let name = match compare_in(module, program, &name, &args) {
                        Compared::Same => "same".to_owned(),
                        Compared::SameTrap => "trap".to_owned(),
                        Compared::Skipped(why) => why,
                        Compared::Different(how) => {
                            panic!("{} {name} {args:?}: {how}", path.display())
                        }
                    };
                    *counts.entry(name).or_default() += 1;
                }
            }
        });
    }
    eprintln!("{counts:?}");
    let same = counts.get("same").copied().unwrap_or(0);
    assert!(same > 400, "{counts:?}");
}
