//! Numbers that only a seed decides, the same on every machine (splitmix64).

/// The stream of one seed.
#[derive(Debug, Clone)]
pub struct Stream(u64);

impl Stream {
    /// From the start. Streams of one seed for different purposes have nothing in common.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mixed = purpose.bytes().fold(seed, |mixed, byte| {
            (mixed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(mixed ^ seed.rotate_left(32))
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `limit`, which is not zero.
    pub fn below(&mut self, limit: usize) -> usize {
        let below = self.next() % (limit.max(1) as u64);
        usize::try_from(below).expect("below a usize")
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// True once in `of` times.
    pub fn once_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    /// True in `percent` of a hundred times.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these, which are not none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of these, if there is one.
    pub fn pick_any<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        (!from.is_empty()).then(|| &from[self.below(from.len())])
    }

    /// An integer as attackers choose them: small, at a border, or any.
    #[allow(clippy::cast_possible_wrap, reason = "any bits will do")]
    pub fn integer(&mut self) -> i64 {
        const BORDERS: [i64; 10] = [
            -1,
            i32::MIN as i64,
            i32::MAX as i64,
            i64::MIN,
            i64::MAX,
            u32::MAX as i64,
            255,
            256,
            65_535,
            65_536,
        ];
        match self.below(8) {
            0..=4 => self.below(9) as i64,
            5 | 6 => *self.pick(&BORDERS),
            _ => self.next() as i64,
        }
    }
}
