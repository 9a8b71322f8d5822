//! What a body mentions, without understanding its instructions.

use crate::binary::{GlobalId, Module};
use wasmparser::{BinaryReader, FunctionBody, Operator};

/// The constants and offsets that stand in a body, and the globals that it reads.
pub(crate) fn constants(
    module: &Module<'_>,
    index: usize,
    file: &[u8],
) -> (Vec<u32>, Vec<GlobalId>) {
    let (mut numbers, mut globals) = (Vec::new(), Vec::new());
    let range = module.bodies[index];
    let Some(bytes) = range.of(file) else {
        return (numbers, globals);
    };
    let body = FunctionBody::new(BinaryReader::new(bytes, range.start));
    let Ok(operators) = body.get_operators_reader() else {
        return (numbers, globals);
    };
    // The body was validated: reading does not fail before its end.
    for op in operators.into_iter().map_while(Result::ok) {
        match op {
            Operator::I32Const { value } => numbers.push(value as u32),
            Operator::I64Const { value } => numbers.extend(u32::try_from(value)),
            Operator::GlobalGet { global_index } => globals.push(GlobalId(global_index)),
            Operator::V128Store { memarg }
            | Operator::V128Store8Lane { memarg, .. }
            | Operator::V128Store16Lane { memarg, .. }
            | Operator::V128Store32Lane { memarg, .. }
            | Operator::V128Store64Lane { memarg, .. }
            | Operator::I32AtomicStore { memarg }
            | Operator::I32AtomicStore8 { memarg }
            | Operator::I32AtomicStore16 { memarg }
            | Operator::I64AtomicStore { memarg }
            | Operator::I64AtomicStore8 { memarg }
            | Operator::I64AtomicStore16 { memarg }
            | Operator::I64AtomicStore32 { memarg } => {
                numbers.extend(u32::try_from(memarg.offset));
            }
            _ => {}
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    (numbers, globals)
}
