//! ringfence's own bounds on a module. They are far above what real plugins have; a module over one of them is reported as
//! malformed, so that hostile input ends in bounded time and memory.

use super::Malformed;

/// The largest binary that is read.
pub const MAX_MODULE: usize = 512 << 20;
/// The largest text-format module that is encoded.
pub const MAX_TEXT: usize = 4 << 20;
/// The most imports; a component's count is of functions.
pub const MAX_IMPORTS: usize = 20_000;
/// The most exports.
pub const MAX_EXPORTS: usize = 20_000;
/// The most sections.
pub const MAX_SECTIONS: usize = 20_000;
/// The most globals.
pub const MAX_GLOBALS: usize = 200_000;
/// The largest type section, in bytes; components also count all theirs together.
pub const MAX_TYPES_SIZE: usize = 8 << 20;
/// The most parameters and results of all imports and exports together.
pub const MAX_SIGNATURE_TYPES: usize = 500_000;
/// The most bytes of names of all imports, exports and custom sections together: each is told in several places.
pub const MAX_LISTED_NAMES_SIZE: usize = 4 << 20;
/// The largest element, table or global section, in bytes: what is in them is evaluated one by one.
pub const MAX_INITIALIZERS_SIZE: usize = 8 << 20;
/// The most bytes of initializers in a data section that are more than one constant.
pub const MAX_ADDRESSES_SIZE: usize = 4 << 20;
/// How deep modules and components nest in components.
pub const MAX_NESTING: usize = 32;
/// The most modules and components inside one component, at any depth.
pub const MAX_NESTED: usize = 2_000;
/// The most custom sections at any depth.
pub const MAX_CUSTOM_SECTIONS: usize = 100_000;
/// The most data segments of all modules at any depth.
pub const MAX_DATA_SEGMENTS: usize = 400_000;
/// The most functions that all modules at any depth define.
pub const MAX_FUNCTIONS: usize = 2_000_000;
/// The most values that operators of unusual width (over [`WIDE`]) pop and push, over all functions.
pub const MAX_WORK: u64 = 1 << 27;
/// The most calls, references and addresses in code that reachability is computed from; repetitions within a function count
/// once.
pub const MAX_REFERENCES: u64 = 1 << 24;
/// The most pairs of table and type for which the functions that can be called are told apart.
pub const MAX_TARGETS: usize = 1 << 20;
/// From this many parameters, results or fields on, a type's uses are counted against [`MAX_WORK`].
pub const WIDE: usize = 8;
/// The most bytes that function names take in memory.
pub const MAX_NAMES_SIZE: usize = 24 << 20;
/// The longest name or producer that is kept whole, in bytes.
pub const MAX_NAME: usize = 1 << 10;
/// The most producers that are kept.
pub const MAX_PRODUCERS: usize = 256;
/// The longest reason of a fault, in bytes.
pub const MAX_REASON: usize = 400;

/// Refuses a count over one of our own bounds.
pub(super) fn within(count: usize, max: usize, what: &str, offset: usize) -> Result<(), Malformed> {
    if count <= max {
        return Ok(());
    }
    Err(exceeded(&format!("{count} {what}"), max, offset))
}

/// A fault that says the limit is ours and not WebAssembly's.
pub(super) fn exceeded(what: &str, max: impl std::fmt::Display, offset: usize) -> Malformed {
    Malformed {
        offset,
        reason: format!("{what}: over ringfence's own limit of {max}"),
    }
}

/// The longest start of `text` that has at most `max` bytes.
pub(super) fn cut(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

impl From<wasmparser::Error> for Malformed {
    fn from(error: wasmparser::Error) -> Self {
        Self {
            offset: error.offset(),
            reason: cut(error.message(), MAX_REASON).replace('\n', ": "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_keeps_characters_whole() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("", 3), "");
    }

    #[test]
    fn a_limit_says_whose_it_is() {
        let fault = within(3, 2, "imports", 8).unwrap_err();
        assert_eq!(fault.reason, "3 imports: over ringfence's own limit of 2");
        assert!(within(2, 2, "imports", 8).is_ok());
    }
}
