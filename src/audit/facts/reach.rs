//! How much of the network a host's name, address, block or pattern reaches, in whichever spelling: decimal, octal and
//! hexadecimal addresses, IPv4 inside IPv6, wildcards that end in what anyone can register.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::policy::Pattern;

/// What a host text reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// Any host, or any name below a suffix that anyone can register a name under.
    pub any_host: bool,
    /// More than one address of a private, loopback or link-local range.
    pub private: bool,
    /// A cloud's metadata service.
    pub metadata: bool,
}

impl Reach {
    /// Of a host as a policy writes it: a name, an address, a block such as `10.0.0.0/8`, or a pattern.
    pub fn of(host: &str) -> Self {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let (bare, bits) = host
            .split_once('/')
            .map_or((host.as_str(), None), |(bare, bits)| (bare, Some(bits)));
        let bare = bare.trim_start_matches('[').trim_end_matches(']');
        if let Some(address) = address(bare) {
            // Inside an IPv6 address, an IPv4 block counts its bits from the other's start.
            let before = if bare.contains(':') && address.is_ipv4() {
                96
            } else {
                0
            };
            return of_block(address, bits, before);
        }
        if bare.is_empty() || bare == "any" {
            return Self {
                any_host: true,
                ..Self::default()
            };
        }
        let wild = bare.contains(['*', '?', '[']);
        let admits = |hosts: &[&str]| wild && matches_one(bare, hosts);
        Self {
            any_host: (wild && is_open_suffix(bare)) || is_obscure(bare),
            private: wild && (is_private_prefix(bare) || admits(PRIVATE)),
            metadata: METADATA.contains(&bare) || names_metadata(bare) || admits(METADATA),
        }
    }

    /// The reasons in words; empty if it reaches no more than some hosts.
    pub fn reasons(self) -> Vec<&'static str> {
        [
            (self.any_host, "any host"),
            (self.private, "a whole private range"),
            (self.metadata, "a cloud's metadata service"),
        ]
        .into_iter()
        .filter_map(|(holds, reason)| holds.then_some(reason))
        .collect()
    }
}

/// Where clouds tell a machine its own credentials.
const METADATA: &[&str] = &[
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.internal",
    "metadata.azure.com",
    "metadata.tencentyun.com",
    "metadata.packet.net",
    "instance-data",
    "instance-data.ec2.internal",
    "rancher-metadata",
];

/// One address or name of each private range, for patterns.
const PRIVATE: &[&str] = &[
    "10.1.2.3",
    "172.20.1.2",
    "192.168.1.2",
    "127.0.0.1",
    "100.64.1.2",
    "localhost",
    "fd12::1",
    "::1",
];

/// IPv4 ranges that no public host has: first address and prefix length.
const PRIVATE_V4: &[(u32, u32)] = &[
    (0x0a00_0000, 8),
    (0xac10_0000, 12),
    (0xc0a8_0000, 16),
    (0x7f00_0000, 8),
    (0xa9fe_0000, 16),
    (0x6440_0000, 10),
];

/// IPv6 ranges that no public host has.
const PRIVATE_V6: &[(u128, u32)] = &[(0xfc00 << 112, 7), (0xfe80 << 112, 10), (1, 128)];

/// Metadata services by address; the whole of 169.254/16 is link-local and serves nothing else.
const METADATA_V4: &[(u32, u32)] = &[(0xa9fe_0000, 16), (0x6464_64c8, 32), (0xc000_00c0, 32)];

/// The same in IPv6.
const METADATA_V6: &[(u128, u32)] = &[
    (0xfd00_0ec2_0000_0000_0000_0000_0000_0254, 128),
    (0xfd20_00ce_0000_0000_0000_0000_0000_0254, 128),
    (0xfe80 << 112, 10),
];

/// Suffixes under which anyone can have a name.
const SHARED_SUFFIXES: &[&str] = &[
    "amazonaws.com",
    "appspot.com",
    "azurewebsites.net",
    "backblazeb2.com",
    "blob.core.windows.net",
    "cloudapp.azure.com",
    "cloudfront.net",
    "cloudfunctions.net",
    "co.jp",
    "co.kr",
    "co.nz",
    "co.uk",
    "co.za",
    "com.au",
    "com.br",
    "com.cn",
    "com.mx",
    "com.tr",
    "core.windows.net",
    "deno.dev",
    "duckdns.org",
    "execute-api.amazonaws.com",
    "firebaseapp.com",
    "fly.dev",
    "github.io",
    "githubusercontent.com",
    "gitlab.io",
    "googleapis.com",
    "herokuapp.com",
    "myshopify.com",
    "ne.jp",
    "net.au",
    "netlify.app",
    "ngrok-free.app",
    "ngrok.io",
    "nip.io",
    "onrender.com",
    "or.jp",
    "org.au",
    "org.uk",
    "pages.dev",
    "r2.dev",
    "run.app",
    "s3.amazonaws.com",
    "sslip.io",
    "supabase.co",
    "trycloudflare.com",
    "vercel.app",
    "web.app",
    "webhook.site",
    "workers.dev",
];

