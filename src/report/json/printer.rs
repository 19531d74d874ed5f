//! How both JSON formats are printed: indented, streamed, every string harmless on a terminal and cut where it is absurd.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter};

use crate::report::escape;

/// Prints `value` and a line end.
pub fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Text::default());
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")?;
    out.flush()
}

#[derive(Default)]
struct Text {
    pretty: PrettyFormatter<'static>,
    written: usize,
}

impl Text {
    /// The part of a fragment that still fits its string.
    fn room<'t>(&mut self, fragment: &'t str) -> &'t str {
        let left = escape::MAX_EXACT.saturating_sub(self.written);
        self.written += fragment.len();
        fragment
            .get(..fragment.floor_char_boundary(left))
            .unwrap_or_default()
    }
}

impl Formatter for Text {
    fn begin_string<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.written = 0;
        out.write_all(b"\"")
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let fits = self.room(fragment);
        out.write_all(escape::json(fits).as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        char_escape: CharEscape,
    ) -> io::Result<()> {
        if self.room("?").is_empty() {
            return Ok(());
        }
        self.pretty.write_char_escape(out, char_escape)
    }

    fn end_string<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        let cut = self.written > escape::MAX_EXACT;
        out.write_all(if cut { "…\"" } else { "\"" }.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.pretty.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.pretty.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        write(value, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn it_is_indented_json() {
        let value = serde_json::json!({"a": [1, true, null], "b": {}, "c": "x\n\"y\""});
        let text = printed(&value);
        assert_eq!(text, serde_json::to_string_pretty(&value).unwrap() + "\n");
    }

    #[test]
    fn what_acts_is_escaped_and_what_is_absurd_is_cut() {
        let text = printed(&"\u{9b}\u{202e}\u{e0041}##[x]");
        assert!(!text.trim_end().chars().any(escape::deceives) && !text.contains("##"));
        for long in [
            "é".repeat(1 << 20),
            "\n".repeat(1 << 20),
            "a\n".repeat(1 << 19),
        ] {
            let back: String = serde_json::from_str(&printed(&long)).unwrap();
            assert_eq!(back.len(), escape::MAX_EXACT + "…".len());
            assert!(back.ends_with('…'));
        }
        let whole = "a".repeat(escape::MAX_EXACT);
        assert_eq!(
            serde_json::from_str::<String>(&printed(&whole)).unwrap(),
            whole
        );
    }

    #[test]
    fn a_closed_pipe_is_an_error() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = write(&["x".repeat(100_000)], &mut Closed).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
