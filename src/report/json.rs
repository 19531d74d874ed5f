//! `check --format json`, version 1: the shape that the design promises.

use std::io;

use serde::Serialize;

use crate::audit::{
    Artifact, CapabilityRow, ChecklistPoint, Finding, Location, ModuleReport, Report, Summary,
};
use crate::source::Place;
use crate::wasm::Kind;

use super::json_module::Full;
use super::json_text;
use super::places::Places;

/// The version of the shape.
pub const VERSION: u32 = 1;

/// Writes the whole report.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let places = Places::new(&report.sources);
    let view = View {
        version: VERSION,
        tool: TOOL,
        modules: report.modules.iter().map(ModuleView::new).collect(),
        findings: report
            .findings
            .iter()
            .map(|finding| FindingView::new(finding, report, &places))
            .collect(),
        checklist: checklist(report),
        summary: report.summary().into(),
    };
    json_text::write(&view, out)
}

#[derive(Serialize)]
struct View<'r> {
    version: u32,
    tool: Tool,
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
    verdict: &'static str,
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
            verdict: report.verdict.name(),
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
struct FindingView<'r> {
    rule: &'r str,
    severity: &'static str,
    subject: &'r str,
    message: &'r str,
    help: Option<&'r str>,
    module: Option<&'r str>,
    locations: Vec<LocationView<'r>>,
    waived: Option<WaivedView<'r>>,
}

impl<'r> FindingView<'r> {
    fn new(finding: &'r Finding, report: &'r Report, places: &Places<'r>) -> Self {
        let module = finding.module.and_then(|index| report.modules.get(index));
        let module = module.map(|module| module.path.as_str());
        Self {
            rule: &finding.rule,
            severity: finding.severity.name(),
            subject: &finding.subject,
            message: &finding.message,
            help: finding.help.as_deref(),
            module,
            locations: finding
                .locations
                .iter()
                .map(|location| LocationView::new(location, module, places))
                .collect(),
            waived: finding.waived.as_ref().map(|waived| WaivedView {
                reason: &waived.reason,
                until: waived.until.as_deref(),
            }),
        }
    }
}

#[derive(Serialize)]
struct WaivedView<'r> {
    reason: &'r str,
    until: Option<&'r str>,
}

#[derive(Serialize)]
struct LocationView<'r> {
    artifact: &'static str,
    path: Option<&'r str>,
    span: Option<SpanView>,
    offset: Option<usize>,
    function: Option<&'r str>,
    import: Option<&'r str>,
    export: Option<&'r str>,
}

impl<'r> LocationView<'r> {
    fn new(location: &'r Location, module: Option<&'r str>, places: &Places<'r>) -> Self {
        match location {
            Location::Text { artifact, span, .. } => Self {
                artifact: self::artifact(*artifact),
                path: Some(places.name(*span)),
                span: places.of(*span).map(SpanView::new),
                offset: None,
                function: None,
                import: None,
                export: None,
            },
            Location::Module {
                offset,
                function,
                import,
                export,
                ..
            } => Self {
                artifact: "module",
                path: module,
                span: None,
                offset: Some(*offset),
                function: function.as_deref(),
                import: import.as_deref(),
                export: export.as_deref(),
            },
        }
    }
}

fn artifact(artifact: Artifact) -> &'static str {
    match artifact {
        Artifact::Policy => "policy",
        Artifact::Lock => "lock",
        Artifact::Rule => "rule",
    }
}

/// Where a text place starts and ends.
#[derive(Serialize)]
pub(super) struct SpanView {
    start: PlaceView,
    end: PlaceView,
}

impl SpanView {
    /// From a start and an end.
    pub(super) fn new((start, end): (Place, Place)) -> Self {
        Self {
            start: start.into(),
            end: end.into(),
        }
    }
}

#[derive(Serialize)]
struct PlaceView {
    line: usize,
    column: usize,
}

impl From<Place> for PlaceView {
    fn from(place: Place) -> Self {
        Self {
            line: place.line,
            column: place.column,
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

/// Writes `inspect --format json`: one object, or a list for several modules.
pub fn modules(reports: &[ModuleReport], out: &mut dyn io::Write) -> io::Result<()> {
    match reports {
        [one] => json_text::write(&Full::new(one), out),
        many => json_text::write(&many.iter().map(Full::new).collect::<Vec<_>>(), out),
    }
}

/// Writes any value as the other JSON is written: indented, harmless on a terminal.
pub fn value(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    json_text::write(value, out)
}
