//! Names of functions as compilers mangle them, made readable.

/// The name of a function as its author wrote it, when `symbol` is mangled by a known
/// scheme: Rust (legacy without its hash, and v0) or C++ (Itanium). `None` when there is
/// nothing to undo.
pub fn demangle(symbol: &str) -> Option<String> {
    // Suffixes such as `.llvm.1234` and `.command_export` belong to the linker.
    let plain = symbol.split(".llvm.").next().unwrap_or(symbol);
    if let Ok(name) = rustc_demangle::try_demangle(plain) {
        // The alternate form leaves out hashes, which differ from build to build.
        return Some(format!("{name:#}"));
    }
    if !plain.starts_with("_Z") || plain.len() > LONGEST {
        return None;
    }
    let options = cpp_demangle::DemangleOptions::new().no_return_type();
    let parsed = cpp_demangle::Symbol::new(plain).ok()?;
    parsed.demangle_with_options(&options).ok()
}

/// Longer symbols of C++ are left as they are: templates within templates can take more
/// space in the readable form than anybody reads.
const LONGEST: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::demangle;

    #[test]
    fn mangled_names_become_readable() {
        let rust = "_ZN7pricing4wasi6config5store3get17h0123456789abcdefE";
        assert_eq!(
            demangle(rust).as_deref(),
            Some("pricing::wasi::config::store::get")
        );
        assert_eq!(
            demangle("_RNvCs4fqI2P2rA04_5shops6handle").as_deref(),
            Some("shops::handle")
        );
        let cpp = "_ZN3app4readERKNSt3__212basic_stringIcNS0_11char_traitsIcEENS0_9allocatorIcEEEE";
        let shown = demangle(cpp).unwrap_or_default();
        assert!(shown.starts_with("app::read("), "{shown}");
    }

    #[test]
    fn other_names_are_left_alone() {
        for name in ["getenv", "main", "wasi:cli/run@0.2.0#run", "_Z", "_ZN", ""] {
            assert_eq!(demangle(name), None, "{name}");
        }
    }
}
