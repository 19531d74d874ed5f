//! Directories and environment that the policy hands to the guest.

use std::path::{Path, PathBuf};

use crate::audit::context::Ground;
use crate::audit::disk::{Survey, lexical, survey};
use crate::audit::fact::{Element, fact};
use crate::policy::{self, Pattern, Role};
use crate::source::{Spanned, credential};

fact! { "preopen" / "One entry of `grants.preopens`." struct Preopen {
    guest: String = "The path that the guest sees.",
    host: String = "The host directory as written, empty for scratch.",
    resolved: String = "The host directory as it is on disk, links followed; as computed, if it does not exist.",
    writable: bool = "Whether the guest can write there.",
    scratch: bool = "Whether it is a fresh directory per invocation.",
    scratch_bytes: Option<u64> = "`scratch.bytes`.",
    scratch_entries: Option<u64> = "`scratch.entries`.",
    breadth: String = "Why it is broad: the root directory, the home directory, the working directory, a repository root, the policy's own folder, a drive, or an ancestor of one of these; else empty.",
    sensitive: String = "The place for secrets or control that it contains or lies in; else empty.",
    exists: bool = "Whether it is there.",
    directory: bool = "Whether it is a directory, links followed.",
    link: bool = "Whether the root itself is a symbolic link, or reached through one that leaves the policy's folder.",
    escape: String = "The first symbolic link inside that leads out; else empty.",
    looked: u64 = "How many directory entries were looked at.",
    complete: bool = "Whether that was all of them.",
    overlaps: String = "The guest path of another grant of the same tree with the other mode; else empty.",
} }

fact! { "env" / "One pattern of `grants.env.pass`." struct Env {
    pattern: String = "The pattern.",
    wildcard: bool = "Whether it can match names that nobody listed.",
    everything: bool = "Whether it matches both `PATH` and `a_b1`.",
    credential: bool = "Whether it names (or its fixed part looks like) a credential.",
} }

fact! { "env-value" / "One entry of `grants.env.set`, or of a provider's configuration." struct EnvValue {
    name: String = "The variable.",
    credential: bool = "Whether its value looks like a credential.",
} }

/// Preopens, then variables.
pub fn collect(ground: &Ground<'_>) -> Vec<Element> {
    let grants = &ground.policy.grants;
    let mut elements: Vec<Element> = grants
        .preopens
        .iter()
        .map(|preopen| element(ground, preopen))
        .collect();
    elements.extend(grants.env_pass.0.iter().flatten().map(env));
    elements.extend(
        grants
            .env_set
            .iter()
            .map(|(name, value)| env_value("env", name, value)),
    );
    for host in &ground.policy.imports.host {
        if let Some(policy::Provider::Config { values }) = &host.provider {
            elements.extend(
                values
                    .iter()
                    .map(|(name, value)| env_value("config", name, value)),
            );
        }
    }
    elements
}

fn element(ground: &Ground<'_>, preopen: &policy::Preopen) -> Element {
    let written = preopen.host.as_ref();
    let path = written.map(|host| ground.host_path(&host.value, host.span));
    let survey = path.as_deref().map(survey).unwrap_or_default();
    let real = survey.real.clone().or_else(|| path.as_deref().map(lexical));
    let fact = Preopen {
        guest: preopen.guest.value.clone(),
        host: written.map(|host| host.value.clone()).unwrap_or_default(),
        resolved: real
            .as_ref()
            .map(|real| real.to_string_lossy().into_owned())
            .unwrap_or_default(),
        writable: writable(preopen),
        scratch: preopen.scratch.is_some(),
        scratch_bytes: preopen
            .scratch
            .as_ref()
            .and_then(|scratch| scratch.bytes)
            .map(|bytes| bytes.value),
        scratch_entries: preopen
            .scratch
            .as_ref()
            .and_then(|scratch| scratch.entries)
            .map(|entries| entries.value),
        breadth: both(ground, preopen, path.as_deref(), real.as_deref(), breadth),
        sensitive: both(ground, preopen, path.as_deref(), real.as_deref(), sensitive),
        exists: survey.exists,
        directory: survey.directory,
        link: survey.link,
        escape: survey.escape.clone().unwrap_or_default(),
        looked: survey.looked,
        complete: survey.complete,
        overlaps: overlaps(ground, preopen, &survey),
    };
    let span = written.map_or(preopen.guest.span, |host| host.span);
    Element::new(format!("preopen {}", preopen.guest.value), fact).at(Some(span), "")
}

