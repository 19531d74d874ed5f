//! What the policy grants against what the module can use, both ways round.

use std::collections::{BTreeSet, HashMap};

use crate::audit::context::Audit;
use crate::audit::fact::{Element, fact};
use crate::audit::link::{Link, Ruling};
use crate::audit::witness::Witness;
use crate::policy::{Clock, HostImport, Layers, Provider, Random};
use crate::source::Span;

fact! { "grant" / "One thing that the policy grants, held against the module's imports." struct Grant {
    what: String = "The grant: `import fs.read`, `host env.log`, `preopen /data`, `stdin`, `env`, `network.connect` …",
    kind: String = "import, host, preopen, stream, env, args, clock, random or network.",
    used: bool = "Whether the module imports anything that can use it, and code may call: what is proved to be unreachable uses nothing.",
    idle: Vec<String> = "If it is not used: the imports that could, had any code called them.",
    lack: String = "If it is not used: what is missing, in words: nothing is imported, or no code reaches what is.",
    needs: String = "What would use it.",
} }

fact! { "need" / "A WASI function that the policy lets the module import, held against the grants behind it." struct Need {
    import: String = "The import.",
    capabilities: Vec<String> = "What it needs, any one of which is enough.",
    reach: String = "unreachable, may or likely: only `unreachable` is proved.",
    path: String = "How code gets there, the shortest way; empty if none is known.",
    met: bool = "Whether a grant gives one of them.",
    missing: Vec<String> = "The keys that would give them.",
} }

/// Grants, then needs.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    if !audit.ground.judged {
        return Vec::new();
    }
    let mut elements = grants(audit);
    let witness = Witness::new(audit.module);
    let needs = audit.links.iter();
    elements.extend(needs.filter_map(|link| need(audit, link, &witness)));
    elements
}

fn grants(audit: &Audit<'_>) -> Vec<Element> {
    let used = Used::new(audit);
    let mut elements = imports(audit, &used);
    elements.extend(preopens(audit, &used));
    elements.extend(streams(audit, &used));
    elements.extend(others(audit, &used));
    elements.extend(clock(audit, &used));
    elements
}

/// What the module's WASI imports need, and which entries of `imports.host` it imports: each name with the imports behind it.
struct Used<'a> {
    names: HashMap<&'a str, Vec<&'a Link<'a>>>,
    hosts: HashMap<(&'a str, &'a str), Vec<&'a Link<'a>>>,
}

/// Whether something uses a grant: the imports that could, if none does.
type Use<'a> = Result<(), Vec<&'a Link<'a>>>;

impl<'a> Used<'a> {
    fn new(audit: &'a Audit<'_>) -> Self {
        let mut used = Self {
            names: HashMap::new(),
            hosts: HashMap::new(),
        };
        for link in &audit.links {
            if link.wasi {
                let capabilities = link.capabilities.iter().map(String::as_str);
                for name in capabilities.chain([link.import.name.as_str()]) {
                    used.names.entry(name).or_default().push(link);
                }
            }
            if let Some(host) = link.declared {
                let key = (host.module.value.as_str(), host.name.value.as_str());
                used.hosts.entry(key).or_default().push(link);
            }
        }
        used
    }

    fn any(&self, names: &[&str]) -> Use<'a> {
        let links = names.iter().filter_map(|name| self.names.get(name));
        in_use(links.flatten().copied().collect())
    }

    /// A host function that only stands in for one is no power, so that nothing is gained where it is taken out.
    fn host(&self, host: &HostImport) -> Use<'a> {
        let key = (host.module.value.as_str(), host.name.value.as_str());
        let links = self.hosts.get(&key).cloned().unwrap_or_default();
        if !links.is_empty() && matches!(host.provider, Some(Provider::Stub(_))) {
            return Ok(());
        }
        in_use(links)
    }
}

/// What gives no capability is no power that would lie idle: that it is linked is use enough.
fn in_use<'a>(links: Vec<&'a Link<'a>>) -> Use<'a> {
    let idle = |link: &&Link<'_>| link.is_unreachable() && !link.capabilities.is_empty();
    if links.iter().all(idle) {
        Err(links)
    } else {
        Ok(())
    }
}

/// Of the lists that must all match, the first says at most what is granted.
fn imports(audit: &Audit<'_>, used: &Used<'_>) -> Vec<Element> {
    let imports = &audit.ground.policy.imports;
    let wasi = imports.wasi_allow.0.first().into_iter().flatten();
    let wasi = wasi.map(|allow| {
        let name = allow.value.as_str();
        let what = format!("import {name}");
        grant(
            "import",
            what,
            &used.any(&[name]),
            "an import with it",
            allow.span,
        )
    });
    let host = imports.host.iter().map(|host| {
        let (module, name) = (host.module.value.as_str(), host.name.value.as_str());
        let what = format!("host {module}.{name}");
        grant(
            "host",
            what,
            &used.host(host),
            "an import of that name",
            host.name.span,
        )
    });
    wasi.chain(host).collect()
}

