//! What a hardened module says of itself, in its custom section `ringfence`, and whether that is so. The section is written by
//! whoever made the module: nothing is granted for it that the bytes do not show.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::policy::{Policy, canonical_part};
use crate::wasm::edit::{self, EXHAUSTED, FUEL};
use crate::wasm::{LiteralKind, Module};

use super::approval_key::hexadecimal;
use super::deed::{Deed, Shown};

/// The most bytes of a record that are read.
const MAX_RECORD: usize = 1 << 20;
/// What writes records.
const TOOL: &str = concat!("ringfence ", env!("CARGO_PKG_VERSION"));
/// The version of the record.
const VERSION: u32 = 1;

/// The parts of a policy that hardening reads.
const PARTS: &[&str] = &[
    "module",
    "abi",
    "imports",
    "limits",
    "grants.clock",
    "grants.random",
];

/// The record in the section `ringfence`, version 1: JSON with these keys in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HardeningRecord {
    /// 1.
    pub version: u32,
    /// `ringfence` and its version.
    pub tool: String,
    /// SHA-256 of the module that was hardened.
    pub source: String,
    /// SHA-256 of what hardening reads of the policy.
    pub policy: String,
    /// How fuel is counted, if it is.
    pub fuel: Option<FuelRecord>,
    /// How many functions at the end stand before functions of the host.
    pub wrappers: u32,
    /// What was done.
    pub done: Vec<Deed>,
    /// What only a host can hold.
    pub left: Vec<Left>,
}

/// How fuel is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FuelRecord {
    /// The cost model's number.
    pub model: u32,
    /// What there is before anybody sets it.
    pub budget: i64,
    /// What a call of the host costs more than another call.
    pub host_call: u32,
}

/// One thing that a module cannot hold by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// The policy's key, or a guard.
    pub what: String,
    /// Why, or by what the host has to hold it.
    pub why: String,
}

/// A record with what the module shows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hardening {
    /// The record, if it reads.
    pub record: Option<HardeningRecord>,
    /// What is wrong with it, in words; empty if nothing is.
    pub wrong: String,
    /// Whether all code counts its fuel: shown by the bytes.
    pub counted: bool,
    /// Whether it is for this policy, and another version of this program made it.
    pub unconfirmed: bool,
}

/// Whether hardening under a policy gives a module with a record: [`crate::rewrite::confirms`].
pub type Confirm = fn(&[u8], &HardeningRecord, &Policy) -> bool;

