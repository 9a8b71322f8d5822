//! What the first bytes of an input look like.

/// The verdict over the first bytes of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A core module in the binary format.
    Module,
    /// A component in the binary format.
    Component,
    /// The magic number of WebAssembly, then a version or layer nobody knows; the bytes of
    /// that field.
    OtherVersion([u8; 4]),
    /// The magic number of WebAssembly, or a part of it, and then the end.
    Truncated,
    /// Text that may be WebAssembly text.
    Text,
    /// Something else: what it looks like, and what to do about it.
    Other(Guess),
}

/// A file that is not WebAssembly: what it seems to be, and a hint if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guess {
    pub(super) looks: &'static str,
    pub(super) help: Option<&'static str>,
}

/// How many bytes are looked at before the rest of an input is read.
pub(super) const HEAD: usize = 4096;

const MAGIC: &[u8] = b"\0asm";
const MODULE: [u8; 4] = [1, 0, 0, 0];
const COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];

/// Formats that people hand in by mistake. Longer prefixes stand before shorter ones.
const OTHERS: &[(&[u8], &str, Option<&str>)] = &[
    (b"\x89PNG\r\n\x1a\n", "a PNG image", None),
    (b"\xff\xd8\xff", "a JPEG image", None),
    (b"GIF8", "a GIF image", None),
    (b"%PDF", "a PDF document", None),
    (
        b"\x7fELF",
        "an ELF binary",
        Some("a `.cwasm` compiled ahead of time is an ELF file; give the `.wasm` it was made from"),
    ),
    (
        b"\x1f\x8b",
        "a gzip archive",
        Some("unpack it first: `gzip -dc FILE | gusset … -`"),
    ),
    (b"PK\x03\x04", "a zip archive", Some("unpack it first")),
    (
        b"\x28\xb5\x2f\xfd",
        "zstd compressed data",
        Some("unpack it first: `zstd -dc FILE | gusset … -`"),
    ),
    (
        b"\xfd7zXZ\0",
        "an xz archive",
        Some("unpack it first: `xz -dc FILE | gusset … -`"),
    ),
    (
        b"BZh",
        "a bzip2 archive",
        Some("unpack it first: `bzip2 -dc FILE | gusset … -`"),
    ),
    (
        b"!<arch>\n",
        "a static library",
        Some("link it into a module first"),
    ),
    (
        b"BC\xc0\xde",
        "LLVM bitcode",
        Some("compile and link it into a module first"),
    ),
    (b"MZ", "a Windows program", None),
    (
        b"\xca\xfe\xba\xbe",
        "a Java class or a Mach-O program",
        None,
    ),
    (b"\xcf\xfa\xed\xfe", "a Mach-O program", None),
    (b"\xce\xfa\xed\xfe", "a Mach-O program", None),
    (b"SQLite format 3\0", "an SQLite database", None),
    (
        b"version https://git-lfs",
        "a Git LFS pointer",
        Some("fetch the file itself: `git lfs pull`"),
    ),
    (b"#!", "a script", None),
    (b"\xff\xfe", "UTF-16 text", Some("save it as UTF-8")),
    (b"\xfe\xff", "UTF-16 text", Some("save it as UTF-8")),
];

/// Looks at the first bytes of an input: all of it, or [`HEAD`] bytes. `named_text` says
/// that the name of the file promises the text format. Empty inputs are the caller's
/// business.
pub(super) fn look(head: &[u8], named_text: bool) -> Kind {
    if head.starts_with(MAGIC) {
        return match head.get(4..8).and_then(|bytes| bytes.try_into().ok()) {
            None => Kind::Truncated,
            Some(MODULE) => Kind::Module,
            Some(COMPONENT) => Kind::Component,
            Some(version) => Kind::OtherVersion(version),
        };
    }
    if MAGIC.starts_with(head) {
        return Kind::Truncated;
    }
    for (prefix, looks, help) in OTHERS {
        if head.starts_with(prefix) {
            return Kind::Other(Guess { looks, help: *help });
        }
    }
    let Some(text) = text(head) else {
        return Kind::Other(binary(head));
    };
    if named_text {
        return Kind::Text;
    }
    match past_comments(text) {
        // Nothing but comments so far: only the rest can tell.
        None => Kind::Text,
        Some(rest) if rest.starts_with('(') => Kind::Text,
        Some(rest) => Kind::Other(other_text(rest)),
    }
}

