//! The whole run: from instantiation through every call that the outside can make.

use super::super::callgraph::CallGraph;
use super::super::engine::Engine;
use super::super::event::Why;
use super::super::step::Body;
use super::below::Below;
use super::found::{Found, UNNAMED, bits};
use super::machine::{Key, Machine, Spot};
use super::question::{Leak, LeakHow, LeakQuestion, Leaks};
use super::word::{Labels, Thing, Val, Word};
use super::world::{Table, World};
use crate::binary::ValType;
use crate::graph::{Const, CoreFunc, Entry, GlobalRef, LiftId, Reach};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// Steps for a program.
const FUEL: u64 = 80_000;
/// Rounds through all exports.
const MAX_ROUNDS: u32 = 24;
/// The context of calls from outside.
const OUTSIDE: u32 = 0;
const ARGUMENTS: u32 = u32::MAX - 1;

/// Answers a question about a program that the engine has prepared.
pub(in crate::flow) fn trace(
    engine: &mut Engine<'_, '_, '_>,
    graph: &CallGraph,
    reach: &Reach,
    question: &LeakQuestion,
) -> Leaks {
    let program = engine.program;
    let memories = program.memories.len();
    engine.find_allocating_wrappers(graph);
    let mut machine = Machine {
        below: Below::new(program, graph, question),
        question,
        contexts: HashMap::new(),
        memos: HashMap::new(),
        hopeless: HashMap::new(),
        objects: HashMap::new(),
        fuel: FUEL,
        trail: Vec::new(),
        found: Found::default(),
        ever: vec![Labels::NONE; memories],
        given: BTreeMap::new(),
        streams: Labels::NONE,
        stacks: HashMap::new(),
        lost: false,
        trusted: 0,
        choices: BTreeSet::new(),
        engine,
    };
    machine.find_stacks();
    let roots = machine.roots(reach);
    let settled = machine.settle(&roots);
    if !settled {
        machine.give_up(&roots);
    }
    machine.result()
}

/// A way in.
struct Root {
    key: Key,
    /// The lifted function, if it is one.
    lift: Option<LiftId>,
    /// Whether it runs once, before all others.
    first: bool,
    /// Whether the outside calls it once.
    once: bool,
    /// Whether what it returns gets out.
    exported: bool,
}

impl Machine<'_, '_, '_, '_> {
    /// Where shadow stacks lie: below where their pointer starts, above data that is there.
    fn find_stacks(&mut self) {
        let program = self.engine.program;
        for (global, memory) in self.engine.stack_pointers.clone() {
            let Some(Const::I32(top)) = program.global(global).initial else {
                continue;
            };
            let top = top as u32;
            let mut low = top;
            while low >= 4096 && !self.engine.images.covers(memory, low - 1) && top - low < 1 << 24
            {
                low -= 1;
                // Data does not lie in the middle of free memory: look at every page.
                if low.is_multiple_of(4096) && !self.page_has_data(memory, low - 4096) {
                    low -= 4096;
                }
            }
            self.stacks.insert(memory, (low.max(16), top));
        }
    }

    fn page_has_data(&self, memory: crate::graph::MemoryRef, start: u32) -> bool {
        (0..4096).any(|i| self.engine.images.covers(memory, start + i))
    }

    fn first_world(&mut self) -> World {
        let program = self.engine.program;
        let mut globals = Vec::new();
        for (index, global) in program.globals.iter().enumerate() {
            let id = GlobalRef::from_index(index);
            globals.push(
                match (global.initial, self.engine.stack_pointers.get(&id)) {
                    (Some(Const::I32(top)), Some(_)) => {
                        Val::narrow(Word::to(Thing::Stack, Some(top as u32)))
                    }
                    (Some(Const::I32(v)), None) => Val::known(u64::from(v as u32)),
                    (Some(Const::I64(v)), None) => Val::known(v as u64),
                    (Some(Const::F32(v)), None) => Val::known(u64::from(v)),
                    (Some(Const::F64(v)), None) => Val::known(v),
                    _ if global.ty == ValType::I32 => Val::narrow(Word::ANY),
                    _ => Val::both(Word::ANY),
                },
            );
        }
        let memories = program.memories.len();
        World {
            pages: Table::new(),
            objects: Table::new(),
            globals: Rc::new(globals),
            frames: Rc::default(),
            smear: Rc::new(vec![Word::NEVER; memories]),
            wild: Rc::new(vec![Word::NEVER; memories]),
            freed: Labels::NONE,
        }
    }

