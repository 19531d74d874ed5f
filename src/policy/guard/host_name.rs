//! Host names and addresses in one spelling each, so that no other spelling slips past a pattern.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Why a text is taken for no host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HostDenied {
    /// It is empty.
    #[error("it names no host")]
    Empty,
    /// A character that no host name has.
    #[error("a host name has letters, digits, `-`, `_` and `.` alone, in labels of 1 to 63")]
    Name,
    /// A number that is no dotted address: `2130706433`, `0x7f.1`, `127.1`, `010.0.0.1`.
    #[error("it is a number that is no plain dotted address")]
    Number,
    /// Brackets without an address.
    #[error("what stands in its brackets is no address")]
    Address,
    /// A port that is no number up to 65535.
    #[error("its port is no number up to 65535")]
    Port,
}

/// A host with its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName {
    /// In lower case; an address in its shortest form, without brackets.
    pub name: String,
    /// The port, if one is written.
    pub port: Option<u16>,
}

impl HostName {
    /// Reads `name`, `name:port`, `[address]` or `[address]:port`.
    ///
    /// # Errors
    /// It is none of them.
    pub fn read(text: &str) -> Result<Self, HostDenied> {
        if let Some(inside) = text.strip_prefix('[') {
            let (address, rest) = inside.split_once(']').ok_or(HostDenied::Address)?;
            let address: Ipv6Addr = address.parse().map_err(|_| HostDenied::Address)?;
            return Ok(Self {
                name: plain(address),
                port: port(rest)?,
            });
        }
        let (name, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
        Ok(Self {
            name: self::name(name)?,
            port: port(rest)?,
        })
    }

    /// Reads an argument of role `host`, which may also be an IPv6 address without brackets.
    ///
    /// # Errors
    /// It is no host.
    pub fn read_argument(text: &str) -> Result<Self, HostDenied> {
        match text.parse::<Ipv6Addr>() {
            Ok(address) => Ok(Self {
                name: plain(address),
                port: None,
            }),
            Err(_) => Self::read(text),
        }
    }

    /// The name as it stands in a URL: an IPv6 address in brackets.
    pub fn bracketed(&self) -> String {
        if self.name.contains(':') {
            format!("[{}]", self.name)
        } else {
            self.name.clone()
        }
    }
}

/// `name`, `name:port`, `[address]:port`; an IPv6 address without a port has no brackets.
impl fmt::Display for HostName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(out, "{}:{port}", self.bracketed()),
            None => out.write_str(&self.name),
        }
    }
}

/// An IPv4 address that is written as an IPv6 one is that IPv4 address.
fn plain(address: Ipv6Addr) -> String {
    match address.to_ipv4_mapped() {
        Some(address) => address.to_string(),
        None => address.to_string(),
    }
}

fn port(rest: &str) -> Result<Option<u16>, HostDenied> {
    let digits = match rest.strip_prefix(':') {
        Some("") => return Ok(None),
        None if rest.is_empty() => return Ok(None),
        Some(digits) => digits,
        None => return Err(HostDenied::Address),
    };
    let sound = digits.bytes().all(|byte| byte.is_ascii_digit());
    let port = digits.parse().ok().filter(|_| sound);
    port.map(Some).ok_or(HostDenied::Port)
}

/// One dot at the end says only that the name is complete.
fn name(text: &str) -> Result<String, HostDenied> {
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    if name.is_empty() {
        return Err(HostDenied::Empty);
    }
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(known);
    if name.len() > 253 || !name.split('.').all(label) {
        return Err(HostDenied::Name);
    }
    if !is_number(name.rsplit('.').next().unwrap_or(&name)) {
        return Ok(name);
    }
    let address: Ipv4Addr = name.parse().map_err(|_| HostDenied::Number)?;
    Ok(address.to_string())
}

/// Whether a C library, or a browser, would take a name with this last label for an address.
fn is_number(label: &str) -> bool {
    label.bytes().all(|byte| byte.is_ascii_digit()) || label.starts_with("0x")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, HostDenied> {
        HostName::read_argument(text).map(|host| host.to_string())
    }

    #[test]
    fn a_host_has_one_spelling() {
        for (text, normal) in [
            ("API.Example.COM", "api.example.com"),
            ("api.example.com.", "api.example.com"),
            ("api.example.com:0443", "api.example.com:443"),
            ("api.example.com:", "api.example.com"),
            ("10.0.0.1", "10.0.0.1"),
            ("[0:0::1]", "::1"),
            ("0:0::1", "::1"),
            ("[::1]:80", "[::1]:80"),
            ("[::ffff:169.254.169.254]", "169.254.169.254"),
            ("::ffff:a9fe:a9fe", "169.254.169.254"),
            ("a_b-c", "a_b-c"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(normal), "{text}");
        }
    }

    #[test]
    fn what_is_read_in_two_ways_is_no_host() {
        for text in [
            "",
            ".",
            "a..b",
            "example.com..",
            "a@b",
            "a/b",
            "a?b",
            "a#b",
            "a%2eb",
            "a\\b",
            "a b",
            "a\nb",
            "ｅxample.com",
            "127。0。0。1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "127.1",
            "010.0.0.1",
            "1.2.3.4.5",
            "256.1.1.1",
            "a:b",
            "a:1:2",
            "a:99999",
            "a:+80",
            "[::1",
            "[::1]x",
            "[1.2.3.4]",
            "[fe80::1%25eth0]",
            &"a".repeat(64),
            &"a.".repeat(130),
        ] {
            assert!(read(text).is_err(), "{text:?} is {:?}", read(text));
        }
    }
}
