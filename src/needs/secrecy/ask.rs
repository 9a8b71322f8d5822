//! The question about secrets that a program gives rise to.

use super::super::question::core;
use super::super::sinks::{CoreTarget, Role, Sinks};
use crate::base::InterfaceName;
use crate::binary::abi::{Params, Pointer};
use crate::binary::{FuncType, Ty, TyKind};
use crate::catalogue::{Catalogue, Kind};
use crate::flow::place::{At, Shape};
use crate::flow::{Gives, LeakQuestion, LeakSink, NameAt, Taken};
use crate::graph::{CoreFunc, Func, LiftId, LowerId, Program, Reach};
use std::collections::{BTreeMap, BTreeSet};

/// The class of results of exports.
pub(super) const EXPORT: &str = "export";
/// The class of host functions that the catalogue does not describe.
pub(super) const IMPORT: &str = "import";

/// A question, and what its numbers stand for.
pub(super) struct Asked {
    pub question: LeakQuestion,
    /// Names of classes.
    pub classes: Vec<String>,
}

/// What is a secret beside what the catalogue calls one: names by kind.
pub type Declared = BTreeMap<Kind, BTreeSet<String>>;

/// Makes the question; `None` if the program can hold no secret.
pub(super) fn ask(
    program: &Program<'_, '_>,
    reach: &Reach,
    catalogue: &Catalogue,
    sinks: &Sinks,
    declared: &Declared,
    trusted: BTreeSet<CoreFunc>,
) -> Option<Asked> {
    let mut asker = Asker {
        program,
        catalogue,
        asked: Asked {
            question: LeakQuestion {
                trusted,
                ..LeakQuestion::default()
            },
            classes: Vec::new(),
        },
        packages: BTreeMap::new(),
    };
    asker.sources(sinks, declared);
    let question = &asker.asked.question;
    if question.sources.is_empty() && question.environment.is_empty() {
        return None;
    }
    for (index, lower) in program.lowers.iter().enumerate() {
        let id = LowerId::from_index(index);
        if matches!(lower.func, Func::Host(_)) && reach.lower_runs(id) {
            asker.way_out(id);
        }
    }
    for (index, _) in program.lifts.iter().enumerate() {
        let id = LiftId::from_index(index);
        let export = program.export_of_lift(id);
        let name = export.as_deref().and_then(|e| e.split_once('#'));
        if let Some(Ok(name)) = name.map(|(interface, _)| interface.parse::<InterfaceName>())
            && catalogue.runs_once(&name)
        {
            asker.asked.question.once.insert(id);
        }
    }
    let export = asker.class(EXPORT);
    asker.asked.question.exports = Some(export);
    asker.asked.question.streams = (0..asker.asked.classes.len()).collect();
    Some(asker.asked)
}

struct Asker<'p, 'a, 'b> {
    program: &'p Program<'a, 'b>,
    catalogue: &'p Catalogue,
    asked: Asked,
    packages: BTreeMap<String, u32>,
}

impl Asker<'_, '_, '_> {
    fn class(&mut self, name: &str) -> usize {
        let classes = &mut self.asked.classes;
        match classes.iter().position(|class| class == name) {
            Some(at) => at,
            None => {
                classes.push(name.to_string());
                classes.len() - 1
            }
        }
    }

    fn sources(&mut self, sinks: &Sinks, declared: &Declared) {
        let mut audited: BTreeSet<&Kind> = BTreeSet::new();
        for used in &sinks.uses {
            if let Role::Audit { handle, .. } = &used.role {
                audited.insert(&used.kind);
                let gives = Gives::Revealed(*handle);
                self.asked
                    .question
                    .sources
                    .push((core(used.host.target), gives));
            }
        }
        let handles: BTreeSet<(CoreTarget, &Kind)> = sinks
            .handles
            .iter()
            .map(|h| (h.host.target, &h.kind))
            .collect();
        for used in &sinks.uses {
            let Role::Key(key) = &used.role else {
                continue;
            };
            let name = match (&key.place.at, &key.place.shape) {
                (At::Param(at), Shape::Text(crate::binary::StringEncoding::Utf8)) => {
                    NameAt::Params(*at, at + 1)
                }
                _ => NameAt::Unknown,
            };
            let func = core(used.host.target);
            if audited.contains(&used.kind) && handles.contains(&(used.host.target, &used.kind)) {
                self.asked
                    .question
                    .sources
                    .push((func, Gives::Handle(name)));
            } else if let Some(names) = declared.get(&used.kind) {
                let gives = Gives::Value(name, names.clone());
                self.asked.question.sources.push((func, gives));
            }
        }
        for label in &sinks.labels {
            if audited.contains(&label.kind) {
                let gives = Gives::Handle(NameAt::Label(label.name.clone()));
                let func = core(label.host.target);
                self.asked.question.sources.push((func, gives));
            }
        }
        for source in &sinks.sources {
            if let Some(names) = declared.get(&source.kind) {
                self.asked
                    .question
                    .environment
                    .extend(names.iter().cloned());
            }
        }
    }

    fn way_out(&mut self, id: LowerId) {
        let program = self.program;
        let lower = &program.lowers[id.index()];
        let Func::Host(host) = lower.func else {
            return;
        };
        let func = CoreFunc::Lower(id);
        let imported = super::super::sinks::imported(program, host);
        let package = match &imported {
            Some((name, _)) => format!("{}:{}", name.namespace, name.package),
            None => "plain functions".to_string(),
        };
        let next = self.packages.len() as u32;
        let package = *self.packages.entry(package).or_insert(next);
        self.asked.question.packages.insert(func, package);
        let component = program.instance(lower.instance).component;
        let ty = component.and_then(|c| program.binary.component(c).func_type(lower.index));
        let rows: Vec<_> = match &imported {
            Some((name, function)) => self.catalogue.egress(name, function).cloned().collect(),
            None => Vec::new(),
        };
        let wide = lower.options.memory.is_some_and(|memory| {
            let state = program.memories.get(memory.index());
            state.is_none_or(|state| state.ty.memory64)
        });
        let mut described = false;
        for row in &rows {
            if row.gives {
                let class = self.class(&row.to[0]);
                self.asked.question.ways.push((func, 1 << (class % 32)));
                continue;
            }
            described = true;
            let sinks = row
                .to
                .iter()
                .map(|to| {
                    let class = self.class(to);
                    (1 << (class % 32), class)
                })
                .collect();
            let all = row.parameters.is_empty();
            let keep = |name: &str| all || row.parameters.iter().any(|p| p == name);
            let sink = LeakSink {
                func,
                sinks,
                handle: ty.as_ref().and_then(|ty| {
                    let handle = row.handle.as_ref()?;
                    flat_of(ty, lower.options.is_async, handle)
                }),
                taken: taken(ty.as_deref(), lower.options.is_async, wide, keep),
            };
            self.asked.question.sinks.push(sink);
        }
        // Whatever else the host is given has left, too.
        let sinks = match described {
            true => Vec::new(),
            false => {
                let class = self.class(IMPORT);
                vec![(1 << (class % 32), class)]
            }
        };
        let sink = LeakSink {
            func,
            sinks,
            handle: None,
            taken: taken(ty.as_deref(), lower.options.is_async, wide, |_| true),
        };
        self.asked.question.sinks.push(sink);
    }
}

