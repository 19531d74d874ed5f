//! Human sizes, durations and counts to numbers. Total functions: any text gives a number or a help, never a panic, and
//! what does not fit 64 bits is refused.

/// Units of size, from the largest; the first of a factor is the one that helps name.
const SIZES: &[(&str, u64)] = &[
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1000),
    ("KB", 1000),
    ("B", 1),
    ("", 1),
];

/// Units of time in nanoseconds, from the largest.
const DURATIONS: &[(&str, u64)] = &[
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1000),
    ("ns", 1),
];

/// What people write for a size and what they mean.
const SIZE_SLIPS: &[(&[&str], &str)] = &[
    (&["k", "ki", "kib", "kilobyte", "kilobytes"], "KiB"),
    (&["m", "mi", "mib", "megabyte", "megabytes"], "MiB"),
    (&["g", "gi", "gib", "gigabyte", "gigabytes"], "GiB"),
    (&["t", "ti", "tib"], "TiB"),
    (&["kb"], "kB"),
    (&["mb"], "MB"),
    (&["gb"], "GB"),
    (&["tb"], "TB"),
    (&["b", "byte", "bytes"], "B"),
];

/// What people write for a duration and what they mean.
const DURATION_SLIPS: &[(&[&str], &str)] = &[
    (&["", "s", "sec", "secs", "second", "seconds"], "s"),
    (
        &[
            "ms",
            "msec",
            "msecs",
            "milli",
            "millis",
            "millisecond",
            "milliseconds",
        ],
        "ms",
    ),
    (&["m", "min", "mins", "minute", "minutes"], "m"),
    (&["h", "hr", "hrs", "hour", "hours"], "h"),
    (&["us", "µs", "μs", "micros", "microseconds"], "us"),
    (&["ns", "nanos", "nanoseconds"], "ns"),
];

/// A whole number without sign, or why not. Digits may be grouped by `_`; a leading zero is refused, as it once meant octal.
pub fn count(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("write a whole number such as 1000".to_owned());
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return Err("write it without the leading zero".to_owned());
    }
    digits
        .parse()
        .map_err(|_| format!("write at most {}", u64::MAX))
}

/// A size in bytes: `123`, `64KiB`, `8MiB`, `1MB`.
pub fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = split(text);
    let factor = unit_factor(SIZES, unit);
    let (Ok(number), Some(factor)) = (count(digits), factor) else {
        return Err(slip(digits, unit, SIZE_SLIPS, "64KiB, 8MiB or 1MB"));
    };
    number
        .checked_mul(factor)
        .ok_or_else(|| too_much("a size", u64::MAX))
}

/// A duration in nanoseconds: `250ms`, `2s`, `1m30s`, its units from the largest to the smallest.
pub fn duration(text: &str) -> Result<u64, String> {
    let mut rest = text;
    let mut last = u64::MAX;
    let mut total = 0u64;
    while !rest.is_empty() || text.is_empty() {
        let (digits, tail) = split(rest);
        let end = tail
            .find(|symbol: char| symbol.is_ascii_digit())
            .unwrap_or(tail.len());
        let (unit, next) = tail.split_at_checked(end).unwrap_or((tail, ""));
        let factor = unit_factor(DURATIONS, unit).filter(|factor| *factor < last);
        let (Ok(number), Some(factor)) = (count(digits), factor) else {
            return Err(slip(digits, tail, DURATION_SLIPS, "250ms, 2s or 1m30s"));
        };
        total = number
            .checked_mul(factor)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(|| too_much("a duration", u64::MAX))?;
        (last, rest) = (factor, next);
    }
    Ok(total)
}

fn too_much(what: &str, most: u64) -> String {
    format!("{what} is at most {most}, in the smallest unit")
}

fn unit_factor(units: &[(&str, u64)], unit: &str) -> Option<u64> {
    units
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, factor)| *factor)
}

/// The leading digits, and what follows them.
fn split(text: &str) -> (&str, &str) {
    let end = text
        .find(|symbol: char| !symbol.is_ascii_digit() && symbol != '_')
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn slip(digits: &str, unit: &str, slips: &[(&[&str], &str)], examples: &str) -> String {
    let folded = unit.trim().to_lowercase();
    let meant = slips
        .iter()
        .find(|(written, _)| written.contains(&folded.as_str()));
    match meant {
        Some((_, unit)) if count(digits).is_ok() && digits.len() <= 20 => {
            format!("did you mean `{digits}{unit}`?")
        }
        _ => format!("write it like {examples}"),
    }
}

/// A size as people write it: the largest binary unit that divides it.
pub fn show_size(bytes: u64) -> String {
    let whole = |factor: u64| bytes != 0 && bytes.is_multiple_of(factor);
    let (unit, factor) = SIZES
        .iter()
        .find(|(unit, factor)| unit.ends_with("iB") && whole(*factor))
        .unwrap_or(&("", 1));
    format!("{}{unit}", bytes / factor)
}

/// A duration as people write it: the largest unit that divides it.
pub fn show_duration(nanoseconds: u64) -> String {
    let whole = |factor: u64| nanoseconds != 0 && nanoseconds.is_multiple_of(factor);
    let (unit, factor) = DURATIONS
        .iter()
        .find(|(_, factor)| whole(*factor))
        .unwrap_or(&("s", 1));
    format!("{}{unit}", nanoseconds / factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_exact() {
        let cases = [
            ("0", 0),
            ("123", 123),
            ("1_000", 1000),
            ("64KiB", 65_536),
            ("8MiB", 8 << 20),
            ("1MB", 1_000_000),
            ("2GiB", 2 << 30),
            ("7B", 7),
            ("18446744073709551615", u64::MAX),
        ];
        for (text, bytes) in cases {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn a_wrong_size_is_told_the_right_spelling() {
        let help = |text| size(text).unwrap_err();
        assert_eq!(help("64 MB"), "did you mean `64MB`?");
        assert_eq!(help("64m"), "did you mean `64MiB`?");
        assert_eq!(help("64mib"), "did you mean `64MiB`?");
        for text in [
            "",
            "-1",
            "1.5MiB",
            "0x10",
            "010",
            "NaN",
            "1e999",
            ".inf",
            "18446744073709551616",
            "99999999999TiB",
            "_",
        ] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_exact() {
        let cases = [
            ("250ms", 250_000_000),
            ("2s", 2_000_000_000),
            ("1m30s", 90_000_000_000),
            ("1h", 3_600_000_000_000),
            ("5us", 5000),
            ("1ns", 1),
        ];
        for (text, nanoseconds) in cases {
            assert_eq!(duration(text), Ok(nanoseconds), "{text}");
        }
    }

    #[test]
    fn a_wrong_duration_is_told_the_right_spelling() {
        let help = |text| duration(text).unwrap_err();
        assert_eq!(help("2"), "did you mean `2s`?");
        assert_eq!(help("2 sec"), "did you mean `2s`?");
        assert_eq!(help("5MIN"), "did you mean `5m`?");
        for text in [
            "",
            "s",
            "1s1m",
            "1s1s",
            "-1s",
            "1.5s",
            "99999999999h",
            "1d",
            "s1",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = (size(&text), duration(&text), count(&text));
        }

        #[test]
        fn near_texts_do_not_panic(text in "[0-9_]{0,24}[ kKMGTiBmshnuµ0-9-]{0,5}") {
            let _ = (size(&text), duration(&text), count(&text));
        }

        #[test]
        fn what_is_shown_reads_back(number: u64) {
            prop_assert_eq!(size(&show_size(number)), Ok(number));
            prop_assert_eq!(duration(&show_duration(number)), Ok(number));
        }
    }
}
