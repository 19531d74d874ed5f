//! `inspect` in text: what can this module do, on one screen.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::audit::ModuleReport;
use crate::wasm::{Extern, LiteralKind, Module, Why, demangle};

use super::style::Style;
use super::{escape, json, reached, sizes, table, wording};

/// Lines a list may take.
const MAX_ROWS: usize = 8;

/// Writes one module's screen, with as many call paths for each capability.
pub fn write(
    report: &ModuleReport,
    paths: usize,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut screen = Screen {
        style,
        paths,
        text: format!("{}\n", style.bold(&escape::name(&report.path))),
    };
    for error in &report.errors {
        screen.line(&format!("could not be read: {}", escape::text(error)));
    }
    if let Some(module) = &report.module {
        screen.module(report, module);
    }
    out.write_all(escape::log_lines(&screen.text).as_bytes())
}

struct Screen<'s> {
    style: &'s Style,
    paths: usize,
    text: String,
}

impl Screen<'_> {
    fn line(&mut self, line: &str) {
        let room = self.style.columns().saturating_sub(3);
        self.text.push_str("  ");
        self.text.push_str(&escape::line(line, room));
        self.text.push('\n');
    }

    fn title(&mut self, title: &str) {
        let title = self.style.bold(title);
        let _ = writeln!(self.text, "\n{title}");
    }

    fn list(&mut self, title: &str, rows: &[String]) {
        if rows.is_empty() {
            return;
        }
        self.title(title);
        for row in rows.iter().take(MAX_ROWS) {
            self.line(row);
        }
        self.text.push_str(&table::more(rows.len(), MAX_ROWS));
    }

    fn module(&mut self, report: &ModuleReport, module: &Module) {
        self.facts(report, module);
        self.capabilities(report, module);
        self.list("exports", &exports(module));
        self.list("memory and tables", &memories(module));
        self.title("size by section");
        self.text.push_str(&sizes::sections(module, self.style));
        self.list("found in its data", &literals(module));
    }

    fn facts(&mut self, report: &ModuleReport, module: &Module) {
        let mut facts = vec![
            json::kind(module.kind).to_owned(),
            wording::size(module.size as u64),
        ];
        facts.extend(module.toolchain.language.as_deref().map(escape::name));
        self.line(&facts.join(", "));
        self.line(&format!("sha256 {}", module.digest()));
        let producers: Vec<String> = module
            .toolchain
            .producers
            .iter()
            .map(|(_, name, version)| escape::name(format!("{name} {version}").trim_end()))
            .collect();
        self.optional(
            "made by",
            (!producers.is_empty()).then(|| producers.join(", ")),
        );
        self.line(&match report.abi_version.as_deref().map(escape::name) {
            Some(version) => format!("ABI version {version}"),
            None => "no ABI version that can be read without running it".to_owned(),
        });
        self.optional("not valid", malformed(module));
        self.optional("start section runs", start(module));
        let used: Vec<String> = module
            .proposals
            .iter()
            .map(|used| used.name.to_owned())
            .collect();
        self.optional("proposals", (!used.is_empty()).then(|| used.join(", ")));
        self.line(&functions(module));
    }

    fn optional(&mut self, word: &str, value: Option<String>) {
        if let Some(value) = value {
            self.line(&format!("{word} {value}"));
        }
    }

    fn capabilities(&mut self, report: &ModuleReport, module: &Module) {
        let reached = reached::Reached::new(report, module, self.paths, self.style);
        let (rows, reasons) = reached.capabilities();
        let mut title = "capabilities, and the imports behind each".to_owned();
        if reached.is_known() && !rows.is_empty() {
            let reasons: Vec<&str> = reasons.into_iter().map(Why::words).collect();
            title = "capabilities, imports and call paths".to_owned();
            if !reasons.is_empty() {
                title.push_str(&format!(" (⇢ because {})", reasons.join(", ")));
            }
        }
        self.title(&title);
        self.text.push_str(&rows);
        if report.capabilities.is_empty() {
            self.line("none: it imports nothing that reaches outside");
        }
        self.rows("what it calls, and with what", &reached.calls());
        let title = "linked but unreachable: no execution calls them";
        self.rows(title, &reached.unreachable());
        self.list(
            "imports from the host",
            &host_imports(module, reached.is_known()),
        );
    }

    fn rows(&mut self, title: &str, rows: &str) {
        if !rows.is_empty() {
            self.title(title);
            self.text.push_str(rows);
        }
    }
}

fn malformed(module: &Module) -> Option<String> {
    let malformed = module.malformed.as_ref()?;
    let reason = escape::text(&malformed.reason);
    Some(format!("at {:#x}: {reason}", malformed.offset))
}

fn start(module: &Module) -> Option<String> {
    let start = module.start.as_ref()?;
    let name = module.function_name(start.function);
    Some(match name.map(|name| escape::name(&demangle(name))) {
        Some(name) => format!("function {} ({name})", start.function),
        None => format!("function {}", start.function),
    })
}

fn functions(module: &Module) -> String {
    let complexity = &module.functions.complexity;
    let most = complexity.iter().max().copied().unwrap_or(0);
    format!(
        "{} of its own, {} imported; most complex {}; {}",
        wording::count(complexity.len(), "function"),
        wording::number(module.functions.imported as usize),
        wording::number(most as usize),
        wording::count(module.names.len(), "name"),
    )
}

/// What comes from the host and not from WASI; without the functions whose calls are told.
fn host_imports(module: &Module, told: bool) -> Vec<String> {
    let wasi = ["wasi_snapshot_preview1", "wasi_unstable"];
    let imports = module
        .imports
        .iter()
        .filter(|import| !wasi.contains(&import.module.as_str()))
        .filter(|import| !told || import.ty.signature().is_none());
    imports
        .map(|import| {
            let name = escape::name(&format!("{}.{}", import.module, import.name));
            format!("{name} {}", described(&import.ty))
        })
        .collect()
}

fn exports(module: &Module) -> Vec<String> {
    let row = |export: &crate::wasm::Export| {
        let constant = export.constant.map(|value| format!(", always {value}"));
        let name = escape::name(&export.name);
        format!(
            "{name} {}{}",
            described(&export.ty),
            constant.unwrap_or_default()
        )
    };
    let (functions, others): (Vec<_>, Vec<_>) = module
        .exports
        .iter()
        .partition(|export| export.ty.signature().is_some());
    functions.into_iter().chain(others).map(row).collect()
}

fn described(ty: &Extern) -> String {
    match ty.signature() {
        Some(signature) => escape::name(&signature.to_string()),
        None => format!("({})", ty.kind()),
    }
}

fn memories(module: &Module) -> Vec<String> {
    let memories = module.memories.iter().enumerate().map(sizes::memory);
    let tables = module.tables.iter().enumerate().map(sizes::table);
    memories.chain(tables).collect()
}

fn literals(module: &Module) -> Vec<String> {
    let kinds = [
        (LiteralKind::Credential, "credential"),
        (LiteralKind::Url, "URL"),
        (LiteralKind::BuildPath, "build path"),
    ];
    kinds
        .into_iter()
        .filter_map(|(kind, noun)| {
            let found: Vec<_> = module
                .literals
                .iter()
                .filter(|found| found.kind == kind)
                .collect();
            let first = found.first()?;
            let count = wording::count(found.len(), noun);
            Some(format!("{count}: {}", escape::name(&first.text)))
        })
        .collect()
}
