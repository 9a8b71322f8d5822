//! Addresses that code uses as constants: statics that are written, and cells that are read.

use super::callgraph::{CallGraph, Key};
use super::engine::Engine;
use super::step::{Access, Op};
use crate::binary::GlobalId;
use crate::graph::Const;
use std::collections::BTreeSet;

/// What is known of an operand in straight-line code.
type Known = Option<u32>;

impl Engine<'_, '_, '_> {
    /// Notes every store of the program whose address is a constant in the code: those
    /// statics are not constant, whoever runs.
    pub(crate) fn note_static_stores(&mut self, graph: &CallGraph) {
        for key in &graph.functions {
            let Some(memory) = self.first_memory(key.0) else {
                continue;
            };
            let mut stores = Vec::new();
            self.constant_accesses(*key, |access, address, is_store| {
                if is_store && access.memory.0 == 0 {
                    stores.push((address, u32::from(access.bytes)));
                }
            });
            for (address, len) in stores {
                self.images.write(memory, address, len);
            }
        }
    }

    /// Whether a function loads a word from one of `cells` by a constant address.
    pub(crate) fn loads_from(&mut self, key: Key, cells: &BTreeSet<u32>) -> bool {
        let mut found = false;
        self.constant_accesses(key, |_, address, is_store| {
            found |= !is_store && cells.contains(&address);
        });
        found
    }

    /// Calls `f` for loads and stores whose address is a constant: pushed as one, as an
    /// immutable global, or as a sum of those.
    fn constant_accesses(&mut self, key: Key, mut f: impl FnMut(&Access, u32, bool)) {
        let Ok(body) = self.body(key.0, key.1) else {
            return;
        };
        let mut stack: Vec<Known> = Vec::new();
        let mut locals: Vec<Known> = vec![None; body.locals as usize];
        for op in &body.ops {
            match op {
                Op::Const(bits) => stack.push(u32::try_from(*bits).ok()),
                Op::GlobalGet(global) => stack.push(self.immutable(key, *global)),
                Op::LocalGet(i) => stack.push(locals.get(*i as usize).copied().flatten()),
                Op::LocalSet(i) => {
                    let value = stack.pop().flatten();
                    if let Some(local) = locals.get_mut(*i as usize) {
                        *local = value;
                    }
                }
                Op::LocalTee(i) => {
                    let value = stack.last().copied().flatten();
                    if let Some(local) = locals.get_mut(*i as usize) {
                        *local = value;
                    }
                }
                Op::Binary(binary) => {
                    let (right, left) = (stack.pop().flatten(), stack.pop().flatten());
                    let both = left.zip(right);
                    let sum = both.and_then(|(a, b)| {
                        binary.eval(u64::from(a), u64::from(b)).map(|v| v as u32)
                    });
                    stack.push(sum);
                }
                Op::Unary(_) => {
                    stack.pop();
                    stack.push(None);
                }
                Op::Load(access) => {
                    if let Some(address) = stack.pop().flatten() {
                        f(access, address.wrapping_add(access.offset as u32), false);
                    }
                    stack.push(None);
                }
                Op::Store(access) => {
                    stack.pop();
                    if let Some(address) = stack.pop().flatten() {
                        f(access, address.wrapping_add(access.offset as u32), true);
                    }
                }
                Op::Drop => {
                    stack.pop();
                }
                Op::Select => {
                    stack.truncate(stack.len().saturating_sub(3));
                    stack.push(None);
                }
                Op::Call(callee) => {
                    let module = self
                        .program
                        .binary
                        .module(self.program.core_instance(key.0).module);
                    let (params, results) = module
                        .signature(*callee)
                        .map_or((0, 0), |s| (s.params.len(), s.results.len()));
                    stack.truncate(stack.len().saturating_sub(params));
                    stack.extend(std::iter::repeat_n(None, results));
                }
                // Where paths meet or part, nothing is taken along.
                _ => {
                    stack.clear();
                    locals.fill(None);
                }
            }
        }
    }

    fn immutable(&self, key: Key, global: GlobalId) -> Known {
        let globals = &self.program.core_instance(key.0).globals;
        let state = self.program.global((*globals.get(global.index())?)?);
        match state.initial {
            Some(Const::I32(value)) if !state.mutable => Some(value as u32),
            _ => None,
        }
    }
}
