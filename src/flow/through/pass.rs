//! What is given to calls, and what comes back.

use super::REACH;
use super::operand::{Operand, Set};
use super::walk::{Place, Walk};
use crate::binary::FuncId;
use crate::graph::CoreFunc;

impl Walk<'_, '_, '_, '_> {
    /// The function returns this.
    pub(super) fn returns(&mut self, result: Operand) {
        let result = Operand {
            consts: result.consts.filter(|a| self.is_data(a)),
            near: result.near.filter(|a| self.is_data(a)),
            only: false,
            frame: None,
            stack: false,
            first: None,
            ..result
        };
        match &mut self.found.effect.returned {
            Some(known) => known.merge(&result, false),
            none => *none = Some(result),
        }
    }

    pub(super) fn call(&mut self, callee: FuncId, place: &mut Place) {
        let program = self.engine.program;
        let module = program
            .binary
            .module(program.core_instance(self.key.0).module);
        let (params, results) = module
            .signature(callee)
            .map_or((0, 0), |s| (s.params.len(), s.results.len()));
        let at = place.stack.len().saturating_sub(params);
        let callee = program.behind_trampolines(program.func(self.key.0, callee));
        let args = place.stack.split_off(at);
        let result = self.pass(callee, &args);
        place.stack.extend(std::iter::repeat_n(result, results));
    }

    /// A call with these arguments; what its results may be.
    fn pass(&mut self, callee: CoreFunc, args: &[Operand]) -> Operand {
        // The host writes results where it is told: in the canonical ABI to the address in
        // the last parameter, elsewhere wherever it is given one.
        let told: &[Operand] = match callee {
            CoreFunc::Defined(..) | CoreFunc::Builtin(_) => &[],
            CoreFunc::Lower(_) => args.last().map(std::slice::from_ref).unwrap_or(&[]),
            CoreFunc::Host(_) | CoreFunc::Unknown => args,
        };
        for told in told {
            for address in told.bases().as_slice() {
                if self.is_data(*address) {
                    self.found.stores.push((*address, REACH));
                }
            }
        }
        let CoreFunc::Defined(id, func) = callee else {
            return Operand::default();
        };
        let effect = self.through.effects.get(&(id, func));
        let effect = effect.cloned().unwrap_or_default();
        let mut result = effect.returned.unwrap_or_default();
        let returned = std::mem::take(&mut result.params);
        for (param, operand) in args.iter().enumerate().take(64) {
            let bases = operand.bases().filter(|a| self.is_data(a));
            if effect.written & 1 << param != 0 {
                self.found.effect.written |= operand.params;
                self.found.overflows |= bases == Set::Any;
            }
            // One that is known may be anything that the callee adds an offset to.
            let known = operand.known().map_or(Set::Empty, Set::One);
            let given = known.union(&bases);
            let given = given.as_slice().iter().map(|a| (callee, param, *a));
            self.found.passed.extend(given);
            if returned & 1 << param != 0 {
                result.only = false;
                result.params |= operand.params;
                result.near = result.near.union(&bases);
                result.down |= operand.down;
            }
        }
        result
    }
}
