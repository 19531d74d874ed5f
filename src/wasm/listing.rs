//! A few disassembled operators around a place in code: our own window, decoded from one function only.

use std::collections::VecDeque;
use std::ops::Range;

use wasmparser::{BinaryReader, FunctionBody, Operator};

use super::{Module, features, operator};

/// A window of disassembly, one operator a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The lines.
    pub text: String,
    /// Where in `text` the operator that is meant starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// How many operators are shown before and after the one that is meant.
const AROUND: usize = 3;

impl Module {
    /// How many bytes of a function stand before a byte offset in it: what [`Module::listing`] goes through.
    pub fn before(&self, offset: usize) -> usize {
        let offsets = &self.functions.offsets;
        let after = offsets.partition_point(|start| *start as usize <= offset);
        let start = after.checked_sub(1).and_then(|at| offsets.get(at));
        start.map_or(0, |start| offset - *start as usize)
    }

    /// The operators around a byte offset in code, calls with the names of what they call.
    pub fn listing(&self, bytes: &[u8], offset: usize) -> Option<Window> {
        let offsets = &self.functions.offsets;
        let after = offsets.partition_point(|start| *start as usize <= offset);
        let start = *offsets.get(after.checked_sub(1)?)? as usize;
        let code = self.sections.iter().find(|section| section.id == "code")?;
        let end = match offsets.get(after) {
            Some(next) => *next as usize,
            None => code.offset + code.size,
        };
        window(bytes, start..end, offset, &|index| {
            self.function_name(index).map(str::to_owned)
        })
    }
}

/// The operators that are shown: only these are spelled out.
#[derive(Default)]
struct Around<'b> {
    before: VecDeque<Operator<'b>>,
    meant: Option<Operator<'b>>,
    after: Vec<Operator<'b>>,
}

fn window(
    bytes: &[u8],
    body: Range<usize>,
    offset: usize,
    name: &dyn Fn(u32) -> Option<String>,
) -> Option<Window> {
    let content = bytes.get(body.clone())?;
    let reader = BinaryReader::new_features(content, body.start, features());
    let mut operators = FunctionBody::new(reader).get_operators_reader().ok()?;
    let mut around = Around::default();
    while around.after.len() < AROUND
        && let Ok(operator) = operators.read()
    {
        around.take(operator, operators.original_position(), offset);
    }
    around.window(name)
}

fn line(operator: &Operator<'_>, name: &dyn Fn(u32) -> Option<String>) -> String {
    let text = operator::line(operator);
    let (Operator::Call { function_index } | Operator::ReturnCall { function_index }) = operator
    else {
        return text;
    };
    match name(*function_index) {
        Some(name) => format!("{text} ;; {}", on_one_line(&name)),
        None => text,
    }
}

/// Names are the module's own; a line break in one must not look like an operator.
fn on_one_line(name: &str) -> String {
    name.chars()
        .take(100)
        .map(|character| {
            if character.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                character
            }
        })
        .collect()
}

impl<'b> Around<'b> {
    /// The next operator, which ends at `end`.
    fn take(&mut self, operator: Operator<'b>, end: usize, offset: usize) {
        if self.meant.is_some() {
            self.after.push(operator);
        } else if offset < end {
            self.meant = Some(operator);
        } else {
            self.before.push_back(operator);
            if self.before.len() > AROUND {
                self.before.pop_front();
            }
        }
    }

    fn window(self, name: &dyn Fn(u32) -> Option<String>) -> Option<Window> {
        let meant = line(&self.meant?, name);
        let before = self.before.iter();
        let mut text: String = before.map(|one| line(one, name) + "\n").collect();
        let start = text.len();
        let end = start + meant.len();
        text.push_str(&meant);
        for one in &self.after {
            text.push('\n');
            text.push_str(&line(one, name));
        }
        Some(Window { text, start, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::decode;

    const WAT: &str = r#"(module
        (import "env" "log" (func (param i32)))
        (memory 1)
        (func nop)
        (func (local i64)
            i32.const 1 drop
            (block (br_if 0 (i32.const 7)))
            (call 0 (i32.load offset=8 (i32.const 5)))
            i64.const -9 local.set 0))"#;

    #[test]
    fn the_window_shows_what_is_around() {
        let bytes = wat::parse_str(WAT).unwrap();
        let module = decode(&bytes);
        let call = bytes
            .windows(2)
            .rposition(|pair| pair == [0x10, 0])
            .unwrap();
        let window = module.listing(&bytes, call).unwrap();
        assert_eq!(
            window.text,
            "end\ni32.const 5\ni32.load offset=8\ncall 0 ;; log\ni64.const -9\nlocal.set 0\nend"
        );
        assert_eq!(&window.text[window.start..window.end], "call 0 ;; log");
    }

    #[test]
    fn places_outside_of_code_have_none() {
        let bytes = wat::parse_str(WAT).unwrap();
        let module = decode(&bytes);
        for offset in [0, 8, bytes.len(), usize::MAX] {
            assert_eq!(module.listing(&bytes, offset), None, "{offset}");
        }
    }

    #[test]
    fn names_stay_on_their_line() {
        assert_eq!(on_one_line("a\nunreachable"), "a\u{fffd}unreachable");
    }
}
