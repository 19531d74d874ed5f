//! How much of the network a host's name, address, block or pattern reaches, in whichever spelling: decimal, octal and
//! hexadecimal addresses, IPv4 inside IPv6, wildcards that end in what anyone can register.

use std::net::{IpAddr, Ipv6Addr};

use super::address::address;
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
            (self.private && !self.any_host, "a whole private range"),
            (
                self.metadata && !self.any_host,
                "a cloud's metadata service",
            ),
        ]
        .into_iter()
        .filter_map(|(holds, reason)| holds.then_some(reason))
        .collect()
    }
}

/// Where clouds tell a machine its own credentials.
#[rustfmt::skip]
const METADATA: &[&str] = &[
    "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254",
    "metadata", "metadata.google.internal", "metadata.goog", "metadata.azure.internal", "metadata.azure.com",
    "metadata.tencentyun.com", "metadata.packet.net", "instance-data", "instance-data.ec2.internal",
    "rancher-metadata",
];

/// One address or name of each private range, for patterns.
#[rustfmt::skip]
const PRIVATE: &[&str] = &[
    "10.1.2.3", "172.20.1.2", "192.168.1.2", "127.0.0.1", "100.64.1.2", "localhost", "fd12::1", "::1",
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
#[rustfmt::skip]
const SHARED_SUFFIXES: &[&str] = &[
    "amazonaws.com", "appspot.com", "azurewebsites.net", "backblazeb2.com", "blob.core.windows.net",
    "cloudapp.azure.com", "cloudfront.net", "cloudfunctions.net", "co.jp", "co.kr", "co.nz", "co.uk", "co.za",
    "com.au", "com.br", "com.cn", "com.mx", "com.tr", "core.windows.net", "deno.dev", "duckdns.org",
    "execute-api.amazonaws.com", "firebaseapp.com", "fly.dev", "github.io", "githubusercontent.com", "gitlab.io",
    "googleapis.com", "herokuapp.com", "myshopify.com", "ne.jp", "net.au", "netlify.app", "ngrok-free.app",
    "ngrok.io", "nip.io", "onrender.com", "or.jp", "org.au", "org.uk", "pages.dev", "r2.dev", "run.app",
    "s3.amazonaws.com", "sslip.io", "supabase.co", "trycloudflare.com", "vercel.app", "web.app", "webhook.site",
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
#[path = "reach_tests.rs"]
mod tests;
