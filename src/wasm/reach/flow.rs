//! What is reached from outside: first what is likely, then all that can be. Each function, call and target is gone through
//! once.

use super::Root;
use super::ground::Ground;
use super::place::Place;
use super::statics::Statics;
use super::target::{Site, Targets};
use super::trace::{Body, Manner, Reference};
use crate::wasm::Why;
use crate::wasm::limit::MAX_TARGETS;

/// Ways by which a function is entered, as bits.
pub(super) mod way {
    /// By a direct call.
    pub(in super::super) const DIRECT: u8 = 1;
    /// By a call through a table or a reference.
    pub(in super::super) const INDIRECT: u8 = 2;
    /// By the host, through a table.
    pub(in super::super) const SHARED: u8 = 4;
    /// By the host, through a reference.
    pub(in super::super) const REFERENCE: u8 = 8;
    /// By the host, as an export or at the start.
    pub(in super::super) const EXPORTED: u8 = 16;
}

/// What comes before a function on the way to it, in two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing: it is not reached.
    Nothing,
    /// A call.
    Call { site: Site, direct: bool },
    /// A root.
    Root(Root),
}

const NOBODY: u32 = u32::MAX;
const ROOT: u32 = u32::MAX - 1;
const INDIRECT_BIT: u32 = 1 << 31;
const START: u32 = u32::MAX;
const HOST_TABLE: u32 = u32::MAX - 1;
const HOST_REFERENCE: u32 = u32::MAX - 2;

impl Before {
    fn pack(self) -> (u32, u32) {
        match self {
            Self::Nothing => (NOBODY, 0),
            Self::Call { site, direct: true } => (site.function, site.offset),
            Self::Call { site, .. } => (site.function, site.offset | INDIRECT_BIT),
            Self::Root(Root::Start) => (ROOT, START),
            Self::Root(Root::Host(Why::SharedTable)) => (ROOT, HOST_TABLE),
            Self::Root(Root::Host(_)) => (ROOT, HOST_REFERENCE),
            Self::Root(Root::Export(export)) => (ROOT, u32::try_from(export).unwrap_or(START)),
        }
    }

    fn unpack((function, at): (u32, u32)) -> Self {
        match (function, at) {
            (NOBODY, _) => Self::Nothing,
            (ROOT, START) => Self::Root(Root::Start),
            (ROOT, HOST_TABLE) => Self::Root(Root::Host(Why::SharedTable)),
            (ROOT, HOST_REFERENCE) => Self::Root(Root::Host(Why::HostReference)),
            (ROOT, export) => Self::Root(Root::Export(export as usize)),
            (function, offset) => Self::Call {
                site: Site {
                    function,
                    offset: offset & !INDIRECT_BIT,
                },
                direct: offset & INDIRECT_BIT == 0,
            },
        }
    }
}

/// What is reached.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// The ways by which each function is entered; none if it is not reached. Direct calls of imports are not in it.
    pub(super) ways: Vec<u8>,
    /// Defined functions as they were reached: first the likely ones, the nearest to a root first.
    pub(super) order: Vec<u32>,
    /// How many of them are likely.
    pub(super) likely: usize,
    /// What was gone through: the measure of the work.
    pub(super) work: u64,
    /// Whether a bound was met, so that nothing of this can be relied on.
    pub(super) is_bounded: bool,
    before: Vec<(u32, u32)>,
}

impl Reached {
    /// What comes before a function on the way to it.
    pub(super) fn before(&self, function: u32) -> Before {
        let packed = self.before.get(function as usize);
        packed.map_or(Before::Nothing, |packed| Before::unpack(*packed))
    }
}

/// The search.
pub(super) struct Flow<'m, 's> {
    ground: &'s Ground<'m>,
    /// Where function values stand as constants, if that narrows what is likely.
    statics: Option<Statics<'s>>,
    targets: Targets,
    used: Vec<bool>,
    reached: Reached,
    next: usize,
}

impl<'m, 's> Flow<'m, 's> {
    /// Searches from every root.
    pub(super) fn search(
        ground: &'s Ground<'m>,
        roots: impl Iterator<Item = (u32, Root)>,
        statics: Option<Statics<'s>>,
    ) -> Reached {
        let functions = ground.functions() as usize;
        let mut flow = Self {
            ground,
            statics,
            targets: Targets::default(),
            used: vec![false; ground.origins.segments.len()],
            reached: Reached {
                ways: vec![0; functions],
                before: vec![Before::Nothing.pack(); functions],
                ..Reached::default()
            },
            next: 0,
        };
        for (function, root) in roots {
            flow.enter(function, way::EXPORTED, Before::Root(root));
        }
        flow.likely();
        flow.all();
        flow.reached
    }

    /// What is reached by direct calls, or by function values that stand as constants.
    fn likely(&mut self) {
        while let Some(body) = self.next_body() {
            self.calls(&body);
            if self.statics.is_some() {
                self.references(&body);
                self.constants(&body);
            }
        }
        self.reached.likely = self.reached.order.len();
    }

