//! Standard input, output and error that the host does not serve. Those that it serves are
//! handed on by wrappers.

use crate::abi::Global;
use crate::input::Input;
use crate::output::Output;
use crate::settings::{self, Standard};

/// How much of a fixed standard input was read.
static POSITION: Global<usize> = Global::new(0);

/// The next bytes of a fixed standard input; none at its end.
pub(crate) fn next_input(length: usize) -> &'static [u8] {
    let Standard::Fixed(bytes) = settings::get().stdin else {
        return &[];
    };
    POSITION.with(|position| {
        let rest = bytes.get(*position..).unwrap_or_default();
        let next = rest.get(..length).unwrap_or(rest);
        *position += next.len();
        next
    })
}

#[unsafe(export_name = "wasi:cli/stdin#get-stdin")]
extern "C" fn get_stdin() -> u32 {
    match settings::get().stdin {
        Standard::Fixed(_) => Input::Fixed,
        Standard::Refused => Input::Refused,
    }
    .handle()
}

fn output(standard: &Standard) -> u32 {
    match standard {
        Standard::Fixed(_) => Output::Nothing,
        Standard::Refused => Output::Refused,
    }
    .handle()
}

#[unsafe(export_name = "wasi:cli/stdout#get-stdout")]
extern "C" fn get_stdout() -> u32 {
    output(&settings::get().stdout)
}

#[unsafe(export_name = "wasi:cli/stderr#get-stderr")]
extern "C" fn get_stderr() -> u32 {
    output(&settings::get().stderr)
}
