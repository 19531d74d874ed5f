//! A guarded argument, checked inside the module before the host is called: what can be checked there, and what is left.

mod emit;
mod scan;
mod text;

use crate::policy::guard::{SizeRule, TextRule};
use crate::policy::{Argument, Role};
use crate::source::Spanned;
use crate::wasm::Signature;

pub use text::{Form, Layer, Match, TextCheck};

/// The check of one argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// The argument's name.
    pub name: String,
    /// What is checked.
    pub check: Check,
    /// What of it only a guarding host can hold, in words.
    pub left: Vec<String>,
}

/// What is checked of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// A number.
    Number {
        /// Its parameter.
        parameter: Parameter,
        /// Whether it has no sign.
        unsigned: bool,
        /// The least that it may be.
        min: Option<i64>,
        /// The most that it may be.
        max: Option<i64>,
        /// All that it may be, in order.
        values: Option<Vec<i64>>,
    },
    /// Bytes in memory, by how many they are and where.
    Bytes(Bytes),
    /// A text in memory.
    Text(Bytes, TextCheck),
}

/// An integer parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its place.
    pub place: u32,
    /// Whether it has 64 bits.
    pub wide: bool,
}

/// A range of memory by two parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes {
    /// Where it starts.
    pub pointer: Parameter,
    /// How long it is.
    pub length: Parameter,
    /// The most bytes.
    pub most: u64,
}

impl Guard {
    /// That of an argument of a function.
    ///
    /// # Errors
    /// Why it does not fit the function's parameters, in words.
    pub fn of(argument: &Argument, signature: &Signature) -> Result<Self, String> {
        let mut left = Vec::new();
        let check = match argument.role.value {
            Role::Opcode | Role::Flags | Role::Number => number(argument, signature)?,
            Role::Buffer | Role::OutBuffer => Check::Bytes(Bytes::of(argument, signature)?),
            _ => {
                let bytes = Bytes::of(argument, signature)?;
                let rule =
                    TextRule::of(argument).map_err(|error| format!("a pattern of it: {error}"))?;
                let text = TextCheck::of(argument, &rule, &mut left);
                let most = bytes.most.min(text.most());
                Check::Text(Bytes { most, ..bytes }, text)
            }
        };
        Ok(Self {
            name: argument.name.value.clone(),
            check,
            left,
        })
    }

    /// What is checked, in words.
    pub fn words(&self) -> String {
        match &self.check {
            Check::Number {
                values: Some(values),
                ..
            } => format!("one of {} values", values.len()),
            Check::Number {
                min: None,
                max: None,
                ..
            } => "any number".to_owned(),
            Check::Number { .. } => "a number within its bounds".to_owned(),
            Check::Bytes(bytes) => format!("in memory, at most {} bytes", bytes.most),
            Check::Text(bytes, text) => {
                format!("in memory, at most {} bytes, {}", bytes.most, text.words())
            }
        }
    }
}

fn number(argument: &Argument, signature: &Signature) -> Result<Check, String> {
    let values = argument.values.as_ref().map(|values| {
        let mut values: Vec<i64> = values.iter().map(|one| one.value).collect();
        values.sort_unstable();
        values.dedup();
        values
    });
    Ok(Check::Number {
        parameter: Parameter::of("index", argument.index, signature)?,
        unsigned: argument.role.value != Role::Number,
        min: argument.min.map(|min| min.value),
        max: argument.max.map(|max| max.value),
        values,
    })
}

impl Bytes {
    fn of(argument: &Argument, signature: &Signature) -> Result<Self, String> {
        let pointer = Parameter::of("ptr", argument.ptr, signature)?;
        let length = Parameter::of("len", argument.len, signature)?;
        if pointer == length {
            return Err("`ptr` and `len` are the same parameter".to_owned());
        }
        Ok(Self {
            pointer,
            length,
            most: SizeRule::of(argument).most(),
        })
    }
}

impl Parameter {
    fn of(key: &str, index: Option<Spanned<u64>>, signature: &Signature) -> Result<Self, String> {
        let index = index.ok_or_else(|| format!("it has no `{key}`"))?.value;
        let place = u32::try_from(index).ok();
        let ty = place.and_then(|place| signature.params.get(place as usize));
        match (place, ty.map(String::as_str)) {
            (Some(place), Some(ty @ ("i32" | "i64"))) => Ok(Self {
                place,
                wide: ty == "i64",
            }),
            (_, Some(_)) => Err(format!("parameter {index} (`{key}`) is no integer")),
            (_, None) => Err(format!("there is no parameter {index} (`{key}`)")),
        }
    }
}