    /// What is reached by any way.
    fn all(&mut self) {
        let ground = self.ground;
        if self.statics.is_none() {
            for at in 0..self.reached.likely {
                let function = self.reached.order.get(at).copied();
                if let Some(body) = function.and_then(|function| ground.body(function)) {
                    self.references(&body);
                }
            }
        }
        for (place, function) in &ground.origins.standing {
            self.take(*place, *function);
        }
        for (table, segment) in ground.active() {
            for function in ground.items(segment) {
                self.take(Place::table(table), function);
            }
        }
        while let Some(body) = self.next_body() {
            self.calls(&body);
            self.references(&body);
        }
    }

    fn next_body(&mut self) -> Option<Body<'m>> {
        self.reached.is_bounded |= self.targets.len() > MAX_TARGETS;
        if self.reached.is_bounded {
            return None;
        }
        let function = *self.reached.order.get(self.next)?;
        self.next += 1;
        self.reached.work += 1;
        self.ground.body(function)
    }

    fn calls(&mut self, body: &Body<'_>) {
        for call in body.calls {
            self.reached.work += 1;
            let site = Site {
                function: body.function,
                offset: call.offset,
            };
            let before = Before::Call { site, direct: true };
            self.enter(call.callee, way::DIRECT, before);
        }
    }

    fn references(&mut self, body: &Body<'_>) {
        for reference in body.references {
            self.reached.work += 1;
            self.reference(reference, body.function);
        }
    }

    fn reference(&mut self, reference: &Reference, function: u32) {
        let site = Site {
            function,
            offset: reference.offset,
        };
        match reference.manner {
            Manner::Table(table) => {
                self.call(Place::table(u32::from(table)), reference.index, site);
            }
            Manner::Reference => self.call(Place::POOL, reference.index, site),
            Manner::Function => self.take(Place::POOL, reference.index),
            Manner::ToTable(_) | Manner::ToArray => self.segment(reference.index),
        }
    }

    /// A call by type of whatever can be in a place.
    fn call(&mut self, place: Place, ty: u32, site: Site) {
        let ground = self.ground;
        let signatures = &ground.origins.signatures;
        let Some(ty) = signatures.canonical(ty) else {
            return;
        };
        let group = ground.groups.of(place);
        let mut met = Vec::new();
        self.targets
            .call(group, ty, site, signatures, |function| met.push(function));
        for function in met {
            self.meet(function, site);
        }
    }

    fn meet(&mut self, function: u32, site: Site) {
        self.reached.work += 1;
        let before = Before::Call {
            site,
            direct: false,
        };
        self.enter(function, way::INDIRECT, before);
    }

    /// A passive segment that is used.
    fn segment(&mut self, index: u32) {
        let ground = self.ground;
        let used = self.used.get_mut(index as usize);
        let segment = ground.origins.segments.get(index as usize);
        if let (Some(used @ false), Some(segment)) = (used, segment) {
            *used = true;
            for function in ground.items(segment) {
                self.take(Place::segment(index), function);
            }
        }
    }

    /// A reference to a function that comes to stand in a place.
    fn take(&mut self, place: Place, function: u32) {
        self.reached.work += 1;
        let ground = self.ground;
        let group = ground.groups.of(place);
        if group == ground.groups.of(Place::HOST) {
            self.give(group, function);
        }
        let signatures = &ground.origins.signatures;
        let Some(ty) = ground.signature(function) else {
            return;
        };
        if let Some(site) = self.targets.add(group, ty, function, signatures) {
            self.meet(function, site);
        }
    }

    /// A reference to a function that the host can get at.
    fn give(&mut self, group: u32, function: u32) {
        let (way, why) = if group == self.ground.groups.of(Place::POOL) {
            (way::REFERENCE, Why::HostReference)
        } else {
            (way::SHARED, Why::SharedTable)
        };
        self.enter(function, way, Before::Root(Root::Host(why)));
    }

    /// Function values that stand as constants in a body, or in data that its constants lead to.
    fn constants(&mut self, body: &Body<'_>) {
        for constant in body.constants {
            self.reached.work += 1;
            let Some(statics) = &mut self.statics else {
                return;
            };
            let found = statics.follow(constant.value);
            let site = Site {
                function: body.function,
                offset: constant.offset,
            };
            for function in found {
                self.claim(function, site);
                self.take(Place::table(0), function);
            }
        }
    }

    /// Keeps where a function's value was found: that tells more than the call through the table.
    fn claim(&mut self, function: u32, site: Site) {
        let slot = self.reached.before.get_mut(function as usize);
        if let Some(slot) = slot.filter(|slot| **slot == Before::Nothing.pack()) {
            *slot = Before::Call {
                site,
                direct: false,
            }
            .pack();
        }
    }

    fn enter(&mut self, function: u32, way: u8, before: Before) {
        let at = function as usize;
        let (Some(ways), Some(slot)) = (
            self.reached.ways.get_mut(at),
            self.reached.before.get_mut(at),
        ) else {
            return;
        };
        if *ways == 0 {
            if way != way::INDIRECT || *slot == Before::Nothing.pack() {
                *slot = before.pack();
            }
            if function >= self.ground.imported {
                self.reached.order.push(function);
            }
        }
        *ways |= way;
    }
}
