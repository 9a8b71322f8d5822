//! Instructions of CPython 3.14: numbers, and how many inline caches follow. From the tables
//! that the interpreter itself prints (`opcode.opmap`, `_opcode_metadata`).

/// An instruction, without its specialised forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Op(pub u8);

macro_rules! ops {
    ($($name:ident = $number:literal),* $(,)?) => {
        impl Op {
            $(pub(super) const $name: Op = Op($number);)*
        }
    };
}

ops! {
    BINARY_SLICE = 1, BUILD_TEMPLATE = 2, CALL_FUNCTION_EX = 4, CHECK_EG_MATCH = 5,
    CHECK_EXC_MATCH = 6, CLEANUP_THROW = 7, DELETE_SUBSCR = 8, END_FOR = 9, END_SEND = 10,
    EXIT_INIT_CHECK = 11, FORMAT_SIMPLE = 12, FORMAT_WITH_SPEC = 13, GET_AITER = 14,
    GET_ANEXT = 15, GET_ITER = 16, GET_LEN = 18, GET_YIELD_FROM_ITER = 19,
    INTERPRETER_EXIT = 20, LOAD_BUILD_CLASS = 21, LOAD_LOCALS = 22, MAKE_FUNCTION = 23,
    MATCH_KEYS = 24, MATCH_MAPPING = 25, MATCH_SEQUENCE = 26,
    POP_EXCEPT = 29, POP_ITER = 30, POP_TOP = 31, PUSH_EXC_INFO = 32, PUSH_NULL = 33,
    RETURN_GENERATOR = 34, RETURN_VALUE = 35, STORE_SLICE = 37,
    STORE_SUBSCR = 38, TO_BOOL = 39, UNARY_INVERT = 40, UNARY_NEGATIVE = 41, UNARY_NOT = 42,
    WITH_EXCEPT_START = 43, BINARY_OP = 44, BUILD_INTERPOLATION = 45, BUILD_LIST = 46,
    BUILD_MAP = 47, BUILD_SET = 48, BUILD_SLICE = 49, BUILD_STRING = 50, BUILD_TUPLE = 51,
    CALL = 52, CALL_INTRINSIC_1 = 53, CALL_INTRINSIC_2 = 54, CALL_KW = 55, COMPARE_OP = 56,
    CONTAINS_OP = 57, CONVERT_VALUE = 58, COPY = 59, DELETE_ATTR = 61,

    DICT_MERGE = 66, DICT_UPDATE = 67, END_ASYNC_FOR = 68, EXTENDED_ARG = 69, FOR_ITER = 70,
    GET_AWAITABLE = 71, IMPORT_FROM = 72, IMPORT_NAME = 73, IS_OP = 74, JUMP_BACKWARD = 75,
    JUMP_BACKWARD_NO_INTERRUPT = 76, JUMP_FORWARD = 77, LIST_APPEND = 78, LIST_EXTEND = 79,
    LOAD_ATTR = 80, LOAD_COMMON_CONSTANT = 81, LOAD_CONST = 82, LOAD_DEREF = 83,
    LOAD_FAST = 84, LOAD_FAST_AND_CLEAR = 85, LOAD_FAST_BORROW = 86,
    LOAD_FAST_BORROW_LOAD_FAST_BORROW = 87, LOAD_FAST_CHECK = 88, LOAD_FAST_LOAD_FAST = 89,
    LOAD_FROM_DICT_OR_DEREF = 90, LOAD_FROM_DICT_OR_GLOBALS = 91, LOAD_GLOBAL = 92,
    LOAD_NAME = 93, LOAD_SMALL_INT = 94, LOAD_SPECIAL = 95, LOAD_SUPER_ATTR = 96,
    MAP_ADD = 98, MATCH_CLASS = 99, POP_JUMP_IF_FALSE = 100,
    POP_JUMP_IF_NONE = 101, POP_JUMP_IF_NOT_NONE = 102, POP_JUMP_IF_TRUE = 103,
    RAISE_VARARGS = 104, RERAISE = 105, SEND = 106, SET_ADD = 107,
    SET_FUNCTION_ATTRIBUTE = 108, SET_UPDATE = 109, STORE_ATTR = 110, STORE_DEREF = 111,
    STORE_FAST = 112, STORE_FAST_LOAD_FAST = 113, STORE_FAST_STORE_FAST = 114,
    STORE_GLOBAL = 115, STORE_NAME = 116, SWAP = 117, UNPACK_EX = 118,
    UNPACK_SEQUENCE = 119, YIELD_VALUE = 120,
}

