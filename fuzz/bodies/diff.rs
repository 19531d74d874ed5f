//! Two modules: what the second gains and loses.

use ringfence::audit::{Version, diff};
use ringfence::report::{self, DiffFormat, Style};
use ringfence::source::Sources;
use ringfence::wasm::{self, Input};

use super::held::{parses, quiet, surroundings};
use super::pair;

/// The old module, then the new one. Nothing changes from a module to itself.
pub fn body(data: &[u8]) {
    let (old, new) = pair(data);
    written(old, new);
    let same = written(old, old);
    assert_eq!(same, 0, "a module differs from itself");
}

fn written(old: &[u8], new: &[u8]) -> usize {
    let decoded = |bytes: &[u8]| wasm::decode_input(&Input::binary(bytes.to_vec()));
    let (one, other) = (decoded(old), decoded(new));
    let version = |path, module, bytes| Version {
        path,
        module,
        bytes,
    };
    let found = diff(
        (
            version("old.wasm", &one, old),
            version("new.wasm", &other, new),
        ),
        None,
        &Sources::default(),
        &surroundings(),
        ringfence::rewrite::derives,
    );
    let style = Style::default();
    for format in [DiffFormat::Text, DiffFormat::Json, DiffFormat::Markdown] {
        let mut out = Vec::new();
        report::diff(&found, format, &style, &mut out).expect("a vector takes all");
        let text = String::from_utf8(out).expect("reports are UTF-8");
        match format {
            DiffFormat::Json => parses("diff", &text),
            _ => quiet("diff", &text, false),
        }
    }
    found.changes.len()
}