fn writable(preopen: &policy::Preopen) -> bool {
    preopen.scratch.is_some() || preopen.writable.is_some_and(|writable| writable.value)
}

/// Asks of the path as computed and of the path as it is on disk: a link must not hide either.
fn both(
    ground: &Ground<'_>,
    preopen: &policy::Preopen,
    path: Option<&Path>,
    real: Option<&Path>,
    ask: fn(&Ground<'_>, &policy::Preopen, &Path) -> Option<String>,
) -> String {
    let computed = path.map(lexical);
    [computed.as_deref(), real]
        .into_iter()
        .flatten()
        .find_map(|path| ask(ground, preopen, path))
        .unwrap_or_default()
}

/// Why a directory is broad.
fn breadth(ground: &Ground<'_>, preopen: &policy::Preopen, path: &Path) -> Option<String> {
    let written = preopen.host.as_ref()?;
    let drive = written.value.len() <= 3 && written.value.as_bytes().get(1) == Some(&b':');
    if drive {
        return Some("a drive".to_owned());
    }
    if path.parent().is_none() {
        return Some("the root directory".to_owned());
    }
    if path.join(".git").exists() {
        return Some("a repository root".to_owned());
    }
    let folder = ground
        .folder(written.span)
        .map(|_| ground.host_path("", written.span));
    let places = [
        ("the home directory", ground.surroundings.home.clone()),
        ("the working directory", ground.surroundings.working.clone()),
        ("the policy's own folder", folder),
    ];
    for (name, place) in places {
        let Some(place) = place else { continue };
        for place in [lexical(&place), place.canonicalize().unwrap_or(place)] {
            if path == place {
                return Some(name.to_owned());
            }
            if place.starts_with(path) {
                return Some(format!("an ancestor of {name}"));
            }
        }
    }
    let homes = ["/home", "/root", "/Users", "/var/home"];
    let home = homes.iter().any(|home| {
        path == Path::new(home) || path.parent() == Some(Path::new(home)) && *home != "/root"
    });
    home.then(|| "a home directory".to_owned())
}

/// Places for secrets or control, absolute.
const SENSITIVE: &[&str] = &[
    "/etc",
    "/proc",
    "/sys",
    "/dev",
    "/boot",
    "/run",
    "/var/run",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/kubelet",
    "/var/lib/rancher",
    "/var/spool/cron",
    "/var/log",
    "/var/mail",
    "/run/secrets",
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/var/run/secrets",
    "/var/lib/mysql",
    "/var/lib/postgresql",
    "/usr/lib/systemd",
    "/lib/systemd",
    "/private/etc",
    "/Library/Keychains",
    "/bin",
    "/sbin",
    "/usr/bin",
    "/usr/sbin",
    "/usr/local/bin",
    "C:/Windows",
];

/// Directory and file names for secrets or control, anywhere in a path.
const SENSITIVE_NAMES: &[&str] = &[
    ".ssh",
    ".aws",
    ".azure",
    ".gnupg",
    ".kube",
    ".docker",
    ".config",
    ".git",
    ".hg",
    ".svn",
    ".npmrc",
    ".netrc",
    ".pypirc",
    ".cargo",
    ".env",
    ".vault-token",
    ".terraform.d",
    ".password-store",
    ".mozilla",
    ".local",
    "secrets",
    "docker.sock",
    "id_rsa",
    "Keychains",
];

/// The place for secrets or control that a directory contains or lies in.
fn sensitive(ground: &Ground<'_>, preopen: &policy::Preopen, path: &Path) -> Option<String> {
    let home = ground.surroundings.home.as_deref();
    let written = preopen
        .host
        .as_ref()
        .map(|host| host.value.replace('\\', "/"))
        .unwrap_or_default();
    let path_is = |place: &str| {
        path.starts_with(place) || Path::new(place).starts_with(path) || written.starts_with(place)
    };
    if let Some(place) = SENSITIVE.iter().find(|place| path_is(place)) {
        return Some((*place).to_owned());
    }
    let parts = path
        .components()
        .filter_map(|part| part.as_os_str().to_str());
    if let Some(name) = parts
        .into_iter()
        .find(|part| SENSITIVE_NAMES.contains(part))
    {
        return Some(name.to_owned());
    }
    let in_home = home
        .filter(|home| home.starts_with(path))
        .map(|_| "~/.ssh".to_owned());
    in_home.or_else(|| {
        let inside = SENSITIVE_NAMES.iter().find(|name| path.join(name).exists());
        inside.map(|name| format!("{name} inside it"))
    })
}

/// The guest path of another grant that reaches the same tree with the other mode.
fn overlaps(ground: &Ground<'_>, preopen: &policy::Preopen, survey: &Survey) -> String {
    let preopens = &ground.policy.grants.preopens;
    let identity = |preopen: &policy::Preopen, real: Option<PathBuf>| {
        let host = preopen.host.as_ref()?;
        Some(real.unwrap_or_else(|| lexical(&ground.host_path(&host.value, host.span))))
    };
    let Some(mine) = identity(preopen, survey.real.clone()) else {
        return String::new();
    };
    preopens
        .iter()
        .filter(|other| !std::ptr::eq(*other, preopen) && writable(other) != writable(preopen))
        .find(|other| {
            let path = other
                .host
                .as_ref()
                .map(|host| ground.host_path(&host.value, host.span));
            let real = path.and_then(|path| path.canonicalize().ok());
            identity(other, real)
                .is_some_and(|theirs| mine.starts_with(&theirs) || theirs.starts_with(&mine))
        })
        .map(|other| other.guest.value.clone())
        .unwrap_or_default()
}

fn env(pattern: &Spanned<String>) -> Element {
    let text = &pattern.value;
    let matches = |name: &str| Pattern::name(text).is_ok_and(|compiled| compiled.matches(name));
    let wildcard = text.contains(['*', '?', '[', '{']);
    let fact = Env {
        pattern: text.clone(),
        wildcard,
        everything: matches("PATH") && matches("a_b1"),
        credential: credential::is_name(text)
            || credential::is_name(text.trim_matches(['*', '?', '_'])),
    };
    Element::new(format!("env {text}"), fact).at(Some(pattern.span), "")
}

fn env_value(what: &str, name: &str, value: &Spanned<String>) -> Element {
    let looks = !credential::find(value.value.as_bytes()).is_empty();
    let named = credential::is_name(name)
        && value.value.len() >= 8
        && !value.value.contains(char::is_whitespace);
    let fact = EnvValue {
        name: name.to_owned(),
        credential: looks || named,
    };
    Element::new(format!("{what} {name}"), fact).at(Some(value.span), "")
}

/// Grants that hand out secrets or broad reads.
pub fn secret_sources(ground: &Ground<'_>) -> Vec<String> {
    let grants = &ground.policy.grants;
    let mut sources = Vec::new();
    for pattern in grants.env_pass.0.first().into_iter().flatten() {
        if credential::is_name(&pattern.value) || pattern.value.contains('*') {
            sources.push(format!("env {}", pattern.value));
        }
    }
    for preopen in &grants.preopens {
        let Some(host) = &preopen.host else { continue };
        let path = lexical(&ground.host_path(&host.value, host.span));
        if breadth(ground, preopen, &path).is_some() || sensitive(ground, preopen, &path).is_some()
        {
            sources.push(format!("preopen {}", preopen.guest.value));
        }
    }
    for host in &ground.policy.imports.host {
        let secret = host
            .args
            .iter()
            .any(|argument| argument.role.value == Role::Secret);
        let open = host.args.iter().any(|argument| {
            argument.role.value == Role::Path && argument.allow.0.iter().flatten().next().is_none()
        });
        if secret || open {
            sources.push(format!("{}.{}", host.module.value, host.name.value));
        }
    }
    sources
}
