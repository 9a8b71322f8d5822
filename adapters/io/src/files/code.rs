//! `error-code` of wasi:filesystem, the cases that occur here, and results that have it.

use crate::abi::Ret;

/// A case of `error-code`; the number is its position in the WIT.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Code {
    BadDescriptor = 3,
    Busy = 4,
    Exist = 7,
    FileTooLarge = 8,
    Invalid = 12,
    IsDirectory = 14,
    Loop = 15,
    NameTooLong = 18,
    NoEntry = 20,
    InsufficientSpace = 23,
    NotDirectory = 24,
    NotEmpty = 25,
    Unsupported = 27,
    NotPermitted = 31,
}

/// What a function of the filesystem gives.
pub(crate) type Outcome<T> = Result<T, Code>;

/// A result without payload, or with one that is written to the area by `ok`; the payload of
/// an error stands at `offset`, which is the alignment of the larger one.
pub(crate) fn result<T>(offset: usize, outcome: Outcome<T>, ok: impl FnOnce(Ret, T)) -> usize {
    match outcome {
        Ok(value) => {
            let ret = Ret.byte(0, 0);
            ok(ret, value);
            ret
        }
        Err(code) => Ret.byte(0, 1).byte(offset, code as u8),
    }
    .done()
}

/// `result<_, error-code>`
pub(crate) fn unit(outcome: Outcome<()>) -> usize {
    result(1, outcome, |_, ()| {})
}

/// `result<handle, error-code>`
pub(crate) fn handle(outcome: Outcome<u32>) -> usize {
    result(4, outcome, |ret, handle| {
        ret.word(4, handle);
    })
}
