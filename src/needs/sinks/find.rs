//! The rows of the catalogue that each host function meets.

use super::import::{self, Imported};
use super::{
    CatalogueMismatch, CoreTarget, HandleUse, HostFunction, KeyPlace, LabelUse, MismatchReason,
    Render, Role, SinkUse, Sinks, SourceLayout, SourceUse, TriggerUse, handles, place, source,
};
use crate::base::InterfaceName;
use crate::binary::abi::Pointer;
use crate::binary::{ComponentId, FuncType, Proposal, Root, Shape, TypeReader};
use crate::catalogue::{Catalogue, Fact, Format, Kind, Mark, Origin, Row};
use crate::flow::place::Place;
use crate::graph::{Func, Lower, LowerId, Program};
use std::collections::HashMap;
use std::sync::Arc;

impl Sinks {
    /// Applies a catalogue to a program.
    pub fn find(program: &Program<'_, '_>, catalogue: &Catalogue) -> Sinks {
        let mut finder = Finder {
            program,
            catalogue,
            readers: HashMap::new(),
            gc: program.binary.proposals.contains(Proposal::ComponentGc),
            sinks: Sinks::default(),
        };
        for (position, lower) in program.lowers.iter().enumerate() {
            finder.lower(LowerId::from_index(position), lower);
        }
        if let Root::Module(_) = program.binary.root {
            finder.core_module();
        }
        finder.triggers();
        finder.sinks
    }
}

pub(super) struct Finder<'p, 'a, 'b> {
    pub program: &'p Program<'a, 'b>,
    pub catalogue: &'p Catalogue,
    readers: HashMap<ComponentId, TypeReader<'b>>,
    gc: bool,
    pub sinks: Sinks,
}

/// A lowered host function with all that its rows need.
struct Lowering<'l> {
    lower: &'l Lower,
    host: HostFunction,
    ty: Option<Arc<FuncType>>,
    pointer: Pointer,
}

