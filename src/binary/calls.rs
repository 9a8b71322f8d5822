//! Where the calls of a function body stand.

use super::ids::FuncId;
use super::module::Module;
use super::scan::IndirectCall;
use wasmparser::{BinaryReader, FunctionBody, Operator};

/// A call instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSite {
    /// Offset of the instruction in the file.
    pub offset: u64,
    /// What it calls.
    pub callee: Callee,
}

/// What a call instruction names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callee {
    /// A function of the module's index space.
    Func(FuncId),
    /// Whatever a slot of a table holds.
    Table(IndirectCall),
    /// A function reference.
    Reference,
}

impl Module<'_> {
    /// The calls of the body at `index`, in order. `file` is the file that the module was
    /// read from.
    pub fn call_sites(&self, index: usize, file: &[u8]) -> Vec<CallSite> {
        let Some(range) = self.bodies.get(index) else {
            return Vec::new();
        };
        let Some(bytes) = range.of(file) else {
            return Vec::new();
        };
        let body = FunctionBody::new(BinaryReader::new(bytes, range.start));
        let Ok(reader) = body.get_operators_reader() else {
            return Vec::new();
        };
        let operators = reader.into_iter_with_offsets().map_while(Result::ok);
        operators
            .filter_map(|(operator, offset)| {
                let callee = match operator {
                    Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                        Callee::Func(FuncId(function_index))
                    }
                    Operator::CallIndirect {
                        table_index,
                        type_index,
                    }
                    | Operator::ReturnCallIndirect {
                        table_index,
                        type_index,
                    } => Callee::Table(IndirectCall {
                        table: super::ids::TableId(table_index),
                        ty: super::ids::TypeId(type_index),
                    }),
                    Operator::CallRef { .. } | Operator::ReturnCallRef { .. } => Callee::Reference,
                    _ => return None,
                };
                Some(CallSite { offset, callee })
            })
            .collect()
    }
}
