//! The blocks that are open in a body, as it was and as it is written: with counting, more of them.

/// What a block is, for those who leave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The function itself: its end is left.
    Function,
    /// A block, and whether anything jumps to its end.
    Block(bool),
    /// Jumps go to its start. Whether a block of ours stands around it.
    Loop(bool),
    /// Two ways lead to its end.
    If,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    kind: Kind,
    /// How many blocks of ours are open here, beside the one around the function.
    ours: u32,
    /// How many loops are open here.
    loops: u32,
}

/// Open blocks, the function's own first.
#[derive(Debug)]
pub(super) struct Frames(Vec<Frame>);

impl Frames {
    /// Those at the start of a function.
    pub(super) fn new() -> Self {
        Self(vec![Frame {
            kind: Kind::Function,
            ours: 0,
            loops: 0,
        }])
    }

    /// One more.
    pub(super) fn push(&mut self, kind: Kind) {
        let ours = self.ours() + u32::from(kind == Kind::Loop(true));
        let loops = self.loops() + u32::from(matches!(kind, Kind::Loop(_)));
        self.0.push(Frame { kind, ours, loops });
    }

    /// The last one, which ends.
    pub(super) fn pop(&mut self) -> Option<Kind> {
        self.0.pop().map(|frame| frame.kind)
    }

    /// Whether a loop is open.
    pub(super) fn repeats(&self) -> bool {
        self.loops() > 0
    }

    /// Notes a jump; whether it leaves the function.
    pub(super) fn jump(&mut self, depth: u32) -> bool {
        match self.target(depth).and_then(|place| self.0.get_mut(place)) {
            Some(Frame {
                kind: Kind::Block(targeted),
                ..
            }) => *targeted = true,
            Some(Frame {
                kind: Kind::Function,
                ..
            })
            | None => return true,
            Some(_) => {}
        }
        false
    }

    /// The depth of a jump among the blocks that are written.
    pub(super) fn depth(&self, depth: u32) -> u32 {
        let target = self.target(depth).unwrap_or_default();
        let there = self.0.get(target).map_or(0, |frame| frame.ours);
        depth + (self.ours() - there) + u32::from(target == 0)
    }

    /// The depth of the block around the function, whose end is the way out without fuel.
    pub(super) fn way_out(&self) -> u32 {
        let open = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        open.saturating_sub(1) + self.ours()
    }

    fn target(&self, depth: u32) -> Option<usize> {
        self.0.len().checked_sub(depth as usize + 1)
    }

    fn ours(&self) -> u32 {
        self.0.last().map_or(0, |frame| frame.ours)
    }

    fn loops(&self) -> u32 {
        self.0.last().map_or(0, |frame| frame.loops)
    }
}
