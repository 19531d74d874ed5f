//! URLs, parsed before any pattern looks at them: what clients read in different ways is refused, and what is left has one
//! spelling.

use std::fmt;

use super::host_name::{HostDenied, HostName};

/// Why a text is refused as a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlDenied {
    /// No `scheme://`.
    #[error("it does not begin with a scheme and `://`")]
    Scheme,
    /// Blank, control character, backslash, or beyond ASCII.
    #[error("it has a blank, a control character, a backslash or a character beyond ASCII in it")]
    Character,
    /// `user@`.
    #[error("it has user information before its host")]
    User,
    /// `?`, `#` or `%` before the path begins.
    #[error("it has `?`, `#` or `%` where its host should end")]
    Authority,
    /// The host or port.
    #[error("{0}")]
    Host(#[from] HostDenied),
    /// An escape that is none, or that hides a separator or control character.
    #[error("its path has an escape that hides a separator, or is none")]
    Escape,
    /// `..` climbs over the root, or hides behind a parameter (`..;`).
    #[error("its path leaves its root")]
    LeavesRoot,
}

/// A URL in its normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    scheme: String,
    host: HostName,
    path: String,
    query: Option<String>,
}

/// One way to write a URL, with and without its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelling {
    /// All of it.
    pub whole: String,
    /// Up to the query; nothing where there is none.
    pub base: Option<String>,
}

impl Url {
    /// Reads a URL: scheme and host in lower case, default ports dropped, the path's `.`, `..`, `//` and needless escapes
    /// resolved, the fragment dropped.
    ///
    /// # Errors
    /// It is none, or could be read in two ways.
    pub fn read(text: &str) -> Result<Self, UrlDenied> {
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
        if !text.bytes().all(plain) {
            return Err(UrlDenied::Character);
        }
        let (scheme, rest) = text.split_once("://").ok_or(UrlDenied::Scheme)?;
        let scheme = self::scheme(scheme).ok_or(UrlDenied::Scheme)?;
        let (authority, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(UrlDenied::User);
        }
        if authority.contains(['?', '#', '%']) {
            return Err(UrlDenied::Authority);
        }
        let mut host = HostName::read(authority)?;
        host.port = host
            .port
            .filter(|port| default_port(&scheme) != Some(*port));
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (rest, None),
        };
        Ok(Self {
            scheme,
            host,
            path: self::path(path)?,
            query,
        })
    }

    /// Every way to write it that means the same: with its default port or without, and without a lone slash.
    pub fn spellings(&self) -> Vec<Spelling> {
        let default = default_port(&self.scheme).filter(|_| self.host.port.is_none());
        let ports = [self.host.port, default];
        let ports = ports.iter().take(1 + usize::from(default.is_some()));
        let mut spellings = Vec::new();
        for port in ports {
            let mut base = self.origin(*port);
            if self.path == "/" && self.query.is_none() {
                spellings.push(Spelling {
                    whole: base.clone(),
                    base: None,
                });
            }
            base.push_str(&self.path);
            spellings.push(match &self.query {
                Some(query) => Spelling {
                    whole: format!("{base}?{query}"),
                    base: Some(base),
                },
                None => Spelling {
                    whole: base,
                    base: None,
                },
            });
        }
        spellings
    }

    fn origin(&self, port: Option<u16>) -> String {
        let (scheme, host) = (&self.scheme, self.host.bracketed());
        match port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.origin(self.host.port), self.path)?;
        match &self.query {
            Some(query) => write!(out, "?{query}"),
            None => Ok(()),
        }
    }
}

fn scheme(text: &str) -> Option<String> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let sound = text.starts_with(|first: char| first.is_ascii_alphabetic());
    (sound && text.bytes().all(known)).then(|| text.to_ascii_lowercase())
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    }
}

fn path(text: &str) -> Result<String, UrlDenied> {
    let text = unescape(text)?;
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(UrlDenied::LeavesRoot)?;
            }
            // Some servers cut a segment's parameters off before they resolve it.
            part if part.starts_with(".;") || part.starts_with("..;") => {
                return Err(UrlDenied::LeavesRoot);
            }
            part => parts.push(part),
        }
    }
    let last = text.rsplit('/').next().unwrap_or_default();
    let folder = !parts.is_empty() && matches!(last, "" | "." | "..");
    let end = if folder { "/" } else { "" };
    Ok(format!("/{}{end}", parts.join("/")))
}

