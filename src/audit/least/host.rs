//! What modules ask of one host function: which parameters carry a pointer and a length, and which constants they pass.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::link::Link;
use crate::audit::witness::Witness;
use crate::capability::{AuthorityClass, Place, Taxonomy};
use crate::policy::Role;
use crate::wasm::{Image, Tier};

/// One host function.
#[derive(Debug, Default)]
pub(super) struct HostNeed {
    pub(super) signatures: BTreeSet<String>,
    pub(super) is_reachable: bool,
    pub(super) path: String,
    pub(super) capability: Option<String>,
    pub(super) arguments: BTreeMap<u32, ArgumentNeed>,
    /// Whether its name says that it is the whole host: nothing makes that safe.
    pub(super) is_ambient: bool,
}

/// One argument.
#[derive(Debug)]
pub(super) struct ArgumentNeed {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) place: Place,
    /// The constants, each with the firmest tier in which it was seen.
    pub(super) constants: BTreeMap<Constant, Tier>,
    /// Whether it says which of many things the function does.
    pub(super) chooses: bool,
    /// Whether other values may be passed.
    pub(super) is_open: bool,
    /// The longest text that was seen.
    pub(super) longest: usize,
    /// The largest constant that is passed as its length.
    pub(super) length: u64,
}

/// A constant that is passed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Constant {
    Number(i64),
    Text(String),
}

/// The roles that a name tells of, by class; the first that fits names the argument.
const ROLES: &[(AuthorityClass, Role)] = &[
    (AuthorityClass::Path, Role::Path),
    (AuthorityClass::Url, Role::Url),
    (AuthorityClass::Command, Role::Command),
    (AuthorityClass::Secret, Role::Secret),
    (AuthorityClass::Root, Role::Root),
];

impl HostNeed {
    pub(super) fn add(&mut self, link: &Link<'_>, witness: &Witness<'_>, image: &Image<'_>) {
        self.signatures
            .extend(link.import.ty.signature().map(ToString::to_string));
        let told = Taxonomy::builtin().authority(&link.import.name);
        self.is_ambient |= told.has(AuthorityClass::Ambient);
        self.capability = link.capabilities.first().cloned();
        if link.is_unreachable() {
            return;
        }
        if !self.is_reachable {
            self.path = witness.line(link);
        }
        self.is_reachable = true;
        for (name, role, place) in described(link, image) {
            let first = first(place);
            let mut known = self.arguments.iter();
            let taken = known.any(|(at, other)| *at != first && other.name == name);
            let argument = self.arguments.entry(first).or_insert_with(|| ArgumentNeed {
                // Two of one name would not read.
                name: if taken {
                    format!("{name}{first}")
                } else {
                    name
                },
                // As the rule on dispatchers has it: each text chooses, beside the opcodes.
                chooses: told.has(AuthorityClass::Dispatch) && role == Role::Text,
                role,
                place,
                constants: BTreeMap::new(),
                is_open: false,
                longest: 0,
                length: 0,
            });
            argument.add(link, image);
        }
    }
}

/// The parameter in which an argument is, or begins.
pub(super) fn first(place: Place) -> u32 {
    match place {
        Place::Buffer { ptr, .. } | Place::Terminated { ptr } => ptr,
        Place::Number { index } => index,
    }
}

/// What the taxonomy says of its arguments; else a guess: a pair of numbers is a text where a call shows one, or where the
/// name of the function tells that it takes one; after that, room for the answer.
fn described(link: &Link<'_>, image: &Image<'_>) -> Vec<(String, Role, Place)> {
    let hints = link.entry.map(|entry| entry.args.as_slice());
    let hints: Vec<_> = hints
        .unwrap_or_default()
        .iter()
        .filter_map(|hint| Some((hint.name.to_string(), Role::named(hint.role)?, hint.place)))
        .collect();
    if !hints.is_empty() {
        return hints;
    }
    guessed(link, image)
}

