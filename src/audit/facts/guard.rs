//! The patterns of argument guards. What a pattern admits is tried out on texts that have nothing to do with each other,
//! because a list of suspicious spellings is never complete.

use super::network::host_of;
use super::reach::Reach;
use crate::audit::context::Ground;
use crate::audit::fact::{Element, fact};
use crate::policy::{Argument, HostImport, Pattern, Role};
use crate::source::Spanned;

fact! { "guard" / "One pattern of an argument's `allow` or `deny`." struct Guard {
    import: String = "The host import, `env.read_file`.",
    argument: String = "The argument's name in the policy.",
    role: String = "The argument's role.",
    list: String = "allow or deny.",
    pattern: String = "The pattern.",
    breadth: String = "What makes it scope too little: `anything of its kind`, `any host`, `a whole private range`, `a cloud's metadata service`, `anything after its fixed part` (of a command or query); else empty.",
    never: bool = "Whether it can never match what is left after normalising (`..`, `//`, a backslash, a slash at the end) or what `allow` lets through.",
    flaw: String = "What is wrong with it in words: `admits any host`, `can never match`; else empty.",
} }

/// Every pattern of every guard.
pub fn collect(ground: &Ground<'_>) -> Vec<Element> {
    let mut elements = Vec::new();
    for host in &ground.policy.imports.host {
        for argument in &host.args {
            let one = |list: &'static str| {
                move |pattern: &Spanned<String>| element(host, argument, list, pattern)
            };
            elements.extend(argument.allow.0.iter().flatten().map(one("allow")));
            elements.extend(argument.deny.iter().map(one("deny")));
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
    let breadth = breadth(role, &pattern.value);
    let never = never(argument, &pattern.value);
    let flaw = match (list, breadth.as_str(), never) {
        (_, _, true) => "can never match".to_owned(),
        ("allow", reason, false) if !reason.is_empty() => format!("admits {reason}"),
        _ => String::new(),
    };
    let fact = Guard {
        import,
        argument: argument.name.value.clone(),
        role: role.name().to_owned(),
        list: list.to_owned(),
        pattern: pattern.value.clone(),
        breadth,
        never,
        flaw,
    };
    Element::new(subject, fact).at(Some(pattern.span), "")
}

/// Whether an argument has no `allow`, or one that lets everything through.
pub fn is_open(argument: &Argument) -> bool {
    let broad =
        |pattern: &Spanned<String>| !breadth(argument.role.value, &pattern.value).is_empty();
    let layers = &argument.allow.0;
    layers.is_empty()
        || layers
            .iter()
            .all(|layer| layer.is_empty() || layer.iter().any(broad))
}

/// What makes a pattern scope too little.
fn breadth(role: Role, pattern: &str) -> String {
    let everything = || "anything of its kind".to_owned();
    match role {
        Role::Path | Role::Root => admits_all(Pattern::path(pattern).ok(), PATHS)
            .then(everything)
            .unwrap_or_default(),
        Role::Url | Role::Host => reach(role, pattern).reasons().join(" and "),
        _ if admits_all(Pattern::name(pattern).ok(), TEXTS) => everything(),
        Role::Command | Role::Query if pattern.contains('*') || is_shell(pattern) => {
            "anything after its fixed part".to_owned()
        }
        _ => String::new(),
    }
}

/// Groups of paths with nothing in common but their shape: who admits a whole group admits all of that shape.
const PATHS: &[&[&str]] = &[
    &["a", "Zq7.txt", ".env"],
    &["a", "q7", "zebra"],
    &["a/b", "etc/passwd", "q/.x"],
    &["a/b/c", "root/.ssh/id_rsa", "q/w/e7"],
    &["a.b", "q7.txt", "zebra.conf"],
    &["a/b.c", "etc/x.conf", "q/w.txt"],
    &["/a", "/Zq7.txt", "/etc"],
    &["/a", "/q7", "/zebra"],
    &["/a/b", "/etc/passwd", "/q/.x"],
    &["/a/b/c", "/root/.ssh/id_rsa", "/q/w/e7"],
    &["/a.b", "/q7.txt", "/zebra.conf"],
    &["/a/b.c", "/etc/x.conf", "/q/w.txt"],
    &[
        "/etc/passwd",
        "/root/.ssh/id_rsa",
        "/home/zq7/x",
        "/proc/self/environ",
    ],
];

/// The same for other texts.
const TEXTS: &[&[&str]] = &[
    &["a", "Zq7", "x_y-1"],
    &["A", "ZQ7_X", "PATH"],
    &["a", "zq7", "path"],
    &["1", "42", "7007"],
    &["a/b", "zq/7", "x/y/z"],
    &["rm -rf /", "a; b", "x\ny"],
];

fn admits_all(pattern: Option<Pattern>, groups: &[&[&str]]) -> bool {
    let Some(pattern) = pattern else { return true };
    let whole = |group: &&[&str]| group.iter().all(|text| pattern.matches(text));
    groups.iter().any(whole)
}

/// Where a pattern of URLs or hosts leads: by its host, and by trying it on URLs of hosts that it cannot mean.
fn reach(role: Role, pattern: &str) -> Reach {
    let stated = Reach::of(host_of(pattern));
    let compiled = match role {
        Role::Url => Pattern::path(pattern),
        _ => Pattern::name(pattern),
    };
    let Ok(compiled) = compiled else {
        return stated;
    };
    if stated.any_host {
        return stated;
    }
    let admits = |host: &str| urls(host).any(|url| compiled.matches(&url));
    Reach {
        any_host: stated.any_host || STRANGERS.iter().all(|host| admits(host)),
        private: stated.private || INSIDERS.iter().all(|host| admits(host)),
        metadata: stated.metadata || admits("169.254.169.254"),
    }
}

const STRANGERS: &[&str] = &["zq7.example", "a.b.attacker.test"];
const INSIDERS: &[&str] = &["10.1.2.3", "10.200.7.9"];

fn urls(host: &str) -> impl Iterator<Item = String> {
    const SCHEMES: &[&str] = &["", "http://", "https://", "file://"];
    const PATHS: &[&str] = &["", "/", "/x", "/x/y/z?q=1"];
    const PORTS: &[&str] = &["", ":8443"];
    SCHEMES.iter().flat_map(move |scheme| {
        PORTS.iter().flat_map(move |port| {
            PATHS
                .iter()
                .map(move |path| format!("{scheme}{host}{port}{path}"))
        })
    })
}

/// A shell or interpreter that reads what to do from elsewhere.
fn is_shell(pattern: &str) -> bool {
    let program = pattern.rsplit('/').next().unwrap_or(pattern);
    [
        "sh",
        "bash",
        "dash",
        "zsh",
        "cmd",
        "cmd.exe",
        "powershell",
        "python",
        "python3",
        "perl",
        "ruby",
        "node",
    ]
    .contains(&program)
}

/// Whether nothing that reaches the pattern can match it.
fn never(argument: &Argument, pattern: &str) -> bool {
    let path = matches!(argument.role.value, Role::Path | Role::Root);
    pattern.is_empty() || (path && (is_not_normal(pattern) || is_apart(argument, pattern)))
}

/// Paths are normalised first: these never come out of it.
fn is_not_normal(pattern: &str) -> bool {
    let dots = pattern.split('/').any(|part| matches!(part, "." | ".."));
    let end = pattern.len() > 1 && pattern.ends_with('/');
    (dots && pattern != ".") || end || pattern.contains("//") || pattern.contains(['\\', '\0'])
}

/// A relative pattern against absolute `allow` patterns, or the other way round: `deny: [.env]` where `/data/**` is allowed.
fn is_apart(argument: &Argument, pattern: &str) -> bool {
    let absolute = |text: &str| text.starts_with('/');
    let clear = |text: &str| !text.starts_with(['*', '{', '[', '?']);
    if !clear(pattern) && pattern.starts_with("**") {
        return false;
    }
    let starts_wild = !clear(pattern);
    argument.allow.0.iter().any(|layer| {
        !layer.is_empty()
            && layer.iter().all(|allow| {
                clear(&allow.value)
                    && absolute(&allow.value) != absolute(pattern)
                    && (!starts_wild || absolute(&allow.value))
            })
    })
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
