//! Numbers for an export that is called by name: texts of a command line as the types that the export takes.

use crate::wasm::{Extern, Module};

use super::outcome::Value;

/// The values of texts for an export, each of the type that the export takes there. Integers are decimal or `0x…`, with or
/// without a sign; an unsigned one stands for the same bits.
///
/// # Errors
/// The export is no function that takes these, in a sentence.
pub fn numbers(module: &Module, export: &str, texts: &[String]) -> Result<Vec<Value>, String> {
    let found = module.exports.iter().find(|one| one.name == export);
    let Some(Extern::Function(signature)) = found.map(|one| &one.ty) else {
        return Err(format!("it exports no function `{export}`"));
    };
    if signature.params.len() != texts.len() {
        let takes = signature.params.join(", ");
        let given = texts.len();
        return Err(format!(
            "`{export}` takes {} numbers ({takes}), and {given} came",
            signature.params.len()
        ));
    }
    let pairs = texts.iter().zip(&signature.params);
    pairs
        .map(|(text, ty)| {
            number(text, ty).ok_or_else(|| format!("`{text}` is no {ty}, which `{export}` takes"))
        })
        .collect()
}

fn number(text: &str, ty: &str) -> Option<Value> {
    match ty {
        "i32" => integer(text, 32).map(|bits| Value::I32(low(bits).cast_signed())),
        "i64" => integer(text, 64).map(|bits| Value::I64(bits.cast_signed())),
        "f32" => text.parse().ok().map(Value::F32),
        "f64" => text.parse().ok().map(Value::F64),
        _ => None,
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the range was checked")]
fn low(bits: u64) -> u32 {
    bits as u32
}

/// The bits of an integer of so many bits, signed or unsigned.
fn integer(text: &str, width: u32) -> Option<u64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let hexadecimal = digits.strip_prefix("0x");
    let (digits, radix) = hexadecimal.map_or((digits, 10), |digits| (digits, 16));
    // `from_str_radix` would take a second sign.
    if !digits.starts_with(|first: char| first.is_digit(radix)) {
        return None;
    }
    let magnitude = u128::from_str_radix(digits, radix).ok()?;
    let most = if negative {
        1 << (width - 1)
    } else {
        (1 << width) - 1
    };
    let bits = u64::try_from(magnitude)
        .ok()
        .filter(|_| magnitude <= most)?;
    Some(if negative { bits.wrapping_neg() } else { bits })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::{decode, encode_text};

    fn given(texts: &[&str]) -> Result<Vec<Value>, String> {
        let text =
            "(module (memory (export \"m\") 1) (func (export \"f\") (param i32 i64 f32 f64)))";
        let module = decode(&encode_text(text).unwrap());
        let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
        numbers(&module, "f", &texts)
    }

    #[test]
    fn each_is_of_its_type() {
        assert_eq!(
            given(&["4294967295", "-9223372036854775808", "1.5", "-inf"]).unwrap(),
            [
                Value::I32(-1),
                Value::I64(i64::MIN),
                Value::F32(1.5),
                Value::F64(f64::NEG_INFINITY)
            ]
        );
        assert_eq!(
            given(&["-2147483648", "0xffffffffffffffff", "0", "1e3"]).unwrap()[..2],
            [Value::I32(i32::MIN), Value::I64(-1)]
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for wrong in [
            "4294967296",
            "-2147483649",
            "",
            "-",
            "--1",
            "-+1",
            "+1",
            "0x",
            "1.0",
            "1_0",
            " 1",
            "x",
        ] {
            assert!(given(&[wrong, "0", "0", "0"]).is_err(), "{wrong}");
        }
        assert!(given(&["0", "18446744073709551616", "0", "0"]).is_err());
        assert!(given(&["0", "-9223372036854775809", "0", "0"]).is_err());
        assert!(
            given(&["0"])
                .unwrap_err()
                .contains("takes 4 numbers (i32, i64, f32, f64), and 1 came")
        );
        let module = decode(&encode_text("(module (memory (export \"m\") 1))").unwrap());
        for name in ["m", "f"] {
            let error = numbers(&module, name, &[]).unwrap_err();
            assert_eq!(error, format!("it exports no function `{name}`"));
        }
    }
}
