//! The cache of compiled modules, for one run.

use std::cell::OnceCell;
use std::path::Path;

use crate::audit::Lock;
use crate::policy::Policy;
use crate::runner::{Cache, FolderError, read_ahead};

use super::super::command::RunArgs;
use super::say;

/// The cache, opened when it is first needed; none with `--no-cache`.
#[derive(Debug, Default)]
pub struct Compiled(OnceCell<Option<Result<Cache, FolderError>>>);

impl Compiled {
    /// Reads what the lock lets expect, while the module itself is still read.
    pub fn read_ahead(&self, arguments: &RunArgs, module: &str, policy: &Policy, lock: &Lock) {
        let file = Path::new(module).file_name().and_then(|name| name.to_str());
        let name = policy.name.as_ref().map(|name| name.value.as_str());
        let expected = lock.expected(file, name);
        if let (Some(digest), Some(Ok(cache))) = (expected, self.open(arguments)) {
            read_ahead(cache, policy, &digest);
        }
    }

    /// Hands it out, or says why there is none.
    pub fn take(self, arguments: &RunArgs) -> Option<Cache> {
        self.open(arguments);
        match self.0.into_inner()?? {
            Ok(cache) => Some(cache),
            Err(error) => {
                say(&format!("nothing is kept of the compilation: {error}"));
                None
            }
        }
    }

    fn open(&self, arguments: &RunArgs) -> Option<&Result<Cache, FolderError>> {
        let open = || (!arguments.no_cache).then(|| Cache::open(None));
        self.0.get_or_init(open).as_ref()
    }
}
