//! What the code of a module does with its imports, for the text of `inspect`: call paths, arguments, and what it never calls.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use crate::audit::{CapabilityRow, ModuleReport, Reading};
use crate::capability::is_wasi_module;
use crate::wasm::{ImportUse, Labels, Module, Path, Reach, Told, Why};

use super::style::Style;
use super::{calls, escape, path_lines, table, wording};

/// Roles of arguments that say no more of a function of WASI than its name does.
const NUMBERS_AND_BUFFERS: &[&str] = &["buffer", "out-buffer", "number", "flags"];
/// Capabilities that are listed; the rest is counted.
const MAX_CAPABILITIES: usize = 16;
/// Paths of one capability of which the surest and shortest are told.
const MAX_CANDIDATES: usize = 2048;
/// Imports whose calls are told.
const MAX_IMPORTS: usize = 12;
/// Ways of calling that are told for one import.
const MAX_WAYS: usize = 6;
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
            paths: paths.max(1),
            style,
        }
    }

    /// Whether something is known of it.
    pub fn is_known(&self) -> bool {
        !self.uses.is_empty()
    }

    /// A line a capability: the imports behind it, and how code gets there. Also why calls in it may go elsewhere.
    pub fn capabilities(&self) -> (String, Vec<Why>) {
        let rows = &self.report.capabilities;
        if !self.is_known() {
            let why = if rows.is_empty() { "" } else { UNKNOWN };
            return (table::capabilities(rows, self.style) + why, Vec::new());
        }
        let shown = rows.get(..MAX_CAPABILITIES).unwrap_or(rows);
        let names: Vec<String> = shown
            .iter()
            .map(|row| escape::line(&row.capability, MAX_FIRST))
            .collect();
        let imports: Vec<String> = shown
            .iter()
            .map(|row| table::imports(&self.reached(row), self.style.columns() / 3))
            .collect();
        let widest = |texts: &[String]| texts.iter().map(|text| text.chars().count()).max();
        let first = widest(&names).unwrap_or(0);
        let second = widest(&imports).unwrap_or(0);
        let room = self.style.columns().saturating_sub(first + second + 6);
        let mut text = String::new();
        let mut reasons = Vec::new();
        let mut above = None;
        for ((row, name), imports) in shown.iter().zip(names).zip(imports) {
            let way = self.way_to(row);
            let cell = way.cell(room, above.as_ref(), &mut reasons);
            let cell = self.style.dim(&escape::line(&cell, room.max(8)));
            let line = format!("  {name:first$}  {imports:second$}  {cell}");
            text.push_str(line.trim_end());
            text.push('\n');
            for path in &way.more {
                text.push_str(&self.path(path, 6));
            }
            above = Some(way);
        }
        (text + &table::more(rows.len(), shown.len()), reasons)
    }

    /// The imports behind a capability that code may get to; all, if it gets to none.
    fn reached(&self, row: &CapabilityRow) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let all = row.imports.iter().filter(|import| seen.insert(*import));
        let (reached, rest): (Vec<String>, Vec<String>) = all
            .cloned()
            .partition(|import| self.reach(import).is_none_or(Reach::is_reachable));
        if reached.is_empty() { rest } else { reached }
    }

    /// The surest paths to what is behind a capability; where there is none, why it may be reached nevertheless.
    fn way_to(&self, row: &CapabilityRow) -> WayTo {
        let imports = self.reached(row);
        let uses = imports.iter().filter_map(|import| self.uses.get(import));
        let mut uses: Vec<&ImportUse> = uses.flatten().copied().collect();
        uses.sort_by_key(|usage| std::cmp::Reverse(usage.reach));
        let mut paths: Vec<(Reach, &Path)> = uses
            .iter()
            .flat_map(|usage| usage.paths.iter().map(|path| (usage.reach, path)))
            .take(MAX_CANDIDATES)
            .collect();
        paths.sort_by_key(|(reach, path)| (std::cmp::Reverse(*reach), path.steps.len()));
        let mut seen = BTreeSet::new();
        paths.retain(|(_, path)| seen.insert(*path));
        let more = paths.iter().skip(1).take(self.paths - 1);
        WayTo {
            first: paths.first().map(|(_, path)| self.labels.told(path)),
            more: more.map(|(_, path)| self.labels.path(path)).collect(),
            reach: uses.iter().map(|usage| usage.reach).max(),
        }
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
                .any(|hint| !NUMBERS_AND_BUFFERS.contains(&hint.role))
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
        let import = self.labels.import(usage.function);
        let signature = import.and_then(|import| import.ty.signature());
        let signature =
            signature.map(|signature| format!(" {}", escape::name(&signature.to_string())));
        let fits = |signature: &String| {
            let rest = format!("  {name}{signature}  {reach}, {sites}");
            rest.chars().count() <= self.style.columns()
        };
        let signature = signature.filter(fits).unwrap_or_default();
        let name = self.style.bold(&name);
        let mut text = format!("  {name}{signature}  {reach}, {sites}\n");
        let reading = self.readings.get(&usage.function).copied();
        let mut ways = calls::ways(&self.labels, usage, reading);
        // What is said of the others says this too.
        ways.retain(|way| usage.others.is_none() || way.words != calls::COMPUTED);
        let total = ways.len();
        ways.truncate(MAX_WAYS);
        let words = ways.iter().map(|way| way.words.chars().count());
        let column = words
            .filter(|width| *width <= MAX_COLUMN)
            .max()
            .unwrap_or(0);
        let mut before = None;
        for way in &ways {
            let first = way.paths.first();
            let told = first.is_some() && first == before;
            self.way(way, column, told, &mut text);
            before = first;
        }
        if let Some(more @ 1..) = total.checked_sub(MAX_WAYS) {
            let more = wording::number(more);
            let _ = writeln!(text, "      … and {more} more (--format json)");
        }
        if let Some(why) = usage.others {
            let nouns = if total == 0 { "arguments" } else { "others" };
            let _ = writeln!(text, "      with {}", calls::unknown(nouns, why));
        } else if usage.calls.is_empty() {
            text.push_str(
                "      and no execution gets to a call: the code before goes elsewhere\n",
            );
        }
        text
    }

    /// What a way passes, with the first path beside it if there is room, else below; `told`: the way before has the same.
    fn way(&self, way: &calls::Way, column: usize, told: bool, text: &mut String) {
        let mut words = escape::line(&way.words, MAX_WORDS);
        if way.paths.len() > self.paths {
            let _ = write!(words, ", {}", wording::count(way.paths.len(), "way"));
        }
        let first = way.paths.first().map(|path| path_lines::short(path));
        let first = escape::line(&first.unwrap_or_default(), escape::MAX_TEXT);
        let width = words.chars().count();
        let room = self.style.columns().saturating_sub(column + 8);
        if told {
            let _ = writeln!(text, "      {words}");
        } else if width <= column && first.chars().count() <= room {
            let gap = column - width;
            let path = self.style.dim(&first);
            text.push_str(format!("      {words}{:gap$}  {path}", "").trim_end());
            text.push('\n');
        } else {
            let _ = write!(text, "      {words}\n{}", self.path(&first, 10));
        }
        for path in way.paths.iter().skip(1).take(self.paths - 1) {
            text.push_str(&self.path(path, 10));
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
        path_lines::wrap(
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
        let path = escape::line(&path_lines::short(path), escape::MAX_TEXT);
        let width = self.style.columns().saturating_sub(indent + 2);
        let mut text = String::new();
        for (at, line) in path_lines::broken(&path, width).iter().enumerate() {
            let indent = if at == 0 { indent } else { indent + 2 };
            let _ = writeln!(text, "{:indent$}{}", "", self.style.dim(line));
        }
        text
    }
}

const UNKNOWN: &str = "  which of them code reaches is not known: it was not analysed\n";
/// Characters of the words of a way of calling.
const MAX_WORDS: usize = 200;
/// The widest words that a path stands beside.
const MAX_COLUMN: usize = 40;

/// How code gets to a capability.
#[derive(Debug, PartialEq, Eq)]
struct WayTo {
    first: Option<Told>,
    /// Further paths, if more than one was asked for.
    more: Vec<String>,
    reach: Option<Reach>,
}

impl WayTo {
    /// In one line; the line above is not told again.
    fn cell(&self, room: usize, above: Option<&Self>, reasons: &mut Vec<Why>) -> String {
        match (&self.first, self.reach) {
            (_, Some(Reach::Unreachable)) => "not reached".to_owned(),
            (Some(_), _) if above == Some(self) => "as above".to_owned(),
            (Some(told), _) => {
                let new = told.reasons.iter().filter(|why| !reasons.contains(why));
                let new: Vec<Why> = new.copied().collect();
                reasons.extend(new);
                path_lines::fitted(told, room)
            }
            (None, Some(Reach::May(why))) => format!("may: {}", why.words()),
            (None, Some(Reach::Likely) | None) => String::new(),
        }
    }
}

/// Why an import is no more than maybe reached.
fn may(reach: Reach) -> Option<String> {
    match reach {
        Reach::May(why) => Some(format!("may be reached, because {}", why.words())),
        Reach::Likely | Reach::Unreachable => None,
    }
}

#[cfg(test)]
mod tests;