    fn roots(&self, reach: &Reach) -> Vec<Root> {
        let program = self.engine.program;
        let mut roots: Vec<Root> = Vec::new();
        let mut lifted: BTreeSet<CoreFunc> = BTreeSet::new();
        for (index, lift) in program.lifts.iter().enumerate() {
            let id = LiftId::from_index(index);
            if reach.entered(id)
                && let CoreFunc::Defined(instance, func) = program.behind_trampolines(lift.func)
            {
                lifted.insert(CoreFunc::Defined(instance, func));
                lifted.extend(lift.options.callback);
                roots.push(Root {
                    key: (instance, func),
                    lift: Some(id),
                    first: false,
                    once: self.question.once.contains(&id) && lift.options.callback.is_none(),
                    exported: true,
                });
            }
        }
        for (func, entries) in program.ways_in() {
            let CoreFunc::Defined(id, index) = func else {
                continue;
            };
            let key = (id, index);
            if lifted.contains(&func) || entries.iter().all(|e| *e == Entry::Canonical) {
                continue;
            }
            let starts = |e: &Entry| matches!(e, Entry::Start | Entry::ModuleStart(_));
            let first = entries.iter().any(starts);
            if first && self.engine.run_once.contains(&key) {
                continue;
            }
            roots.push(Root {
                key,
                lift: None,
                first,
                once: false,
                exported: entries.iter().any(|e| matches!(e, Entry::Export(_))),
            });
        }
        roots.sort_by_key(|root| !root.first);
        roots
    }

    /// Calls everything until nothing new comes. `false` if that has no end.
    fn settle(&mut self, roots: &[Root]) -> bool {
        // What the host was given may come back earlier in a loop that was left already.
        for _ in 0..MAX_ROUNDS {
            let marks = (self.given.clone(), self.streams, self.ever.clone());
            if !self.settle_from_start(roots) {
                return false;
            }
            let now = (self.given.clone(), self.streams, self.ever.clone());
            let secret = |l: &Labels| l.secrets() | l.handles;
            let same = marks.0.values().map(secret).eq(now.0.values().map(secret))
                && secret(&marks.1) == secret(&now.1)
                && (!self.lost || marks.2 == now.2);
            if same {
                return true;
            }
            self.memos.clear();
        }
        false
    }

    fn settle_from_start(&mut self, roots: &[Root]) -> bool {
        let mut world = self.first_world();
        let start = Rc::clone(&world.globals);
        let (once, again): (Vec<&Root>, Vec<&Root>) = roots.iter().partition(|r| r.first);
        for root in once {
            self.empty_stack(&mut world, &start);
            world = self.enter_root(root, &world);
        }
        for round in 0..MAX_ROUNDS {
            let before = world.clone();
            for root in &again {
                if root.once && round > 0 {
                    continue;
                }
                self.empty_stack(&mut world, &start);
                let after = self.enter_root(root, &world);
                world = world.join(&after, &self.engine.images);
                world.pop_frames(0);
            }
            if round > 1 {
                self.widen_world(&before, &mut world);
            }
            let done = again.iter().all(|r| r.once);
            if done || round > 0 && world.is_within(&before, &self.engine.images) {
                return true;
            }
            if self.fuel == 0 {
                return false;
            }
        }
        false
    }

    /// Between calls the stack is empty.
    fn empty_stack(&mut self, world: &mut World, start: &Rc<Vec<Val>>) {
        for (global, _) in self.engine.stack_pointers.clone() {
            Rc::make_mut(&mut world.globals)[global.index()] = start[global.index()].clone();
        }
    }

    fn enter_root(&mut self, root: &Root, world: &World) -> World {
        let program = self.engine.program;
        let module = program
            .binary
            .module(program.core_instance(root.key.0).module);
        let params = module.signature(root.key.1).map_or(0, |s| s.params.len());
        let mut world = world.clone();
        let owner = program.core_instance(root.key.0).owner;
        let mut arg = Word::ANY;
        let memory = self.engine.first_memory(root.key.0);
        if let Some(memory) = memory {
            let given = self.object(ARGUMENTS, memory.index() as u32, 0);
            let inside = Word::to(Thing::Object(given), None);
            let rest = Word::ANY.join(&inside);
            self.renew(&mut world, given, rest, memory);
            let kept = self.resources(owner);
            let kept = self.contents(&world, memory, Thing::Object(kept));
            arg = arg.join(&inside).join(&kept);
        }
        let args = vec![
            Val {
                lo: arg.clone(),
                hi: arg
            };
            params
        ];
        let body = Body::default();
        let spot = Spot {
            id: root.key.0,
            body: &body,
            context: OUTSIDE,
            first: memory,
        };
        self.trail.clear();
        let func = CoreFunc::Defined(root.key.0, root.key.1);
        let pc = root.lift.map_or(0, |l| l.index() as u32);
        let outcome = self.call_body(&spot, pc, root.key, args.clone(), world.clone());
        self.trail.clear();
        let (mut after, results) = match outcome {
            Ok(Some(outcome)) => outcome,
            // It does not come back; what it left behind is there all the same.
            Ok(None) => return world,
            Err(why) => self.unfollowed(&spot, pc, &[func], &args, world, why),
        };
        after.pop_frames(0);
        let lift = root.lift.map(|id| &program.lifts[id.index()]);
        if let (Some(exports), true) = (self.question.exports, root.exported) {
            let labels = match (lift, memory) {
                (Some(lift), _) if lift.options.is_async => Labels::NONE,
                (Some(lift), _) => self.given_back(&after, lift, &results),
                (None, Some(memory)) => {
                    let words: Vec<&Word> = results.iter().flat_map(|v| [&v.lo, &v.hi]).collect();
                    self.reachable(&after, memory, &words).labels
                }
                (None, None) => results.iter().fold(Labels::NONE, |l, v| l.with(v.labels())),
            };
            self.trail.push(super::super::event::Site {
                instance: root.key.0,
                func: root.key.1,
                offset: 0,
            });
            self.leaves(labels, exports, None, Why::OtherInstance);
            self.trail.clear();
        }
        if let Some(lift) = lift {
            if let Some(callback) = lift.options.callback {
                after = self.call_back(&spot, callback, after);
                self.trail.clear();
            }
            if let Some(post) = lift.options.post_return {
                let before = after.clone();
                let ran = self.call(&spot, pc | 0x4200_0000, post, results, after);
                after = match ran {
                    Ok(Some((world, _))) => world,
                    _ => before,
                };
                self.trail.clear();
            }
        }
        after.pop_frames(0);
        after
    }

