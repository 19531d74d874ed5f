//! Where the generator is (see `build.rs`, which is the generator).

/// The program. `PROGRAM FROM COUNT [collected]` reads a module that imports all that may be imported, and writes the
/// modules of the seeds `FROM..FROM + COUNT`, each after its length (four bytes, little-endian; nothing if there is none).
pub const PROGRAM: &str = env!("SMITH");
