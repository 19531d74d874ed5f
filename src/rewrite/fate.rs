//! What becomes of each import.

use std::collections::BTreeSet;

use crate::audit::{self, Deed, Link, Ruling, StubAnswer, allows};
use crate::policy::{Clock, HostImport, Policy, Random};
use crate::wasm::{Extern, Signature};

use super::code::{Denial, Value};
use super::guard::{Check, Guard, Parameter};
use super::resources::deed;
use super::stub::StandIn;

/// What becomes of an import.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// It stays; its calls are checked first.
    Stays(Vec<Guard>, Denial),
    /// A function of the module's own takes its place.
    Goes(StandIn, &'static str),
}

impl Fate {
    /// It stays as it is.
    pub const STAYS: Self = Self::Stays(Vec::new(), Denial::Trap);
}

/// The errno of a clock or random source that is denied.
const NOTCAPABLE: i32 = 76;

/// Decides for every import, in order.
///
/// # Errors
/// Why the module cannot be hardened, in sentences.
pub fn fates(links: &[Link<'_>], policy: &Policy) -> Result<Vec<Fate>, Vec<String>> {
    let mut reasons = Vec::new();
    let mut decide = |link: &Link<'_>, twin: bool| match fate(link, policy, twin) {
        Ok(fate) => fate,
        Err(reason) => {
            reasons.push(format!("{}: {reason}", link.full));
            Fate::STAYS
        }
    };
    let mut fates: Vec<Fate> = links.iter().map(|link| decide(link, false)).collect();
    let stays = |(_, fate): &(&Link<'_>, &Fate)| matches!(fate, Fate::Stays(..));
    let staying: BTreeSet<&str> = links
        .iter()
        .zip(&fates)
        .filter(stays)
        .map(|(link, _)| link.full.as_str())
        .collect();
    // One of two imports of a name that is never reached stays beside the other: the name is not gone. It can have another
    // type, and so other guards.
    for (link, fate) in links.iter().zip(fates.iter_mut()) {
        let unreached = matches!(fate, Fate::Goes(StandIn::Trap, UNREACHED));
        if unreached && staying.contains(link.full.as_str()) {
            *fate = decide(link, true);
        }
    }
    if reasons.is_empty() {
        Ok(fates)
    } else {
        Err(reasons)
    }
}

/// Whether an import is a memory or table of the host's that the policy denies.
pub fn is_own(link: &Link<'_>, policy: &Policy) -> bool {
    let allowed = match &link.import.ty {
        Extern::Memory { .. } => policy.imports.memory,
        Extern::Table { .. } => policy.imports.table,
        _ => return false,
    };
    allowed.is_none_or(|allow| !allow.value)
}

/// What is said of such an import.
pub fn own(link: &Link<'_>) -> Deed {
    deed("import", &link.full, audit::own(link.import.ty.kind()))
}

const UNREACHED: &str = "no code calls it";

/// `twin`: another import of the name stays, so that this one does too.
fn fate(link: &Link<'_>, policy: &Policy, twin: bool) -> Result<Fate, String> {
    let signature = match &link.import.ty {
        Extern::Function(signature) => signature,
        Extern::Global { mutable: true, .. }
            if policy.imports.globals.is_none_or(|allow| !allow.value) =>
        {
            return Err("the policy denies mutable globals of the host (`imports.globals`), and a global that both change cannot be taken out: build the module without it".to_owned());
        }
        _ => return Ok(Fate::STAYS),
    };
    if link.wasi {
        return Ok(wasi(link, signature, policy, twin));
    }
    let Some(declared) = link.declared else {
        return Ok(Fate::Goes(
            StandIn::Trap,
            "`imports.host` does not declare it",
        ));
    };
    if !twin && link.is_unreachable() {
        return Ok(Fate::Goes(StandIn::Trap, UNREACHED));
    }
    host(declared, signature)
}

fn wasi(link: &Link<'_>, signature: &Signature, policy: &Policy, twin: bool) -> Fate {
    let name = link.import.name.as_str();
    match link.ruling {
        Ruling::Stubbed(_) => {
            let answer = StubAnswer::of(name, signature);
            return Fate::Goes(StandIn::Stub(answer), "`imports.wasi.stub` names it");
        }
        Ruling::Denied(_) => {
            return Fate::Goes(StandIn::Trap, "`imports.wasi.deny` names it");
        }
        Ruling::Unlisted => {
            return Fate::Goes(
                StandIn::Trap,
                "neither `imports.wasi.allow` nor `stub` covers it",
            );
        }
        Ruling::Allowed => {}
    }
    if !twin && link.is_unreachable() {
        return Fate::Goes(StandIn::Trap, UNREACHED);
    }
    match name {
        "clock_time_get" | "clock_res_get" => clock(signature, policy),
        "random_get" if !random(policy) => {
            Fate::Goes(StandIn::Trap, "`grants.random` denies every source")
        }
        _ => Fate::STAYS,
    }
}

/// The clocks that a policy grants, by the number that WASI gives them.
fn clock(signature: &Signature, policy: &Policy) -> Fate {
    let grants = &policy.grants;
    let allow = &policy.imports.wasi_allow;
    let granted = |clock: Option<Clock>, capability: &str| {
        clock.is_some_and(|clock| clock != Clock::Deny) && allows(allow, capability)
    };
    let wall = grants.clock_wall.map(|clock| clock.value);
    let monotonic = grants.clock_monotonic.map(|clock| clock.value);
    let mut values = Vec::new();
    if granted(wall, "clock.wall") {
        values.push(0);
    }
    if granted(monotonic, "clock.monotonic") {
        values.push(1);
    }
    if values.is_empty() {
        return Fate::Goes(StandIn::Trap, "`grants.clock` denies both clocks");
    }
    if values.len() == 2 || signature.params.first().is_none_or(|first| first != "i32") {
        return Fate::STAYS;
    }
    let guard = Guard {
        name: "id".to_owned(),
        check: Check::Number {
            parameter: Parameter {
                place: 0,
                wide: false,
            },
            unsigned: true,
            min: None,
            max: None,
            values: Some(values),
        },
        left: Vec::new(),
    };
    let denial = match signature.results.as_slice() {
        [one] if one == "i32" => Denial::Values(vec![Value::I32(NOTCAPABLE)]),
        _ => Denial::Trap,
    };
    Fate::Stays(vec![guard], denial)
}

fn random(policy: &Policy) -> bool {
    let source = policy.grants.random.map(|random| random.value);
    source.is_some_and(|source| source != Random::Deny)
        && allows(&policy.imports.wasi_allow, "random")
}

fn host(declared: &HostImport, signature: &Signature) -> Result<Fate, String> {
    let guards: Vec<Guard> = declared
        .args
        .iter()
        .map(|argument| {
            Guard::of(argument, signature)
                .map_err(|error| format!("argument `{}`: {error}", argument.name.value))
        })
        .collect::<Result<_, _>>()?;
    let denial = match declared.on_deny {
        None => Denial::Trap,
        Some(number) => Denial::number(number.value, &signature.results)
            .ok_or_else(|| format!("`on_deny`: its result cannot hold {}", number.value))?,
    };
    Ok(Fate::Stays(guards, denial))
}
