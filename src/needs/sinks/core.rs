//! Host calls of a core module that is the whole file.

use super::find::{Finder, mark_role};
use super::{
    CoreTarget, HostFunction, MismatchReason, Role, SourceLayout, SourceUse, import, place, source,
};
use crate::binary::{FuncId, FuncSig};
use crate::catalogue::{CoreFact, Fact};
use crate::graph::{CoreFunc, HostId};
use std::collections::BTreeSet;

impl Finder<'_, '_, '_> {
    /// Imports of a core module that is the whole file.
    pub(super) fn core_module(&mut self) {
        let mut seen = BTreeSet::new();
        for instance in &self.program.core_instances {
            let module = self.program.binary.module(instance.module);
            for (position, func) in instance.imported_funcs.iter().enumerate() {
                let CoreFunc::Host(id) = *func else {
                    continue;
                };
                if seen.insert(id) {
                    let func = FuncId(position as u32);
                    self.core_import(id, module.signature(func));
                }
            }
        }
    }

    fn core_import(&mut self, id: HostId, signature: Option<&FuncSig>) {
        let (import, below) = self.program.host_name(id);
        let (module, function) = (import.name.name, below.unwrap_or_default());
        let host = HostFunction {
            target: CoreTarget::Host(id),
            interface: module.to_string(),
            function: function.clone(),
            label: None,
        };
        let catalogue = self.catalogue;
        for row in catalogue.core(module, &function) {
            let fits = |first: usize| source::two_words(signature, first);
            let (kind, parameter) = match &row.fact {
                CoreFact::Key { kind, address } => {
                    if fits(*address) {
                        self.push(&host, kind, Role::Key(place::core_text(*address)));
                        continue;
                    }
                    (kind, Some(format!("#{address}")))
                }
                CoreFact::Source { kind, layout } => {
                    if fits(0) {
                        self.sinks.sources.push(SourceUse {
                            host: host.clone(),
                            kind: kind.clone(),
                            layout: SourceLayout::Environ(*layout),
                        });
                        continue;
                    }
                    (kind, None)
                }
                CoreFact::Mark { kind, mark } => {
                    self.push(&host, kind, mark_role(*mark));
                    continue;
                }
                CoreFact::Exits => {
                    self.sinks.exits.push(host.target);
                    continue;
                }
                CoreFact::Answer(answer) => {
                    self.sinks.answers.push((host.target, answer.clone()));
                    continue;
                }
                CoreFact::Nothing => continue,
            };
            let reason = MismatchReason::CoreSignature;
            self.say(&host, Some(kind), parameter, &row.origin, reason);
        }
        // A module that was not made a component yet names interfaces but has no types.
        let Some(interface) = import::core_interface(module) else {
            return;
        };
        for row in catalogue.function(&interface, &import::plain_function(&function)) {
            if row.fact == Fact::Exits {
                self.sinks.exits.push(host.target);
            } else if !matches!(row.fact, Fact::Trigger { .. } | Fact::Nothing) {
                let reason = MismatchReason::Untyped;
                self.say(&host, row.fact.kind(), None, &row.origin, reason);
            }
        }
    }
}
