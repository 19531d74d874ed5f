//! What calls through tables and references can meet: the functions of a group of places by type. Each list is gone through
//! once, however many calls there are.

use std::collections::HashMap;

use super::signature::{Signatures, saturated};

/// The functions of one type in one group of places.
#[derive(Debug, Default)]
struct Node {
    /// The call by which this type was called first, if it was.
    called: Option<Site>,
    /// Functions that wait for a call.
    waiting: Vec<u32>,
    /// Nodes of subtypes.
    narrower: Vec<u32>,
}

/// A place in code: a function, and an operator's byte offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) function: u32,
    pub(super) offset: u32,
}

/// All targets.
#[derive(Debug, Default)]
pub(super) struct Targets {
    numbers: HashMap<(u32, u32), u32>,
    nodes: Vec<Node>,
    last: Option<((u32, u32), u32)>,
}

impl Targets {
    /// How many lists there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The node of a type in a group; its supertypes' nodes lead to it.
    fn node(&mut self, group: u32, ty: u32, signatures: &Signatures) -> u32 {
        let key = (group, ty);
        if let Some((_, node)) = self.last.filter(|(last, _)| *last == key) {
            return node;
        }
        let first = self.known_or_new(key);
        let (mut below, mut at, mut is_new) = (first.0, ty, first.1);
        while let (true, Some(above)) = (is_new, signatures.supertype(at)) {
            let (node, new) = self.known_or_new((group, above));
            if let Some(node) = self.nodes.get_mut(node as usize) {
                node.narrower.push(below);
            }
            (below, at, is_new) = (node, above, new);
        }
        if first.1 {
            let called = self.called(group, ty, signatures);
            if let Some(node) = self.nodes.get_mut(first.0 as usize) {
                node.called = called;
            }
        }
        self.last = Some((key, first.0));
        first.0
    }

    fn known_or_new(&mut self, key: (u32, u32)) -> (u32, bool) {
        let next = saturated(self.nodes.len());
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.nodes.push(Node::default());
        }
        (number, number == next)
    }

    /// Adds a function; the call that meets it, if there was one.
    pub(super) fn add(
        &mut self,
        group: u32,
        ty: u32,
        function: u32,
        signatures: &Signatures,
    ) -> Option<Site> {
        let number = self.node(group, ty, signatures);
        // A node between a type and its supertype may have been made after the supertype was called.
        let called = self.called(group, ty, signatures);
        let node = self.nodes.get_mut(number as usize)?;
        node.called = node.called.or(called);
        if node.called.is_none() {
            node.waiting.push(function);
        }
        node.called
    }

    /// The call of a type or of one of its supertypes.
    fn called(&self, group: u32, ty: u32, signatures: &Signatures) -> Option<Site> {
        let mut at = Some(ty);
        while let Some(ty) = at {
            let number = self.numbers.get(&(group, ty))?;
            let called = self.nodes.get(*number as usize)?.called;
            if called.is_some() {
                return called;
            }
            at = signatures.supertype(ty);
        }
        None
    }

    /// Calls a type; `meet` gets the functions that were waiting for it.
    pub(super) fn call(
        &mut self,
        group: u32,
        ty: u32,
        site: Site,
        signatures: &Signatures,
        mut meet: impl FnMut(u32),
    ) {
        let mut open = vec![self.node(group, ty, signatures)];
        while let Some(number) = open.pop() {
            let Some(node) = self.nodes.get_mut(number as usize) else {
                continue;
            };
            if node.called.is_none() {
                node.called = Some(site);
                std::mem::take(&mut node.waiting)
                    .into_iter()
                    .for_each(&mut meet);
                open.extend(&node.narrower);
            }
        }
    }
}
