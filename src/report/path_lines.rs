//! Call paths in the lines of a terminal.

use crate::wasm::{Told, Word};

/// Lines that one path may take.
const MAX_LINES: usize = 4;

/// A path whose import goes by its second name alone, where the first is WASI preview 1's.
pub fn short(path: &str) -> String {
    match path.rsplit_once("wasi_snapshot_preview1.") {
        Some((before, name)) if is_start(before) && !name.contains('.') => {
            format!("{before}{name}")
        }
        _ => path.to_owned(),
    }
}

fn is_start(before: &str) -> bool {
    before.is_empty() || before.ends_with("→ ") || before.ends_with("⇢ ")
}

/// A path in one line of at most `width` characters: its middle goes first, its import last.
pub fn fitted(told: &Told, width: usize) -> String {
    let all = told.words.len();
    let mut line = String::new();
    for kept in (1..=all).rev() {
        let before = if kept == all { all } else { kept / 2 };
        line = arrows(&told.words, before, all - (kept - before));
        if line.chars().count() <= width {
            break;
        }
    }
    line
}

/// The words before the gap and those after it.
fn arrows(words: &[Word], before: usize, after: usize) -> String {
    let mut line = String::new();
    let gap = words.get(before..after).unwrap_or_default();
    let mut push = |text: &str, indirect: bool| {
        if !line.is_empty() {
            line.push_str(if indirect { " ⇢ " } else { " → " });
        }
        line.push_str(text);
    };
    for (at, word) in words.iter().enumerate() {
        if at < before || at >= after {
            push(&short(&word.text), word.indirect);
        } else if at == before {
            push("…", gap.iter().any(|word| word.indirect));
        }
    }
    line
}

/// A path's lines: it breaks before arrows, and inside a name only if that is wider than a line.
pub fn broken(path: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut part = String::new();
    let mut parts = Vec::new();
    for word in path.split(' ') {
        if matches!(word, "→" | "⇢" | "(⇢") && !part.is_empty() {
            parts.push(std::mem::take(&mut part));
        }
        if !part.is_empty() {
            part.push(' ');
        }
        part.push_str(word);
    }
    parts.push(part);
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + part.chars().count() <= width => {
                line.push(' ');
                line.push_str(&part);
            }
            _ => lines.push(part),
        }
    }
    if lines.len() > MAX_LINES {
        // What it ends in matters most.
        let end = lines.split_off(lines.len() - 1);
        lines.truncate(MAX_LINES - 1);
        if let Some(last) = lines.last_mut() {
            last.push_str(" → …");
        }
        lines.extend(end);
    }
    lines
}

/// Words in at most `max` lines.
pub fn wrap(text: &str, between: char, width: usize, max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(between).filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.truncate(max);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_breaks_before_its_arrows() {
        let line = "run → a b c → dddd ⇢ e (⇢ because it is)";
        assert_eq!(
            broken(line, 12),
            ["run → a b c", "→ dddd ⇢ e", "(⇢ because it is)"]
        );
        let long = (0..40)
            .map(|_| "x".repeat(9))
            .collect::<Vec<_>>()
            .join(" → ");
        let lines = broken(&long, 12);
        assert_eq!(
            (lines.len(), lines.last().unwrap().as_str()),
            (MAX_LINES, "→ xxxxxxxxx")
        );
    }

    #[test]
    fn a_path_loses_its_middle_until_it_fits() {
        let word = |text: &str, indirect| Word {
            text: text.to_owned(),
            function: None,
            indirect,
        };
        let told = Told {
            words: vec![
                word("run", false),
                word("alpha", false),
                word("beta", true),
                word("wasi_snapshot_preview1.fd_write", false),
            ],
            reasons: Vec::new(),
        };
        let lines = [40, 25, 20, 16, 4].map(|width| fitted(&told, width));
        assert_eq!(
            lines,
            [
                "run → alpha ⇢ beta → fd_write",
                "run → … ⇢ beta → fd_write",
                "run ⇢ … → fd_write",
                "… → fd_write",
                "… → fd_write",
            ]
        );
        assert_eq!(
            short("a → wasi_snapshot_preview1.b.c"),
            "a → wasi_snapshot_preview1.b.c"
        );
    }
}
