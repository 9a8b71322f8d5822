//! Aliases and canonical definitions.

use super::build::Builder;
use super::frame::CoreInstanceValue;
use super::ids::*;
use super::note::Reason;
use super::value::*;
use crate::binary::{self, Alias, Canon, CoreSort};

impl<'a> Builder<'a, '_> {
    pub(super) fn alias(&mut self, at: InstanceId, offset: u64, alias: &Alias<'a>) {
        match alias {
            Alias::InstanceExport {
                sort,
                instance,
                name,
            } => {
                let value = self.frame(at).instances.get(instance.index()).copied();
                let item = value.and_then(|value| match self.program.value(value) {
                    InstanceValue::Exports { items, .. } => items.get(name).copied(),
                    InstanceValue::Host(host) => {
                        let Host { import, mut path } = self.program.host(*host).clone();
                        path.push(name);
                        let host = self.host(import, path);
                        Some(self.host_item(*sort, host))
                    }
                    InstanceValue::Unknown => None,
                });
                let item = match item {
                    Some(item) => item,
                    None => self.unknown(at, offset, *sort, name),
                };
                self.frame(at).push(item);
            }
            Alias::CoreInstanceExport {
                sort,
                instance,
                name,
            } => {
                let value = self.core_export(at, instance.index(), *sort, name, offset);
                self.frame(at).push_core(*sort, value);
            }
            Alias::Outer { sort: None, .. } => {}
            Alias::Outer {
                sort: Some(sort),
                count,
                index,
            } => {
                let mut scope = Some(at);
                for _ in 0..*count {
                    scope = scope.and_then(|s| self.frames[s.index()].scope);
                }
                let item = scope.and_then(|s| self.frames[s.index()].get(*sort, *index));
                let item = match item {
                    Some(item) => item,
                    None => self.unknown(at, offset, *sort, &format!("#{index} outside")),
                };
                self.frame(at).push(item);
            }
        }
    }

    pub(super) fn canon(&mut self, at: InstanceId, offset: u64, canon: &Canon) {
        match canon {
            Canon::Lift { core, ty, options } => {
                let func = self.frame(at).core_funcs.get(core.index()).copied();
                let lift = Lift {
                    instance: at,
                    offset,
                    func: func.unwrap_or(CoreFunc::Unknown),
                    ty: *ty,
                    options: self.options(at, options),
                };
                let id = LiftId(self.program.lifts.len() as u32);
                self.program.lifts.push(lift);
                self.frame(at).funcs.push(Func::Lift(id));
            }
            Canon::Lower { func, options } => {
                let target = self.frame(at).funcs.get(func.index()).copied();
                let lower = Lower {
                    instance: at,
                    offset,
                    func: target.unwrap_or(Func::Unknown),
                    index: *func,
                    options: self.options(at, options),
                };
                let id = LowerId(self.program.lowers.len() as u32);
                self.program.lowers.push(lower);
                self.frame(at).core_funcs.push(CoreFunc::Lower(id));
            }
            Canon::Builtin(builtin) => {
                let table = builtin
                    .calls_table
                    .map(|i| self.frames[at.index()].get_core(CoreSort::Table, i.0));
                let calls_table = match table {
                    Some(Some(CoreValue::Table(table))) => Some(table),
                    _ => None,
                };
                let resource = builtin
                    .ty
                    .and_then(|ty| self.frame(at).types.get(ty.index()).copied().flatten());
                let options = self.options(at, &builtin.options);
                let id = BuiltinId(self.program.builtins.len() as u32);
                self.program.builtins.push(BuiltinUse {
                    instance: at,
                    name: builtin.name,
                    resource,
                    calls_table,
                    calls_ref: builtin.calls_ref,
                    calls_unknown: table.is_some() && calls_table.is_none(),
                    options,
                });
                self.frame(at).core_funcs.push(CoreFunc::Builtin(id));
            }
        }
    }

    fn options(&mut self, at: InstanceId, options: &binary::CanonOptions) -> Options {
        let frame = &self.frames[at.index()];
        let func = |index: Option<binary::CoreFuncIndex>| {
            index.map(|i| {
                let found = frame.core_funcs.get(i.index());
                found.copied().unwrap_or(CoreFunc::Unknown)
            })
        };
        Options {
            encoding: options.encoding,
            memory: options
                .memory
                .and_then(|i| match frame.get_core(CoreSort::Memory, i.0) {
                    Some(CoreValue::Memory(memory)) => Some(memory),
                    _ => None,
                }),
            realloc: func(options.realloc),
            post_return: func(options.post_return),
            callback: func(options.callback),
            is_async: options.is_async,
        }
    }

    pub(super) fn core_value(
        &mut self,
        at: InstanceId,
        offset: u64,
        sort: CoreSort,
        index: u32,
    ) -> CoreValue {
        match self.frames[at.index()].get_core(sort, index) {
            Some(value) => value,
            None => {
                let reason = Reason::Dangling(format!("core item #{index}"));
                self.note(at, Some(offset), reason);
                CoreValue::Outside(sort, None)
            }
        }
    }

    /// An export of a core instance.
    pub(super) fn core_export(
        &mut self,
        at: InstanceId,
        instance: usize,
        sort: CoreSort,
        name: &'a str,
        offset: u64,
    ) -> CoreValue {
        let value = match self.frames[at.index()].core_instances.get(instance) {
            Some(CoreInstanceValue::Instance(id)) => self.module_export(*id, name),
            Some(CoreInstanceValue::Exports(items)) => items.get(name).copied(),
            Some(CoreInstanceValue::Outside(host)) => {
                let host = *host;
                let below = host.map(|h| {
                    let Host { import, mut path } = self.program.host(h).clone();
                    path.push(name);
                    self.host(import, path)
                });
                Some(CoreValue::Outside(sort, below))
            }
            None => None,
        };
        value.unwrap_or_else(|| {
            self.note(
                at,
                Some(offset),
                Reason::Dangling(format!("core export `{name}`")),
            );
            CoreValue::Outside(sort, None)
        })
    }
}
