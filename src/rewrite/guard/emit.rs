//! The instructions of a check.

use super::{Bytes, Check, Guard, Layer, Match, Parameter, TextCheck};
use crate::rewrite::code::{Code, Memory, access};

impl Guard {
    /// Writes the check: a call that does not pass leaves by the way of denied ones.
    pub fn emit(&self, code: &mut Code, memory: Option<Memory>) {
        match &self.check {
            Check::Number {
                parameter,
                unsigned,
                min,
                max,
                values,
            } => {
                widen(code, *parameter, !unsigned);
                let number = code.local.start;
                code.put().local_set(number);
                if *unsigned && parameter.wide {
                    code.put().local_get(number).i64_const(0).i64_lt_s();
                    code.deny_if();
                }
                if let Some(min) = min {
                    code.put().local_get(number).i64_const(*min).i64_lt_s();
                    code.deny_if();
                }
                if let Some(max) = max {
                    code.put().local_get(number).i64_const(*max).i64_gt_s();
                    code.deny_if();
                }
                if let Some(values) = values {
                    one_of(code, number, values);
                }
            }
            Check::Bytes(bytes) => {
                bytes.emit(code, memory);
            }
            Check::Text(bytes, text) => {
                if let Some(memory) = bytes.emit(code, memory) {
                    text.emit(code, memory);
                }
            }
        }
    }
}

/// A parameter on the stack as an `i64`.
fn widen(code: &mut Code, parameter: Parameter, signed: bool) {
    let mut sink = code.put();
    sink.local_get(parameter.place);
    match (parameter.wide, signed) {
        (true, _) => {}
        (false, true) => {
            sink.i64_extend_i32_s();
        }
        (false, false) => {
            sink.i64_extend_i32_u();
        }
    }
}

fn one_of(code: &mut Code, number: u32, values: &[i64]) {
    code.block(|code| {
        for value in values {
            code.put()
                .local_get(number)
                .i64_const(*value)
                .i64_eq()
                .br_if(0);
        }
        code.deny();
    });
}

impl Bytes {
    /// Checks length and range; without a memory that the host sees, every call is denied.
    fn emit(&self, code: &mut Code, memory: Option<Memory>) -> Option<Memory> {
        let Some(memory) = memory else {
            code.deny();
            return None;
        };
        let (start, length) = (code.local.start, code.local.length);
        widen(code, self.pointer, false);
        code.put().local_set(start);
        widen(code, self.length, false);
        code.put().local_set(length);
        if self.length.wide || self.most < u64::from(u32::MAX) {
            code.put()
                .local_get(length)
                .i64_const(self.most.cast_signed())
                .i64_gt_u();
            code.deny_if();
        }
        if self.pointer.wide || self.length.wide {
            code.put().local_get(start).local_get(length).i64_add();
            code.put().local_get(start).i64_lt_u();
            code.deny_if();
        }
        code.put().local_get(start).local_get(length).i64_add();
        code.put().memory_size(memory.index);
        if !memory.wide {
            code.put().i64_extend_i32_u();
        }
        code.put()
            .i64_const(i64::from(memory.page))
            .i64_shl()
            .i64_gt_u();
        code.deny_if();
        Some(memory)
    }
}

impl TextCheck {
    fn emit(&self, code: &mut Code, memory: Memory) {
        match self {
            Self::Set(texts) => {
                let texts = texts.iter().map(|text| Match::Exact(text.clone()));
                Layer(texts.collect()).emit(code, memory);
            }
            Self::Layers { form, deny, allow } => {
                form.emit(code, memory);
                for denied in deny {
                    code.block(|code| {
                        denied.leave_unless(code, memory);
                        code.deny();
                    });
                }
                for layer in allow {
                    layer.emit(code, memory);
                }
            }
        }
    }
}

impl Layer {
    /// Denies unless one holds.
    fn emit(&self, code: &mut Code, memory: Memory) {
        code.block(|code| {
            for one in &self.0 {
                code.block(|code| {
                    one.leave_unless(code, memory);
                    code.put().br(1);
                });
            }
            code.deny();
        });
    }
}

impl Match {
    /// Leaves the innermost block unless it holds. The range is known to be in memory.
    fn leave_unless(&self, code: &mut Code, memory: Memory) {
        let (start, length) = (code.local.start, code.local.length);
        let bytes = self.bytes();
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        code.put().local_get(length).i64_const(size);
        match self {
            Self::Exact(_) => code.put().i64_ne().br_if(0),
            Self::Prefix(_) => code.put().i64_lt_u().br_if(0),
        };
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            code.put().local_get(start);
            code.address(memory);
            let place = access(memory, at as u64);
            if let Some(eight) = rest.first_chunk::<8>() {
                let eight = i64::from_le_bytes(*eight);
                code.put()
                    .i64_load(place)
                    .i64_const(eight)
                    .i64_ne()
                    .br_if(0);
                at += 8;
            } else if let Some(four) = rest.first_chunk::<4>() {
                let four = i32::from_le_bytes(*four);
                code.put().i32_load(place).i32_const(four).i32_ne().br_if(0);
                at += 4;
            } else {
                let one = i32::from(rest.first().copied().unwrap_or_default());
                code.put()
                    .i32_load8_u(place)
                    .i32_const(one)
                    .i32_ne()
                    .br_if(0);
                at += 1;
            }
        }
    }
}
