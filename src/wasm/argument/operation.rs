//! Integer arithmetic as the engine does it. A 32-bit value is kept sign-extended.

use wasmparser::Operator;

/// An operation on one or two integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Operation {
    /// Two 32-bit operands.
    Narrow(Binary),
    /// Two 64-bit operands.
    Wide(Binary),
    /// One operand; the second is not looked at.
    Unary(Unary),
}

/// On two operands of the same width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Binary {
    Add,
    Sub,
    Mul,
    And,
    Or,
    Xor,
    Shl,
    ShrS,
    ShrU,
    Rotl,
    Rotr,
    Eq,
    Ne,
    LtS,
    LtU,
    GtS,
    GtU,
    LeS,
    LeU,
    GeS,
    GeU,
}

/// On one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Unary {
    Eqz32,
    Eqz64,
    Wrap,
    ExtendS,
    ExtendU,
    Extend8S32,
    Extend16S32,
    Extend8S64,
    Extend16S64,
    Extend32S64,
}

impl Operation {
    /// What an operator computes, if it is one of these.
    pub(super) fn of(operator: &Operator<'_>) -> Option<Self> {
        narrow(operator)
            .map(Self::Narrow)
            .or_else(|| wide(operator).map(Self::Wide))
            .or_else(|| unary(operator).map(Self::Unary))
    }

    /// Whether it has one operand.
    pub(super) fn is_unary(self) -> bool {
        matches!(self, Self::Unary(_))
    }

    /// The result for constants.
    pub(super) fn evaluate(self, a: i64, b: i64) -> i64 {
        match self {
            Self::Wide(binary) => binary.wide(a, b),
            Self::Narrow(binary) => binary.narrow(low(a), low(b)),
            Self::Unary(unary) => unary.evaluate(a),
        }
    }
}

/// The low half, signed.
fn low(value: i64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "the engine's wrapping")]
    let low = value as i32;
    low
}

impl Binary {
    fn wide(self, a: i64, b: i64) -> i64 {
        #[expect(clippy::cast_sign_loss, reason = "what is kept is from 0 to 63")]
        let count = (b & 63) as u32;
        let (unsigned_a, unsigned_b) = (a.cast_unsigned(), b.cast_unsigned());
        match self {
            Self::Add => a.wrapping_add(b),
            Self::Sub => a.wrapping_sub(b),
            Self::Mul => a.wrapping_mul(b),
            Self::And => a & b,
            Self::Or => a | b,
            Self::Xor => a ^ b,
            Self::Shl => a.wrapping_shl(count),
            Self::ShrS => a.wrapping_shr(count),
            Self::ShrU => unsigned_a.wrapping_shr(count).cast_signed(),
            Self::Rotl => a.rotate_left(count),
            Self::Rotr => a.rotate_right(count),
            _ => i64::from(self.compares(&a, &b, &unsigned_a, &unsigned_b)),
        }
    }

    fn narrow(self, a: i32, b: i32) -> i64 {
        #[expect(clippy::cast_sign_loss)]
        let count = (b & 31) as u32;
        let (unsigned_a, unsigned_b) = (a.cast_unsigned(), b.cast_unsigned());
        i64::from(match self {
            Self::Add => a.wrapping_add(b),
            Self::Sub => a.wrapping_sub(b),
            Self::Mul => a.wrapping_mul(b),
            Self::And => a & b,
            Self::Or => a | b,
            Self::Xor => a ^ b,
            Self::Shl => a.wrapping_shl(count),
            Self::ShrS => a.wrapping_shr(count),
            Self::ShrU => unsigned_a.wrapping_shr(count).cast_signed(),
            Self::Rotl => a.rotate_left(count),
            Self::Rotr => a.rotate_right(count),
            _ => i32::from(self.compares(&a, &b, &unsigned_a, &unsigned_b)),
        })
    }

    fn compares<S: Ord, U: Ord>(self, a: &S, b: &S, unsigned_a: &U, unsigned_b: &U) -> bool {
        match self {
            Self::Eq => a == b,
            Self::Ne => a != b,
            Self::LtS => a < b,
            Self::LtU => unsigned_a < unsigned_b,
            Self::GtS => a > b,
            Self::GtU => unsigned_a > unsigned_b,
            Self::LeS => a <= b,
            Self::LeU => unsigned_a <= unsigned_b,
            Self::GeS => a >= b,
            _ => unsigned_a >= unsigned_b,
        }
    }
}