fn preopens(audit: &Audit<'_>, used: &Used<'_>) -> Vec<Element> {
    let is_used = used.any(&["fs.read", "fs.write", "fs.metadata"]);
    let preopens = audit.ground.policy.grants.preopens.iter();
    preopens
        .map(|preopen| {
            let what = format!("preopen {}", preopen.guest.value);
            let needs = "path_open or another path function";
            grant("preopen", what, &is_used, needs, preopen.guest.span)
        })
        .collect()
}

fn streams(audit: &Audit<'_>, used: &Used<'_>) -> Vec<Element> {
    let grants = &audit.ground.policy.grants;
    [
        ("stdin", "fd_read", &grants.stdin),
        ("stdout", "fd_write", &grants.stdout),
        ("stderr", "fd_write", &grants.stderr),
    ]
    .into_iter()
    .filter_map(|(name, needs, stream)| {
        let span = stream.as_ref()?.span;
        Some(grant(
            "stream",
            name.to_owned(),
            &used.any(&[name]),
            needs,
            span,
        ))
    })
    .collect()
}

/// Ways to reach other machines; `sock_accept` and its kin count as listening.
const CONNECTING: &[&str] = &["net.connect", "net.udp", "net.resolve", "http.outgoing"];

fn others(audit: &Audit<'_>, used: &Used<'_>) -> Vec<Element> {
    let grants = &audit.ground.policy.grants;
    let env = !is_none(&grants.env_pass) || !grants.env_set.is_empty();
    let args = !is_none(&grants.args_allow) || grants.args_max.is_some();
    let random = grants
        .random
        .is_some_and(|random| random.value != Random::Deny);
    let (connect, listen) = (!is_none(&grants.connect), !is_none(&grants.listen));
    let others: [(&str, &str, &[&str], &str, bool); 5] = [
        ("env", "env", &["env"], "environ_get", env),
        ("args", "args", &["args"], "args_get", args),
        ("random", "random", &["random"], "random_get", random),
        (
            "network",
            "network.connect",
            CONNECTING,
            "a function that connects",
            connect,
        ),
        (
            "network",
            "network.listen",
            &["net.listen"],
            "sock_accept",
            listen,
        ),
    ];
    others
        .into_iter()
        .filter(|(.., stated)| *stated)
        .map(|(kind, key, capabilities, needs, _)| {
            let span = audit.ground.key(&format!("grants.{key}"));
            grant(kind, key.to_owned(), &used.any(capabilities), needs, span)
        })
        .collect()
}

/// Whether lists that must all match let nothing through, or there is none.
fn is_none<T>(layers: &Layers<T>) -> bool {
    layers.0.is_empty() || layers.0.iter().any(Vec::is_empty)
}

fn clock(audit: &Audit<'_>, used: &Used<'_>) -> Option<Element> {
    let grants = &audit.ground.policy.grants;
    let clocks = [grants.clock_wall, grants.clock_monotonic]
        .into_iter()
        .flatten();
    let span = clocks
        .filter(|clock| clock.value != Clock::Deny)
        .map(|clock| clock.span)
        .next()?;
    let is_used = used.any(&["clock.wall", "clock.monotonic"]);
    let needs = "clock_time_get or poll_oneoff";
    Some(grant("clock", "clock".to_owned(), &is_used, needs, span))
}

fn grant(kind: &str, what: String, used: &Use<'_>, needs: &str, span: Span) -> Element {
    let subject = format!("grant {what}");
    let idle = used.as_ref().err().map(|links| {
        let names: BTreeSet<String> = links.iter().map(|link| link.full.clone()).collect();
        names.into_iter().collect::<Vec<String>>()
    });
    let fact = Grant {
        what,
        kind: kind.to_owned(),
        used: used.is_ok(),
        lack: idle.as_deref().map(lack).unwrap_or_default(),
        idle: idle.unwrap_or_default(),
        needs: needs.to_owned(),
    };
    Element::new(subject, fact).at(Some(span), "")
}

fn lack(idle: &[String]) -> String {
    let shown: Vec<String> = idle
        .iter()
        .take(4)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = match idle.len().saturating_sub(shown.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match idle {
        [] => "the module imports nothing to use it with".to_owned(),
        _ => format!(
            "no code reaches what could use it ({}{more})",
            shown.join(", ")
        ),
    }
}

/// A WASI function that is linked to something that acts: stubs answer without a grant.
fn need(audit: &Audit<'_>, link: &Link<'_>, witness: &Witness<'_>) -> Option<Element> {
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
        reach: super::import::reach(link).name().to_owned(),
        path: witness.line(link),
        met,
        missing,
    };
    let element = Element::new(format!("import {}", link.full), fact)
        .at(Some(audit.ground.key("grants")), "");
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
    let ticking = |clock: Option<crate::source::Spanned<Clock>>| {
        clock.is_some_and(|clock| clock.value != Clock::Deny)
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
            .is_some_and(|random| random.value != Random::Deny),
        "net.listen" => !is_none(&grants.listen),
        "net.connect" | "net.udp" | "net.resolve" | "http.outgoing" => !is_none(&grants.connect),
        _ => true,
    }
}
