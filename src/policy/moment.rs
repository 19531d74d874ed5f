//! Days and times as policies write them.

use super::model::Date;

/// A calendar day: `2027-03-31`.
pub fn date(text: &str) -> Option<Date> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shape {
        return None;
    }
    let (year, month, day) = (text.get(..4)?, text.get(5..7)?, text.get(8..)?);
    let day = jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let day = day.ok()?;
    Some(Date {
        year: day.year(),
        month: day.month(),
        day: day.day(),
    })
}

/// Whether it is an RFC 3339 time with an offset: `2026-01-01T00:00:00Z`.
pub fn is_time(text: &str) -> bool {
    let clock = text.get(10..).unwrap_or_default();
    let offset = clock.ends_with('Z')
        || clock
            .len()
            .checked_sub(6)
            .and_then(|at| clock.as_bytes().get(at))
            .is_some_and(|sign| matches!(sign, b'+' | b'-'));
    text.len() <= 40
        && clock.starts_with('T')
        && offset
        && text.get(..10).and_then(date).is_some()
        && text.parse::<jiff::Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn days_exist_or_are_refused() {
        let leap = date("2028-02-29").unwrap();
        assert_eq!((leap.year, leap.month, leap.day), (2028, 2, 29));
        for text in [
            "2027-02-29",
            "2027-13-01",
            "27-01-01",
            "2027-1-1",
            "2027/01/01",
            "+2027-01-0",
            "",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn times_have_an_offset() {
        assert!(is_time("2026-01-01T00:00:00Z") && is_time("2026-01-01T00:00:00.5+02:00"));
        for text in [
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01 00:00:00Z",
            "2026-01-01T25:00:00Z",
            "now",
            "2026-01-01T00:00:00Z[UTC]",
        ] {
            assert!(!is_time(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,30}", near in "[0-9T:Z+-]{0,30}") {
            let _ = (date(&text), is_time(&text), date(&near), is_time(&near));
        }
    }
}