/// The head as text, if it is that: UTF-8 without control characters. A character cut off
/// at the end of the head is no reason against.
fn text(head: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let odd = |char: char| char.is_control() && !matches!(char, '\t' | '\n' | '\r' | '\x0c');
    (!text.is_empty() && !text.contains(odd)).then_some(text)
}

/// Skips the space and comments of the text format; `None` if there is nothing else.
fn past_comments(mut text: &str) -> Option<&str> {
    loop {
        text = text.trim_start();
        if let Some(line) = text.strip_prefix(";;") {
            text = line.split_once('\n')?.1;
        } else if let Some(mut block) = text.strip_prefix("(;") {
            let mut depth = 1_usize;
            while depth > 0 {
                let next = block.find(['(', ';'])?;
                block = block.get(next..)?;
                let step = if block.starts_with("(;") {
                    depth += 1;
                    2
                } else if block.starts_with(";)") {
                    depth -= 1;
                    2
                } else {
                    1
                };
                block = block.get(step..)?;
            }
            text = block;
        } else {
            return (!text.is_empty()).then_some(text);
        }
    }
}

fn other_text(rest: &str) -> Guess {
    let first = rest
        .split(|char: char| !char.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    if matches!(first, "package" | "world" | "interface") {
        return Guess {
            looks: "WIT text, which describes a component but is none",
            help: Some(
                "build the component, or encode the package with `wasm-tools component wit`",
            ),
        };
    }
    Guess {
        looks: "text in another format",
        help: Some("WebAssembly text starts with `(module` or `(component`"),
    }
}

fn binary(head: &[u8]) -> Guess {
    let looks = if head.iter().all(|byte| *byte == 0) {
        "nothing but zero bytes"
    } else {
        "an unknown binary format"
    };
    Guess {
        looks,
        help: Some("a WebAssembly binary starts with the bytes `00 61 73 6d`"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, look};

    fn looks(head: &[u8]) -> &'static str {
        match look(head, false) {
            Kind::Other(guess) => guess.looks,
            kind => unreachable!("{kind:?}"),
        }
    }

    #[test]
    fn binaries_are_told_apart_by_their_header() {
        assert_eq!(look(b"\0asm\x01\0\0\0", false), Kind::Module);
        assert_eq!(look(b"\0asm\x0d\0\x01\0rest", true), Kind::Component);
        assert_eq!(
            look(b"\0asm\x0c\0\x01\0", false),
            Kind::OtherVersion([0x0c, 0, 1, 0])
        );
        assert_eq!(look(b"\0asm\x01", false), Kind::Truncated);
        assert_eq!(look(b"\0a", false), Kind::Truncated);
    }

    #[test]
    fn other_formats_are_called_by_their_name() {
        assert_eq!(looks(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "a PNG image");
        assert_eq!(looks(b"\x7fELF\x02\x01"), "an ELF binary");
        assert_eq!(looks(b"\x1f\x8b\x08\0"), "a gzip archive");
        assert_eq!(looks(b"PK\x03\x04\x14"), "a zip archive");
        assert_eq!(looks(&[0; 64]), "nothing but zero bytes");
        assert_eq!(looks(b"\x01\x02\x03\x04"), "an unknown binary format");
        assert_eq!(looks(b"\0asn\x01\0\0\0"), "an unknown binary format");
        assert_eq!(
            looks(b"version https://git-lfs.github.com/spec/v1\n"),
            "a Git LFS pointer"
        );
    }

    #[test]
    fn text_is_recognised_behind_comments() {
        for text in [
            "(module)",
            "\u{feff}(component)",
            "\n ;; a comment\n (; a (; nested ;) one ;)\t(module)",
            ";; nothing but a comment",
            "(; never closed",
        ] {
            assert_eq!(look(text.as_bytes(), false), Kind::Text, "{text:?}");
        }
        assert_eq!(looks(b"{\"json\": true}"), "text in another format");
        assert!(looks(b"package a:b;\n").starts_with("WIT text"));
    }

    #[test]
    fn a_name_that_promises_text_is_believed_for_text_only() {
        assert_eq!(look(b"module", true), Kind::Text);
        assert!(matches!(look(b"\x89PNG\r\n\x1a\n", true), Kind::Other(_)));
    }

    #[test]
    fn a_character_cut_by_the_end_of_the_head_is_still_text() {
        assert_eq!(look(b"(module ;; \xc3", false), Kind::Text);
        assert_eq!(looks(b"(module \xff)"), "an unknown binary format");
    }
}
