//! Why a call can be reached: the way from an export or start function through the calls in
//! progress to the host.

use super::sinks::{CoreTarget, HostFunction};
use super::verdict::{NamedCall, Needs, Takes};
use crate::binary::{Callee, Frame, FuncId, Lines, ModuleId, ModuleNames};
use crate::flow::Site;
use crate::graph::{
    CoreFunc, CoreInstanceId, Entry, Func, Hop, InstanceId, LowerId, Program, Routes, Via, Ways,
};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// Finds ways through one program, and names what stands along them.
pub struct Tracer<'r, 'p, 'a, 'b> {
    program: &'p Program<'a, 'b>,
    needs: &'r Needs,
    routes: &'r Routes<'p, 'a, 'b>,
    names: RefCell<HashMap<ModuleId, Rc<ModuleNames<'a>>>>,
    lines: RefCell<HashMap<ModuleId, Option<Rc<Lines<'a>>>>>,
    ways: RefCell<HashMap<CoreFunc, Rc<Ways<'r, 'p, 'a, 'b>>>>,
}

/// A way from outside to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// How execution comes in; `None` when no way was found, as behind code that is not
    /// followed.
    pub entry: Option<Entry>,
    /// Other ways in that lead to the same calls.
    pub others: Vec<Entry>,
    /// Calls, outermost first.
    pub steps: Vec<Step>,
    /// What is called in the end, if that is known.
    pub target: Option<HostFunction>,
    /// Whether the steps lead to the target; otherwise it is only one of those that may be
    /// reached in some way that is not followed.
    pub connected: bool,
}

/// One step of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A function with a body, up to the call that leads on.
    Code(CodeStep),
    /// A call from one component instance to another.
    Link {
        /// The lowered function that the caller calls.
        lower: LowerId,
        /// The caller.
        from: InstanceId,
        /// The instance that has the function.
        to: InstanceId,
    },
}

/// A function with a body on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeStep {
    /// The core instance whose code runs.
    pub instance: CoreInstanceId,
    /// The function.
    pub func: FuncId,
    /// The call in the file that leads on.
    pub offset: Option<u64>,
    /// How that call names its callee.
    pub via: Via,
    /// What is known of it.
    pub part: Part,
}

/// How it goes on from what was followed.
#[derive(Default)]
struct Below {
    steps: Vec<Step>,
    target: Option<HostFunction>,
    connected: bool,
}

/// What is known of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Leads to the calls that the analysis followed: the shortest way there is.
    Way,
    /// The analysis executed it on unknown input; the first of these made the key.
    Followed,
    /// Looks a name up in a list that it gets from the host.
    Lookup,
    /// Leads from there to the host: the shortest way there is.
    Below,
}

fn core(target: CoreTarget) -> CoreFunc {
    match target {
        CoreTarget::Lower(id) => CoreFunc::Lower(id),
        CoreTarget::Host(id) => CoreFunc::Host(id),
    }
}

impl<'r, 'p, 'a, 'b> Tracer<'r, 'p, 'a, 'b> {
    /// A tracer; `routes` are those of the program.
    pub fn new(
        program: &'p Program<'a, 'b>,
        needs: &'r Needs,
        routes: &'r Routes<'p, 'a, 'b>,
    ) -> Self {
        Tracer {
            program,
            needs,
            routes,
            names: RefCell::default(),
            lines: RefCell::default(),
            ways: RefCell::default(),
        }
    }

    /// The way to a call in progress. `trail` has the calls that the analysis followed,
    /// outermost first, and may be empty; `call` is a position of [`Needs::calls`].
    pub fn trace(&self, trail: &[Site], call: Option<usize>) -> Trace {
        let call = call.and_then(|index| self.needs.calls.get(index));
        let followed: Vec<CodeStep> = trail.iter().map(|site| self.followed(site)).collect();
        let Some(first) = followed.first() else {
            return self.only_way(call);
        };
        let start = CoreFunc::Defined(first.instance, first.func);
        let (entry, others, mut steps) = self.way_to(start);
        steps.pop();
        for (index, step) in followed.iter().enumerate() {
            steps.push(Step::Code(*step));
            let next = followed.get(index + 1);
            steps.extend(next.and_then(|next| self.link_between(step, next)));
        }
        let Below {
            steps: below,
            target,
            connected,
        } = match followed.last() {
            Some(last) => self.below(last, call),
            None => Below::default(),
        };
        if let (Some(Step::Code(last)), Some(Step::Code(again))) = (steps.last_mut(), below.first())
            && last.offset.is_none()
        {
            last.offset = again.offset;
            last.via = again.via;
        }
        steps.extend(below.into_iter().skip(1));
        let steps = self.with_trampolines(steps);
        Trace {
            entry,
            others,
            steps,
            target,
            connected,
        }
    }