impl Finder<'_, '_, '_> {
    fn lower(&mut self, id: LowerId, lower: &Lower) {
        let Func::Host(host) = lower.func else {
            return;
        };
        let Some(imported) = Imported::of(self.program, host) else {
            return;
        };
        let rows: Vec<&Row> = self
            .catalogue
            .function(&imported.interface, &imported.function)
            .collect();
        if rows.is_empty() {
            return;
        }
        let wide = lower.options.memory.is_some_and(|memory| {
            let state = self.program.memories.get(memory.index());
            state.is_some_and(|state| state.ty.memory64)
        });
        let lowering = Lowering {
            lower,
            ty: self.func_type(lower),
            host: imported.function_at(CoreTarget::Lower(id)),
            pointer: match wide {
                true => Pointer::Wide,
                false => Pointer::Narrow,
            },
        };
        for row in rows {
            self.row(row, &lowering);
        }
    }

    fn func_type(&mut self, lower: &Lower) -> Option<Arc<FuncType>> {
        let id = self.program.instance(lower.instance).component?;
        let binary = self.program.binary;
        self.readers
            .entry(id)
            .or_insert_with(|| binary.component(id).type_reader())
            .func(lower.index)
    }

    fn row(&mut self, row: &Row, at: &Lowering<'_>) {
        let role = match &row.fact {
            Fact::Key {
                kind,
                parameter,
                format,
                prefix,
            } => {
                let parameter = parameter.to_string();
                self.handle_given(at, kind, None);
                match self.places(row, at, *format) {
                    Ok(places) => {
                        for (place, render) in places {
                            let place = KeyPlace {
                                parameter: parameter.clone(),
                                place,
                                render,
                            };
                            let role = match prefix {
                                true => Role::Prefix(place),
                                false => Role::Key(place),
                            };
                            self.push(&at.host, kind, role);
                        }
                    }
                    Err(reason) => self.mismatch(row, &at.host, Some(parameter), reason),
                }
                return;
            }
            Fact::Label { kind } => {
                self.handle_given(at, kind, at.host.label.as_ref());
                match &at.host.label {
                    Some(label) => self.sinks.labels.push(LabelUse {
                        name: label.clone(),
                        host: at.host.clone(),
                        kind: kind.clone(),
                        instance: at.lower.instance,
                    }),
                    None => self.mismatch(row, &at.host, None, MismatchReason::NoLabel),
                }
                return;
            }
            Fact::Source { kind } => {
                match self.pairs(at) {
                    Ok(layout) => self.sinks.sources.push(SourceUse {
                        host: at.host.clone(),
                        kind: kind.clone(),
                        layout,
                    }),
                    Err(reason) => self.mismatch(row, &at.host, None, reason),
                }
                return;
            }
            Fact::Enumerates { .. } => Role::Enumerates,
            Fact::Audit { action, .. } => Role::Audit {
                action: action.clone(),
                handle: self.handle_taken(at),
            },
            Fact::Mark { mark, .. } => mark_role(*mark),
            Fact::Exits => {
                self.sinks.exits.push(at.host.target);
                return;
            }
            Fact::Trigger { .. } | Fact::Nothing => return,
        };
        if let Some(kind) = row.fact.kind() {
            self.push(&at.host, kind, role);
        }
    }

    /// The places of a row's parameter.
    fn places(
        &self,
        row: &Row,
        at: &Lowering<'_>,
        format: Format,
    ) -> Result<Vec<(Place, Render)>, MismatchReason> {
        let Fact::Key { parameter, .. } = &row.fact else {
            return Ok(Vec::new());
        };
        let ty = self.checked_type(at)?;
        let options = &at.lower.options;
        let lowered = ty.lower(options.is_async, at.pointer);
        let abi = place::Abi {
            pointer: at.pointer,
            encoding: options.encoding,
        };
        place::resolve(ty, &lowered, parameter, format, abi)
    }

    /// Notes that a function gives a handle, if it does.
    fn handle_given(&mut self, at: &Lowering<'_>, kind: &Kind, label: Option<&String>) {
        let Ok(ty) = self.checked_type(at) else {
            return;
        };
        let lowered = ty.lower(at.lower.options.is_async, at.pointer);
        if let Some((place, resource)) = handles::given(ty, &lowered, at.pointer) {
            self.sinks.handles.push(HandleUse {
                host: at.host.clone(),
                kind: kind.clone(),
                instance: at.lower.instance,
                at: place,
                resource,
                label: label.cloned(),
            });
        }
    }

    /// The core parameter in which a function takes a handle.
    fn handle_taken(&self, at: &Lowering<'_>) -> Option<usize> {
        let ty = self.checked_type(at).ok()?;
        let lowered = ty.lower(at.lower.options.is_async, at.pointer);
        handles::taken(ty, &lowered)
    }

    fn pairs(&self, at: &Lowering<'_>) -> Result<SourceLayout, MismatchReason> {
        let ty = self.checked_type(at)?;
        let options = &at.lower.options;
        let lowered = ty.lower(options.is_async, at.pointer);
        source::pairs(ty, &lowered, at.pointer, options.encoding)
    }

    fn checked_type<'l>(&self, at: &'l Lowering<'_>) -> Result<&'l FuncType, MismatchReason> {
        match &at.ty {
            _ if self.gc => Err(MismatchReason::GcAbi),
            Some(ty) => Ok(ty),
            None => Err(MismatchReason::NoType),
        }
    }

    pub(super) fn push(&mut self, host: &HostFunction, kind: &Kind, role: Role) {
        let host = host.clone();
        let kind = kind.clone();
        let sink = SinkUse { host, kind, role };
        // Rows for overlapping versions may say the same twice.
        if !self.sinks.uses.iter().rev().take(64).any(|u| *u == sink) {
            self.sinks.uses.push(sink);
        }
    }

    fn mismatch(
        &mut self,
        row: &Row,
        host: &HostFunction,
        parameter: Option<String>,
        reason: MismatchReason,
    ) {
        self.say(host, row.fact.kind(), parameter, &row.origin, reason);
    }

    /// Records a mismatch.
    pub(super) fn say(
        &mut self,
        host: &HostFunction,
        kind: Option<&Kind>,
        parameter: Option<String>,
        origin: &Origin,
        reason: MismatchReason,
    ) {
        self.sinks.mismatches.push(CatalogueMismatch {
            host: host.clone(),
            kind: kind.cloned(),
            parameter,
            origin: origin.clone(),
            reason,
        });
    }

    fn triggers(&mut self) {
        for export in &self.program.exports {
            let name = export.name.implements.unwrap_or(export.name.name);
            let Some(interface) = import::interface(name, export.name.version_suffix) else {
                continue;
            };
            let Some(Shape::Instance(items)) = &export.shape else {
                continue;
            };
            for item in items {
                self.trigger(&interface, &import::plain_function(&item.name));
            }
        }
    }

    fn trigger(&mut self, interface: &InterfaceName, function: &str) {
        for row in self.catalogue.function(interface, function) {
            if let Fact::Trigger { kind } = &row.fact {
                self.sinks.triggers.push(TriggerUse {
                    interface: interface.to_string(),
                    function: function.to_string(),
                    kind: kind.clone(),
                });
            }
        }
    }
}

pub(super) fn mark_role(mark: Mark) -> Role {
    match mark {
        Mark::Egress => Role::Egress,
        Mark::Mount => Role::Mount,
    }
}