fn guessed(link: &Link<'_>, image: &Image<'_>) -> Vec<(String, Role, Place)> {
    let told = Taxonomy::builtin().authority(&link.import.name);
    let role = ROLES.iter().find(|(class, _)| told.has(*class));
    let mut role = role.map(|(_, role)| *role);
    let dispatches = told.has(AuthorityClass::Dispatch);
    let params = link.import.ty.signature().map(|one| one.params.as_slice());
    let params = params.unwrap_or_default();
    let is_number = |at: usize| params.get(at).is_some_and(|ty| ty == "i32");
    let mut found = Vec::new();
    let mut at = 0;
    while at < params.len() {
        let index = u32::try_from(at).unwrap_or(u32::MAX);
        let place = Place::Buffer {
            ptr: index,
            len: index.saturating_add(1),
        };
        if is_number(at) && is_number(at + 1) {
            let shows = shows_text(link, image, index);
            let pair = match (role.take(), shows) {
                (Some(role), _) => Some((role.name().to_owned(), role)),
                (None, true) => Some((format!("text{at}"), Role::Text)),
                (None, false) if !found.is_empty() => Some((format!("out{at}"), Role::OutBuffer)),
                (None, false) => None,
            };
            if let Some((name, role)) = pair {
                found.push((name, role, place));
                at += 2;
                continue;
            }
        }
        if at == 0 && dispatches && is_number(0) {
            let place = Place::Number { index: 0 };
            found.push(("operation".to_owned(), Role::Opcode, place));
        }
        at += 1;
    }
    found
}

/// Whether a call passes a pointer and a length that hold a text as compiled.
fn shows_text(link: &Link<'_>, image: &Image<'_>, ptr: u32) -> bool {
    let calls = link.usage.map_or(&[][..], |usage| usage.calls.as_slice());
    calls.iter().any(|call| {
        let constant = |index: u32| call.arguments.get(index as usize)?.constant();
        let text = constant(ptr)
            .zip(constant(ptr.saturating_add(1)))
            .filter(|(_, (length, _))| *length > 0)
            .and_then(|((pointer, _), (length, _))| image.text(pointer, length));
        text.is_some_and(|found| !found.text.chars().any(char::is_control))
    })
}

impl ArgumentNeed {
    fn add(&mut self, link: &Link<'_>, image: &Image<'_>) {
        let Some(usage) = link.usage else {
            self.is_open = true;
            return;
        };
        self.is_open |= usage.others.is_some();
        for call in &usage.calls {
            let constant = |index: u32| call.arguments.get(index as usize)?.constant();
            if let Place::Buffer { len, .. } = self.place
                && let Some((length, _)) = constant(len)
            {
                self.length = self.length.max(u64::try_from(length).unwrap_or(u64::MAX));
            }
            let passed = match self.place {
                Place::Number { index } => constant(index).and_then(|(value, tier)| {
                    Some((Constant::Number(self.read(link, index, value)?), tier))
                }),
                Place::Terminated { ptr } => constant(ptr)
                    .and_then(|(pointer, _)| image.terminated(pointer))
                    .map(|found| (Constant::Text(found.text), Tier::Recovered)),
                Place::Buffer { ptr, len } => constant(ptr)
                    .zip(constant(len))
                    .and_then(|((pointer, _), (length, _))| image.text(pointer, length))
                    // No pattern admits a zero: it is room for a text, or is refused.
                    .filter(|found| !found.text.contains('\0'))
                    .map(|found| (Constant::Text(found.text), Tier::Recovered)),
            };
            match passed {
                Some((constant, tier)) => self.constant(constant, tier),
                None => self.is_open = true,
            }
        }
    }

    /// A number as guards read it: opcodes and flags have no sign, and none over 63 bits.
    fn read(&self, link: &Link<'_>, index: u32, value: i64) -> Option<i64> {
        if self.role == Role::Number {
            return Some(value);
        }
        let params = link.import.ty.signature().map(|one| one.params.as_slice());
        let wide = params
            .and_then(|params| params.get(index as usize))
            .is_some_and(|ty| ty == "i64");
        let read = if wide { value } else { value & 0xffff_ffff };
        Some(read).filter(|read| *read >= 0)
    }

    fn constant(&mut self, constant: Constant, tier: Tier) {
        if let Constant::Text(text) = &constant {
            self.longest = self.longest.max(text.len());
        }
        let known = self.constants.entry(constant).or_insert(tier);
        *known = (*known).min(tier);
    }

    /// Whether a guard has to scope it.
    pub(super) fn wants_guard(&self) -> bool {
        let free = matches!(
            self.role,
            Role::Buffer | Role::OutBuffer | Role::Text | Role::Number | Role::Flags
        );
        self.chooses || !free
    }
}
