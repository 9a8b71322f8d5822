//! Variables that the runtime of a language reads for itself are needs as well: a verdict
//! that leaves them out is no `complete`.

use super::run::{Guest, engine};
use super::says::{Says, fixtures};
use serde_json::json;
use wasmtime_wasi::runtime::in_tokio;

/// A program that cannot print panics, and says how to get a backtrace unless the variable
/// is set: it is read.
#[test]
fn a_panicking_program_reads_rust_backtrace() {
    let engine = engine().unwrap();
    for file in ["std-env.wasm", "std-env-p1-component.wasm"] {
        let bytes = std::fs::read(fixtures("bin").join(file)).unwrap();
        let guest = Guest::new(&engine, &bytes).unwrap();
        let text = |env: serde_json::Value| {
            let run = json!({ "stdout": 0, "args": ["/data/note.txt"], "env": env });
            in_tokio(guest.run(&run, "panic")).unwrap().text
        };
        let unset = text(json!({}));
        assert!(unset.contains("panicked at"), "{file}: {unset}");
        assert_ne!(unset, text(json!({ "RUST_BACKTRACE": "1" })), "{file}");
        let says = Says::of(&bytes);
        assert!(
            says.reports("env", "RUST_BACKTRACE") || !says.claims_all("env"),
            "{file}: read and not reported"
        );
    }
}

/// Whatever is written in Rust's std reads it in its panic path.
#[test]
fn complete_rust_programs_name_rust_backtrace() {
    let mut complete = 0;
    for file in [
        "std-env.wasm",
        "std-env-stripped.wasm",
        "logger.wasm",
        "audit.wasm",
    ] {
        let says = Says::of(&std::fs::read(fixtures("bin").join(file)).unwrap());
        if says.claims_all("env") {
            complete += 1;
            assert!(says.reports("env", "RUST_BACKTRACE"), "{file}");
        }
    }
    assert!(complete > 0, "no verdict claims anything");
}