/// Whether what stands after the last wildcard is no domain of someone's own: `*`, `*.com`, `*example.com`, `api.*`.
fn is_open_suffix(host: &str) -> bool {
    let (_, fixed) = host.rsplit_once(['*', '?', '}', ']']).unwrap_or(("", host));
    let Some(domain) = fixed.strip_prefix('.') else {
        return true;
    };
    let labels = domain.split('.').filter(|label| !label.is_empty()).count();
    labels < 2 || SHARED_SUFFIXES.contains(&domain)
}

/// Percent-encoding, user information or letters beyond ASCII: not what a client will connect to.
fn is_obscure(host: &str) -> bool {
    !host.is_ascii() || host.contains(['%', '@', '\\', '#', ' '])
}

fn matches_one(pattern: &str, hosts: &[&str]) -> bool {
    let Ok(pattern) = Pattern::name(pattern) else {
        return true;
    };
    hosts.iter().any(|host| pattern.matches(host))
}

/// Names of wildcard DNS services that carry an address: `169.254.169.254.nip.io`, `169-254-169-254.sslip.io`.
fn names_metadata(host: &str) -> bool {
    let dotted = host.replace('-', ".");
    ["169.254.169.254", "100.100.100.200"]
        .iter()
        .any(|address| dotted.contains(address))
        || host.split('.').any(|label| label == "a9fea9fe")
}

fn is_private_prefix(host: &str) -> bool {
    let mut octets = host.split('.');
    let first = octets.next().unwrap_or_default();
    let second = octets.next().unwrap_or_default();
    let shared = |low: u8, high: u8| {
        second
            .parse()
            .is_ok_and(|octet: u8| (low..=high).contains(&octet))
    };
    match first {
        "10" | "127" => true,
        "192" => second == "168",
        "169" => second == "254",
        "172" => shared(16, 31),
        "100" => shared(64, 127),
        _ => ["fc", "fd", "fe8", "fe9", "fea", "feb"]
            .iter()
            .any(|prefix| first.starts_with(prefix) && first.contains(':')),
    }
}

/// An address in any spelling that a C library takes: `169.254.169.254`, `2852039166`, `0xa9fea9fe`, `0251.254.43518`.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(plain(address));
    }
    let parts: Vec<u64> = text.split('.').map(number).collect::<Option<_>>()?;
    let (last, leading) = parts.split_last()?;
    let room = 32_u32.checked_sub(8 * u32::try_from(leading.len()).ok()?)?;
    if leading.len() > 3 || *last >= 1 << room || leading.iter().any(|octet| *octet > 255) {
        return None;
    }
    let high = leading.iter().fold(0_u64, |sum, octet| sum << 8 | octet);
    let value = high.checked_shl(room)? | last;
    Some(IpAddr::V4(Ipv4Addr::from(u32::try_from(value).ok()?)))
}

/// A number as C writes it: decimal, `0` octal, `0x` hexadecimal.
fn number(text: &str) -> Option<u64> {
    let digits = |text: &str, radix| {
        let sound = !text.is_empty() && text.chars().all(|digit| digit.is_digit(radix));
        sound.then(|| u64::from_str_radix(text, radix).ok())?
    };
    match text.strip_prefix("0x") {
        Some("") => Some(0),
        Some(hexadecimal) => digits(hexadecimal, 16),
        None if text.len() > 1 && text.starts_with('0') => digits(text, 8),
        None => digits(text, 10),
    }
}

/// The IPv4 address inside an IPv6 one: mapped, compatible, 6to4 or NAT64.
fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else {
        return address;
    };
    let low = |segments: [u16; 2]| {
        let [high, low] = segments.map(u32::from);
        IpAddr::V4(Ipv4Addr::from(high << 16 | low))
    };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, a, b] | [0x64, 0xff9b, 0, 0, 0, 0, a, b] => low([a, b]),
        [0x2002, a, b, ..] => low([a, b]),
        [0, 0, 0, 0, 0, 0, a, b] if a != 0 => low([a, b]),
        _ => address,
    }
}