    /// Adds functions that only pass a call on, where they stand in the module of the caller:
    /// the instruction names them.
    fn with_trampolines(&self, steps: Vec<Step>) -> Vec<Step> {
        let mut all = Vec::with_capacity(steps.len());
        let mut steps = steps.into_iter().peekable();
        while let Some(step) = steps.next() {
            all.push(step);
            let (Step::Code(code), Some(Step::Code(next))) = (step, steps.peek()) else {
                continue;
            };
            let named = self.named_at(code.instance, code.func, code.offset);
            if let Some(CoreFunc::Defined(instance, func)) = named
                && instance == code.instance
                && (instance, func) != (next.instance, next.func)
            {
                let module = self.program.core_instance(instance).module;
                let module = self.program.binary.module(module);
                let sites = module
                    .defined(func)
                    .map(|body| module.call_sites(body, self.program.binary.bytes));
                all.push(Step::Code(CodeStep {
                    instance,
                    func,
                    offset: sites.and_then(|s| s.first().map(|s| s.offset)),
                    via: Via::Pointer,
                    part: code.part,
                }));
            }
        }
        all
    }

    /// The link by which a function calls one of another instance.
    fn link_between(&self, step: &CodeStep, next: &CodeStep) -> Option<Step> {
        let owner = |s: &CodeStep| self.program.core_instance(s.instance).owner;
        if owner(step) == owner(next) {
            return None;
        }
        let hop = Hop {
            func: self.callee_at(step.instance, step.func, step.offset)?,
            via: Some(Via::Link),
            offset: None,
        };
        let step = self.step(&hop, Part::Followed);
        step.filter(|step| matches!(step, Step::Link { .. }))
    }

    fn followed(&self, site: &Site) -> CodeStep {
        let offset = Some(u64::from(site.offset)).filter(|o| *o > 0);
        let direct = self.callee_at(site.instance, site.func, offset).is_some();
        CodeStep {
            instance: site.instance,
            func: site.func,
            offset,
            via: match direct || offset.is_none() {
                true => Via::Call,
                false => Via::Pointer,
            },
            part: Part::Followed,
        }
    }

    /// What the direct call at an offset calls, trampolines followed.
    fn callee_at(
        &self,
        instance: CoreInstanceId,
        func: FuncId,
        offset: Option<u64>,
    ) -> Option<CoreFunc> {
        let named = self.named_at(instance, func, offset)?;
        Some(self.program.behind_trampolines(named))
    }

    /// What the direct call at an offset names.
    fn named_at(
        &self,
        instance: CoreInstanceId,
        func: FuncId,
        offset: Option<u64>,
    ) -> Option<CoreFunc> {
        let program = self.program;
        let module = program
            .binary
            .module(program.core_instance(instance).module);
        let sites = module.call_sites(module.defined(func)?, program.binary.bytes);
        let site = sites.iter().find(|s| Some(s.offset) == offset)?;
        match site.callee {
            Callee::Func(callee) => Some(program.func(instance, callee)),
            _ => None,
        }
    }

    fn ways(&self, target: CoreFunc) -> Rc<Ways<'r, 'p, 'a, 'b>> {
        let target = self.program.behind_trampolines(target);
        let mut ways = self.ways.borrow_mut();
        let known = ways.entry(target);
        Rc::clone(known.or_insert_with(|| Rc::new(self.routes.to(target))))
    }

    /// The best way in to a function, other ways in, and the steps, the function included.
    fn way_to(&self, func: CoreFunc) -> (Option<Entry>, Vec<Entry>, Vec<Step>) {
        let ways = self.ways(func);
        let mut entries = ways.entries().iter();
        let (entry, at) = match entries.next() {
            Some((entry, at)) => (Some(entry.clone()), *at),
            None => (None, func),
        };
        let others: BTreeSet<Entry> = entries.map(|(e, _)| e.clone()).collect();
        let others = others
            .into_iter()
            .filter(|e| Some(e) != entry.as_ref())
            .collect();
        let hops = ways.from(at).unwrap_or_default();
        (entry, others, self.steps(&hops, Part::Way))
    }

