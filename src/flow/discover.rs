//! Finding functions by what they do: allocators and lookups. Each candidate is run on the
//! initial memory; names are never looked at.

use super::callgraph::{CallGraph, Key};
use super::engine::{Engine, Mode, Run, Summary};
use super::step::Op;
use super::value::Value;
use super::world::World;
use crate::binary::ValType;
use crate::graph::CoreFunc;
use std::collections::HashSet;

/// Steps for one try.
pub(super) const FUEL: u64 = 200_000;
/// Steps for a start function.
const START_FUEL: u64 = 1_000_000;
/// Steps for one try of a function that takes something back.
const FREE_FUEL: u64 = 5_000;

/// A signature by its number of `i32` parameters and results.
pub(super) fn shape(engine: &Engine<'_, '_, '_>, key: Key) -> Option<(usize, usize)> {
    let module = engine
        .program
        .binary
        .module(engine.program.core_instance(key.0).module);
    let signature = module.signature(key.1)?;
    let all = |types: &[ValType]| types.iter().all(|t| *t == ValType::I32);
    (all(&signature.params) && all(&signature.results))
        .then_some((signature.params.len(), signature.results.len()))
}

impl Engine<'_, '_, '_> {
    /// The world of a concrete run: as instantiation leaves it, all start functions run.
    pub(crate) fn fresh_world(&mut self) -> World {
        if let Some(world) = &self.started {
            return world.clone();
        }
        let (world, _) = self.instantiate();
        self.started = Some(world.clone());
        world
    }

    /// Runs all start functions. The second value is `false` if one can't be run: it leaves
    /// things as they were, and what is tried on them then fails by itself.
    pub(super) fn instantiate(&mut self) -> (World, bool) {
        let mut world = World::new(self.entry_globals());
        let mut complete = true;
        let program = self.program;
        for (index, instance) in program.core_instances.iter().enumerate() {
            let id = program.core_instance_id(index);
            let start = program.binary.module(instance.module).start;
            if let Some(CoreFunc::Defined(id, func)) = start.map(|func| program.func(id, func)) {
                let ran = self.try_run((id, func), &[], &mut world, START_FUEL);
                complete &= ran.is_some();
            }
        }
        (world, complete)
    }

    /// Runs a function concretely; gives its first result.
    pub(super) fn try_run(
        &mut self,
        key: Key,
        args: &[u32],
        world: &mut World,
        fuel: u64,
    ) -> Option<Option<u32>> {
        let args = args.iter().map(|a| Value::known(u64::from(*a))).collect();
        let mut run = Run::new(fuel);
        self.visited.insert(key);
        self.active = vec![key];
        let result = self.execute(key.0, key.1, args, world.clone(), &mut run);
        let outcomes = result.ok()?;
        let [(after, results)] = <[_; 1]>::try_from(outcomes).ok()?;
        *world = after;
        Some(match results.first() {
            Some(value) => Some(value.lo.known()?),
            None => None,
        })
    }

    /// Finds allocators by behaviour and summarises them.
    pub(crate) fn find_allocators(&mut self, graph: &CallGraph) {
        self.mode = Mode::Concrete;
        let mut growing = HashSet::new();
        for key in &graph.functions {
            if let Ok(body) = self.body(key.0, key.1)
                && body.ops.iter().any(|op| matches!(op, Op::MemoryGrow(_)))
            {
                growing.insert(*key);
            }
        }
        // Allocators stand close to where memory grows.
        let callers = graph.callers();
        let mut near: Vec<Key> = growing.iter().copied().collect();
        near.sort_unstable();
        let mut layer = near.clone();
        for _ in 0..4 {
            let mut next: Vec<Key> = layer
                .iter()
                .flat_map(|k| callers.get(k).into_iter().flatten().copied())
                .filter(|k| !near.contains(k))
                .collect();
            next.sort_unstable();
            next.dedup();
            next.truncate(150);
            near.extend(&next);
            layer = next;
        }
        let with = |engine: &Self, keys: &[Key], want: (usize, usize)| -> Vec<Key> {
            let fits = |k: &&Key| shape(engine, **k) == Some(want);
            keys.iter().filter(fits).copied().collect()
        };
        let mut malloc = None;
        for key in with(self, &near, (1, 1)) {
            if self.allocates(key, |n| vec![n]) {
                self.summarise(key, Summary::Allocate { size: 0 });
                malloc.get_or_insert((key, 0));
            }
        }
        for key in with(self, &near, (2, 1)) {
            if self.allocates(key, |n| vec![n, 8]) && self.aligns(key) {
                self.summarise(key, Summary::Allocate { size: 0 });
                malloc.get_or_insert((key, 1));
            } else if self.allocates(key, |n| vec![1, n]) && self.multiplies(key) {
                self.summarise(key, Summary::AllocateZeroed);
            } else if self.allocates(key, |n| vec![16, n]) {
                self.summarise(key, Summary::Allocate { size: 1 });
            }
        }
        if let Some((malloc, align)) = malloc {
            let malloc_args = |n: u32| if align == 1 { vec![n, 8] } else { vec![n] };
            for key in with(self, &near, (2, 1)) {
                let args = |p: u32| vec![p, 300];
                if !self.has_summary(key) && self.moves(key, malloc, &malloc_args, args) {
                    let summary = Summary::Reallocate {
                        object: 0,
                        old: None,
                        new: 1,
                    };
                    self.summarise(key, summary);
                }
            }
            for key in with(self, &near, (4, 1)) {
                let args = |p: u32| vec![p, 24, 8, 300];
                if self.moves(key, malloc, &malloc_args, args) {
                    let summary = Summary::Reallocate {
                        object: 0,
                        old: Some(1),
                        new: 3,
                    };
                    self.summarise(key, summary);
                }
            }
            for (params, rest) in [(1, &[][..]), (3, &[24, 8][..]), (2, &[24][..])] {
                for key in with(self, &graph.functions, (params, 0)) {
                    if self.frees(key, malloc, &malloc_args, rest) {
                        self.summarise(key, Summary::Free);
                    }
                }
            }
        }
        self.mode = Mode::Abstract;
    }

    fn has_summary(&self, key: Key) -> bool {
        self.summaries
            .contains_key(&CoreFunc::Defined(key.0, key.1))
    }

    fn summarise(&mut self, key: Key, summary: Summary) {
        self.summaries
            .entry(CoreFunc::Defined(key.0, key.1))
            .or_insert(summary);
    }

    /// The signature of a function by its number of `i32` parameters and results.
    pub(super) fn shape_of(&self, key: Key) -> Option<(usize, usize)> {
        shape(self, key)
    }

    /// The first object of an allocator that takes old object, old size, alignment and size.
    pub(super) fn first_object(&mut self, key: Key) -> Option<u32> {
        let mut world = self.fresh_world();
        self.try_run(key, &[0, 0, 8, 24], &mut world, FUEL)
            .flatten()
    }

    /// Whether calls give objects that don't overlap, twice the same size included.
    pub(super) fn allocates(&mut self, key: Key, args: impl Fn(u32) -> Vec<u32>) -> bool {
        let mut world = self.fresh_world();
        let mut objects: Vec<(u32, u32)> = Vec::new();
        for size in [24, 24, 100, 24, 1000] {
            let Some(Some(start)) = self.try_run(key, &args(size), &mut world, FUEL) else {
                return false;
            };
            let overlaps = |(s, n): &(u32, u32)| start < s + n && *s < start + size;
            let usable = start >= 64 && start % 8 == 0 && start < 0x3000_0000;
            if !usable || objects.iter().any(overlaps) {
                return false;
            }
            let memory = self.first_memory(key.0);
            if memory.is_some_and(|m| self.images.covers(m, start)) {
                return false;
            }
            objects.push((start, size));
        }
        true
    }

    /// Whether the second parameter is an alignment and no factor.
    pub(super) fn aligns(&mut self, key: Key) -> bool {
        let mut world = self.fresh_world();
        let mut starts = Vec::new();
        for _ in 0..3 {
            match self.try_run(key, &[1000, 64], &mut world, FUEL) {
                Some(Some(start)) if start % 64 == 0 => starts.push(start),
                _ => return false,
            }
        }
        starts.windows(2).all(|w| w[0].abs_diff(w[1]) < 20_000)
    }

    /// Whether the size is the product of both parameters.
    pub(super) fn multiplies(&mut self, key: Key) -> bool {
        let mut world = self.fresh_world();
        let mut starts = Vec::new();
        for _ in 0..3 {
            match self.try_run(key, &[1000, 64], &mut world, FUEL) {
                Some(Some(start)) => starts.push(start),
                _ => return false,
            }
        }
        starts.windows(2).all(|w| w[0].abs_diff(w[1]) >= 64_000)
    }

    /// Whether a function gives an object a new size and keeps its contents.
    pub(super) fn moves(
        &mut self,
        key: Key,
        malloc: Key,
        malloc_args: &impl Fn(u32) -> Vec<u32>,
        args: impl Fn(u32) -> Vec<u32>,
    ) -> bool {
        let mut world = self.fresh_world();
        let Some(memory) = self.first_memory(key.0) else {
            return false;
        };
        let Some(Some(object)) = self.try_run(malloc, &malloc_args(24), &mut world, FUEL) else {
            return false;
        };
        let Some(Some(next)) = self.try_run(malloc, &malloc_args(24), &mut world, FUEL) else {
            return false;
        };
        let text = b"what an object may hold";
        self.write_bytes(&mut world, memory, object, text);
        match self.try_run(key, &args(object), &mut world, FUEL) {
            Some(Some(moved)) if moved != object && moved != next && moved >= 64 => {
                self.text_at(&world, memory, moved, text.len()).as_deref() == Some(&text[..])
            }
            _ => false,
        }
    }

    /// Whether an object that is taken back is given out again.
    pub(super) fn frees(
        &mut self,
        key: Key,
        malloc: Key,
        malloc_args: &impl Fn(u32) -> Vec<u32>,
        rest: &[u32],
    ) -> bool {
        if self.has_summary(key) {
            return false;
        }
        let mut world = self.fresh_world();
        let mut object = || {
            self.try_run(malloc, &malloc_args(24), &mut world, FUEL)
                .flatten()
        };
        let (Some(first), Some(_)) = (object(), object()) else {
            return false;
        };
        let mut args = vec![first];
        args.extend(rest);
        if self.try_run(key, &args, &mut world, FREE_FUEL).is_none() {
            return false;
        }
        self.try_run(malloc, &malloc_args(24), &mut world, FUEL) == Some(Some(first))
    }

    pub(crate) fn text_at(
        &self,
        world: &World,
        memory: crate::graph::MemoryRef,
        address: u32,
        len: usize,
    ) -> Option<Vec<u8>> {
        self.with_back(|back| {
            (0..len as u32)
                .map(|i| world.memory.byte(back, memory, address.wrapping_add(i)))
                .collect()
        })
    }
}
