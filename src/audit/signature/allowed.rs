//! A file of allowed signers, as ssh-keygen(1) has it: principals, options, a public key a line.

use ssh_key::public::KeyData;
use ssh_key::{Algorithm, PublicKey};

use crate::source::{MAX_TEXT, Mistake, SourceId, Span};

use super::option::Options;
use super::{Distrust, NAMESPACE, pattern};

/// Who may sign approvals.
#[derive(Debug, Clone)]
pub struct AllowedSigners(Vec<Allowed>);

#[derive(Debug, Clone)]
struct Allowed {
    principals: String,
    options: Options,
    key: KeyData,
}

impl AllowedSigners {
    /// Reads the file's text.
    ///
    /// # Errors
    /// Every line that is not understood; a file with one allows nobody.
    pub fn read(text: &str, source: SourceId) -> Result<Self, Vec<Mistake>> {
        let (mut allowed, mut mistakes) = (Vec::new(), Vec::new());
        for (span, line) in lines(text, source)? {
            match Allowed::read(line) {
                Ok(one) => allowed.push(one),
                Err((message, help)) => {
                    mistakes.push(Mistake::new("signer", message, span).help(help));
                }
            }
        }
        if mistakes.is_empty() {
            Ok(Self(allowed))
        } else {
            Err(mistakes)
        }
    }

    /// Whether someone may sign with a key at a time; one line that lets them is enough.
    pub(super) fn allows(&self, by: &str, key: &KeyData, now: i64) -> Result<(), Distrust> {
        let mut reason = None;
        let lines = self.0.iter();
        for line in lines.filter(|line| line.key == *key) {
            if !pattern::matches_list(by, &line.principals) {
                continue;
            }
            match line.refuses(by, now) {
                None => return Ok(()),
                refusal => reason = refusal,
            }
        }
        Err(reason.unwrap_or_else(|| Distrust::Unknown {
            by: by.to_owned(),
            key: key.fingerprint(ssh_key::HashAlg::Sha256).to_string(),
        }))
    }
}

impl Allowed {
    fn read(line: &str) -> Result<Self, (String, &'static str)> {
        let (principals, rest) = word(line)?;
        let unread = || {
            let message = "no public key that reads".to_owned();
            (message, "write a line of a .pub file behind the principals")
        };
        let (options, key) = if let Some(key) = key(rest) {
            (Options::default(), key)
        } else {
            let (options, rest) = option_word(rest);
            // The kind of a key whose rest does not read, or nothing at all.
            if options.is_empty() || Algorithm::new(options).is_ok() {
                return Err(unread());
            }
            (Options::read(options)?, key(rest).ok_or_else(unread)?)
        };
        Ok(Self {
            principals: principals.to_owned(),
            options,
            key,
        })
    }

    fn refuses(&self, by: &str, now: i64) -> Option<Distrust> {
        let by = || by.to_owned();
        let options = &self.options;
        let listed = options.namespaces.as_ref();
        if listed.is_some_and(|list| !pattern::matches_list(NAMESPACE, list)) {
            Some(Distrust::OtherNamespaces(by()))
        } else if options.after.is_some_and(|after| now < after) {
            Some(Distrust::NotYet(by()))
        } else if options.before.is_some_and(|before| now > before) {
            Some(Distrust::Expired(by()))
        } else {
            None
        }
    }
}

/// The lines that say something, each with its place.
pub(super) fn lines(text: &str, source: SourceId) -> Result<Vec<(Span, &str)>, Vec<Mistake>> {
    let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let mut start = 0;
    let mut lines = Vec::new();
    if text.len() > MAX_TEXT {
        let message = format!("the file is longer than {MAX_TEXT} bytes");
        let span = Span {
            source,
            start: 0,
            end: 0,
        };
        return Err(vec![Mistake::new("too-large", message, span)]);
    }
    for line in text.split_inclusive('\n') {
        let shown = line.trim();
        let from = start + (line.len() - line.trim_start().len());
        if !shown.is_empty() && !shown.starts_with('#') {
            let span = Span {
                source,
                start: at(from),
                end: at(from + shown.len()),
            };
            lines.push((span, shown));
        }
        start += line.len();
    }
    Ok(lines)
}

/// A public key with its comment.
pub(super) fn key(text: &str) -> Option<KeyData> {
    let parts: Vec<&str> = text.split_ascii_whitespace().take(2).collect();
    let key = PublicKey::from_openssh(&parts.join(" ")).ok()?;
    Some(key.key_data().clone())
}

/// The first word, which may stand in quotes, and the rest.
fn word(line: &str) -> Result<(&str, &str), (String, &'static str)> {
    let wrong = |message: &str| Err((message.to_owned(), "write the principals, then the key"));
    let Some(quoted) = line.strip_prefix('"') else {
        let (word, rest) = line
            .split_once(|symbol: char| symbol.is_ascii_whitespace())
            .unwrap_or((line, ""));
        return Ok((word, rest.trim_start()));
    };
    match quoted.split_once('"') {
        None => wrong("a quotation that does not end"),
        Some(("", _)) => wrong("no principal between the quotes"),
        Some((word, rest)) => Ok((word, rest.trim_start())),
    }
}

/// The options, which end at a space outside of quotes, and the rest.
fn option_word(text: &str) -> (&str, &str) {
    let mut quoted = false;
    let end = text.find(|symbol: char| {
        quoted ^= symbol == '"';
        !quoted && symbol.is_ascii_whitespace()
    });
    let (options, rest) = end
        .and_then(|end| text.split_at_checked(end))
        .unwrap_or((text, ""));
    (options, rest.trim_start())
}
