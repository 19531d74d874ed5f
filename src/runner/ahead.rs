//! What a lock makes likely to be run, read while the module itself still is.

use wasmtime::Engine;

use crate::policy::Policy;

use super::cache::Cache;
use super::engine::configuration;
use super::terms::Terms;

/// Reads the compiled module of this digest under a policy from a cache, for a runner that is made with the cache a moment
/// later and takes instances on demand. Nothing is believed by it: the runner asks for the module that was approved, and an
/// entry that is not this one's is dropped.
pub fn read_ahead(cache: &Cache, policy: &Policy, sha256: &[u8; 32]) {
    let config = configuration(policy, &Terms::of(policy, false));
    if let Ok(engine) = Engine::new(&config) {
        cache.read_ahead(&engine, sha256);
    }
}
