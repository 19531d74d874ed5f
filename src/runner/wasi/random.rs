//! Random bytes for one invocation: the system's, or a stream that a seed determines.

use std::fmt;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use wasmtime_wasi::p1::types::Errno;

use crate::runner::terms::RandomSource;

/// The most that one call fills, bytes: making more would take longer than a deadline should wait.
pub const MOST: usize = 64 << 20;

/// Where a guest's random bytes come from.
pub struct Random {
    source: RandomSource,
    /// Made at the first call; most guests never ask.
    stream: Option<Box<ChaCha20Rng>>,
}

impl Random {
    /// The source at the start of an invocation.
    pub fn new(source: RandomSource) -> Self {
        Self {
            source,
            stream: None,
        }
    }

    /// Fills a slice, which may be the guest's own memory. A seeded source is the key stream of `ChaCha20` with nonce 0, its
    /// key being the seed as 8 little-endian bytes and 24 zeros; each call begins at the next whole 32-bit word.
    ///
    /// # Errors
    /// `NOTCAPABLE` if random bytes are denied, `INVAL` for more than [`MOST`], `IO` if the system has none to give.
    pub fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Errno> {
        if self.source == RandomSource::Deny {
            return Err(Errno::Notcapable);
        }
        if bytes.len() > MOST {
            return Err(Errno::Inval);
        }
        match self.source {
            RandomSource::Deny => Err(Errno::Notcapable),
            RandomSource::Os => getrandom::fill(bytes).map_err(|_| Errno::Io),
            RandomSource::Seeded(seed) => {
                let stream = self.stream.get_or_insert_with(|| stream(seed));
                stream.fill_bytes(bytes);
                Ok(())
            }
        }
    }
}

fn stream(seed: u64) -> Box<ChaCha20Rng> {
    let mut key = [0; 32];
    for (place, byte) in key.iter_mut().zip(seed.to_le_bytes()) {
        *place = byte;
    }
    Box::new(ChaCha20Rng::from_seed(key))
}

// The seed and the state of the stream stay out of logs.
impl fmt::Debug for Random {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Random").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(random: &mut Random, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        random.fill(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_denied_source_leaves_the_memory_as_it_was() {
        let mut bytes = [7; 16];
        let denied = Random::new(RandomSource::Deny).fill(&mut bytes);
        assert_eq!(denied, Err(Errno::Notcapable));
        assert_eq!(bytes, [7; 16]);
        assert_eq!(
            Random::new(RandomSource::Deny).fill(&mut []),
            Err(Errno::Notcapable)
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_stream_and_another_seed_another() {
        let (mut one, mut same, mut other) = (
            Random::new(RandomSource::Seeded(42)),
            Random::new(RandomSource::Seeded(42)),
            Random::new(RandomSource::Seeded(43)),
        );
        for count in [1, 3, 64, 1000] {
            let bytes = take(&mut one, count);
            assert_eq!(bytes, take(&mut same, count));
        }
        assert_eq!(take(&mut one, 32), take(&mut same, 32));
        assert_ne!(take(&mut one, 32), take(&mut other, 32));
        let high = take(&mut Random::new(RandomSource::Seeded(0x2a | 1 << 63)), 32);
        assert_ne!(high, take(&mut Random::new(RandomSource::Seeded(42)), 32));
    }

    /// The published key stream of an all-zero key and nonce: what a seed means must outlive versions of the crate.
    #[test]
    fn seed_zero_is_the_published_key_stream() {
        let bytes = take(&mut Random::new(RandomSource::Seeded(0)), 16);
        assert_eq!(
            bytes,
            [
                0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86,
                0xbd, 0x28
            ]
        );
    }

    #[test]
    fn the_system_fills_everything_and_never_the_same() {
        let mut random = Random::new(RandomSource::Os);
        assert_ne!(take(&mut random, 64), take(&mut random, 64));
        let long = take(&mut random, 4 << 20);
        assert!(
            long.rchunks(64)
                .all(|part| part.iter().any(|byte| *byte != 0))
        );
    }

    #[test]
    fn a_huge_request_is_refused_before_any_work() {
        for source in [RandomSource::Os, RandomSource::Seeded(1)] {
            let mut bytes = vec![0; MOST + 1];
            assert_eq!(Random::new(source).fill(&mut bytes), Err(Errno::Inval));
            assert!(bytes.iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn debug_output_does_not_show_the_seed() {
        let text = format!("{:?}", Random::new(RandomSource::Seeded(424_242)));
        assert!(!text.contains("424242"), "{text}");
    }
}
