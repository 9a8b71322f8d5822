//! Heap objects where states meet.

use super::memory::page_start;
use super::value::Word;
use super::world::{HEAP, HEAP_END, World};
use crate::graph::MemoryRef;
use std::rc::Rc;

/// A heap object: memory, start, size.
pub(crate) type Object = (MemoryRef, u32, u32);

impl World {
    /// Takes over the heap objects of a state that is joined into this one. Objects that
    /// overlap, since both states put one there, become one.
    pub(crate) fn join_heap(&mut self, other: &World) {
        self.heap_top = self.heap_top.max(other.heap_top);
        if Rc::ptr_eq(&self.heap, &other.heap) || self.heap == other.heap {
            return;
        }
        let (mut ours, mut theirs) = (self.heap.iter().peekable(), other.heap.iter().peekable());
        let mut joined: Vec<Object> = Vec::with_capacity(self.heap.len());
        loop {
            let next = match (ours.peek(), theirs.peek()) {
                (None, None) => break,
                (Some(a), Some(b)) if a <= b => ours.next(),
                (Some(_), None) => ours.next(),
                _ => theirs.next(),
            };
            let Some((memory, start, size)) = next.copied() else {
                break;
            };
            match joined.last_mut() {
                Some((m, s, n)) if *m == memory && (start == *s || start - *s < *n) => {
                    *n = (*n).max(start - *s + size);
                }
                _ => joined.push((memory, start, size)),
            }
        }
        self.heap = Rc::new(joined);
    }

    /// An object is taken back: nobody reads or writes it any more.
    pub(crate) fn release(&mut self, memory: MemoryRef, start: u32) {
        let Ok(at) = self
            .heap
            .binary_search_by_key(&(memory, start), |(m, s, _)| (*m, *s))
        else {
            return;
        };
        let (_, _, size) = Rc::make_mut(&mut self.heap).remove(at);
        self.drop_escaped(|r| r.memory == memory && r.start == start);
        self.memory.forget(memory, start, size);
    }

    /// What a state at the end of a round of a widened loop looks like to its head: objects
    /// that the round made are gone. No word of the head is the address of one, so they can
    /// be reached only through addresses that are not known, and the next round may use
    /// their place. What they lead to has escaped.
    pub(crate) fn end_round(&self, head: &World, memory: MemoryRef, lost: &[u32]) -> World {
        let mut world = self.clone();
        let top = head.heap_top;
        if world.heap_top == top {
            return world;
        }
        for address in lost {
            world.lose(memory, Word::Known(*address));
        }
        world.close_escaped();
        let made = |start: u32| (top..HEAP_END).contains(&start);
        world.drop_escaped(|r| made(r.start));
        Rc::make_mut(&mut world.heap).retain(|(_, start, _)| !made(*start));
        world.heap_top = top;
        world
    }

    /// Forgets what stands in heap memory from the end of the last object on.
    pub(crate) fn forget_beyond_heap(&mut self, memory: MemoryRef) {
        let top = self.heap_top;
        let beyond = |key: u64| (top..HEAP_END).contains(&page_start(key));
        if self.memory.pages().iter().any(|(key, _)| beyond(*key)) {
            self.memory.retain(|key| !beyond(key));
        }
        if top > HEAP {
            self.memory.forget(memory, top, 64 - top % 64);
        }
    }
}
