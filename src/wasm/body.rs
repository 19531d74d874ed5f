//! Function bodies: validated in batches, in parallel where that pays.

use std::ops::Range;

use rayon::prelude::*;
use wasmparser::{
    BinaryReader, FuncToValidate, FuncValidator, FuncValidatorAllocations, ValidatorResources,
    WasmModuleResources as _,
};

use super::limit::{MAX_WORK, exceeded};
use super::reach::{Room, Scope, Trace};
use super::usage::{Site, Usage};
use super::walk::Code;
use super::watch::{Tally, Watch, Work};
use super::{Malformed, features};

/// How much code one batch has, in bytes: enough to forget the cost of a task, little enough to share out evenly.
const BATCH: u32 = 256 << 10;

/// What all bodies together told.
#[derive(Default)]
pub(super) struct Bodies {
    /// Complexity of the outermost module's functions before the first fault.
    pub(super) complexity: Vec<u32>,
    /// Proposals used in code.
    pub(super) usage: Usage,
    /// What the outermost module's functions refer to, in order; `None` if that was too much.
    pub(super) traces: Option<Vec<Trace>>,
    /// The first fault.
    pub(super) fault: Option<Malformed>,
}

/// A run of bodies of one code section.
struct Batch<'c> {
    code: &'c Code,
    first: u32,
    bodies: &'c [Range<u32>],
}

/// What one batch told.
struct Checked {
    complexity: Vec<u32>,
    usage: Usage,
    trace: Trace,
    fault: Option<Malformed>,
}

/// What all batches share.
struct Common<'c> {
    bytes: &'c [u8],
    work: Work,
    room: Room,
    scope: Scope,
}

/// Validates every body of every code section; the outermost module's are traced within `scope`, as far as there is `room`.
pub(super) fn validate(
    codes: &[Code],
    bytes: &[u8],
    (scope, room): (Scope, Room),
    parallel: bool,
) -> Bodies {
    let common = Common {
        bytes,
        work: Work::default(),
        room,
        scope,
    };
    let batches: Vec<_> = codes.iter().flat_map(batches).collect();
    let check = |batch: &Batch<'_>| batch.check(&common);
    let checked: Vec<_> = if parallel {
        batches.par_iter().map(check).collect()
    } else {
        batches.iter().map(check).collect()
    };
    if common.work.exhausted() {
        return exhausted(codes);
    }
    let mut all = gather(&batches, checked);
    if common.room.is_exhausted() {
        all.traces = None;
    }
    all
}

fn batches(code: &Code) -> Vec<Batch<'_>> {
    let mut list = Vec::new();
    let mut first = code.first;
    let mut rest = code.bodies.as_slice();
    while let Some(start) = rest.first().map(|body| body.start) {
        let limit = start.saturating_add(BATCH);
        let count = rest.partition_point(|body| body.start < limit).max(1);
        let (bodies, later) = rest.split_at(count);
        list.push(Batch {
            code,
            first,
            bodies,
        });
        first = first.saturating_add(u32::try_from(bodies.len()).unwrap_or(u32::MAX));
        rest = later;
    }
    list
}

fn exhausted(codes: &[Code]) -> Bodies {
    let offset = codes.iter().map(|code| code.offset).min().unwrap_or(0);
    let what = "values of wide operators and locals";
    Bodies {
        fault: Some(exceeded(what, MAX_WORK, offset)),
        ..Bodies::default()
    }
}