    /// Nothing is proven.
    fn give_up(&mut self, roots: &[Root]) {
        let labels = Labels {
            vague: u32::MAX,
            ..Labels::NONE
        };
        for root in roots {
            let func = CoreFunc::Defined(root.key.0, root.key.1);
            let below = self.below.of(self.engine.program, func);
            self.trail = vec![super::super::event::Site {
                instance: root.key.0,
                func: root.key.1,
                offset: 0,
            }];
            let exports = self.question.exports.filter(|_| root.exported);
            for sink in below.sinks.iter().copied().chain(exports) {
                self.leaves(labels, sink, None, Why::Budget);
            }
        }
    }

    fn result(mut self) -> Leaks {
        let named = self.found.names.len();
        let all = (1u64 << named) as u32;
        let all = all.wrapping_sub(1);
        // Where it was lost sight of, a copy that is seen may be one of something else.
        let lost: BTreeSet<u32> = self
            .found
            .flows
            .iter()
            .filter(|(_, leak)| matches!(leak.how, LeakHow::Lost(_)))
            .map(|((bit, _), _)| *bit)
            .collect();
        for ((bit, _), leak) in &mut self.found.flows {
            if leak.how == LeakHow::Copied && lost.contains(bit) {
                leak.how = LeakHow::Lost(Why::Budget);
            }
        }
        // A byte of a secret that chooses among many ways may come out again as constants.
        let classes: BTreeSet<usize> = self
            .question
            .sinks
            .iter()
            .flat_map(|s| s.sinks.iter().map(|(_, class)| *class))
            .chain(self.question.exports)
            .collect();
        for (set, trail) in std::mem::take(&mut self.choices) {
            for bit in bits(set) {
                for class in &classes {
                    let leak = Leak {
                        how: LeakHow::Chosen,
                        trail: trail.clone(),
                        func: None,
                    };
                    self.found.flows.entry((bit, *class)).or_insert(leak);
                }
            }
        }
        let mut leaks = Leaks {
            secrets: self.found.names.iter().cloned().map(Some).collect(),
            passed: BTreeSet::new(),
            trusted: std::mem::take(&mut self.found.trusted),
            steps: FUEL - self.fuel,
            ..Leaks::default()
        };
        let revealed = self.found.revealed.keys();
        let flows = self.found.flows.keys().map(|(bit, _)| bit);
        if revealed.chain(flows).any(|bit| *bit == UNNAMED) {
            leaks.secrets.push(None);
        }
        // What holds for a secret without a name may hold for each.
        let index = |bit: u32| match bit {
            UNNAMED => named,
            bit => bit.trailing_zeros() as usize,
        };
        for ((bit, class), leak) in &self.found.flows {
            if *bit != UNNAMED && bit & all == 0 {
                continue;
            }
            leaks.flows.insert((index(*bit), *class), leak.clone());
        }
        let unnamed: Vec<(usize, Leak)> = self
            .found
            .flows
            .iter()
            .filter(|((bit, _), _)| *bit == UNNAMED)
            .map(|((_, class), leak)| (*class, leak.clone()))
            .collect();
        for (class, leak) in unnamed {
            for secret in 0..named {
                let how = match leak.how {
                    LeakHow::Copied | LeakHow::Computed => LeakHow::Lost(Why::Unanalysed),
                    how => how,
                };
                let leak = Leak {
                    how,
                    ..leak.clone()
                };
                leaks.flows.entry((secret, class)).or_insert(leak);
            }
        }
        for (bit, places) in self.found.revealed {
            leaks.revealed.insert(index(bit), places);
        }
        for (bit, lower, value) in self.found.passed {
            leaks.passed.insert((index(bit), lower, value));
        }
        leaks
    }
}
