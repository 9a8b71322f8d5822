//! Calls from one component instance to another: typed values are copied from memory to
//! memory, and the function behind the call runs with the memories of its own instance.

use super::engine::{Engine, Outcomes, Run, Stop};
use super::exec::Activation;
use super::typed::{NARROW, Side, Spot, Typed};
use super::value::{Value, Word};
use super::world::World;
use crate::binary::abi::{Lowered, Params, product};
use crate::binary::{FuncType, Proposal, Ty, TyKind};
use crate::graph::{
    CoreFunc, CoreInstanceId, Func, GlobalRef, Lift, Lower, LowerId, MemoryRef, Options,
};
use std::rc::Rc;
use std::sync::Arc;

/// A call between instances whose values can be copied.
pub(super) struct Crossing {
    /// The type on the side of the caller; that of the callee is laid out alike.
    ty: Arc<FuncType>,
    lowered: Lowered,
}

impl Engine<'_, '_, '_> {
    /// The functions on both sides of a call to another instance, when the call is
    /// synchronous and its memories are 32-bit.
    fn sides(&self, id: LowerId) -> Option<(&Lower, &Lift)> {
        let lower = &self.program.lowers[id.index()];
        let Func::Lift(lift) = lower.func else {
            return None;
        };
        let lift = &self.program.lifts[lift.index()];
        let narrow = |options: &Options| {
            options.memory.is_none_or(|memory| {
                let state = self.program.memories.get(memory.index());
                state.is_some_and(|state| !state.ty.memory64)
            })
        };
        let plain =
            |options: &Options| !options.is_async && options.callback.is_none() && narrow(options);
        let fits = matches!(lift.func, CoreFunc::Defined(..))
            && plain(&lower.options)
            && plain(&lift.options)
            && lower.instance != lift.instance
            && !self
                .program
                .binary
                .proposals
                .contains(Proposal::ComponentGc);
        fits.then_some((lower, lift))
    }

    /// Whether calls of a lowered function are followed to the other side, and how values
    /// get there.
    pub(super) fn crossing(&mut self, id: LowerId) -> Option<Rc<Crossing>> {
        if let Some(known) = self.crossings.get(&id) {
            return known.clone();
        }
        let found = self.find_crossing(id).map(Rc::new);
        self.crossings.insert(id, found.clone());
        found
    }

    fn find_crossing(&self, id: LowerId) -> Option<Crossing> {
        let (lower, lift) = self.sides(id)?;
        let binary = self.program.binary;
        let component = self.program.instance(lower.instance).component?;
        let ty = binary.component(component).func_type(lower.index)?;
        let component = self.program.instance(lift.instance).component?;
        let mut reader = binary.component(component).type_reader();
        let other = reader.func_at_type(lift.ty)?;
        let mut budget = 10_000;
        let pairs = || ty.params.iter().zip(&other.params);
        let alike = ty.params.len() == other.params.len()
            && pairs().all(|((_, a), (_, b))| same_layout(a, b, &mut budget))
            && match (&ty.result, &other.result) {
                (None, None) => true,
                (Some(a), Some(b)) => same_layout(a, b, &mut 10_000),
                _ => false,
            };
        let lowered = ty.lower(false, NARROW);
        alike.then_some(Crossing { ty, lowered })
    }

    /// How many bytes a synchronous call to the host writes where its last parameter points;
    /// zero when it points to nothing. `None` when the type is not known.
    pub(super) fn area(&mut self, callee: CoreFunc) -> Option<u32> {
        let CoreFunc::Lower(id) = callee else {
            return None;
        };
        if let Some(known) = self.areas.get(&id) {
            return *known;
        }
        let find = || {
            let lower = &self.program.lowers[id.index()];
            let component = self.program.instance(lower.instance).component?;
            let component = self.program.binary.component(component);
            let ty = component.func_type(lower.index)?;
            let wide = lower.options.memory.is_some_and(|memory| {
                let state = self.program.memories.get(memory.index());
                state.is_none_or(|state| state.ty.memory64)
            });
            if wide || lower.options.is_async {
                return None;
            }
            let pointed = ty.lower(false, NARROW).result_pointer.is_some();
            match (&ty.result, pointed) {
                (Some(ty), true) => u32::try_from(ty.layout(NARROW).size).ok(),
                _ => Some(0),
            }
        };
        let found = find();
        self.areas.insert(id, found);
        found
    }

    /// Follows a call to another instance.
    pub(super) fn call_across(
        &mut self,
        at: &Activation,
        id: LowerId,
        args: &[Value],
        world: World,
        run: &mut Run,
    ) -> Result<Outcomes, Stop> {
        let program = self.program;
        let Some(crossing) = self.crossing(id) else {
            return Ok(Vec::new());
        };
        // What runs here before the other function, such as its allocator, matters to it.
        run.last = false;
        let crossing = &*crossing;
        let lower = &program.lowers[id.index()];
        let Func::Lift(lift) = lower.func else {
            return Ok(Vec::new());
        };
        let lift = &program.lifts[lift.index()];
        let CoreFunc::Defined(callee, _) = lift.func else {
            return Ok(Vec::new());
        };
        let there = Activation::outside(callee, lift.options.memory);
        let (caller, callee) = (
            Side {
                at,
                options: &lower.options,
            },
            Side {
                at: &there,
                options: &lift.options,
            },
        );
        let mut inside = world.clone();
        let given = self.read_params(&mut inside, &caller, crossing, args);
        let params = self.write_params(&mut inside, &callee, crossing, &given, run)?;
        let returned = self.call(&there, lift.func, params, inside, run)?;
        let mut outcomes = Outcomes::new();
        for (mut after, results) in returned {
            let mut parts = 0;
            let result = match (&crossing.ty.result, crossing.lowered.result_pointer) {
                (None, _) => None,
                (Some(ty), None) => {
                    let from = Spot::Flat(&results);
                    Some((
                        ty,
                        self.read_typed(&mut after, &callee, ty, from, &mut parts),
                    ))
                }
                (Some(ty), Some(_)) => {
                    let area = results.first().and_then(|v| after.resolve(v.lo).known());
                    let typed = match area {
                        Some(area) => {
                            let from = Spot::Memory(area);
                            self.read_typed(&mut after, &callee, ty, from, &mut parts)
                        }
                        None => Typed::Unknown,
                    };
                    Some((ty, typed))
                }
            };
            let after = match lift.options.post_return {
                Some(func) => self.call(&there, func, results, after, run)?,
                None => vec![(after, Vec::new())],
            };
            for (mut after, _) in after {
                self.come_back(&world, &mut after, lower);
                let values = match &result {
                    Some((ty, typed)) => {
                        let area = crossing.lowered.result_pointer;
                        let area = area.map(|p| args.get(p).map_or(Word::ZERO, |v| v.lo));
                        self.give_result(&mut after, &caller, ty, typed, area, run)?
                    }
                    None => Vec::new(),
                };
                outcomes.push((after, values));
            }
        }
        Ok(outcomes)
    }

    fn read_params(
        &mut self,
        world: &mut World,
        caller: &Side<'_>,
        crossing: &Crossing,
        args: &[Value],
    ) -> Vec<Typed> {
        let mut parts = 0;
        let block = args.first().and_then(|v| world.resolve(v.lo).known());
        let params = crossing.ty.params.iter().enumerate();
        let mut read = |(index, (_, ty)): (usize, &(String, Ty))| {
            let from = match &crossing.lowered.places {
                Params::Flat(starts) => {
                    let start = starts.get(index).copied().unwrap_or(args.len());
                    Spot::Flat(args).part(start, 0)
                }
                Params::Block(offsets) => match block {
                    Some(base) => {
                        Spot::Memory(base).part(0, offsets.get(index).copied().unwrap_or(0))
                    }
                    None => return Typed::Unknown,
                },
            };
            self.read_typed(world, caller, ty, from, &mut parts)
        };
        params.map(&mut read).collect()
    }

    fn write_params(
        &mut self,
        world: &mut World,
        callee: &Side<'_>,
        crossing: &Crossing,
        given: &[Typed],
        run: &mut Run,
    ) -> Result<Vec<Value>, Stop> {
        let types = || crossing.ty.params.iter().map(|(_, ty)| ty);
        match &crossing.lowered.places {
            Params::Flat(_) => {
                let mut values = Vec::new();
                for (ty, typed) in types().zip(given) {
                    values.extend(self.flatten(world, callee, ty, typed, run)?);
                }
                Ok(values)
            }
            Params::Block(offsets) => {
                let all = product(types(), NARROW);
                let size = u32::try_from(all.size).ok();
                let block = self.reserve(world, callee, all.align, size, run)?;
                let Some(block) = block else {
                    return Ok(vec![self.symbols.fresh_value(false)]);
                };
                for ((ty, typed), offset) in types().zip(given).zip(offsets) {
                    let at = block.wrapping_add(*offset as u32);
                    self.write_typed(world, callee, ty, typed, at, run)?;
                }
                Ok(vec![Value::known(u64::from(block))])
            }
        }
    }

    /// Gives the result to the caller: as core results, or in the area that it points to.
    fn give_result(
        &mut self,
        world: &mut World,
        caller: &Side<'_>,
        ty: &Ty,
        typed: &Typed,
        area: Option<Word>,
        run: &mut Run,
    ) -> Result<Vec<Value>, Stop> {
        let Some(area) = area else {
            return self.flatten(world, caller, ty, typed, run);
        };
        match (world.resolve(area), caller.options.memory) {
            (Word::Known(area), Some(_)) => {
                self.write_typed(world, caller, ty, typed, area, run)?;
            }
            (area, Some(memory)) => {
                let size = ty.layout(NARROW).size.min(u64::from(u32::MAX)) as u32;
                self.forget_word(world, memory, area, Word::Known(size));
            }
            (_, None) => {}
        }
        Ok(Vec::new())
    }

    /// After a call to another instance the memories and globals of the caller's are as they
    /// were: nothing else reaches them, and an instance is not entered while it calls.
    fn come_back(&self, before: &World, after: &mut World, lower: &Lower) {
        let program = self.program;
        let own = |memory: MemoryRef| {
            let owner = program.memories[memory.index()].owner;
            program.core_instance(owner).owner == lower.instance
        };
        let owns = |key: u64| own(MemoryRef::from_index((key >> 32) as usize));
        after.memory.retain(|key| !owns(key));
        for (key, page) in before.memory.pages() {
            if owns(*key) {
                after.memory.set_page(*key, Rc::clone(page));
            }
        }
        after.drop_escaped(|region| own(region.memory));
        for region in before.escaped().iter().filter(|r| own(r.memory)) {
            after.escape(*region);
        }
        after.dirty = true;
        let globals = Rc::make_mut(&mut after.globals);
        for (index, value) in globals.iter_mut().enumerate() {
            let owner = program.global(GlobalRef::from_index(index)).owner;
            if program.core_instance(owner).owner == lower.instance {
                *value = before.global(GlobalRef::from_index(index));
            }
        }
    }

    /// What another instance may have changed of itself, when a call to it was not followed.
    pub(super) fn forget_others(&mut self, world: &mut World, lower: &Lower) {
        let before = world.clone();
        world.memory.retain(|_| false);
        let globals = Rc::make_mut(&mut world.globals);
        for (index, value) in globals.iter_mut().enumerate() {
            let id = GlobalRef::from_index(index);
            let fixed = !self.program.global(id).mutable || self.stack_pointers.contains_key(&id);
            if !fixed {
                *value = self.symbols.fresh_value(true);
            }
        }
        self.come_back(&before, world, lower);
    }
}

