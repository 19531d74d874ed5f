//! The values that facts hand to conditions and templates.

use std::fmt;

/// The type of a fact's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A signed 64-bit integer.
    Int,
    /// Text.
    Text,
    /// A short list of texts.
    List,
}

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Text => "text",
            Self::List => "list of texts",
        })
    }
}

/// One value of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Not there, or not known.
    Null,
    /// A flag.
    Bool(bool),
    /// A number; larger ones saturate.
    Int(i64),
    /// Text.
    Text(String),
    /// Texts.
    List(Vec<String>),
}

/// A Rust type that can be a fact's field.
pub trait FactType: Into<Value> {
    /// Its type in conditions.
    const TYPE: Type;
    /// Whether it may be null.
    const NULLABLE: bool = false;
}

macro_rules! fact_types {
    ($($rust:ty => $type:ident, $convert:expr;)*) => {$(
        impl From<$rust> for Value {
            fn from(value: $rust) -> Self {
                let convert: fn($rust) -> Value = $convert;
                convert(value)
            }
        }
        impl FactType for $rust {
            const TYPE: Type = Type::$type;
        }
        impl From<Option<$rust>> for Value {
            fn from(value: Option<$rust>) -> Self {
                value.map_or(Value::Null, Value::from)
            }
        }
        impl FactType for Option<$rust> {
            const TYPE: Type = Type::$type;
            const NULLABLE: bool = true;
        }
    )*};
}

fact_types! {
    bool => Bool, Value::Bool;
    i64 => Int, Value::Int;
    u64 => Int, |value| Value::Int(i64::try_from(value).unwrap_or(i64::MAX));
    String => Text, Value::Text;
    Vec<String> => List, Value::List;
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("none"),
            Self::Bool(flag) => write!(out, "{flag}"),
            Self::Int(number) => write!(out, "{number}"),
            Self::Text(text) => out.write_str(&shorten(text, 256)),
            Self::List(items) => {
                let shown: Vec<String> = items
                    .iter()
                    .take(12)
                    .map(|item| shorten(item, 80))
                    .collect();
                out.write_str(&shown.join(", "))?;
                match items.len().saturating_sub(shown.len()) {
                    0 => Ok(()),
                    more => write!(out, " and {more} more"),
                }
            }
        }
    }
}

/// The first `most` characters, with an ellipsis if there are more.
pub fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
