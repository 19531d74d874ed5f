//! The patterns of argument guards.

use crate::audit::context::Ground;
use crate::audit::fact::{Element, fact};
use crate::policy::{Argument, HostImport, Role};
use crate::source::Spanned;

fact! { "guard" / "One pattern of an argument's `allow` or `deny`." struct Guard {
    import: String = "The host import, `env.read_file`.",
    argument: String = "The argument's name in the policy.",
    role: String = "The argument's role.",
    list: String = "allow or deny.",
    pattern: String = "The pattern.",
    everything: bool = "Whether it admits everything of its kind: `**`, `/**`, `*`, `https://*`.",
    never: bool = "Whether it can never match a normalised value: an empty pattern, `..`, `//`, a backslash in a path.",
} }

/// Every pattern of every guard.
pub fn collect(ground: &Ground<'_>) -> Vec<Element> {
    let mut elements = Vec::new();
    for host in &ground.policy.imports.host {
        for argument in &host.args {
            let allow = argument.allow.0.iter().flatten();
            elements.extend(allow.map(|pattern| element(host, argument, "allow", pattern)));
            elements.extend(
                argument
                    .deny
                    .iter()
                    .map(|pattern| element(host, argument, "deny", pattern)),
            );
        }
    }
    elements
}

fn element(
    host: &HostImport,
    argument: &Argument,
    list: &str,
    pattern: &Spanned<String>,
) -> Element {
    let import = format!("{}.{}", host.module.value, host.name.value);
    let role = argument.role.value;
    let subject = format!("guard {import} {} {}", argument.name.value, pattern.value);
    let fact = Guard {
        import,
        argument: argument.name.value.clone(),
        role: role.name().to_owned(),
        list: list.to_owned(),
        everything: everything(role, &pattern.value),
        never: never(role, &pattern.value),
        pattern: pattern.value.clone(),
    };
    Element::new(subject, fact).at(Some(pattern.span), "")
}

/// Whether a pattern constrains nothing: wildcards, separators and a scheme are all there is to it.
fn everything(role: Role, pattern: &str) -> bool {
    let rest = match role {
        Role::Url | Role::Host => without_scheme(pattern),
        _ => pattern,
    };
    let free = |character: char| matches!(character, '*' | '?' | '/' | '.' | ':' | '{' | '}' | ',');
    rest.contains('*') && rest.chars().all(free)
}

fn without_scheme(pattern: &str) -> &str {
    pattern.split_once("://").map_or(pattern, |(scheme, rest)| {
        let plain = scheme
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || "*{},+?".contains(one));
        if plain { rest } else { pattern }
    })
}

fn never(role: Role, pattern: &str) -> bool {
    let path = matches!(role, Role::Path | Role::Root);
    let parts_never = pattern.split('/').any(|part| matches!(part, "." | ".."));
    pattern.is_empty()
        || (path
            && (parts_never
                || pattern.contains("//")
                || pattern.contains('\\')
                || pattern.contains('\0')))
}