impl Activation {
    /// Stands for the outside of an instance that is called.
    pub(super) fn outside(id: CoreInstanceId, memory: Option<MemoryRef>) -> Activation {
        Activation {
            id,
            body: Rc::default(),
            memory,
            pending: Default::default(),
            loops: Default::default(),
            returns: Vec::new(),
            frames: 0,
            live: None,
        }
    }
}

/// Whether values of two types are laid out alike: the type under which a function is
/// lowered, and that under which it was lifted.
fn same_layout(a: &Ty, b: &Ty, budget: &mut u32) -> bool {
    if a.same(b) {
        return true;
    }
    *budget = budget.saturating_sub(1);
    if *budget == 0 {
        return false;
    }
    let mut all = |x: Vec<&Ty>, y: Vec<&Ty>| {
        x.len() == y.len() && x.into_iter().zip(y).all(|(x, y)| same_layout(x, y, budget))
    };
    match (a.kind(), b.kind()) {
        (TyKind::Record(x), TyKind::Record(y)) => all(
            x.iter().map(|(_, ty)| ty).collect(),
            y.iter().map(|(_, ty)| ty).collect(),
        ),
        (TyKind::Tuple(x), TyKind::Tuple(y)) => all(x.iter().collect(), y.iter().collect()),
        (TyKind::List(x), TyKind::List(y)) => all(vec![x], vec![y]),
        (TyKind::Map { entry: x, .. }, TyKind::Map { entry: y, .. }) => all(vec![x], vec![y]),
        (TyKind::FixedList(x, n), TyKind::FixedList(y, m)) => n == m && all(vec![x], vec![y]),
        (TyKind::Flags(x), TyKind::Flags(y)) => x.len() == y.len(),
        (x, y) => match (x.cases(), y.cases()) {
            (Some(x), Some(y)) => {
                let payload = |(_, ty): &(&str, Option<&Ty>)| ty.is_some();
                x.len() == y.len()
                    && x.iter().zip(&y).all(|(x, y)| payload(x) == payload(y))
                    && all(
                        x.iter().filter_map(|(_, ty)| *ty).collect(),
                        y.iter().filter_map(|(_, ty)| *ty).collect(),
                    )
            }
            (None, None) => std::mem::discriminant(x) == std::mem::discriminant(y),
            _ => false,
        },
    }
}
