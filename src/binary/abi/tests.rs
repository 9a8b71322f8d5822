//! The layout against the rules and against the validator's own lowering.

#![allow(clippy::unwrap_used, reason = "a failed set-up must end the test")]

use super::*;
use crate::binary::FuncType;
use crate::binary::{
    Alias, Binary, Canon, CoreFuncIndex, CoreSort, DefinitionKind, Proposal, ResourceName,
};
use std::path::Path;

fn ty(kind: TyKind) -> Ty {
    Ty::new(kind)
}

fn layout(kind: TyKind) -> (u64, u32, usize) {
    let ty = ty(kind);
    let layout = ty.layout(Pointer::Narrow);
    (
        layout.size,
        layout.align,
        layout.flat.as_ref().map_or(99, |f| f.len()),
    )
}

fn cases(count: usize) -> TyKind {
    TyKind::Enum((0..count).map(|i| format!("c{i}")).collect())
}

#[test]
fn sizes_follow_the_tables_of_the_specification() {
    let string = || ty(TyKind::String);
    assert_eq!(layout(TyKind::String), (8, 4, 2));
    assert_eq!(string().layout(Pointer::Wide).size, 16);
    assert_eq!(layout(TyKind::Option(ty(TyKind::U8))), (2, 1, 2));
    assert_eq!(layout(TyKind::Option(string())), (12, 4, 3));
    assert_eq!(layout(TyKind::Option(ty(TyKind::U64))), (16, 8, 2));
    assert_eq!(layout(cases(256)), (1, 1, 1));
    assert_eq!(layout(cases(257)), (2, 2, 1));
    assert_eq!(layout(cases(65_537)), (4, 4, 1));
    assert_eq!(
        layout(TyKind::Result {
            ok: None,
            err: Some(string())
        }),
        (12, 4, 3)
    );
    assert_eq!(layout(TyKind::FixedList(ty(TyKind::U16), 3)), (6, 2, 3));
    assert_eq!(layout(TyKind::Borrow(ResourceName(None))), (4, 4, 1));
    let flags = |n: usize| layout(TyKind::Flags((0..n).map(|i| format!("f{i}")).collect()));
    assert_eq!(flags(8), (1, 1, 1));
    assert_eq!(flags(9), (2, 2, 1));
    assert_eq!(flags(17), (4, 4, 1));
    assert_eq!(flags(33), (8, 4, 2));
    let record = ty(TyKind::Tuple(vec![
        ty(TyKind::U8),
        ty(TyKind::U64),
        ty(TyKind::U16),
    ]));
    assert_eq!(record.layout(Pointer::Narrow).size, 24);
    let bytes: Vec<_> = record.offsets(Pointer::Narrow).unwrap();
    assert_eq!(
        bytes.iter().map(|o| o.bytes).collect::<Vec<_>>(),
        [0, 8, 16]
    );
    assert_eq!(bytes.iter().map(|o| o.flat).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn flat_payloads_take_the_type_that_all_cases_fit_in() {
    let variant = |types: &[TyKind]| {
        let cases = types.iter().enumerate();
        let cases = cases.map(|(i, kind)| (format!("c{i}"), Some(ty(kind.clone()))));
        ty(TyKind::Variant(cases.collect()))
    };
    let flat = |types: &[TyKind]| {
        let flat = variant(types).layout(Pointer::Narrow).flat.clone();
        flat.unwrap().into_vec()
    };
    use ValType::*;
    assert_eq!(flat(&[TyKind::F32, TyKind::U8]), [I32, I32]);
    assert_eq!(flat(&[TyKind::F32, TyKind::F32]), [I32, F32]);
    assert_eq!(flat(&[TyKind::F32, TyKind::F64]), [I32, I64]);
    assert_eq!(flat(&[TyKind::String, TyKind::U64]), [I32, I64, I32]);
}

#[test]
fn enormous_types_saturate() {
    let mut nested = ty(TyKind::U64);
    for _ in 0..90 {
        nested = ty(TyKind::FixedList(nested, 1 << 30));
    }
    assert_eq!(nested.layout(Pointer::Narrow).size, u64::MAX);
    assert_eq!(nested.layout(Pointer::Narrow).flat, None);
    let mut shared = ty(TyKind::String);
    for _ in 0..90 {
        shared = ty(TyKind::Tuple(vec![shared.clone(), shared]));
    }
    assert_eq!(shared.layout(Pointer::Narrow).size, u64::MAX);
    assert!(shared.to_string().len() < 2_000);
}

#[test]
fn parameters_beyond_the_limit_go_through_memory() {
    let func = |count: usize, result: Option<TyKind>| FuncType {
        params: (0..count)
            .map(|i| (format!("p{i}"), ty(TyKind::U32)))
            .collect(),
        result: result.map(ty),
        is_async: false,
    };
    let block = |l: &Lowered| matches!(l.places, Params::Block(_));
    assert!(!block(&func(16, None).lower(false, Pointer::Narrow)));
    assert!(block(&func(17, None).lower(false, Pointer::Narrow)));
    assert!(!block(&func(4, None).lower(true, Pointer::Narrow)));
    let lowered = func(5, Some(TyKind::U8)).lower(true, Pointer::Narrow);
    assert_eq!(lowered.places, Params::Block(vec![0, 4, 8, 12, 16]));
    assert_eq!(lowered.params.len(), 2);
    assert_eq!(lowered.result_pointer, Some(1));
    let lowered = func(1, Some(TyKind::String)).lower(false, Pointer::Wide);
    assert_eq!(lowered.params, [ValType::I32, ValType::I64]);
    assert!(lowered.results.is_empty());
}

/// Compares every `canon lower` of a binary with the core type that the validator gave it.
pub(crate) fn check_lowers(bytes: &[u8]) -> usize {
    let binary = Binary::parse(bytes).unwrap();
    assert!(!binary.proposals.contains(Proposal::ComponentGc));
    let mut checked = 0;
    for component in &binary.components {
        let types = component.types.as_ref().unwrap().0.as_ref();
        let mut reader = component.type_reader();
        let mut next = 0;
        for definition in &component.definitions {
            let lower = match &definition.kind {
                DefinitionKind::Canon(Canon::Lower { func, options }) => Some((func, options)),
                DefinitionKind::Canon(Canon::Builtin(_)) => None,
                DefinitionKind::Alias(Alias::CoreInstanceExport {
                    sort: CoreSort::Func,
                    ..
                }) => None,
                _ => continue,
            };
            let index = CoreFuncIndex(next);
            next += 1;
            let Some((func, options)) = lower else {
                continue;
            };
            let memory64 = options
                .memory
                .is_some_and(|m| types.memory_at(m.0).memory64);
            let pointer = match memory64 {
                true => Pointer::Wide,
                false => Pointer::Narrow,
            };
            let ours = reader.func(*func).unwrap();
            let lowered = ours.lower(options.is_async, pointer);
            let theirs = types.get(types.core_function_at(index.0)).unwrap();
            let theirs = theirs.unwrap_func();
            let convert = |types: &[wasmparser::ValType]| -> Vec<ValType> {
                let types = types.iter().map(|ty| match ty {
                    wasmparser::ValType::I32 => ValType::I32,
                    wasmparser::ValType::I64 => ValType::I64,
                    wasmparser::ValType::F32 => ValType::F32,
                    wasmparser::ValType::F64 => ValType::F64,
                    _ => ValType::OtherRef,
                });
                types.collect()
            };
            assert_eq!(lowered.params, convert(theirs.params()), "{ours}");
            assert_eq!(lowered.results, convert(theirs.results()), "{ours}");
            checked += 1;
        }
    }
    checked
}

#[test]
fn lowered_signatures_are_those_of_the_validator() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut checked = 0;
    for folder in ["fixtures/bin", "../shared/corpus/bin"] {
        let Ok(files) = std::fs::read_dir(root.join(folder)) else {
            continue;
        };
        for file in files {
            checked += check_lowers(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }
    assert!(checked > 300, "{checked}");
}
