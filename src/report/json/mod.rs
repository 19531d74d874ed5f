//! `check --format json`, version 1: the shape that the design promises.

mod finding;
mod harden;
mod module;
pub(super) mod printer;
mod uses;

use std::io;

use serde::Serialize;

use crate::audit::{CapabilityRow, ChecklistPoint, ModuleReport, Report, Summary};
use crate::wasm::Kind;

use self::finding::FindingView;
pub use self::harden::{refused, write as hardened};
use self::module::Full;
use super::places::Places;

pub(super) use self::finding::SpanView;

/// The version of the shape.
pub const VERSION: u32 = 1;

/// Writes the whole report.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let places = Places::new(&report.sources);
    let view = View {
        version: VERSION,
        tool: TOOL,
        errors: report
            .errors
            .iter()
            .map(|one| format!("{}: {}", one.path, one.error))
            .collect(),
        modules: report.modules.iter().map(ModuleView::new).collect(),
        findings: report
            .findings
            .iter()
            .map(|finding| FindingView::new(finding, report, &places))
            .collect(),
        checklist: checklist(report),
        summary: report.summary().into(),
    };
    printer::write(&view, out)
}

#[derive(Serialize)]
struct View<'r> {
    version: u32,
    tool: Tool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<String>,
    modules: Vec<ModuleView<'r>>,
    findings: Vec<FindingView<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checklist: Option<Vec<ChecklistView<'r>>>,
    summary: SummaryView,
}

/// Who wrote the report.
#[derive(Serialize, Clone, Copy)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

/// This tool at its version.
pub(super) const TOOL: Tool = Tool {
    name: "ringfence",
    version: env!("CARGO_PKG_VERSION"),
};

/// What `check` and `inspect` both say of a module.
#[derive(Serialize)]
pub(super) struct ModuleView<'r> {
    path: &'r str,
    sha256: Option<String>,
    size: Option<usize>,
    kind: Option<&'static str>,
    policy: Option<&'r str>,
    capabilities: Vec<CapabilityView<'r>>,
    /// Null where nothing was judged.
    pub(super) verdict: Option<&'static str>,
    errors: &'r [String],
}

impl<'r> ModuleView<'r> {
    /// The view of one module.
    pub(super) fn new(report: &'r ModuleReport) -> Self {
        let module = report.module.as_ref();
        Self {
            path: &report.path,
            sha256: module.map(crate::wasm::Module::digest),
            size: module.map(|module| module.size),
            kind: module.map(|module| kind(module.kind)),
            policy: report.policy.as_deref(),
            capabilities: report
                .capabilities
                .iter()
                .map(CapabilityView::new)
                .collect(),
            verdict: Some(report.verdict.name()),
            errors: &report.errors,
        }
    }
}

/// A kind's word in policies and reports.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Core => "core",
        Kind::Wasip1 => "wasip1",
        Kind::Component => "component",
    }
}

#[derive(Serialize)]
struct CapabilityView<'r> {
    capability: &'r str,
    imports: &'r [String],
    reachable: Option<bool>,
    granted: Option<bool>,
    paths: &'r [Vec<String>],
}

impl<'r> CapabilityView<'r> {
    fn new(row: &'r CapabilityRow) -> Self {
        Self {
            capability: &row.capability,
            imports: &row.imports,
            reachable: row.reachable,
            granted: row.granted,
            paths: &row.paths,
        }
    }
}

#[derive(Serialize)]
struct ChecklistView<'r> {
    module: Option<&'r str>,
    points: Vec<PointView<'r>>,
}

#[derive(Serialize)]
struct PointView<'r> {
    title: &'r str,
    met: Option<bool>,
    rules: &'r [String],
}

fn checklist(report: &Report) -> Option<Vec<ChecklistView<'_>>> {
    let lists = report.checklist.as_ref()?.iter().enumerate();
    Some(
        lists
            .map(|(index, points)| ChecklistView {
                module: report.modules.get(index).map(|module| module.path.as_str()),
                points: points.iter().map(point).collect(),
            })
            .collect(),
    )
}

fn point(point: &ChecklistPoint) -> PointView<'_> {
    PointView {
        title: &point.title,
        met: point.met,
        rules: &point.rules,
    }
}

#[derive(Serialize)]
struct SummaryView {
    error: usize,
    warning: usize,
    note: usize,
    waived: usize,
}

impl From<Summary> for SummaryView {
    fn from(summary: Summary) -> Self {
        Self {
            error: summary.error,
            warning: summary.warning,
            note: summary.note,
            waived: summary.waived,
        }
    }
}

/// Everything that is known of one module, as `inspect --format json` prints it.
pub fn module(report: &ModuleReport) -> serde_json::Value {
    serde_json::to_value(Full::new(report)).unwrap_or_default()
}

/// Writes `inspect --format json`: one object, or a list where several modules were asked for.
pub fn modules(reports: &[ModuleReport], several: bool, out: &mut dyn io::Write) -> io::Result<()> {
    match reports {
        [one] if !several => printer::write(&Full::new(one), out),
        many => printer::write(&many.iter().map(Full::new).collect::<Vec<_>>(), out),
    }
}

/// Writes any value as the other JSON is written: indented, harmless on a terminal.
pub fn value(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    printer::write(value, out)
}
