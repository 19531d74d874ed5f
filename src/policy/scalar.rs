//! One scalar, read as its key's shape says.

use crate::source::did_you_mean;

use super::guest_path::normalise;
use super::keys::Shape;
use super::tree::Value;
use super::vocabulary::Vocabulary;
use super::{moment, pattern, quantity, signature, word};

/// The longest text of one scalar, in bytes.
pub const MAX_SCALAR: usize = 64 << 10;

/// Why a scalar is not what its key wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The class of mistake.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// A mistake with a help.
pub fn wrong(code: &'static str, message: String, help: impl Into<String>) -> Wrong {
    Wrong {
        code,
        message,
        help: Some(help.into()),
    }
}

/// The first characters of a text, for messages.
pub fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown: String = text.chars().take(MOST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// Reads `text`, which was written without quotes if `plain`.
pub fn read(
    shape: &Shape,
    text: &str,
    plain: bool,
    known: &Vocabulary<'_>,
) -> Result<Value, Wrong> {
    if text.len() > MAX_SCALAR {
        let message = format!("a value of {} bytes", text.len());
        return Err(wrong(
            "too-large",
            message,
            format!("at most {MAX_SCALAR} bytes are read"),
        ));
    }
    match shape {
        Shape::Size => quantity::size(text)
            .map(Value::Number)
            .map_err(|help| wrong("bad-size", format!("`{}` is not a size", shown(text)), help)),
        Shape::Duration => quantity::duration(text).map(Value::Number).map_err(|help| {
            wrong(
                "bad-duration",
                format!("`{}` is not a duration", shown(text)),
                help,
            )
        }),
        Shape::Count { min, max } => count(text, plain, *min, *max),
        Shape::Integer => integer(text, plain),
        Shape::Bound => bound(text, plain),
        Shape::Flag => choice(Shape::FLAG_WORDS, text, plain),
        Shape::Choice(words) => choice(words, text, true),
        Shape::Date => moment::date(text).map(Value::Date).ok_or_else(|| {
            wrong(
                "bad-date",
                format!("`{}` is not a day", shown(text)),
                "write it like 2027-03-31",
            )
        }),
        Shape::Signature => signature::signature(text)
            .map(Value::Signature)
            .ok_or_else(|| {
                let message = format!("`{}` is not a signature", shown(text));
                wrong(
                    "bad-signature",
                    message,
                    "write it like \"(i32, i32) -> i64\", with () for none",
                )
            }),
        Shape::Pattern => match pattern::check(text) {
            Ok(()) => Ok(Value::Text(text.to_owned())),
            Err(error) => Err(wrong(
                "bad-pattern",
                format!("`{}` is not a pattern", shown(text)),
                error.to_string(),
            )),
        },
        Shape::GuestPath => guest_path(text),
        _ => word::check(shape, text, known).map(|()| Value::Text(text.to_owned())),
    }
}

fn count(text: &str, plain: bool, min: u64, max: u64) -> Result<Value, Wrong> {
    let message = || format!("`{}` is not a whole number", shown(text));
    if !plain {
        return Err(wrong("wrong-type", message(), "write it without quotes"));
    }
    let number = quantity::count(text).map_err(|help| wrong("bad-number", message(), help))?;
    if number < min || number > max {
        let message = format!("{number} is out of range");
        let help = if min == max {
            format!("only {min} is known")
        } else {
            format!("write a number from {min} to {max}")
        };
        return Err(wrong("out-of-range", message, help));
    }
    Ok(Value::Number(number))
}

fn integer(text: &str, plain: bool) -> Result<Value, Wrong> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let parsed = quantity::count(digits)
        .ok()
        .filter(|_| plain)
        .and_then(|_| text.replace('_', "").parse().ok());
    parsed.map(Value::Integer).ok_or_else(|| {
        let message = format!("`{}` is not a whole number of 64 bits", shown(text));
        wrong(
            "bad-number",
            message,
            "write a whole number without quotes, such as -1",
        )
    })
}

fn bound(text: &str, plain: bool) -> Result<Value, Wrong> {
    if let Ok(number) = integer(text, plain) {
        return Ok(number);
    }
    let bytes = quantity::size(text).map_err(|help| {
        wrong(
            "bad-size",
            format!("`{}` is no size and no number", shown(text)),
            help,
        )
    })?;
    i64::try_from(bytes).map(Value::Integer).map_err(|_| {
        let message = format!("`{}` is too large", shown(text));
        wrong(
            "out-of-range",
            message,
            format!("write at most {}", i64::MAX),
        )
    })
}

fn choice(words: &'static [&'static str], text: &str, plain: bool) -> Result<Value, Wrong> {
    let found = words.iter().find(|word| **word == text).filter(|_| plain);
    found.map(|word| Value::Word(word)).ok_or_else(|| Wrong {
        code: "unknown-word",
        message: format!("`{}` is not one of {}", shown(text), words.join(", ")),
        help: if plain {
            did_you_mean(text, words.iter().copied())
        } else {
            Some(format!("write {} without quotes", words.join(" or ")))
        },
    })
}

fn guest_path(text: &str) -> Result<Value, Wrong> {
    let message = format!("`{}` is not a directory of the guest", shown(text));
    if !text.starts_with('/') {
        return Err(wrong(
            "bad-path",
            message,
            "write an absolute path such as /data",
        ));
    }
    normalise(text)
        .map(Value::Text)
        .map_err(|denied| wrong("bad-path", message, denied.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(shape: &Shape, text: &str) -> bool {
        read(shape, text, true, &Vocabulary::standard()).is_ok()
    }

    #[test]
    fn numbers_beyond_their_bits_are_refused() {
        let count = Shape::Count {
            min: 0,
            max: u64::MAX,
        };
        assert!(reads(&count, "18446744073709551615") && !reads(&count, "18446744073709551616"));
        assert!(reads(&Shape::Integer, "-9223372036854775808"));
        for text in [
            "9223372036854775808",
            "--1",
            "1.0",
            "NaN",
            ".nan",
            "1e999",
            "0x1",
            "+1",
        ] {
            assert!(
                !reads(&Shape::Integer, text) && !reads(&Shape::Bound, text),
                "{text}"
            );
        }
    }

    #[test]
    fn names_are_known_and_the_nearest_is_told() {
        let error = read(
            &Shape::CapabilityOrFunction,
            "fs.raed",
            true,
            &Vocabulary::standard(),
        );
        assert_eq!(
            error.unwrap_err().help.as_deref(),
            Some("did you mean `fs.read`?")
        );
        assert!(!reads(&Shape::Proposal, "gargabe") && reads(&Shape::Proposal, "simd"));
        assert!(reads(&Shape::RuleId, "no-deadline") && !reads(&Shape::RuleId, "No Deadline"));
    }

    #[test]
    fn quoted_numbers_and_flags_are_texts() {
        let quoted = |shape: &Shape, text| read(shape, text, false, &Vocabulary::standard());
        assert!(quoted(&Shape::Count { min: 0, max: 9 }, "1").is_err());
        assert!(quoted(&Shape::Flag, "true").is_err() && reads(&Shape::Flag, "true"));
        assert_eq!(quoted(&Shape::Size, "1KiB"), Ok(Value::Number(1024)));
    }
}
