//! The number types that cross between guest and host functions.

use wasmtime::{Val, ValType};

/// The type of a parameter or result. References and vectors do not cross.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the types of WebAssembly")]
pub enum Kind {
    I32,
    I64,
    F32,
    F64,
}

impl Kind {
    /// By the name that signatures use.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "i32" => Some(Self::I32),
            "i64" => Some(Self::I64),
            "f32" => Some(Self::F32),
            "f64" => Some(Self::F64),
            _ => None,
        }
    }

    /// The engine's type.
    pub fn of(ty: &ValType) -> Option<Self> {
        match ty {
            ValType::I32 => Some(Self::I32),
            ValType::I64 => Some(Self::I64),
            ValType::F32 => Some(Self::F32),
            ValType::F64 => Some(Self::F64),
            _ => None,
        }
    }

    /// Whether it is `i32` or `i64`.
    pub fn is_integer(self) -> bool {
        matches!(self, Self::I32 | Self::I64)
    }

    /// A number of this type; `None` where it does not fit. An `i32` takes both its signed and its unsigned range.
    #[allow(
        clippy::cast_precision_loss,
        reason = "a policy that returns numbers of such a size as floats gets the nearest"
    )]
    pub fn value(self, number: i64) -> Option<Val> {
        match self {
            Self::I32 => i32::try_from(number)
                .ok()
                .or_else(|| u32::try_from(number).ok().map(u32::cast_signed))
                .map(Val::I32),
            Self::I64 => Some(Val::I64(number)),
            Self::F32 => Some(Val::F32((number as f32).to_bits())),
            Self::F64 => Some(Val::F64((number as f64).to_bits())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_fits_or_there_is_none() {
        let word = |number| match Kind::I32.value(number) {
            Some(Val::I32(word)) => Some(word),
            _ => None,
        };
        assert_eq!(word(-1), Some(-1));
        assert_eq!(word(0xffff_ffff), Some(-1));
        assert_eq!(word(0x1_0000_0000), None);
        assert_eq!(word(i64::MIN), None);
        let float = Kind::F64.value(-2);
        assert!(matches!(float, Some(Val::F64(bits)) if bits == (-2.0_f64).to_bits()));
    }
}
