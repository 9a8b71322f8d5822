//! Statics that code writes at constant addresses, and cells that it reads, found without
//! running anything. A data segment holds constants and initialised variables alike: what a
//! store reaches is no constant.

use super::callgraph::{CallGraph, Key};
use super::engine::Engine;
use super::step::{Access, Op};
use crate::binary::GlobalId;
use crate::graph::Const;
use std::collections::BTreeSet;

/// What a function does with addresses that are constants.
enum Effect<'e> {
    Load(&'e Access, u32),
    Store(&'e Access, u32),
}

impl Engine<'_, '_, '_> {
    /// Notes every static that some function writes.
    pub(crate) fn note_static_stores(&mut self, graph: &CallGraph) {
        for key in &graph.functions {
            let Some(memory) = self.first_memory(key.0) else {
                continue;
            };
            if self.run_once.contains(key) {
                continue;
            }
            let mut stores: Vec<(u32, u32)> = Vec::new();
            self.effects(*key, |effect| {
                if let Effect::Store(access, address) = effect
                    && access.memory.0 == 0
                {
                    let address = address.wrapping_add(access.offset as u32);
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
        self.effects(key, |effect| {
            if let Effect::Load(access, address) = effect {
                found |= cells.contains(&address.wrapping_add(access.offset as u32));
            }
        });
        found
    }

    /// Goes through a body once, in file order. Constants are followed within straight-line
    /// code.
    fn effects(&mut self, key: Key, mut f: impl FnMut(Effect<'_>)) {
        let Ok(body) = self.body(key.0, key.1) else {
            return;
        };
        let module = self
            .program
            .binary
            .module(self.program.core_instance(key.0).module);
        let mut stack: Vec<Option<u32>> = Vec::new();
        let mut locals: Vec<Option<u32>> = vec![None; body.locals as usize];
        for op in &body.ops {
            match op {
                Op::Const(bits) => stack.push(u32::try_from(*bits).ok()),
                Op::GlobalGet(global) => stack.push(self.immutable(key, *global)),
                Op::LocalGet(i) => stack.push(locals[*i as usize]),
                Op::LocalSet(i) => locals[*i as usize] = stack.pop().flatten(),
                Op::LocalTee(i) => locals[*i as usize] = stack.last().copied().flatten(),
                Op::Binary(binary) => {
                    let (right, left) = (stack.pop().flatten(), stack.pop().flatten());
                    let both = left.zip(right);
                    let result = both.and_then(|(a, b)| binary.eval(a.into(), b.into()));
                    stack.push(result.and_then(|v| u32::try_from(v).ok()));
                }
                Op::Unary(_) => {
                    stack.pop();
                    stack.push(None);
                }
                Op::Load(access) => {
                    if let Some(address) = stack.pop().flatten() {
                        f(Effect::Load(access, address));
                    }
                    stack.push(None);
                }
                Op::Store(access) => {
                    stack.pop();
                    if let Some(address) = stack.pop().flatten() {
                        f(Effect::Store(access, address));
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
                    let (params, results) = module
                        .signature(*callee)
                        .map_or((0, 0), |s| (s.params.len(), s.results.len()));
                    stack.truncate(stack.len().saturating_sub(params));
                    stack.extend(std::iter::repeat_n(None, results));
                }
                // Where paths meet or part, nothing is taken along.
                op => {
                    if let Some((pops, pushes)) = op.operands() {
                        stack.truncate(stack.len().saturating_sub(pops));
                        stack.extend(std::iter::repeat_n(None, pushes));
                        continue;
                    }
                    stack.clear();
                    locals.fill(None);
                }
            }
        }
    }

    pub(super) fn immutable(&self, key: Key, global: GlobalId) -> Option<u32> {
        let globals = &self.program.core_instance(key.0).globals;
        let state = self.program.global((*globals.get(global.index())?)?);
        match state.initial {
            Some(Const::I32(value)) if !state.mutable => Some(value as u32),
            _ => None,
        }
    }
}
