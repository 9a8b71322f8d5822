//! Calendar dates, without a clock.

use std::fmt;
use std::str::FromStr;

/// A day of the Gregorian calendar, displayed as `2026-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A text that is no date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date: expected `YYYY-MM-DD`")]
pub struct DateError(pub String);

impl Date {
    /// A date, or `None` when the calendar has no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        (year <= 9999 && (1..=days).contains(&day)).then_some(Date { year, month, day })
    }

    /// The day that is `days` days after 1970-01-01; `None` before it and after the year 9999.
    pub fn from_unix_days(days: u64) -> Option<Date> {
        // Days since 0000-03-01, so that a leap day ends a year: 400 years have 146,097 days.
        let days = days.checked_add(719_468)?;
        let (era, in_era) = (days / 146_097, days % 146_097);
        let year_of_era = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
        let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * in_year + 2) / 153;
        let day = in_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let year = era.checked_mul(400)?.checked_add(year_of_era)? + u64::from(month <= 2);
        Date::new(
            year.try_into().ok()?,
            month.try_into().ok()?,
            day.try_into().ok()?,
        )
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Date, DateError> {
        let error = || DateError(text.to_string());
        let mut parts = text.split('-');
        let mut number = |len: usize| {
            let part = parts.next().filter(|part| part.len() == len)?;
            let digits = part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse::<u16>().ok()).flatten()
        };
        let (year, month, day) = (number(4), number(2), number(2));
        if parts.next().is_some() {
            return Err(error());
        }
        let date = year.zip(month).zip(day).and_then(|((year, month), day)| {
            Date::new(year, month.try_into().ok()?, day.try_into().ok()?)
        });
        date.ok_or_else(error)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // A test that cannot parse its input should fail.
mod tests {
    use super::*;

    #[test]
    fn dates_round_trip_and_are_ordered() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(date("2024-02-29").to_string(), "2024-02-29");
        assert!(date("2025-12-31") < date("2026-01-01"));
        for bad in [
            "",
            "2026",
            "2026-1-1",
            "2026-13-01",
            "2025-02-29",
            "1900-02-29",
            "2026-01-00",
            "2026-04-31",
            "2026-01-01-",
            "+026-01-01",
            "26-01-01",
            "2026-01-01T00:00:00",
        ] {
            assert_eq!(bad.parse::<Date>(), Err(DateError(bad.into())), "{bad}");
        }
    }

    #[test]
    fn days_since_1970_are_dates() {
        let day = |days| Date::from_unix_days(days).map(|date| date.to_string());
        assert_eq!(day(0).as_deref(), Some("1970-01-01"));
        assert_eq!(day(58).as_deref(), Some("1970-02-28"));
        assert_eq!(day(59).as_deref(), Some("1970-03-01"));
        assert_eq!(day(11_016).as_deref(), Some("2000-02-29"));
        assert_eq!(day(20_454).as_deref(), Some("2026-01-01"));
        assert_eq!(day(u64::MAX), None);
        let mut last = Date::from_unix_days(0).unwrap();
        for days in 1..200_000 {
            let next = Date::from_unix_days(days).unwrap();
            assert!(last < next, "{last} {next}");
            last = next;
        }
    }
}
