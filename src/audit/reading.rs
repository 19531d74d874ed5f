//! Which texts the code passes to an import, read from memory as compiled: for people, and never proved.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::capability::{ArgHint, Place};
use crate::source::credential::redact;
use crate::wasm::{Call, Encoding, Image, Import, Module, Text};

use super::link::Link;

/// The longest text that is kept, in bytes.
const MAX_TEXT: usize = 400;
/// The most bytes of texts that are read for one module.
const MAX_READ: usize = 2 << 20;

/// What is known of the arguments of one imported function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The function's index.
    pub function: u32,
    /// What its parameters mean, where the interface says so.
    pub hints: Vec<ArgHint>,
    /// The texts of each of its calls, by the parameter that points to them.
    pub texts: Vec<BTreeMap<u32, PassedText>>,
}

/// A text that a call passes. Credentials are redacted; all else is raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedText {
    /// The text, cut where it is long.
    pub text: String,
    /// How it is written.
    pub encoding: Encoding,
    /// Where it stands in the binary.
    pub offset: usize,
    /// The parameter that carries its length, if one does.
    pub length: Option<u32>,
    /// Whether no interface says that there is a text: the bytes look like one.
    pub guessed: bool,
}

/// The readings of a module's imported functions.
pub fn readings(module: &Module, bytes: &[u8], links: &[Link<'_>]) -> Vec<Reading> {
    let Some(uses) = &module.uses else {
        return Vec::new();
    };
    let image = Image::of(module, bytes);
    let left = Cell::new(MAX_READ);
    let functions = links
        .iter()
        .filter(|link| link.import.ty.signature().is_some());
    functions
        .zip(&uses.imports)
        .map(|(link, usage)| {
            let hints = link.entry.map(|entry| entry.args.clone());
            let reader = Reader {
                image: &image,
                import: link.import,
                hints: hints.as_deref().unwrap_or_default(),
                // What WASI's functions take is known, and what is not said of them is no text.
                guesses: !link.wasi && link.entry.is_none_or(|entry| entry.args.is_empty()),
                left: &left,
            };
            let texts = usage.calls.iter().map(|call| reader.texts(call));
            Reading {
                function: usage.function,
                texts: texts.collect(),
                hints: hints.unwrap_or_default(),
            }
        })
        .collect()
}

struct Reader<'r> {
    image: &'r Image<'r>,
    import: &'r Import,
    hints: &'r [ArgHint],
    guesses: bool,
    /// How many bytes may still be read.
    left: &'r Cell<usize>,
}

impl Reader<'_> {
    fn texts(&self, call: &Call) -> BTreeMap<u32, PassedText> {
        let found = if self.guesses {
            self.guessed(call)
        } else {
            self.described(call)
        };
        found.into_iter().collect()
    }

    fn described(&self, call: &Call) -> Vec<(u32, PassedText)> {
        let texts = self.hints.iter().filter(|hint| carries_text(hint.role));
        texts
            .filter_map(|hint| match hint.place {
                Place::Buffer { ptr, len } => {
                    let text = self.buffer(call, ptr, len)?;
                    Some((ptr, passed(&text, Some(len), false)))
                }
                Place::Terminated { ptr } => {
                    let found = self.image.reading(constant(call, ptr)?, None)?;
                    let text = self.spend(found)?;
                    Some((ptr, passed(&text, None, false)))
                }
                Place::Number { .. } => None,
            })
            .collect()
    }

    /// Pointers with their length, or with a zero byte at the end, that lead to something readable.
    fn guessed(&self, call: &Call) -> Vec<(u32, PassedText)> {
        let mut found = Vec::new();
        let mut at = 0;
        while (at as usize) < call.arguments.len() {
            let next = at + 1;
            let own = constant(call, at).and_then(|pointer| self.image.utf16(pointer, None));
            let buffer = (own.is_none() && self.param(at) == self.param(next))
                .then(|| self.buffer(call, at, next))
                .flatten()
                .filter(|text| is_readable(&text.text));
            if let Some(text) = buffer {
                found.push((at, passed(&text, Some(next), true)));
                at = next + 1;
                continue;
            }
            if let Some(text) = self.lone(call, at) {
                found.push((at, passed(&text, None, true)));
            }
            at = next;
        }
        found
    }

    fn buffer(&self, call: &Call, ptr: u32, len: u32) -> Option<Text> {
        let length = match self.param(len)? {
            "i32" => constant(call, len)? & 0xffff_ffff,
            "i64" => constant(call, len)?,
            _ => return None,
        };
        let text = self.image.text(constant(call, ptr)?, length)?;
        self.spend(text)
    }

    fn zero_ended(&self, pointer: i64) -> Option<Text> {
        let text = self.image.terminated(pointer)?;
        self.spend(text)
    }

    /// A text that was read, while reading goes on.
    fn spend(&self, text: Text) -> Option<Text> {
        let left = self.left.get().checked_sub(text.text.len() + 1)?;
        self.left.set(left);
        Some(text)
    }

    /// A text that tells its own length: AssemblyScript's, or one with a zero byte at its end that does not start in the
    /// middle of another.
    fn lone(&self, call: &Call, at: u32) -> Option<Text> {
        let integer = matches!(self.param(at), Some("i32" | "i64"));
        let pointer = constant(call, at).filter(|_| integer)?;
        let wide = self.image.utf16(pointer, None);
        let text = if let Some(text) = wide.and_then(|text| self.spend(text)) {
            text
        } else {
            let before = self.zero_ended(pointer.checked_sub(1)?);
            let starts = before.is_none_or(|text| text.text.is_empty());
            starts.then(|| self.zero_ended(pointer)).flatten()?
        };
        (text.text.len() > 1 && is_readable(&text.text)).then_some(text)
    }

    fn param(&self, at: u32) -> Option<&str> {
        let signature = self.import.ty.signature()?;
        signature.params.get(at as usize).map(String::as_str)
    }
}

