//! Network grants: how much of the network they open.

use std::net::IpAddr;

use crate::audit::context::Ground;
use crate::audit::fact::{Element, fact};
use crate::policy::Role;
use crate::source::Spanned;

fact! { "network" / "One entry of `grants.network`." struct Network {
    direction: String = "connect or listen.",
    rule: String = "The entry as written.",
    any_host: bool = "Whether it admits any host, or a whole public suffix.",
    any_port: bool = "Whether it admits any port.",
    private: bool = "Whether it admits a whole private or loopback range.",
    metadata: bool = "Whether it admits a cloud's metadata address.",
} }

/// Every network entry.
pub fn collect(ground: &Ground<'_>) -> Vec<Element> {
    let grants = &ground.policy.grants;
    let connect = grants
        .connect
        .0
        .iter()
        .flatten()
        .map(|rule| element("connect", rule));
    let listen = grants
        .listen
        .0
        .iter()
        .flatten()
        .map(|rule| element("listen", rule));
    connect.chain(listen).collect()
}

fn element(direction: &str, rule: &Spanned<String>) -> Element {
    let (host, port) = split(&rule.value);
    let fact = Network {
        direction: direction.to_owned(),
        rule: rule.value.clone(),
        any_host: any_host(host) || block(&rule.value).is_some_and(|bits| bits < 8),
        any_port: port.is_none_or(|port| port.contains('*') || port == "0" || port.is_empty()),
        private: private(host) || (block(&rule.value).is_some() && private_address(host)),
        metadata: metadata(host),
    };
    Element::new(format!("network {}", rule.value), fact).at(Some(rule.span), "")
}

/// Host and port of `host:port`, `[v6]:port`, `host`, or a URL.
fn split(rule: &str) -> (&str, Option<&str>) {
    let rule = rule.split_once("://").map_or(rule, |(_, rest)| rest);
    let rule = rule.split('/').next().unwrap_or(rule);
    if let Some(rest) = rule.strip_prefix('[') {
        let (host, after) = rest.split_once(']').unwrap_or((rest, ""));
        return (host, after.strip_prefix(':'));
    }
    match rule.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, Some(port)),
        _ => (rule, None),
    }
}

/// `*`, `*.com`, `0.0.0.0`, `::`, `10.0.0.0/0`: fewer than two fixed labels after a wildcard.
fn any_host(host: &str) -> bool {
    let fixed = host
        .split('.')
        .filter(|label| !label.is_empty() && !label.contains(['*', '?', '{', '[']))
        .count();
    let wild = host.contains(['*', '?', '{', '[']);
    host.is_empty() || matches!(host, "0.0.0.0" | "::" | "any") || (wild && fixed < 2)
}

/// The prefix length of a `10.0.0.0/8` block.
fn block(rule: &str) -> Option<u8> {
    let (_, bits) = rule.split_once('/')?;
    bits.split(':')
        .next()?
        .parse()
        .ok()
        .filter(|bits| *bits < 32)
}

fn private_address(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok_and(|address| match address {
        IpAddr::V4(address) => {
            address.is_private() || address.is_loopback() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_unique_local() || address.is_loopback() || address.is_unicast_link_local()
        }
    })
}

fn private(host: &str) -> bool {
    let ranges = [
        "10.*",
        "192.168.*",
        "172.16.*",
        "127.*",
        "169.254.*",
        "100.64.*",
        "fd",
        "fc",
        "fe80",
    ];
    let wild = host.contains(['*', '?', '{', '[']);
    wild && ranges
        .iter()
        .any(|range| host.starts_with(range.trim_end_matches('*')))
}

fn metadata(host: &str) -> bool {
    let named = matches!(
        host.to_ascii_lowercase().trim_end_matches('.'),
        "metadata.google.internal"
            | "metadata"
            | "metadata.azure.com"
            | "metadata.azure.internal"
            | "instance-data"
    );
    let address = host.parse::<IpAddr>().is_ok_and(|address| match address {
        IpAddr::V4(address) => {
            address.is_link_local()
                || address.octets() == [100, 100, 100, 200]
                || address.octets() == [192, 0, 0, 192]
        }
        IpAddr::V6(address) => {
            address.is_unicast_link_local()
                || address
                    .to_ipv4_mapped()
                    .is_some_and(|mapped| mapped.is_link_local())
                || host.eq_ignore_ascii_case("fd00:ec2::254")
        }
    });
    named || address || host.starts_with("169.254.")
}

/// Whether a network grant or a guard of a URL argument names this host.
pub fn covers(ground: &Ground<'_>, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let names = |rule: &str| {
        let (granted, _) = split(rule);
        let granted = granted.to_ascii_lowercase();
        match granted.strip_prefix("*.") {
            Some(suffix) => host
                .strip_suffix(suffix)
                .is_some_and(|before| before.ends_with('.')),
            None => granted == host || any_host(&granted),
        }
    };
    let layers = &ground.policy.grants.connect.0;
    let granted = !layers.is_empty()
        && layers
            .iter()
            .all(|layer| layer.iter().any(|rule| names(&rule.value)));
    granted || url_guards(ground).any(|rule| names(rule))
}

fn url_guards<'a>(ground: &Ground<'a>) -> impl Iterator<Item = &'a str> {
    let args = ground
        .policy
        .imports
        .host
        .iter()
        .flat_map(|host| &host.args);
    args.filter(|argument| matches!(argument.role.value, Role::Url | Role::Host))
        .flat_map(|argument| argument.allow.0.iter().flatten())
        .map(|pattern| pattern.value.as_str())
}

/// What lets data leave the plugin for the network.
pub fn outgoing(ground: &Ground<'_>) -> Vec<String> {
    let grants = &ground.policy.grants;
    let rules = grants.connect.0.first().into_iter().flatten();
    let mut ways: Vec<String> = rules
        .map(|rule| format!("network.connect {}", rule.value))
        .collect();
    for host in &ground.policy.imports.host {
        let by_role = host
            .args
            .iter()
            .any(|argument| matches!(argument.role.value, Role::Url | Role::Host));
        let by_capability = host.capability.as_ref().is_some_and(|capability| {
            matches!(
                capability.value.as_str(),
                "http.outgoing" | "net.connect" | "net.udp"
            )
        });
        if by_role || by_capability {
            ways.push(format!("{}.{}", host.module.value, host.name.value));
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_told_apart() {
        assert_eq!(
            split("api.example.com:443"),
            ("api.example.com", Some("443"))
        );
        assert_eq!(split("[fd00:ec2::254]:80"), ("fd00:ec2::254", Some("80")));
        assert_eq!(split("fe80::1"), ("fe80::1", None));
        assert_eq!(split("https://a.b/c"), ("a.b", None));
    }

    #[test]
    fn broad_hosts_are_seen() {
        for host in ["*", "*.com", "", "0.0.0.0", "::", "*.*"] {
            assert!(any_host(host), "{host}");
        }
        for host in ["api.example.com", "*.example.com", "10.0.0.7"] {
            assert!(!any_host(host), "{host}");
        }
        assert!(private("10.*") && private("192.168.*.*") && !private("10.0.0.7"));
        assert!(
            metadata("169.254.169.254")
                && metadata("fd00:ec2::254")
                && metadata("metadata.google.internal")
        );
        assert!(!metadata("api.example.com"));
    }
}
