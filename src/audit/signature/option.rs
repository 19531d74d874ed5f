//! Options of a line of allowed signers. What is not understood is a mistake: to skip it would allow more than was meant.

use jiff::civil::DateTime;

/// What a line allows its keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// Patterns of namespaces; `None` allows all.
    pub namespaces: Option<String>,
    /// From when on, in seconds since 1970.
    pub after: Option<i64>,
    /// Until when.
    pub before: Option<i64>,
}

impl Options {
    /// Reads options parted by commas, or says what is wrong and what to do.
    pub fn read(text: &str) -> Result<Self, (String, &'static str)> {
        let mut options = Self::default();
        for option in split(text).ok_or_else(|| {
            let message = "a quotation that does not end".to_owned();
            (message, "write option=\"value\"")
        })? {
            options.take(option)?;
        }
        if let (Some(after), Some(before)) = (options.after, options.before)
            && before <= after
        {
            let message = "`valid-before` is not after `valid-after`".to_owned();
            return Err((message, "the key would never be valid"));
        }
        Ok(options)
    }

    fn take(&mut self, option: &str) -> Result<(), (String, &'static str)> {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let value = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'))
            .filter(|value| !value.is_empty() && !value.contains('"'));
        let name = name.to_ascii_lowercase();
        match (name.as_str(), value) {
            ("cert-authority", _) => {
                return Err((
                    "certificates are not supported, so `cert-authority` is not".to_owned(),
                    "list the signers' own keys",
                ));
            }
            ("namespaces", Some(value)) if self.namespaces.is_none() => {
                self.namespaces = Some(value.to_owned());
            }
            ("valid-after", Some(value)) if self.after.is_none() => {
                self.after = Some(time(value)?);
            }
            ("valid-before", Some(value)) if self.before.is_none() => {
                self.before = Some(time(value)?);
            }
            ("namespaces" | "valid-after" | "valid-before", _) => {
                let message = format!("`{name}` is stated twice or without a value");
                return Err((message, "write option=\"value\" once"));
            }
            _ => {
                return Err((
                    format!("no option or kind of key `{name}`"),
                    "`namespaces`, `valid-after` and `valid-before` are honoured",
                ));
            }
        }
        Ok(())
    }
}

/// Parted by commas outside of quotes.
fn split(text: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, symbol) in text.char_indices() {
        match symbol {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(text.get(start..at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..)?);
    (!quoted).then_some(parts)
}

/// `20270331Z`, `202703312359Z` or `20270331235959Z`, in seconds since 1970. Without the `Z` OpenSSH takes the machine's own
/// time zone: an approval would hold here and not there.
fn time(text: &str) -> Result<i64, (String, &'static str)> {
    let wrong = |help| Err((format!("not a time: `{text}`"), help));
    let Some(digits) = text.strip_suffix(['Z', 'z']) else {
        return wrong("state it in UTC, with a Z at its end: 20270331Z or 202703312359Z");
    };
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse().ok());
    let known =
        matches!(digits.len(), 8 | 12 | 14) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let year = digits.get(..4).and_then(|year| year.parse::<i16>().ok());
    let at = |from: usize| part(from, from + 2).unwrap_or(0_i8);
    let moment = year.filter(|_| known).and_then(|year| {
        let moment = DateTime::new(year, at(4), at(6), at(8), at(10), at(12), 0).ok()?;
        let moment = moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(moment.timestamp().as_second())
    });
    moment.map_or_else(|| wrong("write 20270331Z or 202703312359Z"), Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc() {
        assert_eq!(time("19700101Z"), Ok(0));
        assert_eq!(time("197001020001Z"), Ok(86_460));
        assert_eq!(time("19700101000059Z"), Ok(59));
        for text in [
            "20270331",
            "2027033Z",
            "20271331Z",
            "20270331250000Z",
            "Z",
            "2027-03-31Z",
            "+2027331Z",
        ] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_not_honoured_is_a_mistake() {
        let read = Options::read("namespaces=\"git,ringfence\",VALID-AFTER=\"20270101Z\"").unwrap();
        assert_eq!(read.namespaces.as_deref(), Some("git,ringfence"));
        assert!(read.after.is_some() && read.before.is_none());
        for text in [
            "cert-authority",
            "no-touch-required",
            "namespaces",
            "namespaces=ringfence",
            "namespaces=\"\"",
            "namespaces=\"a\",namespaces=\"b\"",
            "namespaces=\"a",
            "valid-after=\"20270101Z\",valid-before=\"20270101Z\"",
            "",
            "valid-after=\"20270101Z\",",
        ] {
            assert!(Options::read(text).is_err(), "{text}");
        }
    }
}
