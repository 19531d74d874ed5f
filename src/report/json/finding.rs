//! A finding and its places, as the JSON shape has them.

use serde::Serialize;

use crate::audit::{Artifact, Finding, Location, Report};
use crate::report::places::Places;
use crate::source::Place;

/// A finding.
#[derive(Serialize)]
pub(super) struct FindingView<'r> {
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
    /// The view of one finding.
    pub(super) fn new(finding: &'r Finding, report: &'r Report, places: &Places<'r>) -> Self {
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
                offset: *offset,
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
pub struct SpanView {
    start: PlaceView,
    end: PlaceView,
}

impl SpanView {
    /// From a start and an end.
    pub fn new((start, end): (Place, Place)) -> Self {
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