impl HardeningRecord {
    /// A record of this program's.
    pub fn new(source: String, policy: &Policy) -> Self {
        Self {
            version: VERSION,
            tool: TOOL.to_owned(),
            source,
            policy: hardening_digest(policy),
            fuel: None,
            wrappers: 0,
            done: Vec::new(),
            left: Vec::new(),
        }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// Why it does not read.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_RECORD {
            return Err(format!("it is over {MAX_RECORD} bytes"));
        }
        let record: Self = serde_json::from_slice(bytes)
            .map_err(|error| format!("it is no record of version {VERSION}: {error}"))?;
        if record.version != VERSION {
            return Err(format!("it is of version {}", record.version));
        }
        if is_digest(&record.source) && is_digest(&record.policy) {
            Ok(record)
        } else {
            Err("its `source` or `policy` is no SHA-256 in lower-case hexadecimal".to_owned())
        }
    }

    /// Whether this version of the program wrote it.
    pub(super) fn is_ours(&self) -> bool {
        self.tool == TOOL
    }

    /// The bytes of the section.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl Hardening {
    /// That of a module; none, if it has no such section.
    pub fn of(module: &Module, bytes: &[u8]) -> Option<Self> {
        let named = |section: &crate::wasm::Section| section.name.as_deref() == Some(edit::RECORD);
        if module.malformed.is_some() || !module.sections.iter().any(named) {
            return None;
        }
        let read = match edit::record(bytes)? {
            Ok(content) => HardeningRecord::read(content),
            Err(()) => Err("there is more than one".to_owned()),
        };
        let record = match read {
            Ok(record) => record,
            Err(wrong) => {
                return Some(Self {
                    record: None,
                    wrong,
                    counted: false,
                    unconfirmed: false,
                });
            }
        };
        let budget = record.fuel.as_ref().and_then(|fuel| {
            let counted = edit::is_counted(bytes, fuel.host_call);
            counted.ok().flatten()
        });
        Some(Self {
            wrong: wrong(&record, budget, module).unwrap_or_default(),
            counted: budget.is_some(),
            unconfirmed: false,
            record: Some(record),
        })
    }

    /// That of a module that was hardened just now: its bytes are known to be what the record says.
    pub(super) fn made(record: &HardeningRecord) -> Self {
        Self {
            wrong: String::new(),
            counted: record.fuel.is_some(),
            unconfirmed: false,
            record: Some(record.clone()),
        }
    }

    /// Holds the whole module against the policy that it says it was hardened for. What another version of this program made
    /// cannot be confirmed.
    pub(super) fn hold(&mut self, confirm: Confirm, bytes: &[u8], policy: &Policy) {
        let sound = self.wrong.is_empty();
        let record = self.record.as_ref().filter(|_| sound);
        let Some(record) = record.filter(|record| record.policy == hardening_digest(policy)) else {
            return;
        };
        if !record.is_ours() {
            self.unconfirmed = true;
        } else if !confirm(bytes, record, policy) {
            let wrong =
                "it says that it was hardened for this policy, and hardening gives another module";
            wrong.clone_into(&mut self.wrong);
        }
    }

    /// Whether an export is one of the two by which a host sets the fuel: of a module whose code counts it.
    pub fn is_fuel(&self, export: &str) -> bool {
        self.counted && (export == FUEL || export == EXHAUSTED)
    }
}

/// What came of hardening a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hardened {
    /// The module's path as it was given.
    pub path: String,
    /// SHA-256 of what came out.
    pub sha256: String,
    /// Its bytes.
    pub size: u64,
    /// Whether it came out as it went in.
    pub unchanged: bool,
    /// What was done, and what is left to the host.
    pub record: HardeningRecord,
    /// Folders of the machine that built it, which are in it as before.
    pub build_paths: Vec<String>,
}

impl Hardened {
    /// That of what came out.
    pub fn new(path: &str, module: &Module, record: HardeningRecord, unchanged: bool) -> Self {
        let literals = module.literals.iter();
        let paths = literals.filter(|literal| literal.kind == LiteralKind::BuildPath);
        let mut build_paths: Vec<String> = paths.map(|literal| literal.text.clone()).collect();
        build_paths.sort();
        build_paths.dedup();
        Self {
            path: path.to_owned(),
            sha256: module.digest(),
            size: module.size as u64,
            unchanged,
            record,
            build_paths,
        }
    }
}

/// The first thing that a record says and that is not so.
fn wrong(record: &HardeningRecord, budget: Option<i64>, module: &Module) -> Option<String> {
    if let Some(fuel) = &record.fuel {
        if fuel.model != edit::MODEL {
            return Some(format!("it counts by cost model {}", fuel.model));
        }
        match budget {
            None => return Some("it says that all code counts its fuel".to_owned()),
            Some(budget) if budget != fuel.budget => {
                return Some(format!("it says that the fuel is {} at first", fuel.budget));
            }
            Some(_) => {}
        }
    }
    let shown = Shown::of(module);
    record.done.iter().find_map(|deed| shown.untrue(deed))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The digest of what hardening reads of a resolved policy: environment, folders, rules and waivers are no part of it.
pub fn hardening_digest(policy: &Policy) -> String {
    let mut digest = Sha256::new();
    digest.update("ringfence hardening 1");
    for part in PARTS {
        let text = canonical_part(policy, part);
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    }
    hexadecimal(&digest.finalize())
}
