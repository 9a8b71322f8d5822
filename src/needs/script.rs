//! Instances that interpret a program: what that program looks up, by the calls that the
//! catalogue knows.

use super::question::{Watch, WatchRole};
use super::sinks::{CoreTarget, HostFunction, Role};
use crate::binary::{ComponentId, TypeReader};
use crate::catalogue::{self, Head, ParamPath};
use crate::flow::Question;
use crate::graph::{CoreFunc, InstanceId, MemoryRef, Program};
use crate::script::snapshot::Snapshot;
use crate::script::{self, Does, Lookup, Script, World};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An interpreter without a program has a few million bytes of data; what has less than this
/// is none.
const SMALLEST: usize = 1 << 20;

/// An instance that interprets a program.
pub(super) struct Interpreted {
    pub instance: InstanceId,
    pub script: Script,
    /// What the program looks up; calls are positions of watches.
    pub lookups: Vec<Lookup>,
}

/// Finds interpreters, and what their programs look up.
pub(super) fn find(program: &Program<'_, '_>, watches: &[Watch]) -> Vec<Interpreted> {
    if watches.is_empty() {
        return Vec::new();
    }
    let mut found: BTreeMap<InstanceId, Interpreted> = BTreeMap::new();
    for (owner, memory) in memories(program) {
        if found.contains_key(&owner) || memory.len() < SMALLEST {
            continue;
        }
        let Some(mut script) = Script::find(&memory) else {
            continue;
        };
        let (lookups, whole) = script.lookups(&world(program, watches, owner));
        if !whole {
            let what = "not everything was looked through: it is too large";
            script.unread.push(what.to_string());
        }
        let interpreted = Interpreted {
            instance: owner,
            script,
            lookups,
        };
        found.insert(owner, interpreted);
    }
    found.into_values().collect()
}

/// What instances put into memories, with the component instance that a memory belongs to.
fn memories<'a>(program: &Program<'a, '_>) -> Vec<(InstanceId, Snapshot<'a>)> {
    type Segments<'a> = Vec<(u32, &'a [u8])>;
    let mut segments: BTreeMap<MemoryRef, (InstanceId, Segments<'a>)> = BTreeMap::new();
    for (index, instance) in program.core_instances.iter().enumerate() {
        let id = program.core_instance_id(index);
        for (number, data) in program
            .binary
            .module(instance.module)
            .data
            .iter()
            .enumerate()
        {
            if let Some((memory, start)) = program.data_start(id, number) {
                let entry = segments
                    .entry(memory)
                    .or_insert_with(|| (instance.owner, Vec::new()));
                entry.1.push((start, data.bytes));
            }
        }
    }
    let memories = segments.into_values();
    memories
        .map(|(owner, segments)| (owner, Snapshot::new(segments)))
        .collect()
}

/// The functions of the host that an instance can call, and what they do with names.
fn world(program: &Program<'_, '_>, watches: &[Watch], owner: InstanceId) -> World {
    let mut types = Types {
        program,
        readers: HashMap::new(),
    };
    let mut functions: BTreeMap<(String, String), Vec<(usize, Does)>> = BTreeMap::new();
    let mut add = |host: &HostFunction, call: usize, does: Does| {
        let name = (host.interface.clone(), host.function.clone());
        let all = functions.entry(name).or_default();
        if !all.contains(&(call, does.clone())) {
            all.push((call, does));
        }
    };
    for (call, watch) in watches.iter().enumerate() {
        match &watch.role {
            WatchRole::Use(sink) if calls(program, owner, sink.host.target) => {
                let does = match &sink.role {
                    Role::Key(place) => types.takes(&sink.host, &place.parameter, false),
                    Role::Prefix(place) => types.takes(&sink.host, &place.parameter, true),
                    Role::Enumerates => Some(Does::Enumerates),
                    _ => None,
                };
                if let Some(does) = does {
                    add(&sink.host, call, does);
                }
            }
            WatchRole::Lookup(hosts) => {
                for host in hosts.iter().filter(|h| calls(program, owner, h.target)) {
                    add(host, call, Does::Gives);
                }
            }
            _ => {}
        }
    }
    let functions =
        functions
            .into_iter()
            .map(|((interface, function), does)| script::HostFunction {
                interface,
                function,
                does,
            });
    World {
        functions: functions.collect(),
    }
}

/// Whether a call is one of an instance.
pub(super) fn calls(program: &Program<'_, '_>, owner: InstanceId, target: CoreTarget) -> bool {
    match target {
        CoreTarget::Lower(id) => program.lowers[id.index()].instance == owner,
        // The file is one core module, and this the instance of it.
        CoreTarget::Host(_) => owner == InstanceId::from_index(0),
    }
}

/// Leaves out of a question what is called by instances that interpret programs: how the
/// interpreter gets to a call says nothing about the program.
pub(super) fn leave_out(
    question: &mut Question,
    program: &Program<'_, '_>,
    interpreted: &[Interpreted],
) {
    let opaque: BTreeSet<InstanceId> = interpreted.iter().map(|i| i.instance).collect();
    if opaque.is_empty() {
        return;
    }
    let outside = |func: &CoreFunc| match func {
        CoreFunc::Lower(id) => !opaque.contains(&program.lowers[id.index()].instance),
        CoreFunc::Host(_) => !opaque.contains(&InstanceId::from_index(0)),
        _ => true,
    };
    question.calls.retain(|(func, ..)| outside(func));
    question.sources.retain(|(func, ..)| outside(func));
    question.handles.retain(|(func, ..)| outside(func));
    question.handle_calls.retain(|(func, _)| outside(func));
    question.opaque = opaque;
}

struct Types<'p, 'a, 'b> {
    program: &'p Program<'a, 'b>,
    readers: HashMap<ComponentId, TypeReader<'b>>,
}

impl Types<'_, '_, '_> {
    /// The argument that a parameter of the catalogue is.
    fn takes(&mut self, host: &HostFunction, parameter: &str, prefix: bool) -> Option<Does> {
        let path: ParamPath = parameter.parse().ok()?;
        let position = match &path.head {
            Head::Index(index) => *index,
            Head::Name(name) => self.position(host, name)?,
        };
        let of_object = usize::from(host.function.starts_with("[method]"));
        let steps = path.steps.into_iter().map(|step| match step {
            catalogue::Step::Name(name) => script::Step::Field(name),
            catalogue::Step::Index(index) => script::Step::Item(index),
            catalogue::Step::Elements => script::Step::Each,
        });
        Some(Does::Takes {
            argument: position.checked_sub(of_object)?,
            path: steps.collect(),
            prefix,
        })
    }

    fn position(&mut self, host: &HostFunction, name: &str) -> Option<usize> {
        let CoreTarget::Lower(id) = host.target else {
            return None;
        };
        let lower = &self.program.lowers[id.index()];
        let component = self.program.instance(lower.instance).component?;
        let binary = self.program.binary;
        let reader = self
            .readers
            .entry(component)
            .or_insert_with(|| binary.component(component).type_reader());
        let ty = reader.func(lower.index)?;
        ty.params.iter().position(|(param, _)| param == name)
    }
}
