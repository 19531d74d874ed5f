//! Rows of words in columns, for `check` and `inspect` in text.

use crate::audit::{CapabilityRow, Severity};

use super::style::Style;
use super::{escape, wording};

/// The widest first column.
const MAX_FIRST: usize = 32;
/// Capabilities that are listed; the rest is counted.
const MAX_ROWS: usize = 16;

/// One line a capability: its name, whether it is granted where that was judged, the imports behind it.
pub fn capabilities(rows: &[CapabilityRow], style: &Style) -> String {
    let shown = rows.get(..MAX_ROWS).unwrap_or(rows);
    let names: Vec<String> = shown
        .iter()
        .map(|row| escape::line(&row.capability, MAX_FIRST))
        .collect();
    let width = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    let judged = shown
        .iter()
        .any(|row| row.granted.is_some() || row.reachable.is_some());
    let room = style
        .columns()
        .saturating_sub(width + if judged { 17 } else { 4 });
    let mut text = String::new();
    for (row, name) in shown.iter().zip(&names) {
        let judgement = if judged {
            granted(row, style) + "  "
        } else {
            String::new()
        };
        let imports = imports(&row.imports, room);
        text.push_str(format!("  {name:width$}  {judgement}{imports}").trim_end());
        text.push('\n');
    }
    text + &more(rows.len(), shown.len())
}

/// A line on what a list leaves out, if it does.
pub fn more(total: usize, shown: usize) -> String {
    match total.checked_sub(shown) {
        Some(more @ 1..) => format!("  … and {} more (--format json)\n", wording::number(more)),
        _ => String::new(),
    }
}

fn granted(row: &CapabilityRow, style: &Style) -> String {
    match (row.reachable, row.granted) {
        (Some(false), _) => style.dim("not reached"),
        (_, Some(true)) => "granted    ".to_owned(),
        (_, Some(false)) => style.severity(Severity::Error, "not granted"),
        (_, None) => style.dim("not judged "),
    }
}

/// Names of imports in at most `room` characters.
pub fn imports(imports: &[String], room: usize) -> String {
    fit(
        imports.iter().map(|import| self::import(import)),
        imports.len(),
        room,
    )
}

/// WASI preview 1's own module name goes without saying, unless the rest could be taken for another module's function.
/// What could be taken for two names is quoted.
pub fn import(import: &str) -> String {
    let short = import
        .strip_prefix("wasi_snapshot_preview1.")
        .filter(|name| !name.contains('.'))
        .unwrap_or(import);
    let shown = escape::name(short);
    if short.is_empty() || short.contains([' ', ',', '"']) {
        format!("\"{}\"", shown.replace('"', "\\\""))
    } else {
        shown
    }
}

/// As many of `total` texts as fit into `room` characters, and a count of the others.
pub fn fit(texts: impl Iterator<Item = String>, total: usize, room: usize) -> String {
    let mut shown = String::new();
    for (at, text) in texts.enumerate() {
        let rest = format!(" … +{}", total - at);
        let part = if at == 0 { text } else { format!(", {text}") };
        let used = shown.chars().count() + part.chars().count();
        let needed = if at + 1 == total {
            used
        } else {
            used + rest.chars().count()
        };
        if needed > room && at > 0 {
            return shown + &rest;
        }
        shown.push_str(&escape::line(&part, room.max(8)));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let names = ["one", "two", "three"].map(str::to_owned);
        let all = |room| fit(names.iter().cloned(), 3, room);
        assert_eq!(all(15), "one, two, three");
        assert_eq!(all(14), "one, two … +1");
        assert_eq!(all(8), "one … +2");
        assert_eq!(fit(["a".repeat(99)].into_iter(), 1, 10), "aaaaaaaaaa…");
    }

    #[test]
    fn an_import_cannot_pass_for_another_one() {
        let shown = |name: &str| import(name);
        assert_eq!(shown("wasi_snapshot_preview1.fd_write"), "fd_write");
        assert_eq!(
            shown("wasi_snapshot_preview1.env.log"),
            "wasi_snapshot_preview1.env.log"
        );
        assert_eq!(shown("env.a, env.b"), "\"env.a, env.b\"");
        assert_eq!(shown("wasi_snapshot_preview1."), "\"\"");
    }

    #[test]
    fn a_long_table_is_cut() {
        let row = CapabilityRow {
            capability: "unknown".to_owned(),
            imports: vec!["env.x".to_owned(); 100_000],
            reachable: None,
            granted: None,
            paths: Vec::new(),
        };
        let text = capabilities(&vec![row; 100], &Style::default());
        assert_eq!(text.lines().count(), MAX_ROWS + 1);
        assert!(text.ends_with("… and 84 more (--format json)\n"));
    }
}
