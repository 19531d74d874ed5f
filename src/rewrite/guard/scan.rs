//! The instructions that look through a text once: whether it is UTF-8 without NUL, and a path in its normal form.

use super::Form;
use crate::rewrite::code::{Code, Memory, access};

const SLASH: i32 = 0x2f;
const DOT: i32 = 0x2e;

impl Form {
    /// Denies a text that has not this form.
    pub fn emit(self, code: &mut Code, memory: Memory) {
        let local = code.local;
        code.put().i64_const(0).local_set(local.at);
        code.put().i64_const(0).local_set(local.segment);
        code.put().i32_const(0).local_set(local.rest);
        // Leaving this block is passing.
        code.block(|code| {
            if let Self::Path { dots } = self {
                whole_paths(code, memory, dots);
            }
            code.block(|code| {
                code.repeat(|code| {
                    code.put().local_get(local.at).local_get(local.length);
                    code.put().i64_ge_u().br_if(1);
                    load(code, memory, local.at, 0);
                    code.put().local_tee(local.byte).i32_eqz();
                    code.deny_if();
                    if let Self::Path { dots } = self {
                        path(code, memory, dots);
                    }
                    character(code);
                    code.put().local_get(local.at).i64_const(1).i64_add();
                    code.put().local_set(local.at).br(0);
                });
            });
            code.put().local_get(local.rest);
            code.deny_if();
            if let Self::Path { dots } = self {
                segment(code, memory, dots);
            }
        });
    }
}

/// The byte at a place.
fn load(code: &mut Code, memory: Memory, at: u32, offset: u64) {
    let start = code.local.start;
    code.put().local_get(start).local_get(at).i64_add();
    code.address(memory);
    code.put().i32_load8_u(access(memory, offset));
}

/// The empty path is denied, as its normal form is another text; `/` and `.` have no segments, and leave the block around.
fn whole_paths(code: &mut Code, memory: Memory, dots: bool) {
    let local = code.local;
    code.put().local_get(local.length).i64_eqz();
    code.deny_if();
    code.put().local_get(local.length).i64_const(1).i64_eq();
    code.when(|code| {
        load(code, memory, local.at, 0);
        code.put().i32_const(SLASH).i32_eq().br_if(1);
        if dots {
            load(code, memory, local.at, 0);
            code.put().i32_const(DOT).i32_eq().br_if(1);
        }
    });
}

/// A slash ends a segment, but for the first; a backslash is denied.
fn path(code: &mut Code, memory: Memory, dots: bool) {
    let local = code.local;
    code.put().local_get(local.byte).i32_const(0x5c).i32_eq();
    code.deny_if();
    code.put().local_get(local.byte).i32_const(SLASH).i32_eq();
    code.when(|code| {
        code.put().local_get(local.at).i64_const(0).i64_ne();
        code.when(|code| segment(code, memory, dots));
        code.put().local_get(local.at).i64_const(1).i64_add();
        code.put().local_set(local.segment);
    });
}

/// Denies a segment that is empty, `.`, `..`, or starts with a dot where none may.
fn segment(code: &mut Code, memory: Memory, dots: bool) {
    let local = code.local;
    code.put()
        .local_get(local.at)
        .local_get(local.segment)
        .i64_eq();
    code.deny_if();
    load(code, memory, local.segment, 0);
    code.put().i32_const(DOT).i32_eq();
    if !dots {
        code.deny_if();
        return;
    }
    code.when(|code| {
        let length = |code: &mut Code, length: i64| {
            code.put()
                .local_get(local.at)
                .local_get(local.segment)
                .i64_sub();
            code.put().i64_const(length).i64_eq();
        };
        length(code, 1);
        code.deny_if();
        length(code, 2);
        code.when(|code| {
            load(code, memory, local.segment, 1);
            code.put().i32_const(DOT).i32_eq();
            code.deny_if();
        });
    });
}

/// One byte of UTF-8: no overlong form, no surrogate, nothing beyond the last character.
fn character(code: &mut Code) {
    let local = code.local;
    code.put().local_get(local.rest).i32_eqz();
    code.put().if_(wasm_encoder::BlockType::Empty);
    code.within(first);
    code.put().else_();
    code.within(|code| {
        code.put()
            .local_get(local.byte)
            .local_get(local.least)
            .i32_lt_u();
        code.deny_if();
        code.put()
            .local_get(local.byte)
            .local_get(local.most)
            .i32_gt_u();
        code.deny_if();
        code.put()
            .local_get(local.rest)
            .i32_const(1)
            .i32_sub()
            .local_set(local.rest);
        code.put().i32_const(0x80).local_set(local.least);
        code.put().i32_const(0xbf).local_set(local.most);
    });
    code.put().end();
}

/// The first byte of a character says how many follow, and what the second may be.
fn first(code: &mut Code) {
    let local = code.local;
    code.put().local_get(local.byte).i32_const(0x80).i32_ge_u();
    code.when(|code| {
        code.put().local_get(local.byte).i32_const(0xc2).i32_lt_u();
        code.deny_if();
        code.put().local_get(local.byte).i32_const(0xf4).i32_gt_u();
        code.deny_if();
        // Two bytes, one more from 0xe0 on, and one more from 0xf0 on.
        code.put().i32_const(1);
        code.put()
            .local_get(local.byte)
            .i32_const(0xe0)
            .i32_ge_u()
            .i32_add();
        code.put()
            .local_get(local.byte)
            .i32_const(0xf0)
            .i32_ge_u()
            .i32_add();
        code.put().local_set(local.rest);
        bound(code, local.least, 0x80, &[(0xe0, 0xa0), (0xf0, 0x90)]);
        bound(code, local.most, 0xbf, &[(0xed, 0x9f), (0xf4, 0x8f)]);
    });
}

/// Sets a bound: as usual, or another one behind certain bytes.
fn bound(code: &mut Code, bound: u32, usual: i32, others: &[(i32, i32)]) {
    let byte = code.local.byte;
    code.put().i32_const(usual).local_set(bound);
    for (first, other) in others {
        code.put().local_get(byte).i32_const(*first).i32_eq();
        code.when(|code| {
            code.put().i32_const(*other).local_set(bound);
        });
    }
}
