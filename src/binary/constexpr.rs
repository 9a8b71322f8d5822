//! Constant expressions: initial values of globals and offsets of segments.

use super::ids::{FuncId, GlobalId};
use wasmparser::Operator;

/// A constant expression, kept as its bytes and decoded when asked.
#[derive(Clone, Debug)]
pub struct ConstExpr<'a> {
    expr: wasmparser::ConstExpr<'a>,
}

/// One instruction of a constant expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConstOp {
    /// `i32.const`
    I32(i32),
    /// `i64.const`
    I64(i64),
    /// `f32.const`, as bits
    F32(u32),
    /// `f64.const`, as bits
    F64(u64),
    /// `global.get`
    GlobalGet(GlobalId),
    /// `ref.func`
    RefFunc(FuncId),
    /// `ref.null`
    RefNull,
    /// Wrapping addition on the two topmost values.
    Add,
    /// Wrapping subtraction on the two topmost values.
    Sub,
    /// Wrapping multiplication on the two topmost values.
    Mul,
    /// An instruction whose value isn't followed (vectors, GC objects).
    Other,
}

impl<'a> ConstExpr<'a> {
    pub(super) fn new(expr: wasmparser::ConstExpr<'a>) -> Self {
        ConstExpr { expr }
    }

    /// Its instructions, without the final `end`.
    pub fn ops(&self) -> Vec<ConstOp> {
        self.each().collect()
    }

    /// The same, one after another.
    pub(super) fn each(&self) -> impl Iterator<Item = ConstOp> {
        self.expr
            .get_operators_reader()
            .into_iter()
            .map(|op| match op {
                Ok(Operator::I32Const { value }) => Some(ConstOp::I32(value)),
                Ok(Operator::I64Const { value }) => Some(ConstOp::I64(value)),
                Ok(Operator::F32Const { value }) => Some(ConstOp::F32(value.bits())),
                Ok(Operator::F64Const { value }) => Some(ConstOp::F64(value.bits())),
                Ok(Operator::GlobalGet { global_index }) => {
                    Some(ConstOp::GlobalGet(GlobalId(global_index)))
                }
                Ok(Operator::RefFunc { function_index }) => {
                    Some(ConstOp::RefFunc(FuncId(function_index)))
                }
                Ok(Operator::RefNull { .. }) => Some(ConstOp::RefNull),
                Ok(Operator::I32Add | Operator::I64Add) => Some(ConstOp::Add),
                Ok(Operator::I32Sub | Operator::I64Sub) => Some(ConstOp::Sub),
                Ok(Operator::I32Mul | Operator::I64Mul) => Some(ConstOp::Mul),
                Ok(Operator::End) => None,
                _ => Some(ConstOp::Other),
            })
            .map_while(|op| op)
    }
}
