//! Handles that calls give for a name, and calls that are given them: which name an audited
//! call is about. A handle is a symbol of the call that gave it, so that the same symbol
//! stands for the same handle.

use super::engine::{Engine, Outcomes};
use super::event::{Arrived, Text, Why};
use super::exec::Activation;
use super::value::{Sym, Value, Word};
use super::world::World;
use crate::graph::CoreFunc;
use std::collections::HashMap;

/// Where a call leaves a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GivenAt {
    /// In its result.
    Result,
    /// In memory, this many bytes after the address that a core parameter holds.
    Area {
        /// The core parameter that holds the address.
        param: usize,
        /// Bytes after it.
        offset: u32,
    },
}

/// What is known of handles.
#[derive(Default)]
pub(crate) struct Handles {
    /// Functions that give a handle: where, and its name when the call itself has none.
    pub gives: HashMap<CoreFunc, (GivenAt, Option<String>)>,
    /// Functions that take one: the core parameter.
    pub takes: HashMap<CoreFunc, usize>,
    names: HashMap<Sym, Vec<u8>>,
}

impl Engine<'_, '_, '_> {
    /// What is known of the handle that a call without a name is given: the name that it was
    /// given out for.
    pub(crate) fn handle_taken(&self, callee: CoreFunc, args: &[Value], world: &World) -> Arrived {
        let arg = self.handles.takes.get(&callee).and_then(|p| args.get(*p));
        let name = arg.and_then(|arg| match world.resolve(arg.lo) {
            Word::Unknown(sym) => self.handles.names.get(&sym),
            Word::Known(_) => None,
        });
        match name {
            Some(name) => Arrived::Exact(Text {
                bytes: name.clone(),
                address: 0,
                literal: false,
                pieces: Vec::new(),
            }),
            None => Arrived::Unknown(Why::Unanalysed),
        }
    }

    /// A call that was made with a name returned: the handle that it gave stands for it.
    pub(crate) fn handle_given(
        &mut self,
        at: &Activation,
        callee: CoreFunc,
        args: &[Value],
        names: &[Arrived],
        mut outcomes: Outcomes,
    ) -> Outcomes {
        let Some((given, label)) = self.handles.gives.get(&callee).cloned() else {
            return outcomes;
        };
        let name = match (label, names) {
            (Some(label), _) => label.into_bytes(),
            (None, [Arrived::Exact(text)]) => text.bytes.clone(),
            _ => return outcomes,
        };
        for (world, results) in &mut outcomes {
            let word = match given {
                GivenAt::Result => results.first().map(|v| v.lo),
                GivenAt::Area { param, offset } => {
                    let base = args.get(param).and_then(|a| world.resolve(a.lo).known());
                    let memory = match callee {
                        CoreFunc::Lower(id) => self.program.lowers[id.index()].options.memory,
                        _ => at.memory,
                    };
                    match (base, memory) {
                        (Some(base), Some(memory)) => {
                            Some(self.load_word(world, memory, base.wrapping_add(offset)))
                        }
                        _ => None,
                    }
                }
            };
            if let Some(Word::Unknown(sym)) = word {
                self.handles.names.insert(sym, name.clone());
            }
        }
        outcomes
    }
}
