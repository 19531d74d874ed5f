//! Places where references to functions stand: tables, segments, the host, and everything else in one pool. Places between
//! which references move are one group.

/// A place, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(u32);

/// How many tables a module can have by the validator's own bound.
pub(super) const MAX_TABLES: u32 = 100;

impl Place {
    /// Operands, locals, globals, objects, exceptions.
    pub(super) const POOL: Self = Self(0);
    /// Whatever is outside of the module.
    pub(super) const HOST: Self = Self(1);

    /// A table.
    pub(super) fn table(index: u32) -> Self {
        Self(2 + index.min(MAX_TABLES - 1))
    }

    /// An element segment.
    pub(super) fn segment(index: u32) -> Self {
        Self((2 + MAX_TABLES).saturating_add(index))
    }
}

/// Groups of places.
#[derive(Debug)]
pub(super) struct Groups {
    parents: Vec<u32>,
}

impl Groups {
    /// Each place by itself.
    pub(super) fn apart(segments: usize) -> Self {
        let count = u32::try_from(segments).unwrap_or(u32::MAX);
        Self {
            parents: (0..Place::segment(count).0).collect(),
        }
    }

    /// The number of a place's group.
    pub(super) fn of(&self, place: Place) -> u32 {
        let mut at = place.0;
        while let Some(parent) = self.parent(at) {
            at = parent;
        }
        at
    }

    fn parent(&self, at: u32) -> Option<u32> {
        let parent = self.parents.get(at as usize).copied();
        parent.filter(|parent| *parent != at)
    }

    /// Makes two places' groups one.
    pub(super) fn join(&mut self, a: Place, b: Place) {
        let (a, b) = (self.shorten(a), self.shorten(b));
        let (first, other) = (a.min(b), a.max(b));
        if let Some(parent) = self.parents.get_mut(other as usize) {
            *parent = first;
        }
    }

    /// The group of a place, which stands nearer to it afterwards.
    fn shorten(&mut self, place: Place) -> u32 {
        let group = self.of(place);
        let mut at = place.0;
        while let Some(parent) = self.parent(at) {
            if let Some(slot) = self.parents.get_mut(at as usize) {
                *slot = group;
            }
            at = parent;
        }
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_is_transitive_and_the_rest_stays_apart() {
        let mut groups = Groups::apart(4);
        let are_joined = |groups: &Groups, a, b| groups.of(a) == groups.of(b);
        groups.join(Place::table(0), Place::segment(1));
        groups.join(Place::segment(3), Place::HOST);
        assert!(!are_joined(&groups, Place::table(0), Place::HOST));
        groups.join(Place::segment(1), Place::segment(3));
        assert!(are_joined(&groups, Place::table(0), Place::HOST));
        assert!(!are_joined(&groups, Place::POOL, Place::HOST));
        assert!(!are_joined(&groups, Place::segment(0), Place::segment(2)));
    }
}
