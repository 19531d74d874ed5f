//! What the code of a module does with its imports, for the text of `inspect`: call paths, arguments, and what it never calls.

use std::collections::{BTreeSet, HashMap};

use crate::audit::{CapabilityRow, ModuleReport, Reading};
use crate::capability::is_wasi_module;
use crate::wasm::{ImportUse, Labels, Module, Path, Reach, Why};

use super::style::Style;
use super::{calls, escape, table, wording};

/// Capabilities that are listed; the rest is counted.
const MAX_CAPABILITIES: usize = 16;
/// Imports whose calls are told.
const MAX_IMPORTS: usize = 12;
/// Ways of calling that are told for one import.
const MAX_WAYS: usize = 6;
/// Lines that one path may take.
const MAX_LINES: usize = 4;
/// Lines of names of unreachable imports.
const MAX_NAMES: usize = 8;
/// The widest first column.
const MAX_FIRST: usize = 32;

/// One module with its uses, ready to be told.
pub struct Reached<'r> {
    report: &'r ModuleReport,
    labels: Labels<'r>,
    /// What is known of imported functions, by full name.
    uses: HashMap<String, Vec<&'r ImportUse>>,
    readings: HashMap<u32, &'r Reading>,
    paths: usize,
    style: &'r Style,
}

impl<'r> Reached<'r> {
    /// Of a module.
    pub fn new(
        report: &'r ModuleReport,
        module: &'r Module,
        paths: usize,
        style: &'r Style,
    ) -> Self {
        let labels = Labels::of(module);
        let mut uses: HashMap<String, Vec<&ImportUse>> = HashMap::new();
        let known = module.uses.iter().flat_map(|uses| &uses.imports);
        for usage in known.filter(|usage| usage.reach != Reach::May(Why::NotAnalysed)) {
            uses.entry(labels.label(usage.function))
                .or_default()
                .push(usage);
        }
        let readings = report.readings.iter();
        Self {
            readings: readings
                .map(|reading| (reading.function, reading))
                .collect(),
            report,
            labels,
            uses,
            paths,
            style,
        }
    }

    /// A line a capability with the imports behind it, and below it how code gets there.
    pub fn capabilities(&self) -> String {
        let rows = &self.report.capabilities;
        if self.uses.is_empty() {
            let why = if rows.is_empty() { "" } else { UNKNOWN };
            return table::capabilities(rows, self.style) + why;
        }
        let shown = rows.get(..MAX_CAPABILITIES).unwrap_or(rows);
        let names = shown.iter().map(|row| row.capability.chars().count());
        let width = names.max().unwrap_or(0).min(MAX_FIRST);
        let mut text = String::new();
        for row in shown {
            text.push_str(&self.capability(row, width));
        }
        text + &table::more(rows.len(), shown.len())
    }

    fn capability(&self, row: &CapabilityRow, width: usize) -> String {
        let name = escape::line(&row.capability, MAX_FIRST);
        let reached: Vec<String> = row
            .imports
            .iter()
            .filter(|import| self.reach(import).is_none_or(Reach::is_reachable))
            .cloned()
            .collect();
        let room = self.style.columns().saturating_sub(width + 16);
        if reached.is_empty() {
            let imports = table::imports(&row.imports, room);
            let line = format!("{name:width$}  {imports}  not reached");
            return format!("  {}\n", self.style.dim(&line));
        }
        let mut text = format!("  {name:width$}  {}\n", table::imports(&reached, room));
        let uses: Vec<&ImportUse> = reached
            .iter()
            .filter_map(|import| self.uses.get(import))
            .flatten()
            .copied()
            .collect();
        for line in self.witnesses(&uses) {
            text.push_str(&self.path(&line, 6));
        }
        text
    }

    /// The surest paths to some imports; where there is none, why they may be reached nevertheless.
    fn witnesses(&self, uses: &[&ImportUse]) -> Vec<String> {
        let mut paths: Vec<(Reach, &Path)> = uses
            .iter()
            .flat_map(|usage| usage.paths.iter().map(|path| (usage.reach, path)))
            .collect();
        paths.sort_by_key(|(reach, path)| (std::cmp::Reverse(*reach), path.steps.len()));
        let mut seen = BTreeSet::new();
        paths.retain(|(_, path)| seen.insert(*path));
        let lines = paths.iter().take(self.paths);
        let mut lines: Vec<String> = lines.map(|(_, path)| self.labels.path(path)).collect();
        let left = paths.len() - lines.len();
        if lines.is_empty() {
            let best = uses.iter().map(|usage| usage.reach).max();
            lines.extend(best.and_then(may));
        } else if left > 0 && self.paths > 1 {
            lines.push(format!("… and {} more", wording::count(left, "path")));
        }
        lines
    }

    /// How sure it is that code calls an import.
    fn reach(&self, import: &str) -> Option<Reach> {
        let uses = self.uses.get(import)?;
        uses.iter().map(|usage| usage.reach).max()
    }

