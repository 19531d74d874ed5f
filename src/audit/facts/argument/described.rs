//! What is said of an import's arguments, by the policy or by the taxonomy, and which constants a call passes for them.

use crate::audit::link::Link;
use crate::capability::Place;
use crate::policy::{Argument, Role};
use crate::wasm::{self, Call, Image, Tier};

/// One argument: its name, what it is for, and the parameters that carry it.
#[derive(Debug, Clone)]
pub struct Described<'a> {
    /// The policy's name for it, or the interface's.
    pub name: &'a str,
    /// What it means.
    pub role: Role,
    /// Which parameters.
    pub place: Place,
    /// The policy's entry, which guards it; nothing where the taxonomy alone knows it.
    pub guard: Option<&'a Argument>,
}

/// A constant that is passed for an argument.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Passed {
    /// A text, as it stands in memory as compiled.
    Text(String),
    /// A number.
    Number(i64),
    /// A buffer, or room for one, of this many bytes.
    Bytes(u64),
}

impl Passed {
    /// How many bytes it takes to keep.
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len().saturating_add(16),
            Self::Number(_) | Self::Bytes(_) => 16,
        }
    }
}

impl<'a> Described<'a> {
    /// What is known of a function's arguments. For a host function the policy's word is taken where it has one; what WASI's
    /// arguments mean is not for a policy to say.
    pub fn of(link: &Link<'a>) -> Vec<Self> {
        let stated = link.declared.filter(|_| !link.wasi);
        match stated.map(|host| host.args.as_slice()) {
            Some(stated) if !stated.is_empty() => stated.iter().filter_map(by_policy).collect(),
            _ => by_taxonomy(link),
        }
    }

    /// The constant that a call passes for it, and how it is known.
    pub fn passed(
        &self,
        call: &Call,
        link: &Link<'_>,
        image: &Image<'_>,
    ) -> Option<(Passed, Tier)> {
        let constant = |index: u32| call.arguments.get(index as usize)?.constant();
        match self.place {
            Place::Number { index } => {
                let (value, tier) = constant(index)?;
                // Opcodes and flags have no sign.
                let narrow = self.role != Role::Number && !is_wide(link, index);
                let value = if narrow { value & 0xffff_ffff } else { value };
                Some((Passed::Number(value), tier))
            }
            Place::Terminated { ptr } => {
                let text = image.terminated(constant(ptr)?.0)?.text;
                Some((Passed::Text(text), Tier::Recovered))
            }
            Place::Buffer { ptr, len } => {
                let (length, tier) = constant(len)?;
                let bytes = unsigned(length, is_wide(link, len));
                if matches!(self.role, Role::Buffer | Role::OutBuffer) {
                    return Some((Passed::Bytes(bytes), tier));
                }
                let text = constant(ptr).and_then(|(pointer, _)| {
                    let length = i64::try_from(bytes).ok()?;
                    let found = image.text(pointer, length).map(|found| found.text);
                    found.filter(|text| !is_room(text))
                });
                // A text that is too long for any guard is refused whatever it says.
                Some(match text {
                    Some(text) => (Passed::Text(text), Tier::Recovered),
                    None if bytes > wasm::MAX_TEXT_READ as u64 => (Passed::Bytes(bytes), tier),
                    None => return None,
                })
            }
        }
    }
}

/// Whether zeros say that this is room for a text, which the code is still to write. One that ends a text is passed with it,
/// as C's `sizeof` counts it.
fn is_room(text: &str) -> bool {
    let before = text.strip_suffix('\0').unwrap_or(text);
    text == "\0" || before.contains('\0')
}

/// Whether a parameter has 64 bits.
pub fn is_wide(link: &Link<'_>, index: u32) -> bool {
    let signature = link.import.ty.signature();
    let param = signature.and_then(|signature| signature.params.get(index as usize));
    param.is_some_and(|ty| ty == "i64")
}

fn unsigned(value: i64, wide: bool) -> u64 {
    if wide {
        value.cast_unsigned()
    } else {
        value.cast_unsigned() & 0xffff_ffff
    }
}

fn by_policy(argument: &Argument) -> Option<Described<'_>> {
    let index = |index: Option<crate::source::Spanned<u64>>| u32::try_from(index?.value).ok();
    let place = match argument.role.value {
        Role::Opcode | Role::Flags | Role::Number => Place::Number {
            index: index(argument.index)?,
        },
        _ => Place::Buffer {
            ptr: index(argument.ptr)?,
            len: index(argument.len)?,
        },
    };
    Some(Described {
        name: &argument.name.value,
        role: argument.role.value,
        place,
        guard: Some(argument),
    })
}

fn by_taxonomy<'a>(link: &Link<'a>) -> Vec<Described<'a>> {
    let hints = link.entry.map(|entry| entry.args.as_slice());
    let hints = hints.unwrap_or_default().iter();
    let described = hints.filter_map(|hint| {
        Some(Described {
            name: &hint.name,
            role: Role::named(hint.role)?,
            place: hint.place,
            guard: None,
        })
    });
    described.collect()
}