fn of_block(address: IpAddr, bits: Option<&str>, before: u32) -> Reach {
    let whole = match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    };
    // A length that does not read could mean anything.
    let bits = bits.map_or(whole, |bits| {
        let stated: u32 = bits.parse().unwrap_or(0);
        stated.saturating_sub(before).min(whole)
    });
    let overlaps = |v4: &[(u32, u32)], v6: &[(u128, u32)]| match address {
        IpAddr::V4(address) => v4
            .iter()
            .any(|range| meet_v4((address.into(), bits), *range)),
        IpAddr::V6(address) => v6.iter().any(|range| meet_v6((address, bits), *range)),
    };
    let least = if whole == 32 { 8 } else { 16 };
    Reach {
        any_host: bits < least || address.is_unspecified(),
        private: bits < whole && overlaps(PRIVATE_V4, PRIVATE_V6),
        metadata: overlaps(METADATA_V4, METADATA_V6),
    }
}

fn meet_v4(one: (u32, u32), other: (u32, u32)) -> bool {
    let shift = 32 - one.1.min(other.1);
    one.0.checked_shr(shift) == other.0.checked_shr(shift)
}

fn meet_v6(one: (Ipv6Addr, u32), other: (u128, u32)) -> bool {
    let shift = 128 - one.1.min(other.1);
    u128::from(one.0).checked_shr(shift) == other.0.checked_shr(shift)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn metadata(host: &str) -> bool {
        Reach::of(host).metadata
    }

    #[test]
    fn a_metadata_address_is_known_in_any_spelling() {
        for host in [
            "169.254.169.254",
            "169.254.169.254.",
            "2852039166",
            "0xA9FEA9FE",
            "0xa9.0xfe.0xa9.0xfe",
            "0251.0376.0251.0376",
            "169.254.43518",
            "169.16689662",
            "[::ffff:169.254.169.254]",
            "::ffff:a9fe:a9fe",
            "::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "fd00:ec2::254",
            "FD00:0EC2:0:0::254",
            "169.254.0.0/16",
            "168.0.0.0/6",
            "100.100.0.0/16",
            "0.0.0.0/0",
            "169.254.*",
            "169.*.*.254",
            "*.internal",
            "Metadata.Google.Internal",
            "169-254-169-254.nip.io",
        ] {
            assert!(metadata(host), "{host}");
        }
        for host in [
            "api.example.com",
            "169.253.1.1",
            "*.example.com",
            "10.0.0.0/8",
            "1.2.3.4",
            "100.64.0.1",
            "2001:db8::1",
            "metadata.example.com",
        ] {
            assert!(!metadata(host), "{host}");
        }
    }

    #[test]
    fn wildcards_must_end_in_a_domain_of_someones_own() {
        for host in [
            "",
            "*",
            "*.*",
            "*.com",
            "*com",
            "*.co.uk",
            "*example.com",
            "api.*",
            "api.example.*",
            "*.github.io",
            "*.com.",
            "0.0.0.0",
            "::",
            "[::]",
            "0.0.0.0/1",
            "128.0.0.0/1",
            "::/0",
            "2000::/3",
            "[::]/0",
            "**",
            "{*.com,api.example.com}",
            "exa\u{43c}ple.com",
            "%31.com",
            "api.example.com@evil.com",
        ] {
            assert!(Reach::of(host).any_host, "{host}");
        }
        for host in [
            "api.example.com",
            "*.example.com",
            "api-*.example.com",
            "10.0.0.7",
            "localhost",
        ] {
            assert_eq!(Reach::of(host), Reach::default(), "{host}");
        }
    }

    #[test]
    fn private_ranges_are_seen_whole() {
        for host in [
            "10.0.0.0/8",
            "10.*",
            "172.16.0.0/12",
            "172.0.0.0/8",
            "172.20.*",
            "192.168.1.0/24",
            "127.0.0.0/8",
            "100.64.0.0/10",
            "fd00::/8",
            "fe80::/10",
            "fd12:*",
            "192.168.*.*",
            "::ffff:10.0.0.0/104",
        ] {
            assert!(Reach::of(host).private, "{host}");
        }
        for host in [
            "10.0.0.7",
            "127.0.0.1",
            "8.8.8.0/24",
            "172.32.0.0/16",
            "fdn.example.com",
            "10.example.com",
        ] {
            assert!(!Reach::of(host).private, "{host}");
        }
    }

    proptest! {
        #[test]
        fn every_spelling_of_an_address_is_the_same_address(bits: u32) {
            let dotted = Ipv4Addr::from(bits).to_string();
            for spelling in [format!("{bits}"), format!("{bits:#x}"), format!("0{bits:o}"), format!("::ffff:{dotted}")] {
                prop_assert_eq!(Reach::of(&spelling), Reach::of(&dotted), "{}", spelling);
            }
        }

        #[test]
        fn no_text_panics(text in "[0-9a-fx.:*/\\[\\]{}?%-]{0,40}") {
            let _ = Reach::of(&text);
        }
    }
}
