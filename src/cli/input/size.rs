//! Sizes in bytes, as people write and read them.

/// The units a size can be given in: the binary ones in full (`MiB`) and, as a shorthand,
/// by their first letter (`M`); the decimal ones as `MB`.
const UNITS: [(&str, u64); 10] = [
    ("b", 1),
    ("k", 1 << 10),
    ("kib", 1 << 10),
    ("kb", 1_000),
    ("m", 1 << 20),
    ("mib", 1 << 20),
    ("mb", 1_000_000),
    ("g", 1 << 30),
    ("gib", 1 << 30),
    ("gb", 1_000_000_000),
];

/// Reads a size such as `1048576`, `64MiB`, `64 M` or `2GB`; for use as a clap parser.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text
        .find(|char: char| !char.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    if number.is_empty() || unit.starts_with('.') {
        return Err(format!(
            "`{text}` is no size; write a whole number and a unit, such as `64MiB`"
        ));
    }
    let unit = unit.trim().to_ascii_lowercase();
    let factor = if unit.is_empty() {
        1
    } else {
        UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .map(|(_, factor)| *factor)
            .ok_or_else(|| format!("unknown unit in `{text}`; use KiB, MiB or GiB"))?
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| format!("`{text}` does not fit into 64 bits"))
}

/// Shows a size with its unit. A size that is not a whole number of units also gets its
/// exact bytes, since a limit may be missed by one of them.
pub(crate) fn show_size(bytes: u64) -> String {
    let (name, unit) = match bytes {
        1 => return "1 byte".to_owned(),
        0..0x400 => return format!("{bytes} bytes"),
        0x400..0x10_0000 => ("KiB", 1_u64 << 10),
        0x10_0000..0x4000_0000 => ("MiB", 1 << 20),
        _ => ("GiB", 1 << 30),
    };
    let whole = bytes / unit;
    let tenths = bytes % unit * 10 / unit;
    if bytes.is_multiple_of(unit) {
        format!("{whole} {name}")
    } else {
        format!("{whole}.{tenths} {name} ({bytes} bytes)")
    }
}

#[cfg(test)]
mod tests {
    use super::{parse_size, show_size};

    #[test]
    fn sizes_are_read_with_and_without_units() {
        assert_eq!(parse_size("0"), Ok(0));
        assert_eq!(parse_size(" 1048576 "), Ok(1 << 20));
        assert_eq!(parse_size("1GiB"), Ok(1 << 30));
        assert_eq!(parse_size("64 m"), Ok(64 << 20));
        assert_eq!(parse_size("2kb"), Ok(2_000));
    }

    #[test]
    fn nonsense_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "no size"),
            ("MiB", "no size"),
            ("-1", "no size"),
            ("1.5GiB", "whole number"),
            ("1 furlong", "unknown unit"),
            ("99999999999999999999", "64 bits"),
            ("18446744073709551615k", "64 bits"),
        ] {
            let refused = parse_size(text);
            assert!(
                matches!(&refused, Err(message) if message.contains(reason)),
                "{text}: {refused:?}"
            );
        }
    }

    #[test]
    fn a_size_one_byte_over_a_limit_does_not_look_like_the_limit() {
        assert_eq!(show_size(1), "1 byte");
        assert_eq!(show_size(12), "12 bytes");
        assert_eq!(show_size(1 << 30), "1 GiB");
        assert_eq!(show_size((1 << 30) + 1), "1.0 GiB (1073741825 bytes)");
        assert_eq!(show_size(1536), "1.5 KiB (1536 bytes)");
        assert_eq!(show_size(2 << 20), "2 MiB");
    }
}
