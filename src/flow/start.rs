//! Start functions, run concretely: what they write is what memory holds from then on.
//!
//! A start function takes nothing and runs once, before anything else can call its module.
//! When it calls nothing outside, all that it does follows from the file.

use super::callgraph::{CallGraph, Key};
use super::engine::{Engine, Mode, Run};
use super::memory::page_start;
use super::step::{Binary, Op};
use super::world::World;
use crate::graph::{CoreFunc, GlobalRef, MemoryRef, TableEntry};
use std::collections::HashSet;

/// Steps for all start functions.
const FUEL: u64 = 200_000;

impl Engine<'_, '_, '_> {
    /// Runs all start functions in the order of instantiation, and takes over what they wrote
    /// if each could be run to its end.
    pub(crate) fn run_starts(&mut self, graph: &CallGraph) {
        self.mode = Mode::Concrete;
        // What the environment decides is not known.
        let answers = std::mem::take(&mut self.answers);
        let ran = self.run_all_starts();
        self.answers = answers;
        if let Some((world, ran)) = ran {
            let stacks = self.lowered_stacks(graph);
            if self.keeps_stack(&world, &stacks) {
                self.take_over(&world, &stacks);
                self.run_once = only_called_by(graph, ran, self.program.address_taken());
                self.started = Some(world);
            }
        }
        self.mode = Mode::Abstract;
    }

    /// The state after all start functions ran, and which they are. `None` when there are
    /// none, or one stands in the way.
    fn run_all_starts(&mut self) -> Option<(World, HashSet<Key>)> {
        let program = self.program;
        let mut world = World::new(self.entry_globals());
        let mut run = Run::new(FUEL);
        let mut ran: HashSet<Key> = HashSet::new();
        for (index, instance) in program.core_instances.iter().enumerate() {
            let id = program.core_instance_id(index);
            let Some(start) = program.binary.module(instance.module).start else {
                continue;
            };
            let CoreFunc::Defined(owner, func) = program.func(id, start) else {
                return None;
            };
            if self.segments_follow(index) {
                return None;
            }
            let outcomes = self.execute(owner, func, Vec::new(), world.clone(), &mut run);
            let [(after, _)] = <[_; 1]>::try_from(outcomes.ok()?).ok()?;
            world = after;
            ran.insert((owner, func));
        }
        (!ran.is_empty()).then_some((world, ran))
    }

    /// Whether an instance made later has segments in a memory that this one can see: its
    /// start function sees it without them.
    fn segments_follow(&self, index: usize) -> bool {
        let program = self.program;
        let mine = &program.core_instances[index].memories;
        program.core_instances.iter().skip(index + 1).any(|later| {
            let data = &program.binary.module(later.module).data;
            data.iter().any(|segment| {
                let target = segment.active.as_ref();
                let target = target.and_then(|(m, _)| later.memories.get(m.index()));
                target.is_some_and(|memory| memory.is_none() || mine.contains(memory))
            })
        })
    }

    /// Globals that are stack pointers and that some function lowers by a constant: others
    /// only look like one.
    fn lowered_stacks(&mut self, graph: &CallGraph) -> HashSet<GlobalRef> {
        let mut lowered = HashSet::new();
        for key in &graph.functions {
            let Ok(body) = self.body(key.0, key.1) else {
                continue;
            };
            let globals = &self.program.core_instance(key.0).globals;
            for ops in body.ops.windows(3) {
                if let [Op::GlobalGet(global), Op::Const(_), Op::Binary(op)] = ops
                    && matches!(op, Binary::I32Sub | Binary::I32Add)
                    && let Some(global) = globals.get(global.index()).copied().flatten()
                    && self.stack_pointers.contains_key(&global)
                {
                    lowered.insert(global);
                }
            }
        }
        lowered
    }

    /// Whether the stack pointers are where they were.
    fn keeps_stack(&mut self, world: &World, stacks: &HashSet<GlobalRef>) -> bool {
        let before = self.entry_globals();
        stacks
            .iter()
            .all(|global| before.get(global.index()) == Some(&world.global(*global)))
    }

    fn take_over(&mut self, world: &World, stacks: &HashSet<GlobalRef>) {
        for (key, page) in world.memory.pages() {
            let memory = MemoryRef::from_index((key >> 32) as usize);
            let start = page_start(*key);
            // Compiled code leaves things on its stack and heap that mean nothing later.
            let stack = |g: &GlobalRef| self.stack_pointers.get(g) == Some(&memory);
            let everywhere = !stacks.iter().any(stack);
            for (word, cell) in page.iter().enumerate() {
                let Some(bits) = cell.known() else { continue };
                let at = start.wrapping_add(word as u32 * 4);
                self.images
                    .patch(memory, at, bits.to_le_bytes(), everywhere);
            }
        }
    }
}

/// Functions that run in start functions alone.
fn only_called_by(graph: &CallGraph, mut ran: HashSet<Key>, taken: &[TableEntry]) -> HashSet<Key> {
    let callers = graph.callers();
    let free = |key: &Key| {
        let func = CoreFunc::Defined(key.0, key.1);
        !taken.iter().any(|entry| entry.func == func)
    };
    ran.retain(|key| free(key) && !callers.contains_key(key));
    loop {
        let more: Vec<Key> = graph
            .functions
            .iter()
            .filter(|key| !ran.contains(key) && free(key))
            .filter(|key| {
                let callers = callers.get(key);
                callers.is_some_and(|all| !all.is_empty() && all.iter().all(|c| ran.contains(c)))
            })
            .copied()
            .collect();
        if more.is_empty() {
            return ran;
        }
        ran.extend(more);
    }
}
