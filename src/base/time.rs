//! Times as people write them, in nanoseconds.

/// Units of durations, in nanoseconds.
const UNITS: &[(&str, i128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

/// A whole number and a unit: `90s`, `-2h`, `1d`.
pub fn duration(text: &str) -> Result<i128, String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
    let number = text
        .strip_suffix(unit)
        .and_then(|number| number.parse::<i64>().ok());
    let factor = UNITS.iter().find(|(name, _)| *name == unit);
    match (number, factor) {
        (Some(number), Some((_, factor))) => Ok(i128::from(number) * factor),
        _ => Err("expected a whole number and one of ns, us, ms, s, min, h, d".to_string()),
    }
}

/// Seconds with up to nine digits behind the point.
pub fn seconds(text: &str) -> Result<i128, String> {
    let wrong = || "expected seconds, with up to nine digits behind the point".to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let nanoseconds: i128 = format!("{fraction:0<9}").parse().map_err(|_| wrong())?;
    let seconds: i64 = whole.parse().map_err(|_| wrong())?;
    let before = if whole.starts_with('-') { -1 } else { 1 };
    Ok(i128::from(seconds) * 1_000_000_000 + before * nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(duration("90s"), Ok(90_000_000_000));
        assert_eq!(duration("-2h"), Ok(-7_200_000_000_000));
        assert_eq!(seconds("0"), Ok(0));
        assert_eq!(seconds("-1.5"), Ok(-1_500_000_000));
        assert_eq!(seconds("-0.5"), Ok(-500_000_000));
        assert_eq!(
            seconds("1700000000.123456789"),
            Ok(1_700_000_000_123_456_789)
        );
        for bad in [
            "",
            "s",
            "1",
            "1.5s",
            "1 s",
            "ein h",
            "99999999999999999999s",
        ] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        for bad in ["", ".", "1.", "1.0000000000", "x", "1.-5"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
