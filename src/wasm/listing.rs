//! A few disassembled operators around a place in code: our own window, decoded from one function only.

use std::collections::VecDeque;
use std::ops::Range;

use wasmparser::{BinaryReader, FunctionBody, Operator, OperatorsReader, Parser, Payload};

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

/// The operators around a byte offset in code; `function` is the index of the function it is in, and may be left out. Walks
/// the code section to find the function: [`Module::listing`] need not.
pub fn listing(bytes: &[u8], offset: usize, function: Option<u32>) -> Option<Window> {
    let body = find_body(bytes, offset)?;
    let _ = function;
    window(bytes, body, offset, &|_| None)
}

impl Module {
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

fn find_body(bytes: &[u8], offset: usize) -> Option<Range<usize>> {
    let mut parser = Parser::new(0);
    parser.set_features(features());
    for payload in parser.parse_all(bytes).map_while(Result::ok) {
        if let Payload::CodeSectionEntry(body) = payload
            && body.range().contains(&offset)
        {
            return Some(body.range());
        }
    }
    None
}

/// The operators that are shown, as they are decoded.
#[derive(Default)]
struct Lines {
    before: VecDeque<String>,
    meant: Option<String>,
    after: Vec<String>,
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
    let mut lines = Lines::default();
    while lines.after.len() < AROUND
        && let Some((line, range)) = next(&mut operators, name)
    {
        lines.take(line, &range, offset);
    }
    lines.window()
}

fn next(
    operators: &mut OperatorsReader<'_>,
    name: &dyn Fn(u32) -> Option<String>,
) -> Option<(String, Range<usize>)> {
    let start = operators.original_position();
    let operator = operators.read().ok()?;
    let line = line(&operator, name);
    Some((line, start..operators.original_position()))
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

impl Lines {
    fn take(&mut self, line: String, range: &Range<usize>, offset: usize) {
        if self.meant.is_some() {
            self.after.push(line);
        } else if offset < range.end {
            self.meant = Some(line);
        } else {
            self.before.push_back(line);
            if self.before.len() > AROUND {
                self.before.pop_front();
            }
        }
    }

    fn window(self) -> Option<Window> {
        let meant = self.meant?;
        let mut text: String = self.before.iter().map(|line| format!("{line}\n")).collect();
        let start = text.len();
        let end = start + meant.len();
        text.push_str(&meant);
        for line in &self.after {
            text.push('\n');
            text.push_str(line);
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
        let plain = listing(&bytes, call, None).unwrap();
        assert_eq!(&plain.text[plain.start..plain.end], "call 0");
    }

    #[test]
    fn places_outside_of_code_have_none() {
        let bytes = wat::parse_str(WAT).unwrap();
        let module = decode(&bytes);
        for offset in [0, 8, bytes.len(), usize::MAX] {
            assert_eq!(listing(&bytes, offset, None), None, "{offset}");
            assert_eq!(module.listing(&bytes, offset), None, "{offset}");
        }
    }

    #[test]
    fn names_stay_on_their_line() {
        assert_eq!(on_one_line("a\nunreachable"), "a\u{fffd}unreachable");
    }
}
