//! Which calls matter, and from where in a body one can still be reached.

use super::callgraph::Key;
use super::engine::{Engine, Summary};
use super::step::{Op, Target};
use crate::binary::{ModuleId, TypeId};
use crate::graph::{CoreFunc, Func};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// What is open, and what was asked about it.
#[derive(Default)]
pub(crate) struct Openness {
    /// Functions that are not closed, in the order in which they were opened.
    pub opened: Vec<Key>,
    /// Functions of which somebody wanted to know whether they are open, since this was last
    /// taken.
    pub asked: HashSet<Key>,
    /// The same of types of pointers.
    pub asked_pointers: bool,
    /// Types of pointers: how many functions were open when it was asked, and whether a call
    /// through one could matter.
    pointers: HashMap<(ModuleId, TypeId), (usize, bool)>,
    /// Instructions worth running.
    live: HashMap<Key, Live>,
}

/// The instructions of a body from which a call that matters can be reached.
struct Live {
    /// How many functions were open when they were found.
    then: usize,
    at: Rc<[bool]>,
    /// Functions of which it mattered whether they are open.
    asked: Vec<Key>,
}

impl Engine<'_, '_, '_> {
    /// A function is open from here on.
    pub(crate) fn open(&mut self, key: Key) {
        let info = self.info.entry(key).or_default();
        if !std::mem::replace(&mut info.follow, true) {
            self.openness.opened.push(key);
        }
    }

    /// Whether a function is open, noting that somebody wanted to know.
    pub(crate) fn is_open(&mut self, key: Key) -> bool {
        self.openness.asked.insert(key);
        self.info.get(&key).is_some_and(|i| i.follow)
    }

    /// Whether a call matters: to something watched, a lookup, or a function that is open.
    pub(crate) fn matters(&mut self, callee: &CoreFunc) -> bool {
        match callee {
            CoreFunc::Defined(id, func) => {
                let summary = self.summaries.get(callee);
                matches!(summary, Some(Summary::Lookup { .. })) || self.is_open((*id, *func))
            }
            CoreFunc::Lower(id) => {
                let program = self.program;
                let lifted = match program.lowers[id.index()].func {
                    Func::Lift(lift) => self.matters(&program.lifts[lift.index()].func),
                    _ => false,
                };
                lifted || self.watched.contains_key(callee)
            }
            other => self.watched.contains_key(other),
        }
    }

    /// Whether a call through a pointer of some type could matter.
    pub(crate) fn pointer_matters(&mut self, module: ModuleId, ty: TypeId) -> bool {
        self.openness.asked_pointers = true;
        let opened = self.openness.opened.len();
        if let Some((then, known)) = self.openness.pointers.get(&(module, ty))
            && (*known || *then == opened)
        {
            return *known;
        }
        let program = self.program;
        let matters = program
            .address_taken()
            .iter()
            .any(|e| program.same_type(module, ty, e) && self.matters(&e.func));
        let answer = (opened, matters);
        self.openness.pointers.insert((module, ty), answer);
        matters
    }

    /// The instructions of a function from which a call that matters can be reached.
    pub(crate) fn live(&mut self, key: Key) -> Option<Rc<[bool]>> {
        let opened = self.openness.opened.len();
        let body = self.body(key.0, key.1).ok()?;
        let program = self.program;
        let module_id = program.core_instance(key.0).module;
        let openness = &mut self.openness;
        if let Some(known) = openness.live.get(&key)
            && known.then == opened
        {
            openness.asked.extend(&known.asked);
            return Some(Rc::clone(&known.at));
        }
        let before = std::mem::take(&mut openness.asked);
        let mut live: Vec<bool> = Vec::with_capacity(body.ops.len());
        for op in &body.ops {
            live.push(match op {
                Op::Call(callee) => {
                    let callee = program.func(key.0, *callee);
                    self.matters(&program.behind_trampolines(callee))
                }
                Op::CallIndirect(_, ty) => self.pointer_matters(module_id, *ty),
                _ => false,
            });
        }
        // Backwards, until loops settle.
        loop {
            let mut changed = false;
            for pc in (0..body.ops.len()).rev() {
                if live[pc] {
                    continue;
                }
                let next = || live.get(pc + 1).copied().unwrap_or(false);
                let at = |t: &Target| live[t.pc as usize];
                let reaches = match &body.ops[pc] {
                    Op::Return | Op::Unreachable => false,
                    Op::Jump(target) => at(target),
                    Op::JumpIf(target) | Op::JumpUnless(target) => at(target) || next(),
                    Op::JumpTable(targets) => targets.iter().any(at),
                    _ => next(),
                };
                live[pc] = reaches;
                changed |= reaches;
            }
            if !changed {
                break;
            }
        }
        let live: Rc<[bool]> = live.into();
        let known = Live {
            then: opened,
            at: Rc::clone(&live),
            asked: self.openness.asked.iter().copied().collect(),
        };
        self.openness.live.insert(key, known);
        self.openness.asked.extend(before);
        Some(live)
    }
}