/// Escapes in one spelling: characters that need none stand for themselves, the others have upper-case digits.
fn unescape(text: &str) -> Result<String, UrlDenied> {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.get(..2).ok_or(UrlDenied::Escape)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(UrlDenied::Escape);
        }
        let byte = u8::from_str_radix(digits, 16).map_err(|_| UrlDenied::Escape)?;
        match byte {
            b'/' | b'\\' | 0..=0x1f | 0x7f => return Err(UrlDenied::Escape),
            b'-' | b'.' | b'_' | b'~' => plain.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => plain.push(char::from(byte)),
            _ => {
                plain.push('%');
                plain.push_str(&digits.to_ascii_uppercase());
            }
        }
        plain.push_str(part.get(2..).unwrap_or_default());
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<String, UrlDenied> {
        Url::read(text).map(|url| url.to_string())
    }

    #[test]
    fn a_url_has_one_spelling() {
        for (text, normal) in [
            ("HTTPS://API.Example.com", "https://api.example.com/"),
            ("https://a.test:443/x", "https://a.test/x"),
            ("http://a.test:443/x", "http://a.test:443/x"),
            ("https://a.test./x", "https://a.test/x"),
            ("https://a.test/a/./b/../c//d", "https://a.test/a/c/d"),
            ("https://a.test/a/%2e%2E/b", "https://a.test/b"),
            ("https://a.test/%61%2d%c3%a9/", "https://a.test/a-%C3%A9/"),
            ("https://a.test/a/..", "https://a.test/"),
            ("https://a.test/a/b/..", "https://a.test/a/"),
            ("https://a.test/x?q=/../%2F#f", "https://a.test/x?q=/../%2F"),
            ("http://[::1]:80/", "http://[::1]/"),
            ("https://a.test/user@host:x", "https://a.test/user@host:x"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(normal), "{text}");
        }
    }

    #[test]
    fn what_is_read_in_two_ways_is_refused() {
        for (text, why) in [
            ("https://evil.test?.example.com/", UrlDenied::Authority),
            ("https://evil.test#.example.com/", UrlDenied::Authority),
            ("https://evil.test%2f.example.com/", UrlDenied::Authority),
            ("https://a@evil.test/", UrlDenied::User),
            ("https://api.example.com:x@evil.test/", UrlDenied::User),
            ("https://evil.test\\.example.com/", UrlDenied::Character),
            ("https:\\\\evil.test/", UrlDenied::Character),
            ("https://a.test/x\r\nHost: evil.test", UrlDenied::Character),
            (" https://a.test/", UrlDenied::Character),
            ("https://a.test/\u{2028}", UrlDenied::Character),
            ("https://ｅvil.test/", UrlDenied::Character),
            ("//evil.test/", UrlDenied::Scheme),
            ("https:/evil.test/", UrlDenied::Scheme),
            ("javascript:alert(1)", UrlDenied::Scheme),
            ("1http://a.test/", UrlDenied::Scheme),
            ("://a.test/", UrlDenied::Scheme),
            ("file:///etc/passwd", UrlDenied::Host(HostDenied::Empty)),
            ("https://:443/", UrlDenied::Host(HostDenied::Empty)),
            ("https://2852039166/", UrlDenied::Host(HostDenied::Number)),
            ("https://a.test:65536/", UrlDenied::Host(HostDenied::Port)),
            ("https://a.test/../x", UrlDenied::LeavesRoot),
            ("https://a.test/a/%2e%2e/%2e%2e/x", UrlDenied::LeavesRoot),
            ("https://a.test/a/..;x/b", UrlDenied::LeavesRoot),
            ("https://a.test/a%2fb", UrlDenied::Escape),
            ("https://a.test/a%5Cb", UrlDenied::Escape),
            ("https://a.test/a%00", UrlDenied::Escape),
            ("https://a.test/a%0d%0a", UrlDenied::Escape),
            ("https://a.test/a%", UrlDenied::Escape),
            ("https://a.test/a%+1", UrlDenied::Escape),
        ] {
            assert_eq!(read(text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn a_normal_form_stays_itself() {
        for text in ["https://a.test:8443/a%25/b?c#d", "ws://[::2]/%7Ex/"] {
            let normal = read(text).unwrap();
            assert_eq!(read(&normal), Ok(normal.clone()));
        }
    }

    proptest! {
        #[test]
        fn what_is_judged_is_what_is_read_again(
            text in "(http|Ws|x)://(a|B|a\\.b\\.?|1\\.2\\.3\\.4|\\[::1\\])(:[0-9]{0,3})?(/[/?#.%a-b2eE;0-9]{0,16})?"
        ) {
            if let Ok(url) = Url::read(&text) {
                let again = Url::read(&url.to_string());
                prop_assert_eq!(again.as_ref(), Ok(&url));
                for spelling in url.spellings() {
                    let again = Url::read(&spelling.whole);
                    prop_assert_eq!(again.as_ref(), Ok(&url));
                }
                prop_assert!(url.path.split('/').all(|part| part != ".." && part != "."));
            }
        }
    }

    #[test]
    fn spellings_mean_the_same() {
        let spelt = |text: &str| {
            let spellings = Url::read(text).unwrap().spellings();
            let whole = spellings.into_iter().map(|one| one.whole);
            whole.collect::<Vec<_>>()
        };
        assert_eq!(
            spelt("https://a.test"),
            [
                "https://a.test",
                "https://a.test/",
                "https://a.test:443",
                "https://a.test:443/"
            ]
        );
        assert_eq!(spelt("x://a.test:443/b"), ["x://a.test:443/b"]);
    }
}
