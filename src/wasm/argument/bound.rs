//! How far arguments are followed. A bound that is reached makes an answer coarser, and never wrong.

/// The deepest chain of wrappers, counted in calls above the import's own caller.
pub(super) const MAX_DEPTH: usize = 4;
/// The most bytes of bodies that are interpreted for one module.
pub(super) const MAX_SCANNED: usize = 512 << 10;
/// The most bytes of bodies that are interpreted for what they return, over all that are called.
pub(super) const MAX_CALLEES: usize = 256 << 10;
/// The largest body that is interpreted for what it returns, in bytes.
pub(super) const MAX_CALLEE: usize = 512;
/// The most steps of a body that is interpreted for what it returns, with those of the functions that it calls.
pub(super) const MAX_CALLEE_STEPS: usize = 1 << 10;
/// How many calls deep results are followed.
pub(super) const MAX_CALLEE_DEPTH: u8 = 4;
/// The most steps of one function: operators, and slots that joins and loops look at.
pub(super) const MAX_STEPS: usize = 1 << 16;
/// The most steps for all calls of the host's functions.
pub(super) const MAX_HOST_STEPS: usize = 1 << 16;
/// The most steps for all calls of WASI's functions.
pub(super) const MAX_WASI_STEPS: usize = 1 << 14;
/// The part of a module's steps that goes to functions which are interpreted for what they return: one in so many.
pub(super) const CALLEE_SHARE: usize = 4;
/// The most values of one function.
pub(super) const MAX_VALUES: usize = 1 << 17;
/// The most places in memory that are remembered.
pub(super) const MAX_SLOTS: usize = 512;
/// The most branches to one label whose states are kept apart.
pub(super) const MAX_EDGES: usize = 48;
/// The most parts of one value's expression.
pub(super) const MAX_PARTS: u16 = 192;
/// The most alternatives of one value.
pub(super) const MAX_ALTERNATIVES: u16 = 48;
/// The deepest expression.
pub(super) const MAX_NESTING: u8 = 24;
/// The most combinations of arguments that one call site has.
pub(super) const MAX_ROWS: usize = 32;
/// The most ways of calling one import that are followed at once.
pub(super) const MAX_OPEN: usize = 128;
/// The most parameters of an import whose arguments are followed.
pub(super) const MAX_ARGUMENTS: usize = 64;
/// The most exports whose constant result is looked for.
pub(super) const MAX_EXPORTED_CONSTANTS: usize = 256;
