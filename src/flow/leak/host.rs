//! Calls to the host: secrets come in, and things get out.

use super::super::event::Why;
use super::found::UNNAMED;
use super::machine::{Machine, Outcome, Spot, Stopped};
use super::question::{Gives, NameAt, Taken};
use super::word::{Labels, Thing, Val, Word};
use super::world::World;
use crate::graph::{BuiltinId, CoreFunc, InstanceId, MemoryRef};

/// Names longer than this are not read.
const MAX_NAME: u32 = 4_096;
/// Contexts of objects that belong to an instance as a whole.
pub(super) const OF_INSTANCE: u32 = u32::MAX;

impl Machine<'_, '_, '_, '_> {
    fn memory_of(&self, at: &Spot<'_>, callee: CoreFunc) -> Option<MemoryRef> {
        match callee {
            CoreFunc::Lower(id) => {
                let options = &self.engine.program.lowers[id.index()].options;
                options.memory.or(at.first)
            }
            _ => at.first,
        }
    }

    pub(super) fn call_host(
        &mut self,
        at: &Spot<'_>,
        pc: u32,
        callee: CoreFunc,
        args: &[Val],
        mut world: World,
    ) -> (World, Vec<Val>) {
        let results = self.results(callee);
        let Some(memory) = self.memory_of(at, callee) else {
            return (world, vec![Val::both(Word::ANY); results]);
        };
        let question = self.question;
        let package = question.packages.get(&callee).copied().unwrap_or(u32::MAX);
        let mut seen = false;
        for sink in question.sinks.iter().filter(|s| s.func == callee) {
            seen = true;
            let labels = self.taken(&world, memory, &sink.taken, args);
            let given = self.given.entry(package).or_default();
            *given = given.with(Labels { stale: 0, ..labels });
            if labels.secrets() | labels.stale == 0 {
                continue;
            }
            let ways = sink
                .handle
                .and_then(|h| args.get(h))
                .map_or(0, |a| a.lo.labels.ways);
            for (bit, class) in &sink.sinks {
                if sink.handle.is_none() || ways == 0 || ways & bit != 0 {
                    self.leaves(labels, *class, Some(callee), Why::OtherInstance);
                }
            }
        }
        if !seen {
            // Nothing is known of its type: everything that it is given gets anywhere.
            let all: Vec<Taken> = (0..args.len()).map(Taken::Deep).collect();
            let labels = self.taken(&world, memory, &all, args);
            let given = self.given.entry(package).or_default();
            *given = given.with(Labels { stale: 0, ..labels });
            if labels.secrets() != 0 {
                for class in question.streams.clone() {
                    self.leaves(labels.blurred(), class, Some(callee), Why::Unanalysed);
                }
            }
        }
        // What the host was given before it may give back.
        let mut content = self
            .given
            .get(&package)
            .copied()
            .unwrap_or_default()
            .blurred();
        content.handles = 0;
        content.ways = 0;
        let mut labels = content;
        for (_, gives) in question.sources.iter().filter(|(f, _)| *f == callee) {
            match gives {
                Gives::Handle(name) => {
                    labels.handles |= self.named(&world, memory, name, args);
                }
                Gives::Revealed(handle) => {
                    let arg = handle.and_then(|h| args.get(h));
                    let set = match arg.map_or(0, |a| a.lo.labels.handles) {
                        0 => UNNAMED,
                        set => set,
                    };
                    self.reveals(set);
                    content.bytes |= set;
                }
                Gives::Value(name, declared) => {
                    let set = self.declared(&world, memory, name, args, declared);
                    self.reveals(set);
                    content.bytes |= set;
                }
            }
        }
        for (_, bit) in question.ways.iter().filter(|(f, _)| *f == callee) {
            labels.ways |= bit;
        }
        let area = self.engine.area(callee);
        let id = self.object(at.context, pc, 1);
        let inside = Word::to(Thing::Object(id), Some(0));
        let rest = Word::ANY.labelled(content.with(labels)).join(&inside);
        let word = Word::ANY.labelled(labels).join(&inside);
        match (area, args.last()) {
            (Some(0), _) | (_, None) => {}
            (Some(len), Some(pointer)) => {
                self.renew(&mut world, id, rest, memory);
                let ty = match callee {
                    CoreFunc::Lower(id) => self.type_of(id),
                    _ => None,
                };
                let number = Word::ANY.labelled(labels);
                match ty.as_ref().and_then(|ty| ty.result.as_ref()) {
                    Some(ty) => {
                        let area = (memory, &pointer.lo);
                        self.write_area(&mut world, area, ty, &number, &inside);
                    }
                    None => self.fill(&mut world, (memory, &pointer.lo), Some(len), &word),
                }
            }
            // Written later, or nobody knows how much.
            (None, Some(_)) => {
                self.renew(&mut world, id, rest, memory);
                for arg in args {
                    for place in arg.lo.things().to_vec() {
                        let (thing, _) = world.somewhere(memory, place);
                        self.blur(&mut world, memory, thing, &word);
                    }
                    if arg.lo.may_be_static() {
                        self.blur(&mut world, memory, Thing::Static, &word);
                    }
                }
            }
        }
        let value = Val::both(Word::ANY.labelled(labels));
        (world, vec![value; results])
    }

