//! `builtin: kv`: entries that live as long as the invocation, or as the runner, for one tenant. What a function does is told
//! by its arguments: with an out-buffer it gets, with a second text or a buffer it sets, with a name alone it removes.

use std::collections::BTreeMap;

use crate::source::Spanned;

use super::super::answer::Answer;
use super::super::call::GuardedCall;
use super::super::guard::Guard;
use super::super::state::HostState;
use super::{NOTHING, first_text, only_room, output};

/// Names and values.
#[derive(Debug, Default)]
pub struct Store {
    entries: BTreeMap<String, Vec<u8>>,
    bytes: u64,
}

/// One function over a store.
pub struct Kv {
    shared: bool,
    key: usize,
    act: Act,
}

enum Act {
    Get {
        room: usize,
    },
    Set {
        value: usize,
        most_entries: u64,
        most_bytes: u64,
    },
    Remove,
}

impl Kv {
    /// That of a policy's entry.
    ///
    /// # Errors
    /// The arguments do not tell what it does.
    pub fn of(
        tenant: Option<Spanned<bool>>,
        most_entries: Option<Spanned<u64>>,
        most_bytes: Option<Spanned<u64>>,
        guards: &[Guard],
    ) -> Result<Self, String> {
        let key = first_text(guards)?;
        let value = (0..)
            .zip(guards)
            .position(|(index, guard)| index != key && (guard.is_text() || guard.is_buffer()));
        let act = match (value, guards.iter().any(Guard::is_room)) {
            (Some(_), true) => {
                return Err("`kv` gets or sets: either an `out-buffer` or a value".to_owned());
            }
            (Some(value), false) => Act::Set {
                value,
                most_entries: most_entries.map_or(0, |most| most.value),
                most_bytes: most_bytes.map_or(0, |most| most.value),
            },
            (None, true) => Act::Get {
                room: only_room(guards)?,
            },
            (None, false) => Act::Remove,
        };
        Ok(Self {
            shared: tenant.is_some_and(|tenant| tenant.value),
            key,
            act,
        })
    }

    /// `scope: tenant`.
    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// Whether it gets.
    pub fn gets(&self) -> bool {
        matches!(self.act, Act::Get { .. })
    }

    /// Get: the value's length, -1 for no entry, -2 where it does not fit. Set: 0, -1 over a bound. Remove: 0, -1 for no entry.
    pub fn answer(&self, call: &GuardedCall, state: &mut HostState) -> Answer {
        let key = call.text_at(self.key);
        state.with_store(self.shared, |store| match self.act {
            Act::Get { room } => match store.entries.get(key) {
                Some(value) => output(call, room, value.clone()),
                None => Answer::number(NOTHING),
            },
            Act::Set {
                value,
                most_entries,
                most_bytes,
            } => done(store.set(key, call.bytes_at(value), most_entries, most_bytes)),
            Act::Remove => done(store.remove(key)),
        })
    }
}

impl Store {
    /// Sets an entry if the store stays within its bounds; whether it did.
    fn set(&mut self, key: &str, value: &[u8], most_entries: u64, most_bytes: u64) -> bool {
        let before = self.entries.get(key).map(|old| size(key, old));
        let entries = self.entries.len() as u64 + u64::from(before.is_none());
        let bytes = self.bytes - before.unwrap_or(0) + size(key, value);
        if entries > most_entries || bytes > most_bytes {
            return false;
        }
        self.entries.insert(key.to_owned(), value.to_vec());
        self.bytes = bytes;
        true
    }

    /// Removes an entry; whether there was one.
    fn remove(&mut self, key: &str) -> bool {
        let Some(value) = self.entries.remove(key) else {
            return false;
        };
        self.bytes -= size(key, &value);
        true
    }
}

fn size(key: &str, value: &[u8]) -> u64 {
    key.len() as u64 + value.len() as u64
}

fn done(done: bool) -> Answer {
    Answer::number(if done { 0 } else { NOTHING })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_keeps_its_bounds_exactly() {
        let mut store = Store::default();
        assert!(store.set("a", b"12", 2, 6));
        assert!(!store.set("b", b"1234", 2, 6));
        assert!(store.set("b", b"12", 2, 6));
        assert!(!store.set("c", b"", 2, 100), "a third entry");
        assert!(!store.set("a", b"123", 2, 6), "a longer value");
        assert!(store.set("a", b"1", 2, 6));
        assert_eq!(store.bytes, 5);
        assert!(store.remove("b") && !store.remove("b"));
        assert_eq!((store.bytes, store.entries.len()), (2, 1));
        assert!(!Store::default().set("", b"", 0, 0));
    }
}
