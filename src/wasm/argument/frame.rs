//! Blocks that are open while a body is interpreted, and the ways that lead to their labels.

use super::bound::MAX_EDGES;
use super::context::{Arity, Context};
use super::state::{Edge, Meeting, State};
use super::value::{Id, Key, Values};

/// What kind of block it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Its label is its end.
    Block,
    /// Its label is its start.
    Loop,
    /// Its label is its end; the condition is kept as long as nothing branches there.
    If(Option<Key>),
}

/// An open block.
#[derive(Debug)]
pub(super) struct Frame {
    /// Its kind.
    pub(super) shape: Shape,
    /// Where it starts.
    pub(super) offset: u32,
    /// How many operands lie below its own.
    pub(super) height: usize,
    /// What it takes and yields.
    pub(super) arity: Arity,
    /// Ways to its end.
    pub(super) edges: Vec<Edge>,
    /// The state for an `else` that is yet to come.
    pub(super) otherwise: Option<Edge>,
    /// Whether a dispatcher jumps to its end.
    pub(super) resumed: bool,
}

impl Frame {
    /// A block that was just entered.
    pub(super) fn new(shape: Shape, offset: u32, height: usize, arity: Arity) -> Self {
        Self {
            shape,
            offset,
            height,
            arity,
            edges: Vec::new(),
            otherwise: None,
            resumed: false,
        }
    }

    /// How many operands a branch to its label carries.
    pub(super) fn label(&self) -> usize {
        match self.shape {
            Shape::Loop => self.arity.params,
            _ => self.arity.results,
        }
    }

    /// Adds a way to its end; how many slots were looked at.
    pub(super) fn reach(
        &mut self,
        edge: Edge,
        values: &mut Values,
        context: &Context<'_>,
    ) -> usize {
        let same = |last: &Edge| last.state.is(&edge.state) && last.operands == edge.operands;
        if self.edges.last().is_some_and(same) {
            return edge.operands.len();
        }
        let mut steps = edge.operands.len();
        self.edges.push(edge);
        if self.edges.len() > MAX_EDGES {
            let mut meeting = Meeting {
                values,
                context,
                key: Key::Join(self.offset),
                coarse: true,
                steps: 0,
            };
            let met = meeting.of(&self.edges);
            steps += meeting.steps;
            self.edges.clear();
            self.edges.extend(met);
        }
        steps
    }

    /// What is known at its end; how many slots were looked at.
    pub(super) fn meet(
        &self,
        values: &mut Values,
        context: &Context<'_>,
        end: u32,
    ) -> (Option<Edge>, usize) {
        let key = match self.shape {
            Shape::If(Some(condition)) if self.edges.len() == 2 => condition,
            _ => Key::Join(end),
        };
        let mut meeting = Meeting {
            values,
            context,
            key,
            coarse: false,
            steps: 0,
        };
        let met = meeting.of(&self.edges);
        (met, meeting.steps)
    }

    /// Keeps no condition: something else than its two arms leads to its end.
    pub(super) fn branched(&mut self) {
        if let Shape::If(condition) = &mut self.shape {
            *condition = None;
        }
    }
}

/// Some state with operands.
pub(super) fn edge(state: &State, operands: &[Id]) -> Edge {
    Edge {
        state: state.clone(),
        operands: operands.to_vec(),
    }
}
