//! What reachability is computed from: declarations, and what the bodies refer to.

use wasmparser::{ValidatorResources, WasmModuleResources as _};

use super::origin::{Mode, NO_FUNCTION, Origins, Segment};
use super::place::{Groups, Place};
use super::trace::{Body, Manner, Trace};

/// The module as reachability sees it.
pub(super) struct Ground<'m> {
    pub(super) origins: &'m Origins,
    pub(super) traces: &'m [Trace],
    pub(super) groups: Groups,
    pub(super) imported: u32,
    resources: Option<&'m ValidatorResources>,
}

impl<'m> Ground<'m> {
    /// Joins the places between which references move. `traces` are in the order of their functions.
    pub(super) fn new(
        origins: &'m Origins,
        traces: &'m [Trace],
        imported: u32,
        resources: Option<&'m ValidatorResources>,
    ) -> Self {
        let mut groups = Groups::apart(origins.segments.len());
        let code = traces.iter().flat_map(Trace::moves);
        let segments = traces.iter().flat_map(Trace::references);
        let segments = segments.filter_map(|reference| {
            let to = match reference.manner {
                Manner::ToTable(table) => Place::table(u32::from(table)),
                Manner::ToArray => Place::POOL,
                _ => return None,
            };
            Some((Place::segment(reference.index), to))
        });
        for (a, b) in origins.moves.iter().copied().chain(code).chain(segments) {
            groups.join(a, b);
        }
        Self {
            origins,
            traces,
            groups,
            imported,
            resources,
        }
    }

    /// How many functions there are.
    pub(super) fn functions(&self) -> u32 {
        let last = self.traces.last();
        last.map_or(self.imported, |trace| trace.functions().end)
    }

    /// What a defined function refers to.
    pub(super) fn body(&self, function: u32) -> Option<Body<'m>> {
        let after = |trace: &Trace| trace.functions().start <= function;
        let trace = self.traces.partition_point(after).checked_sub(1)?;
        self.traces.get(trace)?.body(function)
    }

    /// The canonical type of a function.
    pub(super) fn signature(&self, function: u32) -> Option<u32> {
        let index = self.resources?.type_index_of_function(function)?;
        self.origins.signatures.canonical(index)
    }

    /// The functions in a segment.
    pub(super) fn items(&self, segment: &Segment) -> impl Iterator<Item = u32> {
        let items = self.origins.items.get(segment.items.clone());
        let items = items.unwrap_or_default().iter().copied();
        items.filter(|function| *function != NO_FUNCTION)
    }

    /// The segments that are in tables before code runs, with the tables.
    pub(super) fn active(&self) -> impl Iterator<Item = (u32, &'m Segment)> {
        self.origins
            .segments
            .iter()
            .filter_map(|segment| match segment.mode {
                Mode::Active { table, .. } => Some((table, segment)),
                _ => None,
            })
    }
}
