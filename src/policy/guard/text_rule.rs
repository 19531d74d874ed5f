//! What a textual argument may be: its normal form, then `deny`, then every layer of `allow`.

use crate::policy::{Argument, PatternError, Role, normalise};
use crate::source::{Span, Spanned};

use super::denied::Denied;
use super::host_name::HostName;
use super::pattern::PlacedPattern;
use super::url::{Spelling, Url};

/// The patterns of one argument.
#[derive(Debug, Clone)]
pub struct TextRule {
    form: Form,
    deny: Vec<PlacedPattern>,
    allow: Vec<Vec<PlacedPattern>>,
    span: Span,
}

/// What kind of text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Path,
    Url,
    Host,
    Plain,
}

/// The ways in which a normal text may be written where a pattern means the same thing.
enum Spellings<'t> {
    One(&'t str),
    /// With and without what leads to the same place: a path's first slash, a host's port.
    Two(&'t str, String),
    Urls(Vec<Spelling>),
}

impl TextRule {
    /// Compiles that of an argument.
    ///
    /// # Errors
    /// A pattern does not compile.
    pub fn of(argument: &Argument) -> Result<Self, PatternError> {
        let form = Form::of(argument.role.value);
        let patterns = |list: &[Spanned<String>]| -> Result<Vec<_>, PatternError> {
            list.iter().map(|one| form.pattern(one)).collect()
        };
        let layers = argument.allow.0.iter();
        Ok(Self {
            form,
            deny: patterns(&argument.deny)?,
            allow: layers
                .map(|layer| patterns(layer))
                .collect::<Result<_, _>>()?,
            span: argument.span,
        })
    }

    /// Whether the text is a path.
    pub fn is_path(&self) -> bool {
        self.form == Form::Path
    }

    /// Reads the bytes of an argument: the form in which it is judged and used.
    ///
    /// # Errors
    /// Why it has none.
    pub fn read(&self, bytes: Vec<u8>) -> Result<String, Denied> {
        let refused = |shown: String, reason: &str| Denied {
            shown: Some(shown),
            ..Denied::unreadable(self.span, reason)
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            let lossy = String::from_utf8_lossy(error.as_bytes()).into_owned();
            refused(lossy, "it is not UTF-8")
        })?;
        if text.contains('\0') {
            return Err(refused(text, "it has a NUL in it"));
        }
        self.normalise(text)
            .map_err(|(text, reason)| refused(text, &reason))
    }

    fn normalise(&self, text: String) -> Result<String, (String, String)> {
        let refused = |reason: String| (text.clone(), reason);
        match self.form {
            Form::Path => normalise(&text).map_err(|denied| refused(denied.to_string())),
            Form::Url => match Url::read(&text) {
                Ok(url) => Ok(url.to_string()),
                Err(denied) => Err(refused(denied.to_string())),
            },
            Form::Host => match HostName::read_argument(&text) {
                Ok(host) => Ok(host.to_string()),
                Err(denied) => Err(refused(denied.to_string())),
            },
            Form::Plain => Ok(text),
        }
    }

    /// Judges a text in its normal form; the pattern that let it in, if one did.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn judge(&self, text: &str) -> Result<Option<Span>, Denied> {
        let spellings = self.form.spellings(text);
        if let Some(pattern) = self.deny.iter().find(|one| spellings.denied_by(one)) {
            let reason = format!("`deny` has `{}`", pattern.written);
            return Err(Denied::by(pattern.span, reason));
        }
        let mut by = None;
        for layer in &self.allow {
            let Some(pattern) = layer.iter().find(|one| spellings.admitted_by(one)) else {
                let span = layer.first().map_or(self.span, |first| first.span);
                return Err(Denied::by(span, "no pattern of `allow` matches it"));
            };
            by = by.or(Some(pattern.span));
        }
        Ok(by)
    }
}

impl Form {
    fn of(role: Role) -> Self {
        match role {
            Role::Path | Role::Root => Self::Path,
            Role::Url => Self::Url,
            Role::Host => Self::Host,
            _ => Self::Plain,
        }
    }

    fn pattern(self, written: &Spanned<String>) -> Result<PlacedPattern, PatternError> {
        match self {
            Self::Path => PlacedPattern::path(written),
            Self::Url => PlacedPattern::url(written),
            Self::Host | Self::Plain => PlacedPattern::name(written),
        }
    }

    fn spellings(self, text: &str) -> Spellings<'_> {
        match self {
            Self::Plain => Spellings::One(text),
            // A provider may resolve `data/x` and `/data/x` to the same file.
            Self::Path => match text.strip_prefix('/') {
                Some(relative) => Spellings::Two(text, relative.to_owned()),
                None => Spellings::Two(text, format!("/{text}")),
            },
            Self::Host => match HostName::read_argument(text) {
                Ok(host) => Spellings::Two(text, host.name),
                Err(_) => Spellings::One(text),
            },
            Self::Url => {
                Spellings::Urls(Url::read(text).map_or_else(|_| Vec::new(), |url| url.spellings()))
            }
        }
    }
}

impl Spellings<'_> {
    fn denied_by(&self, pattern: &PlacedPattern) -> bool {
        match self {
            Self::One(text) => pattern.matches(text),
            Self::Two(text, other) => pattern.matches(text) || pattern.matches(other),
            Self::Urls(urls) => urls.is_empty() || urls.iter().any(|url| pattern.denies(url)),
        }
    }

    fn admitted_by(&self, pattern: &PlacedPattern) -> bool {
        match self {
            Self::One(text) | Self::Two(text, _) => pattern.matches(text),
            Self::Urls(urls) => urls.iter().any(|url| pattern.admits(url)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Layers;

    fn written(text: &str, at: u32) -> Spanned<String> {
        let span = Span {
            start: at,
            ..Span::default()
        };
        Spanned::new(text.to_owned(), span)
    }

    fn rule(allow: &[&[&str]], deny: &[&str]) -> TextRule {
        let layer = |layer: &&[&str]| layer.iter().map(|one| written(one, 7)).collect();
        let argument = Argument {
            span: Span::default(),
            name: written("a", 0),
            role: Spanned::new(Role::Path, Span::default()),
            ptr: None,
            len: None,
            index: None,
            max: None,
            min: None,
            values: None,
            allow: Layers(allow.iter().map(layer).collect()),
            deny: deny.iter().map(|one| written(one, 8)).collect(),
        };
        TextRule::of(&argument).unwrap()
    }

    #[test]
    fn every_layer_must_match_and_deny_wins() {
        let rule = rule(&[&["/a/**", "/b/**"], &["/a/**", "/c/**"]], &["/a/x"]);
        let by = |text: &str| rule.judge(text).map_err(|denied| denied.span.start);
        assert_eq!(by("/a/y").unwrap().unwrap().start, 7);
        assert_eq!(by("/b/y"), Err(7));
        assert_eq!(by("/c/y"), Err(7));
        assert_eq!(by("/a/x"), Err(8));
    }

    #[test]
    fn an_empty_layer_allows_nothing_and_no_layer_anything() {
        assert!(rule(&[], &[]).judge("/x").is_ok());
        assert!(rule(&[&[]], &[]).judge("/x").is_err());
        assert!(rule(&[&["**"], &[]], &[]).judge("/x").is_err());
    }
}
