//! Compiled modules, kept between runs in a private folder; what is not proved to be ours is compiled anew.

mod bound;
mod cache_use;
mod entry;
mod image;
mod name;
mod pages;
mod secret;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::private::{FolderError, Private, folder_of};
use bound::Bound;
use name::Name;
use secret::Secret;

pub use cache_use::{CacheUse, Refusal};
pub(super) use pages::CodePages;

/// A folder of compiled modules.
#[derive(Debug)]
pub struct Cache {
    folder: Private,
    secret: Secret,
    bound: Bound,
}

impl Cache {
    /// In `folder`, or else in `ringfence` among this user's caches.
    ///
    /// # Errors
    /// The folder is not this user's alone, or its key can neither be read nor made.
    pub fn open(folder: Option<&Path>) -> Result<Self, FolderError> {
        let folder = match folder {
            Some(folder) => Private::open(folder)?,
            None => Private::open(&default_place(|name| std::env::var_os(name))?)?,
        };
        let secret = Secret::open(&folder).map_err(|source| FolderError::Unusable {
            path: folder.path().to_owned(),
            source,
        })?;
        Ok(Self {
            folder,
            secret,
            bound: Bound::default(),
        })
    }

    /// The module of `bytes`, which `digest` must be the SHA-256 of: from the cache if it is there and proved to be ours,
    /// else compiled, and stored for the next time. The cache itself never makes it fail.
    ///
    /// # Errors
    /// The engine does not compile `bytes`.
    pub fn module(
        &self,
        engine: &wasmtime::Engine,
        digest: &[u8; 32],
        bytes: &[u8],
    ) -> Result<(wasmtime::Module, CacheUse), wasmtime::Error> {
        self.module_in(engine, None, digest, bytes)
    }

    /// The same for an engine that runs code from these pages.
    pub(super) fn module_in(
        &self,
        engine: &wasmtime::Engine,
        pages: Option<&Arc<CodePages>>,
        digest: &[u8; 32],
        bytes: &[u8],
    ) -> Result<(wasmtime::Module, CacheUse), wasmtime::Error> {
        let name = Name::new(engine, digest);
        let refused = match entry::load(&self.folder, &self.secret, &name, engine, pages) {
            Ok(module) => return Ok((module, CacheUse::Hit)),
            Err(Refusal::Missing) => None,
            Err(refusal) => Some(refusal),
        };
        let module = wasmtime::Module::from_binary(engine, bytes)?;
        let cache_use = match (self.store(&name, &module), refused) {
            (Ok(()), None) => CacheUse::Miss,
            (Ok(()), Some(refusal)) => CacheUse::Refused(refusal),
            (Err(why), refused) => CacheUse::NotStored { why, refused },
        };
        Ok((module, cache_use))
    }

    fn store(&self, name: &Name, module: &wasmtime::Module) -> Result<(), String> {
        let body = module.serialize().map_err(|error| error.to_string())?;
        let size = entry::store(&self.folder, &self.secret, name, &body)?;
        self.bound.hold(&self.folder, name, size);
        Ok(())
    }
}

fn default_place(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, FolderError> {
    let below_home = if cfg!(target_os = "macos") {
        "Library/Caches"
    } else {
        ".cache"
    };
    folder_of(variable("XDG_CACHE_HOME"))
        .or_else(|| Some(folder_of(variable("HOME"))?.join(below_home)))
        .map(|caches| caches.join("ringfence"))
        .ok_or(FolderError::NoPlace {
            what: "compiled modules",
            variable: "XDG_CACHE_HOME",
        })
}

#[cfg(test)]
mod tests;
