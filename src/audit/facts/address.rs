//! Addresses as a C library reads them, which is more than Rust's parser does.

use std::net::{IpAddr, Ipv4Addr};

/// An address in any spelling that a C library takes: `169.254.169.254`, `2852039166`, `0xa9fea9fe`, `0251.254.43518`.
pub fn address(text: &str) -> Option<IpAddr> {
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
        [0, 0, 0, 0, 0, 0xffff, a, b] | [0x64, 0xff9b, 0, 0, 0, 0, a, b] | [0x2002, a, b, ..] => {
            low([a, b])
        }
        [0, 0, 0, 0, 0, 0, a, b] if a != 0 => low([a, b]),
        _ => address,
    }
}
