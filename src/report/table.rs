//! Rows of words in columns, for `check` and `inspect` in text.

use crate::audit::CapabilityRow;

use super::escape;
use super::style::Style;

/// The widest first column.
const MAX_FIRST: usize = 32;

/// One line a capability: its name, whether it is granted, the imports behind it.
pub fn capabilities(rows: &[CapabilityRow], style: &Style) -> String {
    let (names, width) = names(rows);
    rows.iter()
        .zip(&names)
        .map(|(row, name)| {
            let name = format!("{name:width$}");
            let granted = granted(row, style);
            let room = style.columns().saturating_sub(width + 17);
            format!("  {name}  {granted}  {}\n", imports(&row.imports, room))
        })
        .collect()
}

/// One line a capability without a judgement: its name and the imports behind it.
pub fn uses(rows: &[CapabilityRow], style: &Style) -> String {
    let (names, width) = names(rows);
    let room = style.columns().saturating_sub(width + 4);
    rows.iter()
        .zip(&names)
        .map(|(row, name)| format!("  {name:width$}  {}\n", imports(&row.imports, room)))
        .collect()
}

fn names(rows: &[CapabilityRow]) -> (Vec<String>, usize) {
    let names: Vec<String> = rows
        .iter()
        .map(|row| escape::line(&row.capability, MAX_FIRST))
        .collect();
    let width = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    (names, width)
}

fn granted(row: &CapabilityRow, style: &Style) -> String {
    match (row.reachable, row.granted) {
        (Some(false), _) => style.dim("unreached  "),
        (_, Some(true)) => "granted    ".to_owned(),
        (_, Some(false)) => style.severity(crate::audit::Severity::Error, "not granted"),
        (_, None) => style.dim("not judged "),
    }
}

/// Names of imports in at most `room` characters. WASI preview 1's own module name goes without saying.
pub fn imports(imports: &[String], room: usize) -> String {
    let short = |import: &String| {
        escape::name(
            import
                .strip_prefix("wasi_snapshot_preview1.")
                .unwrap_or(import),
        )
    };
    fit(imports.iter().map(short), imports.len(), room)
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
}
