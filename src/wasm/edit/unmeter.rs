//! The way back: a body without what counts fuel in it.

use wasmparser::{BinaryReader, FunctionBody, Operator, OperatorsReader};

use crate::wasm::{Malformed, features};

use super::body::{Locals, Meter};
use super::bytes::unsigned;

/// A body without what counts fuel in it, as far as it looks like it; whoever relies on it counts again and compares.
pub(super) fn unmetered(
    bytes: &[u8],
    parameters: u32,
    meter: &Meter,
) -> Result<Vec<u8>, Malformed> {
    let reader = BinaryReader::new_features(bytes, 0, features());
    let locals = Locals::of(&FunctionBody::new(reader), parameters)?;
    let Some((added, _, group)) = locals.last.filter(|(added, ..)| (1..=2).contains(added)) else {
        return Ok(bytes.to_vec());
    };
    let fuel = locals.total - added;
    let scratch = fuel + 1;
    let mut body = Vec::with_capacity(bytes.len());
    unsigned(&mut body, u64::from(locals.groups - 1));
    body.extend_from_slice(bytes.get(locals.start..group).unwrap_or_default());
    let rest = bytes.get(locals.code..).unwrap_or_default();
    let reader = BinaryReader::new_features(rest, locals.code, features());
    let mut operators = OperatorsReader::new(reader);
    let mut dropping = false;
    let mut checking = false;
    let mut wrapped = false;
    let mut before = body.len();
    while !operators.eof() {
        let (operator, at) = operators.read_with_offset()?;
        let span = at..operators.original_position();
        if dropping {
            checking |= matches!(operator, Operator::If { .. });
            dropping = match operator {
                Operator::End => false,
                Operator::LocalSet { local_index } => checking || local_index != fuel,
                Operator::GlobalSet { global_index } => checking || global_index != meter.fuel,
                _ => true,
            };
            checking &= dropping;
            continue;
        }
        match operator {
            Operator::LocalGet { local_index } if local_index == fuel => dropping = true,
            Operator::GlobalGet { global_index } if global_index == meter.fuel => dropping = true,
            Operator::LocalTee { local_index } if added == 2 && local_index == scratch => {
                wrapped = true;
                continue;
            }
            // A loop takes the fuel: -1 went before it.
            Operator::GlobalSet { global_index } if global_index == meter.fuel => {
                body.truncate(before);
            }
            // The size was widened for the scratch local.
            Operator::I32WrapI64 if wrapped => body.truncate(before),
            _ => {
                before = body.len();
                body.extend_from_slice(bytes.get(span).unwrap_or_default());
            }
        }
        wrapped = false;
    }
    Ok(body)
}
