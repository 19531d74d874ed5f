//! Whether a grant covers what a WASI function is asked for by a constant. Only what holds whatever else the module does is
//! said to be outside: a path is looked up below a descriptor that the code mostly computes.

use crate::audit::context::Audit;
use crate::audit::facts::network;
use crate::audit::link::{Link, Ruling};
use crate::policy::{PathDenied, Preopen, Role, is_within, normalise};
use crate::wasm::Call;

use super::described::{Described, Passed};

/// What no grant covers, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// Why, in words that follow "which no grant covers: ".
    pub reason: &'static str,
    /// What to write instead.
    pub instead: String,
    /// The policy's key that would cover it.
    pub key: &'static str,
}

/// The argument of `path_open` that says whether a file is made or emptied.
const OPEN_FLAGS: &str = "oflags";
/// `creat` and `trunc` in it.
const CHANGING: i64 = 1 | 8;

/// Nothing where no grant decides: a function that the policy does not link to what acts, or another role.
pub fn outside(
    audit: &Audit<'_>,
    link: &Link<'_>,
    described: &[Described<'_>],
    argument: &Described<'_>,
    passed: &Passed,
    call: &Call,
) -> Option<Result<(), Outside>> {
    let Passed::Text(text) = passed else {
        return None;
    };
    if !audit.ground.judged || !link.wasi || link.ruling != Ruling::Allowed {
        return None;
    }
    match argument.role {
        Role::Path => {
            let changes = changes(link, described, call);
            Some(path(&audit.ground.policy.grants.preopens, text, changes))
        }
        Role::Host => Some(host(audit, text)),
        _ => None,
    }
}

/// Whether a call can only succeed where it may write: the function does nothing else, or its flags are known.
fn changes(link: &Link<'_>, described: &[Described<'_>], call: &Call) -> bool {
    if link.capabilities.as_slice() == ["fs.write"] {
        return true;
    }
    let flags = described.iter().find(|one| one.name == OPEN_FLAGS);
    let flags = flags.and_then(|one| match one.place {
        crate::capability::Place::Number { index } => {
            call.arguments.get(index as usize)?.constant()
        }
        _ => None,
    });
    flags.is_some_and(|(flags, _)| flags & CHANGING != 0)
}

fn path(preopens: &[Preopen], text: &str, changes: bool) -> Result<(), Outside> {
    let outside = |reason, instead: String| {
        Err(Outside {
            reason,
            instead,
            key: "grants.preopens",
        })
    };
    let text = match normalise(text) {
        Ok(text) => text,
        Err(PathDenied::LeavesRoot) => {
            let reason = "it leads out of the folder that it starts from";
            return outside(reason, "no preopen can cover it".to_owned());
        }
        // What is strange to a guard may be a name on some disk.
        Err(_) => return Ok(()),
    };
    let inside = |preopen: &&Preopen| is_within(&text, &preopen.guest.value);
    let absolute = text.starts_with('/');
    if absolute && !preopens.iter().any(|preopen| inside(&preopen)) {
        let reason = "it is absolute, and no preopen is at its beginning";
        let instead = "or grant the folder as a preopen, and open the file by its path below it";
        return outside(reason, instead.to_owned());
    }
    if preopens.is_empty() {
        let instead =
            "or grant the folder that holds it: `preopens: [{guest: /data, host: ./data}]`";
        return outside("there is no preopen", instead.to_owned());
    }
    let may_change = |preopen: &&Preopen| {
        let writable = preopen.writable.is_some_and(|writable| writable.value);
        (writable || preopen.scratch.is_some()) && (!absolute || inside(preopen))
    };
    if changes && !preopens.iter().any(|preopen| may_change(&preopen)) {
        let instead = "or let it write in a scratch: `{guest: /scratch, scratch: {bytes: 16MiB, entries: 1000}}`";
        return outside(
            "it is to be written, and what is granted is read-only",
            instead.to_owned(),
        );
    }
    Ok(())
}

fn host(audit: &Audit<'_>, text: &str) -> Result<(), Outside> {
    if network::covers(&audit.ground, network::host_of(text)) {
        return Ok(());
    }
    Err(Outside {
        reason: "`grants.network` does not name it",
        instead: "or add it to `grants.network.connect` with its port".to_owned(),
        key: "grants.network",
    })
}