impl Op {
    /// The instruction that a byte stands for, of which it may be a specialised form. `None`
    /// for those of debuggers and of compiled traces.
    pub(super) fn of(byte: u8) -> Option<Op> {
        Some(match byte {
            3 | 129..=142 => Op::BINARY_OP,
            143..=150 | 154..=165 => Op::CALL,
            151..=153 => Op::CALL_KW,
            166..=168 => Op::COMPARE_OP,
            169 | 170 => Op::CONTAINS_OP,
            171..=174 => Op::FOR_ITER,
            175 | 176 => Op::JUMP_BACKWARD,
            177..=189 => Op::LOAD_ATTR,
            190 | 191 => Op::LOAD_CONST,
            192 | 193 => Op::LOAD_GLOBAL,
            194 | 195 => Op::LOAD_SUPER_ATTR,
            196 => Op(128),
            197 => Op::SEND,
            198..=200 => Op::STORE_ATTR,
            201 | 202 => Op::STORE_SUBSCR,
            203..=208 => Op::TO_BOOL,
            209..=211 => Op::UNPACK_SEQUENCE,
            1..=128 => Op(byte),
            _ => return None,
        })
    }

    /// Units of two bytes that belong to the instruction and say nothing about it.
    pub(super) fn caches(self) -> usize {
        match self {
            Op::LOAD_GLOBAL | Op::STORE_ATTR => 4,
            Op::BINARY_OP => 5,
            Op::LOAD_ATTR => 9,
            Op::CALL | Op::CALL_KW | Op::TO_BOOL => 3,
            Op::UNPACK_SEQUENCE
            | Op::COMPARE_OP
            | Op::CONTAINS_OP
            | Op::FOR_ITER
            | Op::LOAD_SUPER_ATTR
            | Op::STORE_SUBSCR
            | Op::SEND
            | Op::JUMP_BACKWARD
            | Op::POP_JUMP_IF_TRUE
            | Op::POP_JUMP_IF_FALSE
            | Op::POP_JUMP_IF_NONE
            | Op::POP_JUMP_IF_NOT_NONE => 1,
            _ => 0,
        }
    }

    /// How many operands an instruction takes and gives that is not followed otherwise.
    pub(super) fn effect(self, arg: usize) -> (usize, usize) {
        match self {
            Op::BINARY_SLICE => (3, 1),
            Op::BUILD_TEMPLATE => (2, 1),
            Op::CHECK_EG_MATCH => (2, 2),
            Op::CHECK_EXC_MATCH => (1, 1),
            Op::CLEANUP_THROW => (3, 2),
            Op::DELETE_SUBSCR => (2, 0),
            Op::END_FOR | Op::POP_TOP | Op::POP_ITER | Op::POP_EXCEPT => (1, 0),
            Op::END_SEND => (2, 1),
            Op::EXIT_INIT_CHECK | Op::INTERPRETER_EXIT => (1, 0),
            Op::GET_ANEXT | Op::GET_LEN | Op::MATCH_MAPPING | Op::MATCH_SEQUENCE => (0, 1),
            Op::MATCH_KEYS => (0, 1),
            Op::PUSH_EXC_INFO => (1, 2),
            Op::RETURN_GENERATOR | Op::LOAD_LOCALS | Op::LOAD_COMMON_CONSTANT => (0, 1),
            Op::STORE_SLICE => (4, 0),
            Op::UNARY_INVERT | Op::UNARY_NEGATIVE | Op::UNARY_NOT => (1, 1),
            Op::WITH_EXCEPT_START => (0, 1),
            Op::BUILD_INTERPOLATION => (2 + (arg & 1), 1),
            Op::BUILD_SLICE => (arg, 1),
            Op::CALL_INTRINSIC_2 => (2, 1),
            Op::DELETE_ATTR => (1, 0),
            Op::END_ASYNC_FOR => (2, 0),
            Op::IS_OP => (2, 1),
            Op::LOAD_FROM_DICT_OR_DEREF | Op::LOAD_FROM_DICT_OR_GLOBALS => (1, 1),
            Op::LOAD_SPECIAL => (1, 2),
            Op::MATCH_CLASS => (3, 1),
            Op::RAISE_VARARGS => (arg, 0),
            Op::RERAISE => (1, 0),
            Op::SEND => (1, 1),
            Op::UNPACK_EX => (1, (arg & 0xff) + 1 + (arg >> 8)),
            _ => (0, 0),
        }
    }

    /// Whether what follows is not reached from here.
    pub(super) fn ends(self) -> bool {
        matches!(
            self,
            Op::RETURN_VALUE
                | Op::RAISE_VARARGS
                | Op::RERAISE
                | Op::JUMP_FORWARD
                | Op::JUMP_BACKWARD
                | Op::JUMP_BACKWARD_NO_INTERRUPT
        )
    }
}