/// The first core parameter of a parameter.
fn flat_of(ty: &FuncType, is_async: bool, name: &str) -> Option<usize> {
    let lowered = ty.lower(is_async, Pointer::Narrow);
    let at = ty.params.iter().position(|(n, _)| n == name)?;
    match &lowered.places {
        Params::Flat(starts) => starts.get(at).copied(),
        Params::Block(_) => None,
    }
}

/// What of core arguments leaves with some parameters.
fn taken(
    ty: Option<&FuncType>,
    is_async: bool,
    wide: bool,
    keep: impl Fn(&str) -> bool,
) -> Vec<Taken> {
    let all = || (0..20).map(Taken::Deep).collect();
    let Some(ty) = ty.filter(|_| !wide) else {
        return all();
    };
    let lowered = ty.lower(is_async, Pointer::Narrow);
    let Params::Flat(starts) = &lowered.places else {
        return vec![Taken::Deep(0)];
    };
    let mut taken = Vec::new();
    for ((name, ty), start) in ty.params.iter().zip(starts) {
        if keep(name) {
            of_type(ty, *start, &mut taken, &mut 2_000);
        }
    }
    taken
}

fn of_type(ty: &Ty, at: usize, taken: &mut Vec<Taken>, left: &mut u32) {
    let flat = ty
        .layout(Pointer::Narrow)
        .flat
        .as_ref()
        .map_or(0, |f| f.len());
    *left = left.saturating_sub(1);
    match ty.kind() {
        _ if *left == 0 => taken.extend((at..at + flat).map(Taken::Deep)),
        TyKind::String => taken.push(Taken::Bytes(at)),
        TyKind::List(element)
            if element.layout(Pointer::Narrow).size == 1 && is_plain(element, left) =>
        {
            taken.push(Taken::Bytes(at));
        }
        TyKind::Record(_) | TyKind::Tuple(_) => {
            let offsets = ty.offsets(Pointer::Narrow).unwrap_or_default();
            let fields: Vec<&Ty> = match ty.kind() {
                TyKind::Record(fields) => fields.iter().map(|(_, ty)| ty).collect(),
                TyKind::Tuple(types) => types.iter().collect(),
                _ => Vec::new(),
            };
            for (field, offset) in fields.into_iter().zip(offsets) {
                of_type(field, at + offset.flat, taken, left);
            }
        }
        TyKind::Option(inner) => {
            taken.push(Taken::Number(at));
            of_type(inner, at + 1, taken, left);
        }
        // Cases share their places; a list, or none of these.
        kind => match kind.cases().is_some() || flat > 1 {
            true => taken.extend((at..at + flat).map(Taken::Deep)),
            false => taken.push(Taken::Number(at)),
        },
    }
}

/// Whether a value has no pointers.
fn is_plain(ty: &Ty, left: &mut u32) -> bool {
    *left = left.saturating_sub(1);
    *left > 0
        && match ty.kind() {
            TyKind::String | TyKind::List(_) | TyKind::Map { .. } => false,
            TyKind::Record(fields) => fields.iter().all(|(_, ty)| is_plain(ty, left)),
            TyKind::Tuple(types) => types.iter().all(|ty| is_plain(ty, left)),
            TyKind::FixedList(ty, _) => is_plain(ty, left),
            kind => match kind.cases() {
                Some(cases) => {
                    let mut payloads = cases.into_iter().filter_map(|(_, ty)| ty);
                    payloads.all(|ty| is_plain(ty, left))
                }
                None => true,
            },
        }
}