    /// The labels of what is taken from arguments.
    pub(super) fn taken(
        &mut self,
        world: &World,
        memory: MemoryRef,
        taken: &[Taken],
        args: &[Val],
    ) -> Labels {
        let mut labels = Labels::NONE;
        for taken in taken {
            let more = match taken {
                Taken::Number(i) => args.get(*i).map_or(Labels::NONE, Val::labels),
                Taken::Bytes(i) => match (args.get(*i), args.get(*i + 1)) {
                    (Some(address), Some(len)) => {
                        let len = len.lo.single();
                        let mut labels = self.span(world, memory, &address.lo, len).labels;
                        // Of several objects, some may be there only in the analysis.
                        if address.lo.things().len() != 1 {
                            labels.stale = 0;
                        }
                        labels
                    }
                    _ => Labels::NONE,
                },
                Taken::Deep(i) => match args.get(*i) {
                    Some(arg) => self.reachable(world, memory, &[&arg.lo, &arg.hi]).labels,
                    None => Labels::NONE,
                },
            };
            labels = labels.with(Labels {
                handles: 0,
                ways: 0,
                ..more
            });
        }
        labels
    }

    /// Names that a call is made with; `None` when they are not known.
    fn names(
        &mut self,
        world: &World,
        memory: MemoryRef,
        name: &NameAt,
        args: &[Val],
    ) -> Option<Vec<String>> {
        match name {
            NameAt::Label(label) => Some(vec![label.clone()]),
            NameAt::Unknown => None,
            NameAt::Params(address, len) => {
                let (address, len) = (args.get(*address)?, args.get(*len)?);
                self.texts(world, memory, &address.lo, &len.lo)
            }
        }
    }

    fn texts(
        &mut self,
        _: &World,
        memory: MemoryRef,
        address: &Word,
        len: &Word,
    ) -> Option<Vec<String>> {
        let len = len.single().filter(|n| *n <= MAX_NAME)?;
        if !address.only_consts() || address.consts().is_empty() {
            return None;
        }
        let images = &self.engine.images;
        let text = |start: &u32| {
            let bytes: Option<Vec<u8>> = (0..len)
                .map(|i| images.constant(memory, start.wrapping_add(i)))
                .collect();
            String::from_utf8(bytes?).ok()
        };
        address.consts().iter().map(text).collect()
    }

    /// The secrets that a call asks for.
    fn named(&mut self, world: &World, memory: MemoryRef, name: &NameAt, args: &[Val]) -> u32 {
        match self.names(world, memory, name, args) {
            Some(names) => names.iter().fold(0, |set, name| set | self.found.bit(name)),
            None => UNNAMED,
        }
    }

    /// The secrets among what a call asks for, of which only some are.
    fn declared(
        &mut self,
        world: &World,
        memory: MemoryRef,
        name: &NameAt,
        args: &[Val],
        declared: &std::collections::BTreeSet<String>,
    ) -> u32 {
        let names = self.names(world, memory, name, args);
        let names: Vec<String> = match names {
            Some(names) => names.into_iter().filter(|n| declared.contains(n)).collect(),
            None => declared.iter().cloned().collect(),
        };
        names.iter().fold(0, |set, name| set | self.found.bit(name))
    }

    /// The same for a proven lookup.
    pub(super) fn looked_up(
        &mut self,
        world: &World,
        memory: MemoryRef,
        name: &Word,
        len: Option<Word>,
    ) -> u32 {
        let declared = &self.question.environment;
        if declared.is_empty() {
            return 0;
        }
        let names = match len {
            Some(len) => self.texts(world, memory, name, &len),
            None => {
                let images = &self.engine.images;
                let start = name.single();
                let text = start.and_then(|start| {
                    let mut bytes = Vec::new();
                    for i in 0..MAX_NAME {
                        match images.constant(memory, start.wrapping_add(i))? {
                            0 => return String::from_utf8(bytes).ok(),
                            byte => bytes.push(byte),
                        }
                    }
                    None
                });
                text.map(|text| vec![text])
            }
        };
        let names: Vec<String> = match names {
            Some(names) => names.into_iter().filter(|n| declared.contains(n)).collect(),
            None => declared.iter().cloned().collect(),
        };
        names.iter().fold(0, |set, name| set | self.found.bit(name))
    }

