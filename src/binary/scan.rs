//! What function bodies call: recorded while they are validated, in the same pass.

use super::ids::{FuncId, TableId, TypeId};
use super::proposals::{Proposal, Proposals};
use std::collections::HashSet;
use std::ops::Range;
use wasmparser::{FrameKind, FrameStack, Operator, Result, VisitOperator, VisitSimdOperator};

/// Calls and references of the bodies of one module. Entries of all bodies stand one after
/// another; each body knows its range.
#[derive(Debug, Default)]
pub struct Scan {
    bodies: Vec<BodyScan>,
    calls: Vec<FuncId>,
    indirect: Vec<IndirectCall>,
    refs: Vec<FuncId>,
    /// Tables that code writes: `table.set`, `fill`, `copy`, `init` or `grow`.
    pub written_tables: Vec<TableId>,
    /// Tables that code reads with `table.get`, so that an element may be called elsewhere.
    pub read_tables: Vec<TableId>,
}

#[derive(Debug)]
struct BodyScan {
    calls: Range<u32>,
    indirect: Range<u32>,
    refs: Range<u32>,
    flags: u8,
    trampoline: Option<Trampoline>,
}

const CALLS_REF: u8 = 1;

/// A `call_indirect` or `return_call_indirect` site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndirectCall {
    /// The table that holds the callee.
    pub table: TableId,
    /// The type that the callee must have.
    pub ty: TypeId,
}

/// A function that does nothing but pass its parameters on to one slot of a table; the
/// shim modules of `wit-component` consist of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trampoline {
    /// The table.
    pub table: TableId,
    /// The slot.
    pub slot: u32,
    /// The type that the callee must have.
    pub ty: TypeId,
}

impl Scan {
    /// Functions called directly by body `index`, in the order of their first call.
    pub fn calls(&self, index: usize) -> &[FuncId] {
        self.slice(index, |b| &b.calls, &self.calls)
    }

    /// Calls through tables in body `index`, each (table, type) once.
    pub fn indirect_calls(&self, index: usize) -> &[IndirectCall] {
        self.slice(index, |b| &b.indirect, &self.indirect)
    }

    /// Functions whose reference body `index` takes with `ref.func`.
    pub fn refs(&self, index: usize) -> &[FuncId] {
        self.slice(index, |b| &b.refs, &self.refs)
    }

    /// Whether body `index` calls a function reference (`call_ref` and its relatives).
    pub fn calls_ref(&self, index: usize) -> bool {
        self.bodies
            .get(index)
            .is_some_and(|b| b.flags & CALLS_REF != 0)
    }

    /// How many calls and references there are in all bodies.
    pub fn len(&self) -> usize {
        self.calls.len() + self.indirect.len() + self.refs.len()
    }

    /// Whether there is neither a call nor a reference.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The slot that body `index` forwards to, when it does nothing else.
    pub fn trampoline(&self, index: usize) -> Option<Trampoline> {
        self.bodies.get(index)?.trampoline
    }

    fn slice<'s, T>(
        &self,
        index: usize,
        range: impl Fn(&BodyScan) -> &Range<u32>,
        all: &'s [T],
    ) -> &'s [T] {
        self.bodies
            .get(index)
            .map(range)
            .and_then(|r| all.get(r.start as usize..r.end as usize))
            .unwrap_or(&[])
    }
}

/// Collects a [`Scan`] while bodies are validated one after another.
#[derive(Default)]
pub(super) struct Scanner {
    pub scan: Scan,
    pub proposals: Proposals,
    calls_start: u32,
    indirect_start: u32,
    refs_start: u32,
    flags: u8,
    shape: Shape,
    /// For each function, 1 + the last body that called it: keeps calls of one body unique.
    seen: Vec<u32>,
    /// Indirect calls of the body, once there are more than a few.
    seen_indirect: HashSet<IndirectCall>,
}

/// How many indirect calls of a body are compared one by one before a set is made.
const FEW: usize = 16;

/// Progress through `local.get 0 … local.get n-1, i32.const k, call_indirect, end`.
#[derive(Clone, Copy, Default, PartialEq)]
enum Shape {
    #[default]
    Start,
    Params(u32),
    Slot(u32, u32),
    Called(u32, Trampoline),
    Done(u32, Trampoline),
    Other,
}

impl Scanner {
    pub(super) fn new(funcs: usize) -> Self {
        Scanner {
            seen: vec![0; funcs],
            ..Scanner::default()
        }
    }

    pub(super) fn begin_body(&mut self) {
        self.calls_start = self.scan.calls.len() as u32;
        self.indirect_start = self.scan.indirect.len() as u32;
        self.refs_start = self.scan.refs.len() as u32;
        self.seen_indirect.clear();
        self.flags = 0;
        self.shape = Shape::Start;
    }

    /// Ends a body whose function has `params` parameters.
    pub(super) fn end_body(&mut self, params: usize) {
        let trampoline = match self.shape {
            Shape::Done(passed, t) if passed as usize == params => Some(t),
            _ => None,
        };
        let scan = &mut self.scan;
        scan.bodies.push(BodyScan {
            calls: self.calls_start..scan.calls.len() as u32,
            indirect: self.indirect_start..scan.indirect.len() as u32,
            refs: self.refs_start..scan.refs.len() as u32,
            flags: self.flags,
            trampoline,
        });
    }

    pub(super) fn finish(mut self) -> (Scan, Proposals) {
        for tables in [&mut self.scan.written_tables, &mut self.scan.read_tables] {
            tables.sort_unstable();
            tables.dedup();
        }
        (self.scan, self.proposals)
    }