    fn steps(&self, hops: &[Hop], part: Part) -> Vec<Step> {
        hops.iter().filter_map(|hop| self.step(hop, part)).collect()
    }

    fn step(&self, hop: &Hop, part: Part) -> Option<Step> {
        match hop.func {
            CoreFunc::Defined(instance, func) => Some(Step::Code(CodeStep {
                instance,
                func,
                offset: hop.offset,
                via: hop.via.unwrap_or(Via::Call),
                part,
            })),
            CoreFunc::Lower(id) => {
                let lower = &self.program.lowers[id.index()];
                match lower.func {
                    Func::Lift(lift) => Some(Step::Link {
                        lower: id,
                        from: lower.instance,
                        to: self.program.lifts[lift.index()].instance,
                    }),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The way to a call of which nothing but the callee is known.
    fn only_way(&self, call: Option<&NamedCall>) -> Trace {
        let functions = call.map(|c| c.functions.as_slice()).unwrap_or_default();
        let mut found = None;
        for function in functions {
            let (entry, others, steps) = self.way_to(core(function.target));
            let better = found.is_none() || entry.is_some();
            if better {
                let stop = entry.is_some();
                found = Some(Trace {
                    entry,
                    others,
                    steps,
                    target: Some(function.clone()),
                    connected: true,
                });
                if stop {
                    break;
                }
            }
        }
        found.unwrap_or(Trace {
            entry: None,
            others: Vec::new(),
            steps: Vec::new(),
            target: None,
            connected: false,
        })
    }

    /// How it goes on from the last function that was followed: that function, then what
    /// lies between it and the host.
    fn below(&self, last: &CodeStep, call: Option<&NamedCall>) -> Below {
        let Some(call) = call else {
            return Below::default();
        };
        let callee = self.callee_at(last.instance, last.func, last.offset);
        let here = CoreFunc::Defined(last.instance, last.func);
        let direct = |f: &&HostFunction| callee == Some(core(f.target));
        if let Some(target) = call.functions.iter().find(direct) {
            return Below {
                steps: Vec::new(),
                target: Some(target.clone()),
                connected: true,
            };
        }
        // What the call names is a lookup, or leads to the host in some way.
        let from = callee.unwrap_or(here);
        for function in &call.functions {
            let ways = self.ways(core(function.target));
            let hops = match ways.from(from) {
                Some(hops) => hops,
                None => match ways.from(here) {
                    Some(hops) => hops,
                    None => continue,
                },
            };
            let mut steps = self.steps(&hops, Part::Below);
            if hops.first().is_some_and(|h| h.func != here) {
                steps.insert(0, Step::Code(*last));
            }
            if call.takes == Takes::Lookup {
                self.mark_lookup(&mut steps);
            }
            return Below {
                steps,
                target: Some(function.clone()),
                connected: true,
            };
        }
        Below {
            target: call.functions.first().cloned(),
            ..Below::default()
        }
    }

    fn mark_lookup(&self, steps: &mut [Step]) {
        let is_lookup = |step: &CodeStep| {
            let mut lookups = self.needs.lookups.iter();
            lookups.any(|l| l.instance == step.instance && l.func == step.func)
        };
        for step in steps {
            if let Step::Code(code) = step
                && is_lookup(code)
            {
                code.part = Part::Lookup;
                return;
            }
        }
    }

    /// The symbol of a function in the name section of its module, as the compiler wrote it.
    pub fn symbol(&self, instance: CoreInstanceId, func: FuncId) -> Option<&'a str> {
        let id = self.program.core_instance(instance).module;
        let mut known = self.names.borrow_mut();
        let names = known
            .entry(id)
            .or_insert_with(|| Rc::new(self.program.binary.module(id).names()));
        names.func(func)
    }

    /// Functions and source lines at an offset of the file, the innermost inlined function
    /// first; empty without debug information.
    pub fn source(&self, instance: CoreInstanceId, offset: u64) -> Vec<Frame> {
        let id = self.program.core_instance(instance).module;
        let mut known = self.lines.borrow_mut();
        let lines = known
            .entry(id)
            .or_insert_with(|| self.program.binary.module(id).lines().map(Rc::new));
        lines.as_ref().map(|l| l.at(offset)).unwrap_or_default()
    }
}