    /// What stands for the resources that an instance made.
    pub(super) fn resources(&mut self, instance: InstanceId) -> u32 {
        self.object(OF_INSTANCE, instance.index() as u32, 0)
    }

    fn kept(&mut self, world: &mut World, memory: MemoryRef, id: u32, word: &Word) {
        if world.objects.get(id).is_none() {
            self.renew(world, id, Word::ANY, memory);
        }
        world
            .objects
            .edit(id, || super::world::Object {
                cells: Default::default(),
                rest: Word::ANY,
                many: true,
            })
            .many = true;
        self.blur(world, memory, Thing::Object(id), word);
    }

    pub(super) fn call_builtin(
        &mut self,
        at: &Spot<'_>,
        pc: u32,
        id: BuiltinId,
        args: &[Val],
        mut world: World,
    ) -> Result<Outcome, Stopped> {
        let program = self.engine.program;
        let builtin = &program.builtins[id.index()];
        let callee = CoreFunc::Builtin(id);
        let results = self.results(callee);
        let memory = builtin.options.memory.or(at.first);
        let Some(memory) = memory else {
            return Ok(Some((world, vec![Val::both(Word::ANY); results])));
        };
        let arg = |i: usize| args.get(i).map_or(Word::ZERO, |v| v.lo.clone());
        let value = match builtin.name {
            "resource.new" => {
                let kept = self.resources(builtin.instance);
                self.kept(&mut world, memory, kept, &arg(0));
                Word::ANY
            }
            "resource.rep" => {
                let kept = self.resources(builtin.instance);
                self.contents(&world, memory, Thing::Object(kept))
                    .join(&Word::ANY)
            }
            name if name.starts_with("resource.drop") => {
                if let Some(dtor) = super::below::destructor(program, callee) {
                    let kept = self.resources(builtin.instance);
                    let rep = self
                        .contents(&world, memory, Thing::Object(kept))
                        .join(&Word::ANY);
                    let outcome = self.call(at, pc, dtor, vec![Val::narrow(rep)], world)?;
                    return Ok(outcome.map(|(world, _)| (world, Vec::new())));
                }
                Word::ANY
            }
            "context.set" => {
                let kept = self.object(OF_INSTANCE, builtin.instance.index() as u32, 1);
                self.kept(&mut world, memory, kept, &arg(0));
                Word::ANY
            }
            "context.get" => {
                let kept = self.object(OF_INSTANCE, builtin.instance.index() as u32, 1);
                self.contents(&world, memory, Thing::Object(kept))
                    .join(&Word::ANY)
            }
            name => {
                let deep: Vec<Taken> = (0..args.len()).map(Taken::Deep).collect();
                let gives_away = [
                    "task.return",
                    "stream.write",
                    "future.write",
                    "error-context.new",
                ];
                if gives_away.contains(&name) {
                    let labels = self.taken(&world, memory, &deep, args);
                    self.streams = self.streams.with(Labels { stale: 0, ..labels });
                    if labels.secrets() != 0 {
                        let sinks = match name {
                            "task.return" => question_exports(self.question.exports),
                            _ => self.question.streams.clone(),
                        };
                        for sink in sinks {
                            self.leaves(labels.blurred(), sink, Some(callee), Why::OtherInstance);
                        }
                    }
                }
                if builtin.calls_table.is_some() || builtin.calls_ref || builtin.calls_unknown {
                    return Ok(Some(self.unfollowed(
                        at,
                        pc,
                        &[CoreFunc::Unknown],
                        args,
                        world,
                        Why::IndirectCall,
                    )));
                }
                let word = Word::ANY.labelled(self.streams.blurred());
                for arg in args {
                    for place in arg.lo.things().to_vec() {
                        let (thing, _) = world.somewhere(memory, place);
                        self.blur(&mut world, memory, thing, &word);
                    }
                }
                Word::ANY
            }
        };
        Ok(Some((world, vec![Val::both(value); results])))
    }
}

fn question_exports(exports: Option<usize>) -> Vec<usize> {
    exports.into_iter().collect()
}
