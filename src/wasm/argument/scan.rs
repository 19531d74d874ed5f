//! A first look over a body: where loops end and what they write, and whether it starts with a dispatcher over basic blocks,
//! as Go's compiler writes every function that can be suspended.

use std::ops::Range;

use hashbrown::{HashMap, HashSet};
use wasmparser::{BlockType, Catch, Operator, OperatorsReader};

/// What a body writes where, and how its blocks lie.
#[derive(Debug, Default)]
pub(super) struct Scan {
    locals: Vec<(u32, u32)>,
    globals: Vec<(u32, u32)>,
    memory: Vec<u32>,
    ends: HashMap<u32, u32>,
    repeated: HashSet<u32>,
    /// The dispatcher, if there is one.
    pub(super) dispatch: Option<Dispatch>,
}

/// A loop or function that starts with a jump to one of the blocks in it, by the function's parameter.
#[derive(Debug, Default)]
pub(super) struct Dispatch {
    /// Where the loop starts; 0 without one.
    pub(super) offset: u32,
    /// Where the jump is.
    pub(super) jump: u32,
    /// Where the block of each number starts; `None` if it is not one of the blocks at the loop's start.
    pub(super) targets: Vec<Option<u32>>,
    /// From how far on a block is jumped back to, by its start.
    pub(super) back: HashMap<u32, u32>,
    /// Whether there are jumps whose target is not plain.
    pub(super) obscure: bool,
}

/// A block that is open while the body is scanned.
struct Open {
    offset: u32,
    is_loop: bool,
    plain: bool,
}

/// The scan while it goes on.
struct Scanner {
    scan: Scan,
    open: Vec<Open>,
    /// The number that was last put into the first parameter, right before.
    number: Option<i32>,
    constant: Option<i32>,
    /// Whether the operator before was `local.get 0`, right after a block's start.
    chosen: bool,
    /// Whether the operator before opened a block.
    heading: bool,
}

impl Scan {
    /// Over a body; `None` if it does not decode, or has more operators than that.
    pub(super) fn of(mut operators: OperatorsReader<'_>, most: usize) -> Option<Self> {
        let mut scanner = Scanner {
            scan: Self::default(),
            open: vec![Open {
                offset: 0,
                is_loop: false,
                plain: false,
            }],
            number: None,
            constant: None,
            chosen: false,
            heading: false,
        };
        for _ in 0..most {
            if operators.eof() {
                return Some(scanner.scan);
            }
            let (operator, offset) = operators.read_with_offset().ok()?;
            scanner.take(&operator, u32::try_from(offset).ok()?);
        }
        operators.eof().then_some(scanner.scan)
    }

    /// Whether a loop is entered again from within.
    pub(super) fn is_repeated(&self, start: u32) -> bool {
        self.repeated.contains(&start)
    }

    /// Whether memory may be written in what is repeated, beside a dispatcher.
    pub(super) fn loops_write_memory(&self) -> bool {
        let dispatcher = self.dispatch.as_ref().map(|dispatch| dispatch.offset);
        let mut loops = self
            .repeated
            .iter()
            .filter(|start| dispatcher != Some(**start));
        loops.any(|start| self.writes_memory(&self.span(*start)))
    }

    /// The offsets that a block spans.
    pub(super) fn span(&self, start: u32) -> Range<u32> {
        start..self.ends.get(&start).copied().unwrap_or(u32::MAX)
    }

    /// The locals that are written within offsets, with repetitions.
    pub(super) fn locals(&self, span: &Range<u32>) -> impl Iterator<Item = u32> {
        within(&self.locals, span, |(offset, _)| *offset).map(|(_, local)| *local)
    }

    /// The globals that are written within offsets, with repetitions.
    pub(super) fn globals(&self, span: &Range<u32>) -> impl Iterator<Item = u32> {
        within(&self.globals, span, |(offset, _)| *offset).map(|(_, global)| *global)
    }

    /// Whether memory may be written within offsets.
    pub(super) fn writes_memory(&self, span: &Range<u32>) -> bool {
        within(&self.memory, span, |offset| *offset)
            .next()
            .is_some()
    }
}

/// The part of a list in order of offsets that lies within some.
fn within<'l, T>(
    list: &'l [T],
    span: &Range<u32>,
    offset: impl Fn(&T) -> u32,
) -> std::slice::Iter<'l, T> {
    let from = list.partition_point(|one| offset(one) < span.start);
    let to = list.partition_point(|one| offset(one) < span.end);
    list.get(from..to).unwrap_or_default().iter()
}

