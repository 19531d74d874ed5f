//! YAML text to a [`Node`] tree, in bounded time, memory and depth. The only user of the YAML parser.
//! Anchors, aliases, tags, merge keys, further documents and duplicate keys are refused, so a bomb ends at its first anchor.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle};

use super::mistake::Mistake;
use super::node::{Entry, Node, Text, Value};
use super::span::{SourceId, Span};

/// The longest text that is read, in bytes.
pub const MAX_TEXT: usize = 4 << 20;
/// The deepest nesting that is read.
pub const MAX_DEPTH: usize = 32;
/// The most nodes that are read.
pub const MAX_NODES: usize = 400_000;

/// The reading ends with so many mistakes.
const MOST_MISTAKES: usize = 100;

/// Reads one document. A syntax error ends the reading; everything else is collected.
pub fn parse(text: &str, source: SourceId) -> Result<Node, Vec<Mistake>> {
    let start = Span {
        source,
        start: 0,
        end: 0,
    };
    if text.len() > MAX_TEXT {
        return Err(vec![
            Mistake::new(
                "too-large",
                format!(
                    "the file has {} bytes, more than the {MAX_TEXT} that are read",
                    text.len()
                ),
                start,
            )
            .help("split it: a policy can extend another one, and rules are one file each"),
        ]);
    }
    let mut builder = Builder {
        source,
        text,
        open: Vec::new(),
        root: None,
        nodes: 0,
        mistakes: Vec::new(),
    };
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH * 4,
        block_nesting_limit: MAX_DEPTH * 4,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => {
                if !builder.event(event, &span) || builder.mistakes.len() >= MOST_MISTAKES {
                    break;
                }
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                builder.mistakes.push(
                    Mistake::new(
                        "yaml-syntax",
                        format!("not YAML: {}", error.info()),
                        builder.narrow(at, at),
                    )
                    .help(syntax_help(text, at)),
                );
                break;
            }
        }
    }
    if !builder.mistakes.is_empty() {
        return Err(builder.mistakes);
    }
    Ok(builder.root.unwrap_or(Node {
        span: start,
        value: Value::Scalar {
            text: Text::Borrowed(""),
            plain: true,
        },
    }))
}

fn syntax_help(text: &str, at: usize) -> String {
    let line = text
        .get(..at)
        .and_then(|before| before.rsplit('\n').next())
        .unwrap_or_default();
    if line.contains('\t') || text.get(at..).is_some_and(|rest| rest.starts_with('\t')) {
        "indent with spaces; YAML does not allow tabs there".to_owned()
    } else {
        "check the indentation, quotes and brackets around this place".to_owned()
    }
}

enum Open {
    List(Vec<Node>, usize),
    Map(OpenMap),
}

#[derive(Default)]
struct OpenMap {
    entries: Vec<Entry>,
    seen: HashMap<Text, Span>,
    key: Option<(Text, Span)>,
    start: usize,
}

struct Builder<'t> {
    source: SourceId,
    text: &'t str,
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    mistakes: Vec<Mistake>,
}

