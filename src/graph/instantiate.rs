//! Component instances: arguments given, then the component walked.

use super::build::{Builder, MAX_DEPTH};
use super::ids::*;
use super::note::Reason;
use super::value::*;
use crate::binary::{self, ComponentId};
use indexmap::IndexMap;

impl<'a> Builder<'a, '_> {
    /// Makes an instance from an expression and pushes it on the index space.
    pub(super) fn instance(
        &mut self,
        at: InstanceId,
        component: ComponentId,
        offset: u64,
        instance: &binary::Instance<'a>,
    ) {
        let value = match instance {
            binary::Instance::Exports(exports) => {
                let mut items = IndexMap::new();
                for (name, item) in exports {
                    items.insert(name.name, self.item(at, offset, item.sort, item.index));
                }
                self.new_value(InstanceValue::Exports {
                    instance: None,
                    items,
                })
            }
            binary::Instance::Instantiate {
                component: target,
                args,
            } => {
                let index = self.frame(at).instances.len() as u32;
                let name = self.names_of(component).instances.get(&index).copied();
                let args: Vec<_> = args
                    .iter()
                    .map(|(name, item)| (*name, self.item(at, offset, item.sort, item.index)))
                    .collect();
                let target = self.frame(at).components.get(target.index()).copied();
                self.instantiate(
                    at,
                    offset,
                    name,
                    target.unwrap_or(ComponentValue::Unknown),
                    args,
                )
            }
        };
        self.frame(at).instances.push(value);
    }

    fn instantiate(
        &mut self,
        at: InstanceId,
        offset: u64,
        name: Option<&'a str>,
        target: ComponentValue,
        args: Vec<(&'a str, Item)>,
    ) -> ValueId {
        let number = self.frame(at).instantiations;
        self.frame(at).instantiations += 1;
        let too_deep = self.depth >= MAX_DEPTH;
        if too_deep || self.full() {
            let reason = match too_deep {
                true => Reason::TooDeep,
                false => Reason::TooManyInstances,
            };
            self.note(at, Some(offset), reason);
            self.program
                .escaped
                .extend(args.iter().map(|(_, item)| *item));
            return self.new_value(InstanceValue::Unknown);
        }
        let path = format!("{}/{number}", self.program.instance(at).path);
        let (component, scope) = match target {
            ComponentValue::Defined { component, scope } => (Some(component), Some(scope)),
            _ => (None, None),
        };
        let escaping: Vec<Item> = args.iter().map(|(_, item)| *item).collect();
        let id = self.new_instance(path, Some(at), name, component, scope, args);
        match target {
            ComponentValue::Defined { component, .. } => {
                self.depth += 1;
                let component = self.program.binary.component(component);
                self.walk(id, component);
                self.depth -= 1;
            }
            ComponentValue::Host(host) => {
                let name = self.program.host_name(host).0.name.name.to_string();
                self.note(id, Some(offset), Reason::ImportedComponent(name));
                self.program.escaped.extend(escaping);
                let value = self.new_value(InstanceValue::Host(host));
                self.program.instances[id.index()].exports = value;
            }
            ComponentValue::Unknown => {
                self.program.escaped.extend(escaping);
                let value = self.new_value(InstanceValue::Unknown);
                self.program.instances[id.index()].exports = value;
            }
        }
        self.program.instance(id).exports
    }
}