/// Whether an argument of this role is read, and not written or counted.
fn carries_text(role: &str) -> bool {
    !matches!(role, "buffer" | "out-buffer" | "secret")
}

fn constant(call: &Call, at: u32) -> Option<i64> {
    Some(call.arguments.get(at as usize)?.constant()?.0)
}

/// Whether bytes of which nobody says that they are a text are one.
fn is_readable(text: &str) -> bool {
    let blank = |char: char| matches!(char, '\n' | '\r' | '\t');
    !text.is_empty() && !text.chars().any(|char| char.is_control() && !blank(char))
}

fn passed(found: &Text, length: Option<u32>, guessed: bool) -> PassedText {
    // Redacted before it is cut: the start of a credential is one.
    let clean = redact(&found.text);
    let end = clean.floor_char_boundary(MAX_TEXT);
    let kept = clean.get(..end).unwrap_or_default();
    PassedText {
        text: if end < clean.len() {
            format!("{kept}…")
        } else {
            kept.to_owned()
        },
        encoding: found.encoding,
        offset: found.offset,
        length,
        guessed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::link::link;
    use crate::capability::Taxonomy;
    use crate::policy::Policy;
    use crate::wasm::{Argument, ImportUse, Tier, Uses, Why, decode, encode_text};

    fn read(import: &str, calls: &[&[Option<i64>]]) -> Vec<Vec<(u32, String, bool)>> {
        let text = format!(
            r#"(module {import} (memory 1)
                (data (i32.const 64) "/etc/passwd\00GET /\00\01\02\03\00")
                (data (i32.const 512) "\02\00\00\00\06\00\00\00h\00o\00t\00")
                (data (i32.const 256) "ghp_0123456789abcdefghijABCDEFGHIJ012345"))"#
        );
        let bytes = encode_text(&text).unwrap();
        let mut module = decode(&bytes);
        let argument = |value: &Option<i64>| match value {
            Some(value) => Argument::Constant {
                value: *value,
                tier: Tier::Recovered,
            },
            None => Argument::Unknown(Why::Computed),
        };
        let call = |arguments: &&[Option<i64>]| Call {
            sites: Vec::new(),
            arguments: arguments.iter().map(argument).collect(),
        };
        module.uses = Some(Uses {
            imports: vec![ImportUse {
                calls: calls.iter().map(call).collect(),
                ..ImportUse::unknown(0)
            }],
            ..Uses::default()
        });
        let policy = Policy::default();
        let links = link(&module, &policy, Taxonomy::builtin());
        let read = readings(&module, &bytes, &links).remove(0);
        let told = |(at, passed): (u32, PassedText)| (at, passed.text, passed.guessed);
        let texts = read.texts.into_iter();
        texts
            .map(|one| one.into_iter().map(told).collect())
            .collect()
    }

    const HOST: &str = r#"(import "env" "f" (func (param i32 i32 i32)))"#;
    const OPEN: &str = r#"(import "wasi_snapshot_preview1" "path_open"
        (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))"#;

    #[test]
    fn an_interface_says_where_its_texts_are() {
        let arguments = [3, 0, 64, 11, 0, 2, 0, 0, 8].map(Some);
        let mut computed = arguments;
        computed[2] = None;
        let read = read(OPEN, &[&arguments, &computed]);
        assert_eq!(read, [vec![(2, "/etc/passwd".to_owned(), false)], vec![]]);
    }

    #[test]
    fn what_reads_as_a_text_is_taken_for_one() {
        let read = read(
            HOST,
            &[
                &[Some(64), Some(11), Some(1)],
                &[Some(7), Some(76), None],
                &[Some(66), Some(66), Some(66)],
                &[Some(82), Some(3), Some(1)],
                &[Some(520), Some(1), None],
                &[None, None, None],
            ],
        );
        assert_eq!(
            read,
            [
                vec![(0, "/etc/passwd".to_owned(), true)],
                vec![(1, "GET /".to_owned(), true)],
                vec![],
                vec![],
                vec![(0, "hot".to_owned(), true)],
                vec![]
            ]
        );
    }

    #[test]
    fn a_credential_is_redacted_before_it_is_cut() {
        let read = read(HOST, &[&[Some(256), Some(40), None]]);
        let [(0, text, true)] = read[0].as_slice() else {
            panic!("{read:?}");
        };
        assert!(
            text.starts_with("ghp_…(redacted") && !text.contains("0123"),
            "{text}"
        );
    }
}