fn gather(batches: &[Batch<'_>], checked: Vec<Checked>) -> Bodies {
    let mut all = Bodies {
        traces: Some(Vec::new()),
        ..Bodies::default()
    };
    for (batch, checked) in batches.iter().zip(checked) {
        if all.fault.is_some() {
            break;
        }
        all.usage.merge(&checked.usage);
        if batch.code.outer {
            all.complexity.extend(checked.complexity);
            all.traces.get_or_insert_default().push(checked.trace);
        }
        all.fault = checked.fault;
    }
    all
}

impl<'c> Batch<'c> {
    fn check(&self, common: &'c Common<'c>) -> Checked {
        let scope = self.code.outer.then(|| Scope {
            first: self.first,
            ..common.scope.clone()
        });
        let mut tally = Tally {
            usage: Usage::default(),
            branches: 0,
            function: None,
            widths: &self.code.widths,
            work: &common.work,
            trace: Trace::of(scope),
        };
        let mut allocations = FuncValidatorAllocations::default();
        let mut complexity = Vec::with_capacity(self.bodies.len());
        let mut fault = None;
        for (body, index) in self.bodies.iter().zip(self.first..) {
            tally.branches = 1;
            tally.function = self.code.outer.then_some(index);
            match self.function(body, index, common.bytes, allocations, &mut tally) {
                Ok(reused) => allocations = reused,
                Err(error) => {
                    fault = Some(error.into());
                    break;
                }
            }
            tally.trace.end(&common.room);
            complexity.push(tally.branches);
        }
        Checked {
            complexity,
            usage: tally.usage,
            trace: tally.trace,
            fault,
        }
    }

    fn function(
        &self,
        body: &Range<u32>,
        index: u32,
        bytes: &[u8],
        allocations: FuncValidatorAllocations,
        tally: &mut Tally<'_>,
    ) -> wasmparser::Result<FuncValidatorAllocations> {
        let resources = &self.code.resources;
        let to_validate = FuncToValidate {
            resources,
            index,
            ty: resources.type_index_of_function(index).unwrap_or_default(),
            features: features(),
        };
        let mut validator = to_validate.into_validator(allocations);
        let (start, end) = (body.start as usize, body.end as usize);
        let content = bytes.get(start..end).unwrap_or_default();
        let reader = BinaryReader::new_features(content, start, features());
        if self.code.widths.is_empty() {
            operators::<false>(reader, &mut validator, bytes, tally)?;
        } else {
            operators::<true>(reader, &mut validator, bytes, tally)?;
        }
        Ok(validator.into_allocations())
    }
}

fn operators<const COUNT: bool>(
    mut reader: BinaryReader<'_>,
    validator: &mut FuncValidator<&ValidatorResources>,
    bytes: &[u8],
    tally: &mut Tally<'_>,
) -> wasmparser::Result<()> {
    locals(&mut reader, validator, tally)?;
    while !reader.eof() {
        let offset = reader.original_position();
        let mut watch = Watch::<_, COUNT> {
            inner: validator.visitor(offset),
            offset,
            bytes,
            tally,
        };
        reader.visit_operator(&mut watch)??;
    }
    let end = reader.original_position();
    reader.finish_expression(&validator.visitor(end))
}

/// How many locals cost the validator as much as one value.
const LOCALS_PER_WORK: u32 = 32;

fn locals(
    reader: &mut BinaryReader<'_>,
    validator: &mut FuncValidator<&ValidatorResources>,
    tally: &mut Tally<'_>,
) -> wasmparser::Result<()> {
    for _ in 0..reader.read_var_u32()? {
        let offset = reader.original_position();
        let count = reader.read()?;
        let ty = reader.read()?;
        if count > LOCALS_PER_WORK && !tally.work.spend(u64::from(count / LOCALS_PER_WORK)) {
            return BinaryReader::new(&[], offset).read_u8().map(drop);
        }
        validator.define_locals(offset, count, ty)?;
        let site = Site {
            offset,
            function: tally.function,
        };
        tally.usage.value(ty, site);
    }
    Ok(())
}

/// The work that was counted before validation of a module's bodies ended, and in how many batches.
#[cfg(test)]
pub(super) fn spent(bytes: &[u8]) -> (u64, u64) {
    let walk = super::walk::Walk::over(bytes);
    let common = Common {
        bytes,
        work: Work::default(),
        room: Room::default(),
        scope: Scope::default(),
    };
    let mut count = 0;
    for batch in walk.codes.iter().flat_map(batches) {
        batch.check(&common);
        count += 1;
    }
    (common.work.spent(), count)
}
