//! What becomes of each import: something that acts, a stub, a host function, or no start at all.

use crate::audit::{Approval, Link, Ruling};
use crate::policy::ModuleKind;
use crate::source::Span;
use crate::wasm::{Extern, Kind};

use super::terms::{MonotonicClock, RandomSource, Terms, WallClock};

/// The one WASI that the runner speaks.
pub const PREVIEW1: &str = "wasi_snapshot_preview1";

/// What an import is linked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// WASI that acts within the grants.
    Act,
    /// WASI that answers as a stub.
    Stub,
    /// A host function behind its guards.
    Host,
}

/// One import and what it is linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The import's module.
    pub module: String,
    /// The import's name.
    pub name: String,
    /// What it is linked to.
    pub action: Action,
    /// What the policy would deny of it, where denials are only reported.
    pub would_deny: Option<String>,
    /// The line of the policy that made it a stub.
    pub decided_by: Option<Span>,
}

/// Plans every import; `provided` tells whether a host function has a provider or an embedder's function.
///
/// # Errors
/// Every reason why the module may not start, in sentences.
pub fn plan(
    approval: &Approval,
    terms: &Terms,
    provided: impl Fn(&str, &str) -> bool,
    report_only: bool,
) -> Result<Vec<Planned>, Vec<String>> {
    let mut reasons: Vec<String> = other_kind(approval).into_iter().collect();
    let mut planned = Vec::new();
    for link in approval.links() {
        match one(&link, terms, &provided, report_only) {
            Ok(one) => planned.push(one),
            Err(reason) => reasons.push(format!("{}: {reason}", link.full)),
        }
    }
    if approval
        .module()
        .memories
        .iter()
        .any(|memory| memory.shared)
    {
        reasons.push("the runner gives no threads, so a shared memory has no use".to_owned());
    }
    if reasons.is_empty() {
        Ok(planned)
    } else {
        Err(reasons)
    }
}

/// A policy says little about a module of another kind than it was written for; a core module asks for less than WASI.
fn other_kind(approval: &Approval) -> Option<String> {
    let stated = approval.policy().module.kind?;
    let is = approval.module().kind;
    let (wanted, fits) = match stated.value {
        ModuleKind::Wasip1 => ("wasip1", matches!(is, Kind::Wasip1 | Kind::Core)),
        ModuleKind::Core => ("core", is == Kind::Core),
        ModuleKind::Component => ("component", is == Kind::Component),
    };
    let place = approval.place(stated.span);
    (!fits).then(|| {
        format!("the policy is for a module of kind `{wanted}`, which this is not; {place}")
    })
}

fn one(
    link: &Link<'_>,
    terms: &Terms,
    provided: &impl Fn(&str, &str) -> bool,
    report_only: bool,
) -> Result<Planned, String> {
    let import = link.import;
    if !matches!(import.ty, Extern::Function(_)) {
        return Err(format!(
            "the runner gives no {}; only functions can be granted",
            import.ty.kind()
        ));
    }
    let (action, would_deny) = if link.wasi {
        wasi(link, terms, report_only)?
    } else if link.declared.is_none() {
        return Err("the policy does not declare this host function (`imports.host`)".to_owned());
    } else if provided(&import.module, &import.name) {
        (Action::Host, None)
    } else {
        return Err("the policy names no `provider` for it, so only a host that registers its own function can run it".to_owned());
    };
    Ok(Planned {
        module: import.module.clone(),
        name: import.name.clone(),
        action,
        would_deny,
        decided_by: match link.ruling {
            Ruling::Stubbed(stated) => Some(stated.span),
            _ => None,
        },
    })
}

fn wasi(
    link: &Link<'_>,
    terms: &Terms,
    report_only: bool,
) -> Result<(Action, Option<String>), String> {
    let import = link.import;
    if import.module != PREVIEW1 {
        return Err(format!("the runner speaks `{PREVIEW1}` alone"));
    }
    let denied = match link.ruling {
        Ruling::Allowed => None,
        Ruling::Stubbed(_) => return Ok((Action::Stub, None)),
        Ruling::Denied(_) => Some("`imports.wasi.deny` names it".to_owned()),
        Ruling::Unlisted => Some(format!(
            "neither `imports.wasi.allow` nor `stub` covers it (it gives {})",
            link.capabilities.join(", ")
        )),
    };
    let denied = denied.or_else(|| sourceless(&import.name, terms));
    match denied {
        Some(reason) if !report_only => Err(reason),
        denied => Ok((Action::Act, denied)),
    }
}

/// A clock or random source that the grants deny: its functions can only fail, which few guests expect.
fn sourceless(name: &str, terms: &Terms) -> Option<String> {
    let clocks = terms.wall == WallClock::Deny && terms.monotonic == MonotonicClock::Deny;
    match name {
        "clock_time_get" | "clock_res_get" if clocks => Some(
            "`grants.clock` denies both clocks; grant one, or put it into `imports.wasi.stub`"
                .to_owned(),
        ),
        "random_get" if terms.random == RandomSource::Deny => Some(
            "`grants.random` denies every source; grant one, or put it into `imports.wasi.stub`"
                .to_owned(),
        ),
        _ => None,
    }
}