    fn call(&mut self, function_index: u32) {
        let body = self.scan.bodies.len() as u32 + 1;
        if let Some(last) = self.seen.get_mut(function_index as usize)
            && *last != body
        {
            *last = body;
            self.scan.calls.push(FuncId(function_index));
        }
    }

    fn call_indirect(&mut self, table_index: u32, type_index: u32) {
        let call = IndirectCall {
            table: TableId(table_index),
            ty: TypeId(type_index),
        };
        let of_body = &self.scan.indirect[self.indirect_start as usize..];
        let is_new = match of_body.len() {
            0..FEW => !of_body.contains(&call),
            FEW => {
                self.seen_indirect.extend(of_body);
                self.seen_indirect.insert(call)
            }
            _ => self.seen_indirect.insert(call),
        };
        if is_new {
            self.scan.indirect.push(call);
        }
    }

    #[inline(always)]
    fn op(&mut self, op: &Operator<'_>) {
        self.shape = match (self.shape, op) {
            (Shape::Other, _) => Shape::Other,
            (Shape::Start, Operator::LocalGet { local_index: 0 }) => Shape::Params(1),
            (Shape::Params(n), Operator::LocalGet { local_index }) if *local_index == n => {
                Shape::Params(n + 1)
            }
            (Shape::Start, Operator::I32Const { value }) => Shape::Slot(0, *value as u32),
            (Shape::Params(n), Operator::I32Const { value }) => Shape::Slot(n, *value as u32),
            (
                Shape::Slot(n, slot),
                Operator::CallIndirect {
                    type_index,
                    table_index,
                }
                | Operator::ReturnCallIndirect {
                    type_index,
                    table_index,
                },
            ) => Shape::Called(
                n,
                Trampoline {
                    table: TableId(*table_index),
                    slot,
                    ty: TypeId(*type_index),
                },
            ),
            (Shape::Called(n, t), Operator::End) => Shape::Done(n, t),
            _ => Shape::Other,
        };
        match op {
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                self.call(*function_index);
            }
            Operator::CallIndirect {
                type_index,
                table_index,
            }
            | Operator::ReturnCallIndirect {
                type_index,
                table_index,
            } => self.call_indirect(*table_index, *type_index),
            Operator::RefFunc { function_index } => {
                self.scan.refs.push(FuncId(*function_index));
            }
            Operator::CallRef { .. }
            | Operator::ReturnCallRef { .. }
            | Operator::Resume { .. }
            | Operator::ResumeThrow { .. }
            | Operator::Switch { .. }
            | Operator::ContNew { .. } => self.flags |= CALLS_REF,
            Operator::TableSet { table }
            | Operator::TableGrow { table }
            | Operator::TableFill { table }
            | Operator::TableInit { table, .. }
            | Operator::TableCopy {
                dst_table: table, ..
            } => self.scan.written_tables.push(TableId(*table)),
            Operator::TableGet { table } => self.scan.read_tables.push(TableId(*table)),
            _ => {}
        }
    }
}

/// Shows every operator to the scanner, then to the validator.
pub(super) struct Both<'s, V> {
    pub scanner: &'s mut Scanner,
    pub validator: V,
}

impl<V: FrameStack> FrameStack for Both<'_, V> {
    fn current_frame(&self) -> Option<FrameKind> {
        self.validator.current_frame()
    }
}

macro_rules! forward {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(
            fn $visit(&mut self $($(, $arg: $argty)*)?) -> Self::Output {
                self.scanner.proposals.insert(proposal!($proposal));
                self.scanner.op(&Operator::$op $({ $($arg: $arg.clone()),* })?);
                self.validator.$visit($($($arg),*)?)
            }
        )*
    };
}

macro_rules! forward_simd {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(
            fn $visit(&mut self $($(, $arg: $argty)*)?) -> Self::Output {
                self.scanner.proposals.insert(proposal!($proposal));
                self.scanner.shape = Shape::Other;
                match self.validator.simd_visitor() {
                    Some(visitor) => visitor.$visit($($($arg),*)?),
                    None => Ok(()),
                }
            }
        )*
    };
}

macro_rules! proposal {
    (mvp) => {
        Proposal::NONE
    };
    (sign_extension) => {
        Proposal::SignExtension
    };
    (gc) => {
        Proposal::Gc
    };
    (custom_descriptors) => {
        Proposal::CustomDescriptors
    };
    (saturating_float_to_int) => {
        Proposal::SaturatingFloatToInt
    };
    (bulk_memory) => {
        Proposal::BulkMemory
    };
    (reference_types) => {
        Proposal::ReferenceTypes
    };
    (tail_call) => {
        Proposal::TailCall
    };
    (memory_control) => {
        Proposal::MemoryControl
    };
    (threads) => {
        Proposal::Threads
    };
    (simd) => {
        Proposal::Simd
    };
    (relaxed_simd) => {
        Proposal::RelaxedSimd
    };
    (exceptions) => {
        Proposal::Exceptions
    };
    (legacy_exceptions) => {
        Proposal::LegacyExceptions
    };
    (shared_everything_threads) => {
        Proposal::SharedEverythingThreads
    };
    (function_references) => {
        Proposal::FunctionReferences
    };
    (stack_switching) => {
        Proposal::StackSwitching
    };
    (wide_arithmetic) => {
        Proposal::WideArithmetic
    };
}

#[allow(clippy::clone_on_copy)]
impl<'a, V: VisitOperator<'a, Output = Result<()>>> VisitOperator<'a> for Both<'_, V> {
    type Output = Result<()>;

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Result<()>>> {
        Some(self)
    }

    wasmparser::for_each_visit_operator!(forward);
}

impl<'a, V: VisitOperator<'a, Output = Result<()>>> VisitSimdOperator<'a> for Both<'_, V> {
    wasmparser::for_each_visit_simd_operator!(forward_simd);
}
