//! What the policy grants against what the module can use, both ways round.

use crate::audit::context::Audit;
use crate::audit::fact::{Element, fact};
use crate::audit::link::{Link, Ruling};
use crate::source::Span;

fact! { "grant" / "One thing that the policy grants, held against the module's imports." struct Grant {
    what: String = "The grant: `fs.read`, `preopen /data`, `host env.log` …",
    used: bool = "Whether the module imports anything that can use it.",
    needs: String = "What would use it.",
} }

fact! { "need" / "A WASI function that the policy lets the module import, held against the grants behind it." struct Need {
    import: String = "The import.",
    capabilities: Vec<String> = "What it needs, any one of which is enough.",
    met: bool = "Whether a grant gives one of them.",
    missing: Vec<String> = "The keys that would give them.",
} }

/// Grants, then needs.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    if !audit.ground.judged {
        return Vec::new();
    }
    let mut elements = grants(audit);
    elements.extend(audit.links.iter().filter_map(|link| need(audit, link)));
    elements
}

fn grants(audit: &Audit<'_>) -> Vec<Element> {
    let policy = audit.ground.policy;
    let grants = &policy.grants;
    let mut elements = Vec::new();
    for allow in policy.imports.wasi_allow.0.iter().flatten() {
        let name = allow.value.as_str();
        let used = audit
            .links
            .iter()
            .any(|link| link.wasi && (link.has(name) || link.import.name == name));
        elements.push(grant(
            format!("import {name}"),
            used,
            "an import with it",
            allow.span,
        ));
    }
    for host in &policy.imports.host {
        let used = audit.links.iter().any(|link| {
            link.declared
                .is_some_and(|declared| std::ptr::eq(declared, host))
        });
        let what = format!("host {}.{}", host.module.value, host.name.value);
        elements.push(grant(what, used, "an import of that name", host.name.span));
    }
    for preopen in &grants.preopens {
        let used = uses(audit, &["fs.read", "fs.write", "fs.metadata"]);
        elements.push(grant(
            format!("preopen {}", preopen.guest.value),
            used,
            "path_open or another path function",
            preopen.guest.span,
        ));
    }
    let streams = [
        ("stdin", &grants.stdin),
        ("stdout", &grants.stdout),
        ("stderr", &grants.stderr),
    ];
    for (name, stream) in streams {
        if let Some(stream) = stream {
            let needs = if name == "stdin" {
                "fd_read"
            } else {
                "fd_write"
            };
            elements.push(grant(
                name.to_owned(),
                uses(audit, &[name]),
                needs,
                stream.span,
            ));
        }
    }
    let others = [
        (
            "grants.args",
            "args",
            "args_get",
            !grants.args_allow.0.is_empty() || grants.args_max.is_some(),
        ),
        (
            "grants.random",
            "random",
            "random_get",
            grants.random.is_some(),
        ),
    ];
    for (key, capability, needs, stated) in others {
        if stated && let Some(span) = audit.ground.key(key) {
            elements.push(grant(
                capability.to_owned(),
                uses(audit, &[capability]),
                needs,
                span,
            ));
        }
    }
    if let Some(span) = grants
        .clock_wall
        .map(|clock| clock.span)
        .or(grants.clock_monotonic.map(|clock| clock.span))
    {
        let used = uses(audit, &["clock.wall", "clock.monotonic"]);
        elements.push(grant(
            "clock".to_owned(),
            used,
            "clock_time_get or poll_oneoff",
            span,
        ));
    }
    elements
}

fn grant(what: String, used: bool, needs: &str, span: Span) -> Element {
    let subject = format!("grant {what}");
    let fact = Grant {
        what,
        used,
        needs: needs.to_owned(),
    };
    Element::new(subject, fact).at(Some(span), "")
}

fn uses(audit: &Audit<'_>, capabilities: &[&str]) -> bool {
    audit
        .links
        .iter()
        .any(|link| link.wasi && capabilities.iter().any(|capability| link.has(capability)))
}

/// A WASI function that is linked to something that acts: stubs answer without a grant.
fn need(audit: &Audit<'_>, link: &Link<'_>) -> Option<Element> {
    if !link.is_wasi_function() || link.ruling != Ruling::Allowed || link.capabilities.is_empty() {
        return None;
    }
    let met = link
        .capabilities
        .iter()
        .any(|capability| given(audit, capability));
    let mut missing: Vec<String> = link
        .capabilities
        .iter()
        .filter_map(|capability| key_of(capability))
        .map(str::to_owned)
        .collect();
    missing.dedup();
    let fact = Need {
        import: link.full.clone(),
        capabilities: link.capabilities.clone(),
        met,
        missing,
    };
    let element =
        Element::new(format!("import {}", link.full), fact).at(audit.ground.key("grants"), "");
    Some(element.in_module(super::import::place(link)))
}

/// The key of the policy that gives a capability; `None` if it needs none (empty lists and exits always work).
fn key_of(capability: &str) -> Option<&'static str> {
    match capability {
        "fs.read" | "fs.write" | "fs.metadata" => Some("grants.preopens"),
        "stdin" => Some("grants.stdin"),
        "stdout" => Some("grants.stdout"),
        "stderr" => Some("grants.stderr"),
        "clock.wall" | "clock.monotonic" => Some("grants.clock"),
        "random" => Some("grants.random"),
        "net.connect" | "net.listen" | "net.udp" | "net.resolve" | "http.outgoing" => {
            Some("grants.network")
        }
        _ => None,
    }
}

fn given(audit: &Audit<'_>, capability: &str) -> bool {
    let grants = &audit.ground.policy.grants;
    let ticking = |clock: Option<crate::source::Spanned<crate::policy::Clock>>| {
        clock.is_some_and(|clock| clock.value != crate::policy::Clock::Deny)
    };
    match capability {
        "fs.write" => grants.preopens.iter().any(|preopen| {
            preopen.scratch.is_some() || preopen.writable.is_some_and(|writable| writable.value)
        }),
        "fs.read" | "fs.metadata" => !grants.preopens.is_empty(),
        "stdin" => grants.stdin.is_some(),
        "stdout" => grants.stdout.is_some(),
        "stderr" => grants.stderr.is_some(),
        "clock.wall" => ticking(grants.clock_wall),
        "clock.monotonic" => ticking(grants.clock_monotonic),
        "random" => grants
            .random
            .is_some_and(|random| random.value != crate::policy::Random::Deny),
        "net.listen" => !grants.listen.0.is_empty(),
        "net.connect" | "net.udp" | "net.resolve" | "http.outgoing" => !grants.connect.0.is_empty(),
        _ => true,
    }
}
