//! What libFuzzer calls: the body of a target, and our own changes besides its own.

/// A target by its name among the bodies.
macro_rules! target {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(|data: &[u8]| (crate::bodies::named($name).body)(data));
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
            crate::common::change(crate::bodies::named($name).kind, data, size, most, seed)
        });
    };
}
pub(crate) use target;

use crate::bodies::mutate::{Dice, Kind, mutate};

/// Every second change is libFuzzer's own, which knows what the last comparisons asked for.
pub fn change(kind: Kind, data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let mut dice = Dice(u64::from(seed));
    if dice.below(2) == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, most);
    }
    let changed = mutate(kind, &data[..size], &data[..size], &mut dice);
    let length = changed.len().min(most);
    data[..length].copy_from_slice(&changed[..length]);
    length
}
