//! What helps when a verdict is open. `docs/analysis.md` has the same with its background.

/// What a person can do about it.
pub(super) fn help(reason: &str) -> &'static str {
    match reason {
        "key-from-input" => {
            "read a fixed set of keys, one literal each; otherwise this is what the program does, \
             and its keys have to be declared by whoever gives it its input"
        }
        "key-partly-unknown" => {
            "read whole keys, one literal each; where the key stands in a variable that code \
             writes, make it a constant"
        }
        "budget" => {
            "move the call into a small function of its own and read keys early; an optimised \
             build needs fewer steps"
        }
        "recursion" => "read the key outside of the function that calls itself",
        "unresolved-indirect-call" => {
            "call the function that takes the key directly, or read the key outside of the \
             closure or trait object"
        }
        "unsupported-instruction" => {
            "build this part without the proposal, as with `-C target-feature=-simd128` in Rust"
        }
        "key-from-other-instance" => {
            "inspect the instance that makes the call by itself: which key it asks for depends on \
             the component that calls it"
        }
        "unanalysed" => "compose the missing part into the file; the notes say what is missing",
        "reads-whole-list" => {
            "look single names up, as with `getenv` or `std::env::var`; a runtime that copies \
             the whole environment keeps this open"
        }
        "call-not-executed" => {
            "often nothing: the call graph has more calls than the program; if the call is meant, \
             make it directly from a function that an export calls"
        }
        "catalogue-mismatch" => {
            "the notes say which row of the catalogue; correct it with `override = true` in a \
             file given with `--catalogue`"
        }
        "interpreted" => {
            "nothing: no program of an interpreter is proven; the keys that are listed stand in \
             it, declare them and what you know of others"
        }
        "interpreted-unread" => "the notes say what could not be read; look at that by yourself",
        "interpreted-computed-key" => "look up a fixed set of keys, one literal each",
        "interpreted-handed-on" => "look single names up instead of handing all of them on",
        "too-many-keys" => {
            "nothing: the keys that are listed are found, others exist; a program with so many \
             is best described by a pattern in its declaration"
        }
        _ => "see the list of reasons in docs/analysis.md",
    }
}
