//! Instructions whose effect no rule describes.

use super::op::Op;
use wasmparser::Operator;

/// Instructions that pop and push a fixed number of values and write no memory that values
/// are read from, as an [`Op::Opaque`].
pub(super) fn opaque(op: &Operator<'_>) -> Option<(Op, u32, u32)> {
    let (pops, pushes) = match op {
        Operator::RefNull { .. } | Operator::TableSize { .. } => (0, 1),
        Operator::RefIsNull | Operator::TableGet { .. } => (1, 1),
        Operator::TableSet { .. } => (2, 0),
        Operator::TableGrow { .. } => (2, 1),
        Operator::TableFill { .. } | Operator::TableCopy { .. } | Operator::TableInit { .. } => {
            (3, 0)
        }
        Operator::ElemDrop { .. } | Operator::AtomicFence => (0, 0),
        _ => return None,
    };
    let opaque = Op::Opaque {
        name: name(op),
        pops,
        pushes,
    };
    Some((opaque, pops, pushes))
}

macro_rules! names {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// The family of an instruction, for reports: its proposal.
        pub(super) fn name(op: &Operator<'_>) -> &'static str {
            #[allow(unreachable_patterns)]
            match op {
                $(Operator::$op { .. } => stringify!($proposal),)*
                _ => "unknown",
            }
        }
    };
}

wasmparser::for_each_operator!(names);