    /// Which arguments imports are called with.
    pub fn calls(&self) -> String {
        let module = self.labels.module();
        let uses = module.uses.iter().flat_map(|uses| &uses.imports);
        let mut told: Vec<&ImportUse> = uses.filter(|usage| self.is_told(usage)).collect();
        let total = told.len();
        told.truncate(MAX_IMPORTS);
        let mut text = String::new();
        for usage in told {
            text.push_str(&self.import(usage));
        }
        text + &table::more(total, MAX_IMPORTS.min(total))
    }

    /// Whether an import's calls say something: WASI's functions that take no text say no more than their name.
    fn is_told(&self, usage: &ImportUse) -> bool {
        let known = usage.reach.is_reachable() && usage.reach != Reach::May(Why::NotAnalysed);
        let described = self.readings.get(&usage.function).is_some_and(|reading| {
            reading
                .hints
                .iter()
                .any(|hint| !hint.role.ends_with("buffer"))
        });
        let import = self.labels.import(usage.function);
        let host = import.is_some_and(|import| !is_wasi_module(&import.module));
        known && (host || described && !usage.calls.is_empty())
    }

    fn import(&self, usage: &ImportUse) -> String {
        let name = table::import(&self.labels.label(usage.function));
        let sites = wording::count(usage.sites as usize, "call site");
        let reach = match usage.reach {
            Reach::Likely => "reached".to_owned(),
            reach => may(reach).unwrap_or_default(),
        };
        let mut text = format!("  {}  {reach}, {sites}\n", self.style.bold(&name));
        let reading = self.readings.get(&usage.function).copied();
        let ways = calls::ways(&self.labels, usage, reading);
        for way in ways.iter().take(MAX_WAYS) {
            self.way(way, &mut text);
        }
        if let Some(more @ 1..) = ways.len().checked_sub(MAX_WAYS) {
            let more = wording::number(more);
            text.push_str(&format!("      … and {more} more (--format json)\n"));
        }
        if let Some(why) = usage.others {
            let others = calls::unknown("others", why);
            let others = if ways.is_empty() {
                others.replace("others", "arguments")
            } else {
                others
            };
            text.push_str(&format!("      with {others}\n"));
        }
        text
    }

    /// What a way passes, with the first path beside it if there is room, else below.
    fn way(&self, way: &calls::Way, text: &mut String) {
        let words = escape::line(&way.words, MAX_WORDS);
        let first = way
            .paths
            .first()
            .map(|path| escape::line(path, escape::MAX_TEXT));
        let first = first.unwrap_or_default();
        let room = self.style.columns().saturating_sub(COLUMN + 8);
        let beside = words.chars().count() <= COLUMN && first.chars().count() <= room;
        if beside {
            let gap = COLUMN.saturating_sub(words.chars().count());
            let path = self.style.dim(&first);
            text.push_str(format!("      {words}{:gap$}  {path}", "").trim_end());
            text.push('\n');
        } else {
            text.push_str(&format!("      {words}\n{}", self.path(&first, 10)));
        }
        for path in way.paths.iter().skip(1).take(self.paths.saturating_sub(1)) {
            text.push_str(&self.path(path, 10));
        }
        if let Some(more @ 1..) = way.paths.len().checked_sub(self.paths) {
            text.push_str(&format!(
                "          … and {} more\n",
                wording::count(more, "way")
            ));
        }
    }

    /// The imports that no execution calls.
    pub fn unreachable(&self) -> String {
        let module = self.labels.module();
        let uses = module.uses.iter().flat_map(|uses| &uses.imports);
        let names: Vec<String> = uses
            .filter(|usage| usage.reach == Reach::Unreachable)
            .map(|usage| self.labels.label(usage.function))
            .collect();
        let room = self.style.columns().saturating_sub(3) * MAX_NAMES;
        let text = table::imports(&names, room);
        wrap(
            &text,
            ' ',
            self.style.columns().saturating_sub(2),
            MAX_NAMES,
        )
        .iter()
        .map(|line| format!("  {line}\n"))
        .collect()
    }

    /// A path in lines that break before an arrow.
    fn path(&self, path: &str, indent: usize) -> String {
        let path = escape::line(path, escape::MAX_TEXT);
        let width = self.style.columns().saturating_sub(indent + 2);
        let mut text = String::new();
        for (at, line) in broken(&path, width).iter().enumerate() {
            let indent = if at == 0 { indent } else { indent + 2 };
            text.push_str(&format!("{:indent$}{}\n", "", self.style.dim(line)));
        }
        text
    }
}

const UNKNOWN: &str = "  which of them code reaches is not known: it was not analysed\n";
/// Characters of the words of a way of calling.
const MAX_WORDS: usize = 200;
/// Where a path stands beside the words.
const COLUMN: usize = 38;

/// Why an import is no more than maybe reached.
fn may(reach: Reach) -> Option<String> {
    match reach {
        Reach::May(why) => Some(format!("may be reached, because {}", why.words())),
        Reach::Likely | Reach::Unreachable => None,
    }
}

/// A path's lines: it breaks before arrows, and inside a name only if that is wider than a line.
fn broken(path: &str, width: usize) -> Vec<String> {
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
fn wrap(text: &str, between: char, width: usize, max: usize) -> Vec<String> {
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