impl Scanner {
    fn take(&mut self, operator: &Operator<'_>, offset: u32) {
        let (number, constant, chosen) = (self.number, self.constant, self.chosen);
        self.number = None;
        self.constant = None;
        self.chosen = false;
        match operator {
            Operator::Loop { .. } => self.push(offset, true, false),
            Operator::Block { blockty } => {
                self.push(offset, false, *blockty == BlockType::Empty);
            }
            Operator::If { .. } => self.push(offset, false, false),
            Operator::TryTable { try_table } => {
                for catch in &try_table.catches {
                    self.branch(label(catch), None, offset);
                }
                self.push(offset, false, false);
            }
            Operator::End => self.end(offset),
            Operator::Br { relative_depth } => self.branch(*relative_depth, number, offset),
            Operator::BrIf { relative_depth }
            | Operator::BrOnNull { relative_depth }
            | Operator::BrOnNonNull { relative_depth }
            | Operator::BrOnCast { relative_depth, .. }
            | Operator::BrOnCastFail { relative_depth, .. } => {
                self.branch(*relative_depth, None, offset);
            }
            Operator::BrTable { targets } => {
                let all = targets.targets().map_while(Result::ok);
                for depth in all.chain([targets.default()]) {
                    self.branch(depth, None, offset);
                }
                if chosen {
                    self.dispatch(targets, offset);
                }
            }
            Operator::LocalGet { local_index: 0 } => self.chosen = self.heading,
            Operator::I32Const { value } => self.constant = Some(*value),
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                self.scan.locals.push((offset, *local_index));
                self.number = constant.filter(|_| *local_index == 0);
            }
            Operator::GlobalSet { global_index } => self.scan.globals.push((offset, *global_index)),
            other if writes(other) => self.scan.memory.push(offset),
            _ => {}
        }
        self.heading = matches!(operator, Operator::Loop { .. } | Operator::Block { .. });
    }

    fn push(&mut self, offset: u32, is_loop: bool, plain: bool) {
        self.open.push(Open {
            offset,
            is_loop,
            plain,
        });
    }

    fn end(&mut self, offset: u32) {
        if let Some(open) = self.open.pop() {
            self.scan.ends.insert(open.offset, offset);
        }
    }

    fn branch(&mut self, depth: u32, number: Option<i32>, offset: u32) {
        let target = self.open.iter().rev().nth(depth as usize);
        let Some(start) = target.filter(|open| open.is_loop).map(|open| open.offset) else {
            return;
        };
        self.scan.repeated.insert(start);
        if let Some(dispatch) = &mut self.scan.dispatch
            && dispatch.offset == start
        {
            dispatch.jump_to(number, offset, &self.open);
        }
    }

    /// A jump by the first parameter, after blocks without values at the start of a loop or of the function.
    fn dispatch(&mut self, targets: &wasmparser::BrTable<'_>, offset: u32) {
        let blocks = self.open.iter().rev().take_while(|open| open.plain).count();
        let below = self.open.len().saturating_sub(blocks + 1);
        let start = self.open.get(below);
        let start = start.filter(|open| open.is_loop || below == 0);
        let (Some(start), None) = (start, &self.scan.dispatch) else {
            return;
        };
        let of = |depth: u32| {
            let depth = depth as usize;
            let open = (depth < blocks).then(|| self.open.iter().rev().nth(depth))?;
            open.map(|open| open.offset)
        };
        let all = targets.targets().map_while(Result::ok);
        self.scan.dispatch = Some(Dispatch {
            offset: start.offset,
            jump: offset,
            targets: all.chain([targets.default()]).map(of).collect(),
            ..Dispatch::default()
        });
    }
}

impl Dispatch {
    /// Where the block of a number starts.
    pub(super) fn target(&self, number: i64) -> Option<u32> {
        let last = self.targets.len().checked_sub(1)?;
        let index = usize::try_from(number & 0xffff_ffff).unwrap_or(last);
        self.targets.get(index.min(last)).copied().flatten()
    }

    fn jump_to(&mut self, number: Option<i32>, offset: u32, open: &[Open]) {
        let Some(number) = number else {
            self.obscure = true;
            return;
        };
        let Some(target) = self.target(i64::from(number)) else {
            return;
        };
        let is_open = open
            .binary_search_by_key(&target, |open| open.offset)
            .is_ok();
        if !is_open {
            self.back.insert(target, offset);
        }
    }
}

/// The label that a caught exception goes to, counted from outside of its `try_table`.
pub(super) fn label(catch: &Catch) -> u32 {
    match catch {
        Catch::One { label, .. }
        | Catch::OneRef { label, .. }
        | Catch::All { label }
        | Catch::AllRef { label } => *label,
    }
}

/// Whether memory may change.
fn writes(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::I32Store { .. }
            | Operator::I64Store { .. }
            | Operator::F32Store { .. }
            | Operator::F64Store { .. }
            | Operator::I32Store8 { .. }
            | Operator::I32Store16 { .. }
            | Operator::I64Store8 { .. }
            | Operator::I64Store16 { .. }
            | Operator::I64Store32 { .. }
            | Operator::V128Store { .. }
            | Operator::MemoryCopy { .. }
            | Operator::MemoryFill { .. }
            | Operator::MemoryInit { .. }
            | Operator::Call { .. }
            | Operator::CallIndirect { .. }
            | Operator::CallRef { .. }
    )
}
