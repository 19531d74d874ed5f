//! The guard of one argument: where its bytes are, how many there may be, and what they may say. Compiled once a module.

use std::ops::Range;

use wasmtime::Val;

use crate::policy::guard::{Denied, NumberRule, SizeRule, TextRule};
use crate::policy::{Argument, Role};
use crate::source::{Span, Spanned};

use super::call::Given;
use super::kind::Kind;

/// An argument's guard.
#[derive(Debug, Clone)]
pub struct Guard {
    /// The argument's name.
    pub name: String,
    /// Its entry in the policy.
    pub span: Span,
    /// What it means.
    pub role: Role,
    place: Place,
}

/// Where an argument is, and its rule.
#[derive(Debug, Clone)]
enum Place {
    Text(Bytes, TextRule),
    Buffer(Bytes),
    Room(Bytes),
    Number(usize, NumberRule),
}

/// A range of the guest's memory, by two parameters.
#[derive(Debug, Clone, Copy)]
struct Bytes {
    pointer: usize,
    length: usize,
    size: SizeRule,
}

impl Guard {
    /// Compiles an argument's guard for a function with these parameters.
    ///
    /// # Errors
    /// Why it does not fit them, in a sentence.
    pub fn of(argument: &Argument, parameters: &[Kind]) -> Result<Self, String> {
        let role = argument.role.value;
        let place = match role {
            Role::Opcode | Role::Flags | Role::Number => Place::Number(
                parameter("index", argument.index, parameters)?,
                NumberRule::of(argument),
            ),
            Role::Buffer => Place::Buffer(Bytes::of(argument, parameters)?),
            Role::OutBuffer => Place::Room(Bytes::of(argument, parameters)?),
            _ => Place::Text(
                Bytes::of(argument, parameters)?,
                TextRule::of(argument).map_err(|error| format!("a pattern of it: {error}"))?,
            ),
        };
        Ok(Self {
            name: argument.name.value.clone(),
            span: argument.span,
            role,
            place,
        })
    }

    /// The parameter in which it is, or begins.
    pub fn parameter(&self) -> u32 {
        let parameter = match &self.place {
            Place::Text(bytes, _) | Place::Buffer(bytes) | Place::Room(bytes) => bytes.pointer,
            Place::Number(index, _) => *index,
        };
        u32::try_from(parameter).unwrap_or(u32::MAX)
    }

    /// Whether it is a text.
    pub fn is_text(&self) -> bool {
        matches!(self.place, Place::Text(..))
    }

    /// Whether it is a path, which is normalised.
    pub fn is_path(&self) -> bool {
        matches!(&self.place, Place::Text(_, rule) if rule.is_path())
    }

    /// Whether it is bytes from the guest.
    pub fn is_buffer(&self) -> bool {
        matches!(self.place, Place::Buffer(_))
    }

    /// Whether it is room for an answer.
    pub fn is_room(&self) -> bool {
        matches!(self.place, Place::Room(_))
    }

    /// Whether it is a number.
    pub fn is_number(&self) -> bool {
        matches!(self.place, Place::Number(..))
    }

    /// Copies the argument out of the guest, in its normal form.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self, values: &[Val], memory: Option<&[u8]>) -> Result<Given, Denied> {
        match &self.place {
            Place::Text(bytes, rule) => {
                let read = rule.read(self.copy(bytes, values, memory)?);
                read.map(Given::Text)
            }
            Place::Buffer(bytes) => self.copy(bytes, values, memory).map(Given::Bytes),
            Place::Room(bytes) => {
                let (range, _) = self.range(bytes, values, memory)?;
                Ok(Given::Room(range))
            }
            Place::Number(index, rule) => match values.get(*index) {
                Some(Val::I32(number)) => rule.read(i64::from(*number), false),
                Some(Val::I64(number)) => rule.read(*number, true),
                _ => Err(self.unreadable("it is no integer")),
            }
            .map(Given::Number),
        }
    }

    /// Judges what was read; the place that let it in, if one did.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn judge(&self, given: &Given) -> Result<Option<Span>, Denied> {
        match (&self.place, given) {
            (Place::Text(_, rule), Given::Text(text)) => rule.judge(text),
            (Place::Number(_, rule), Given::Number(number)) => rule.judge(*number),
            (Place::Buffer(_), Given::Bytes(_)) | (Place::Room(_), Given::Room(_)) => Ok(None),
            _ => Err(self.unreadable("it is not what its role says")),
        }
    }

    /// The one copy: what is judged is what is used, whatever the guest writes later.
    fn copy(
        &self,
        bytes: &Bytes,
        values: &[Val],
        memory: Option<&[u8]>,
    ) -> Result<Vec<u8>, Denied> {
        let (_, slice) = self.range(bytes, values, memory)?;
        Ok(slice.to_vec())
    }

    fn range<'m>(
        &self,
        bytes: &Bytes,
        values: &[Val],
        memory: Option<&'m [u8]>,
    ) -> Result<(Range<usize>, &'m [u8]), Denied> {
        let read = |index: usize| address(values.get(index));
        let (pointer, length) = (read(bytes.pointer), read(bytes.length));
        let (Some(pointer), Some(length)) = (pointer, length) else {
            return Err(self.unreadable("it is no address"));
        };
        bytes.size.judge(length)?;
        let memory = memory.ok_or_else(|| self.unreadable("the guest exports no `memory`"))?;
        let end = pointer.checked_add(length);
        let range = usize::try_from(pointer)
            .ok()
            .zip(end.and_then(|end| usize::try_from(end).ok()));
        let found = range.and_then(|(start, end)| Some((start..end, memory.get(start..end)?)));
        found.ok_or_else(|| {
            self.unreadable(format!(
                "{length} bytes from {pointer} on are not in the guest's memory of {}",
                memory.len()
            ))
        })
    }

    fn unreadable(&self, reason: impl Into<String>) -> Denied {
        Denied::unreadable(self.span, reason)
    }
}

impl Bytes {
    fn of(argument: &Argument, parameters: &[Kind]) -> Result<Self, String> {
        let pointer = parameter("ptr", argument.ptr, parameters)?;
        let length = parameter("len", argument.len, parameters)?;
        if pointer == length {
            return Err("`ptr` and `len` are the same parameter".to_owned());
        }
        Ok(Self {
            pointer,
            length,
            size: SizeRule::of(argument),
        })
    }
}

/// The position of an integer parameter.
fn parameter(key: &str, index: Option<Spanned<u64>>, parameters: &[Kind]) -> Result<usize, String> {
    let index = index.ok_or_else(|| format!("it has no `{key}`"))?.value;
    let position = usize::try_from(index).ok();
    let found = position.and_then(|position| Some((position, parameters.get(position)?)));
    match found {
        Some((position, kind)) if kind.is_integer() => Ok(position),
        Some(_) => Err(format!("parameter {index} (`{key}`) is no integer")),
        None => Err(format!("there is no parameter {index} (`{key}`)")),
    }
}

/// Addresses and lengths have no sign.
fn address(value: Option<&Val>) -> Option<u64> {
    match value? {
        Val::I32(number) => Some(u64::from(number.cast_unsigned())),
        Val::I64(number) => Some(number.cast_unsigned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_no_sign() {
        assert_eq!(address(Some(&Val::I32(-1))), Some(0xffff_ffff));
        assert_eq!(address(Some(&Val::I32(i32::MIN))), Some(0x8000_0000));
        assert_eq!(address(Some(&Val::I64(-1))), Some(u64::MAX));
        assert_eq!(address(Some(&Val::F32(0))), None);
        assert_eq!(address(None), None);
    }
}