impl Unary {
    #[expect(clippy::cast_possible_truncation, reason = "the engine's wrapping")]
    fn evaluate(self, a: i64) -> i64 {
        match self {
            Self::Eqz32 => i64::from(low(a) == 0),
            Self::Eqz64 => i64::from(a == 0),
            Self::Wrap | Self::ExtendS | Self::Extend32S64 => i64::from(low(a)),
            Self::ExtendU => i64::from(low(a).cast_unsigned()),
            Self::Extend8S32 | Self::Extend8S64 => i64::from(a as i8),
            Self::Extend16S32 | Self::Extend16S64 => i64::from(a as i16),
        }
    }
}

macro_rules! binaries {
    ($name:ident { $($operator:ident => $binary:ident),* $(,)? }) => {
        fn $name(operator: &Operator<'_>) -> Option<Binary> {
            Some(match operator {
                $( Operator::$operator => Binary::$binary, )*
                _ => return None,
            })
        }
    };
}

binaries!(narrow {
    I32Add => Add, I32Sub => Sub, I32Mul => Mul, I32And => And, I32Or => Or, I32Xor => Xor,
    I32Shl => Shl, I32ShrS => ShrS, I32ShrU => ShrU, I32Rotl => Rotl, I32Rotr => Rotr,
    I32Eq => Eq, I32Ne => Ne, I32LtS => LtS, I32LtU => LtU, I32GtS => GtS, I32GtU => GtU,
    I32LeS => LeS, I32LeU => LeU, I32GeS => GeS, I32GeU => GeU,
});
binaries!(wide {
    I64Add => Add, I64Sub => Sub, I64Mul => Mul, I64And => And, I64Or => Or, I64Xor => Xor,
    I64Shl => Shl, I64ShrS => ShrS, I64ShrU => ShrU, I64Rotl => Rotl, I64Rotr => Rotr,
    I64Eq => Eq, I64Ne => Ne, I64LtS => LtS, I64LtU => LtU, I64GtS => GtS, I64GtU => GtU,
    I64LeS => LeS, I64LeU => LeU, I64GeS => GeS, I64GeU => GeU,
});

fn unary(operator: &Operator<'_>) -> Option<Unary> {
    Some(match operator {
        Operator::I32Eqz => Unary::Eqz32,
        Operator::I64Eqz => Unary::Eqz64,
        Operator::I32WrapI64 => Unary::Wrap,
        Operator::I64ExtendI32S => Unary::ExtendS,
        Operator::I64ExtendI32U => Unary::ExtendU,
        Operator::I32Extend8S => Unary::Extend8S32,
        Operator::I32Extend16S => Unary::Extend16S32,
        Operator::I64Extend8S => Unary::Extend8S64,
        Operator::I64Extend16S => Unary::Extend16S64,
        Operator::I64Extend32S => Unary::Extend32S64,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_wraps_as_the_engine_does() {
        let narrow = Operation::Narrow;
        let (min, max) = (i64::from(i32::MIN), i64::from(i32::MAX));
        assert_eq!(narrow(Binary::Add).evaluate(max, 1), min);
        assert_eq!(narrow(Binary::Sub).evaluate(min, 1), max);
        assert_eq!(narrow(Binary::Mul).evaluate(0x1_0001, 0x1_0000), 0x1_0000);
        assert_eq!(narrow(Binary::Shl).evaluate(1, 33), 2);
        assert_eq!(narrow(Binary::ShrU).evaluate(-1, 28), 15);
        assert_eq!(narrow(Binary::ShrS).evaluate(-16, 2), -4);
        assert_eq!(narrow(Binary::LtU).evaluate(-1, 1), 0);
        assert_eq!(narrow(Binary::LtS).evaluate(-1, 1), 1);
        assert_eq!(narrow(Binary::Rotl).evaluate(min, 1), 1);
        let wide = Operation::Wide;
        assert_eq!(wide(Binary::Add).evaluate(i64::MAX, 1), i64::MIN);
        assert_eq!(wide(Binary::ShrU).evaluate(-1, 65), i64::MAX);
        assert_eq!(wide(Binary::GeU).evaluate(-1, 1), 1);
        let unary = Operation::Unary;
        assert_eq!(unary(Unary::Wrap).evaluate(0x1_8000_0000, 0), min);
        assert_eq!(unary(Unary::ExtendU).evaluate(-1, 0), 0xffff_ffff);
        assert_eq!(unary(Unary::Extend8S32).evaluate(0x80, 0), -128);
        assert_eq!(unary(Unary::Extend16S64).evaluate(0x1_7fff, 0), 0x7fff);
        assert_eq!(unary(Unary::Eqz64).evaluate(1 << 32, 0), 0);
    }
}