impl Builder<'_> {
    fn narrow(&self, start: usize, end: usize) -> Span {
        let fit = |offset: usize| u32::try_from(offset.min(self.text.len())).unwrap_or(u32::MAX);
        Span {
            source: self.source,
            start: fit(start),
            end: fit(end.max(start)),
        }
    }

    fn span(&self, span: &granit_parser::Span) -> Span {
        span.byte_range().map_or_else(
            || self.narrow(0, 0),
            |range| self.narrow(range.start, range.end),
        )
    }

    /// Takes one event; `false` ends the reading.
    fn event(&mut self, event: Event<'_>, at: &granit_parser::Span) -> bool {
        let span = self.span(at);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(anchor != 0, tag.is_some(), span);
                let plain = style == ScalarStyle::Plain;
                return self.scalar(Text::Owned(text.into_owned()), plain, span);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse(anchor != 0, tag.is_some(), span);
                return self.start(Open::List(Vec::new(), span.start as usize), span);
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse(anchor != 0, tag.is_some(), span);
                return self.start(
                    Open::Map(OpenMap {
                        start: span.start as usize,
                        ..OpenMap::default()
                    }),
                    span,
                );
            }
            Event::SequenceEnd | Event::MappingEnd => return self.end(span),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.mistakes.push(
                    Mistake::new("yaml-alias", "aliases are not allowed", span)
                        .help("write the value out; every value then has one place"),
                );
                return false;
            }
            Event::DocumentStart(..) if self.root.is_some() => {
                self.mistakes.push(
                    Mistake::new("yaml-documents", "more than one document in the file", span)
                        .help("keep one document a file"),
                );
                return false;
            }
            _ => {}
        }
        true
    }

    fn refuse(&mut self, anchor: bool, tag: bool, span: Span) {
        if anchor {
            self.mistakes.push(
                Mistake::new("yaml-anchor", "anchors are not allowed", span)
                    .help("write the value out; every value then has one place"),
            );
        }
        if tag {
            self.mistakes.push(
                Mistake::new("yaml-tag", "tags are not allowed", span).help("remove the `!tag`"),
            );
        }
    }

    fn start(&mut self, open: Open, span: Span) -> bool {
        if matches!(self.open.last(), Some(Open::Map(map)) if map.key.is_none()) {
            self.mistakes.push(
                Mistake::new("yaml-key", "a key must be a scalar", span)
                    .help("quote it, if it is meant as text"),
            );
            return false;
        }
        if self.open.len() >= MAX_DEPTH {
            self.mistakes.push(Mistake::new(
                "yaml-depth",
                format!("nested deeper than {MAX_DEPTH} levels"),
                span,
            ));
            return false;
        }
        self.open.push(open);
        true
    }

    fn end(&mut self, span: Span) -> bool {
        let (value, start) = match self.open.pop() {
            Some(Open::List(items, start)) => (Value::List(items), start),
            Some(Open::Map(map)) => (Value::Map(map.entries), map.start),
            None => return false,
        };
        let written = self.text.get(start..span.end as usize).unwrap_or_default();
        let span = self.narrow(start, start + written.trim_end().len());
        self.place(Node { span, value })
    }

    fn scalar(&mut self, text: Text, plain: bool, span: Span) -> bool {
        if let Some(Open::Map(map)) = self.open.last_mut()
            && map.key.is_none()
        {
            if let Some(first) = map.seen.insert(text.clone(), span) {
                self.mistakes.push(
                    Mistake::new("duplicate-key", format!("`{text}` is written twice"), span)
                        .label("again here")
                        .also(first, "first here")
                        .help("keep one of the two"),
                );
            }
            if plain && text == "<<" {
                self.mistakes.push(
                    Mistake::new("yaml-merge", "merge keys are not allowed", span)
                        .help("write the entries out"),
                );
                return false;
            }
            map.key = Some((text, span));
            return true;
        }
        self.place(Node {
            span,
            value: Value::Scalar { text, plain },
        })
    }

    fn place(&mut self, node: Node) -> bool {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            self.mistakes.push(Mistake::new(
                "yaml-size",
                format!("more than {MAX_NODES} values in one file"),
                node.span,
            ));
            return false;
        }
        match self.open.last_mut() {
            Some(Open::List(items, _)) => items.push(node),
            Some(Open::Map(map)) => {
                if let Some((key, key_span)) = map.key.take() {
                    map.entries.push(Entry {
                        key,
                        key_span,
                        node,
                    });
                }
            }
            None => self.root = Some(node),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<&'static str> {
        parse(text, SourceId(0))
            .err()
            .unwrap_or_default()
            .iter()
            .map(|mistake| mistake.code)
            .collect()
    }

    #[test]
    fn every_scalar_has_its_place() {
        let text = "a: {b: [1, \"two\"]}\n";
        let root = parse(text, SourceId(0)).unwrap();
        let list = root.get("a").and_then(|a| a.get("b")).unwrap();
        let places: Vec<&str> = list
            .list()
            .unwrap()
            .iter()
            .map(|node| &text[node.span.start as usize..node.span.end as usize])
            .collect();
        assert_eq!(places, ["1", "\"two\""]);
        assert_eq!(
            &text[list.span.start as usize..list.span.end as usize],
            "[1, \"two\"]"
        );
    }

    #[test]
    fn a_block_maps_place_ends_with_its_last_value() {
        let text = "a:\n  b: 1\n  c: 2\n\n\nd: 3\n";
        let root = parse(text, SourceId(0)).unwrap();
        let a = root.get("a").unwrap().span;
        assert_eq!(&text[a.start as usize..a.end as usize], "b: 1\n  c: 2");
    }

    #[test]
    fn what_hides_a_value_is_refused() {
        assert_eq!(codes("a: &x 1\nb: *x"), ["yaml-anchor", "yaml-alias"]);
        assert_eq!(codes("a: !!str 1"), ["yaml-tag"]);
        assert_eq!(codes("a: {<<: 1}"), ["yaml-merge"]);
        assert_eq!(codes("a: 1\n---\nb: 2"), ["yaml-documents"]);
        assert_eq!(
            codes("a: 1\na: 2\nb: 1\nb: 2"),
            ["duplicate-key", "duplicate-key"]
        );
        assert_eq!(codes("[a]: 1"), ["yaml-key"]);
        assert_eq!(codes("a:\n\tb: 1"), ["yaml-syntax"]);
        assert_eq!(codes(&("[".repeat(100) + &"]".repeat(100))), ["yaml-depth"]);
        assert_eq!(codes(&" ".repeat(MAX_TEXT + 1)), ["too-large"]);
    }

    #[test]
    fn mistakes_without_end_are_not_collected() {
        assert_eq!(codes(&"a: 1\n".repeat(5000)).len(), 100);
        assert_eq!(codes(&"a: &x 1\n".repeat(5000)).len(), 100);
    }

    #[test]
    fn byte_order_mark_and_carriage_returns_are_harmless() {
        let root = parse("\u{feff}a: 1\r\nb: 2\r\n", SourceId(0)).unwrap();
        assert_eq!(root.get("b").and_then(Node::integer), Some(2));
    }

    #[test]
    fn a_map_with_many_keys_is_read_in_linear_time() {
        let text: String = (0..50_000).map(|n| format!("k{n}: 1\n")).collect();
        assert_eq!(
            parse(&text, SourceId(0)).unwrap().map().map(<[_]>::len),
            Some(50_000)
        );
    }
}
