//! Network grants: how much of the network they open.

use super::reach::Reach;
use crate::audit::context::Ground;
use crate::audit::fact::{Element, fact};
use crate::capability::{AuthorityClass, Taxonomy};
use crate::policy::{HostImport, Role};
use crate::source::Spanned;

fact! { "network" / "One entry of `grants.network`." struct Network {
    direction: String = "connect or listen.",
    rule: String = "The entry as written.",
    any_host: bool = "Whether it admits any host, or any name below a suffix that anyone can register under.",
    any_port: bool = "Whether it admits any port.",
    private: bool = "Whether it admits more than one address of a private, loopback or link-local range.",
    metadata: bool = "Whether it admits a cloud's metadata service, in whichever spelling.",
    breadth: String = "The above in words, joined by `and`; empty if none holds.",
} }

/// Every network entry.
pub fn collect(ground: &Ground<'_>) -> Vec<Element> {
    let grants = &ground.policy.grants;
    let connect = grants.connect.0.iter().flatten();
    let listen = grants.listen.0.iter().flatten();
    connect
        .map(|rule| element("connect", rule))
        .chain(listen.map(|rule| element("listen", rule)))
        .collect()
}

fn element(direction: &str, rule: &Spanned<String>) -> Element {
    let (host, port) = endpoint(&rule.value);
    let reach = Reach::of(host);
    let any_port = port.contains('*') || matches!(port, "" | "0");
    let mut reasons = reach.reasons();
    reasons.extend(any_port.then_some("any port"));
    let fact = Network {
        direction: direction.to_owned(),
        rule: rule.value.clone(),
        any_host: reach.any_host,
        any_port,
        private: reach.private,
        metadata: reach.metadata,
        breadth: reasons.join(" and "),
    };
    Element::new(format!("network {}", rule.value), fact).at(Some(rule.span), "")
}

/// Host (or block of addresses) and port of a grant: the port is what stands after the last colon.
fn endpoint(rule: &str) -> (&str, &str) {
    match rule.rsplit_once(':') {
        Some((host, port)) => (host, port),
        None => (rule, ""),
    }
}

/// The host in a pattern of URLs or hosts: `https://api.example.com:8443/v1/**`. A port that is no number stays with it,
/// because `:*` also admits `:x@another.host`.
pub fn host_of(pattern: &str) -> &str {
    let rest = pattern.split_once("://").map_or(pattern, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    match authority.rsplit_once(':') {
        Some((host, port)) if is_port(port) && (host.ends_with(']') || !host.contains(':')) => host,
        _ => authority,
    }
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a network grant or a guard of a URL argument names this host.
pub fn covers(ground: &Ground<'_>, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let names = |granted: &str| {
        let granted = granted.to_ascii_lowercase();
        match granted.strip_prefix("*.") {
            Some(suffix) => host
                .strip_suffix(suffix)
                .is_some_and(|before| before.ends_with('.')),
            None => granted == host || Reach::of(&granted).any_host,
        }
    };
    let layers = &ground.policy.grants.connect.0;
    let granted = !layers.is_empty()
        && layers
            .iter()
            .all(|layer| layer.iter().any(|rule| names(endpoint(&rule.value).0)));
    granted || url_guards(ground).any(|rule| names(host_of(rule)))
}

fn url_guards<'a>(ground: &Ground<'a>) -> impl Iterator<Item = &'a str> {
    let hosts = &ground.policy.imports.host;
    hosts
        .iter()
        .flat_map(|host| &host.args)
        .filter(|argument| matches!(argument.role.value, Role::Url | Role::Host))
        .flat_map(|argument| argument.allow.0.iter().flatten())
        .map(|pattern| pattern.value.as_str())
}

/// What lets data leave the plugin for the network.
pub fn outgoing(ground: &Ground<'_>) -> Vec<String> {
    let grants = &ground.policy.grants;
    let first = |layers: &crate::policy::Layers<String>, what: &str| -> Vec<String> {
        let rules = layers.0.first().into_iter().flatten();
        rules
            .map(|rule| format!("network.{what} {}", rule.value))
            .collect()
    };
    let mut ways = first(&grants.connect, "connect");
    ways.extend(first(&grants.listen, "listen"));
    let hosts = ground.policy.imports.host.iter().filter(|host| sends(host));
    ways.extend(hosts.map(|host| format!("{}.{}", host.module.value, host.name.value)));
    ways
}

/// Whether a host import sends: by its arguments' roles, its capability, or its name.
fn sends(host: &HostImport) -> bool {
    let by_role = host
        .args
        .iter()
        .any(|argument| matches!(argument.role.value, Role::Url | Role::Host));
    let by_capability = host.capability.as_ref().is_some_and(|capability| {
        capability.value.starts_with("net.") || capability.value == "http.outgoing"
    });
    let by_name = Taxonomy::builtin()
        .authority(&host.name.value)
        .has(AuthorityClass::Url);
    by_role || by_capability || by_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_told_apart() {
        assert_eq!(endpoint("api.example.com:443"), ("api.example.com", "443"));
        assert_eq!(endpoint("[fd00:ec2::254]:80"), ("[fd00:ec2::254]", "80"));
        assert_eq!(endpoint("10.0.0.0/8:443"), ("10.0.0.0/8", "443"));
        assert_eq!(endpoint("*"), ("*", ""));
    }

    #[test]
    fn the_host_of_a_url_is_its_authority() {
        for (url, host) in [
            ("https://a.b/c", "a.b"),
            ("https://a.b:8443/**", "a.b"),
            ("http://[::1]:80/x", "[::1]"),
            ("fd00::1", "fd00::1"),
            ("https://a.b:*/x", "a.b:*"),
            ("https://a.b?x/y", "a.b?x"),
            ("a.b/c", "a.b"),
            ("**", "**"),
            ("*://*", "*"),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
    }
}
