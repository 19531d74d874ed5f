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
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::compiler::compile;
use super::private::{FolderError, Private, folder_of};
use bound::Bound;
use image::Image;
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
    /// What was read before anybody asked for it.
    ahead: Mutex<Option<(Name, Image)>>,
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
            ahead: Mutex::default(),
        })
    }

    /// Where it is.
    pub(super) fn place(&self) -> &Path {
        self.folder.path()
    }

    /// Reads the entry of the module with this digest for an engine, to be there when it is asked for. It is proved to be ours
    /// like any other, and forgotten where another one is asked for. Whatever is wrong is found again when it is asked for.
    pub(super) fn read_ahead(&self, engine: &wasmtime::Engine, digest: &[u8; 32]) {
        let name = Name::new(engine, digest);
        if let Ok(image) = entry::read(&self.folder, &self.secret, &name) {
            *self.lock_ahead() = Some((name, image));
        }
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
        let refused = match self.load(&name, engine, pages) {
            Ok(module) => return Ok((module, CacheUse::Hit)),
            Err(Refusal::Missing) => None,
            Err(refusal) => Some(refusal),
        };
        let module = compile(engine, bytes)?;
        let cache_use = match (self.store(&name, &module), refused) {
            (Ok(()), None) => CacheUse::Miss,
            (Ok(()), Some(refusal)) => CacheUse::Refused(refusal),
            (Err(why), refused) => CacheUse::NotStored { why, refused },
        };
        Ok((module, cache_use))
    }

    fn lock_ahead(&self) -> MutexGuard<'_, Option<(Name, Image)>> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load(
        &self,
        name: &Name,
        engine: &wasmtime::Engine,
        pages: Option<&Arc<CodePages>>,
    ) -> Result<wasmtime::Module, Refusal> {
        // Not held while an entry is read: others read theirs meanwhile.
        let ahead = self.lock_ahead().take();
        let image = match ahead {
            Some((read, image)) if read == *name => image,
            _ => entry::read(&self.folder, &self.secret, name)?,
        };
        let module = image.module(engine, pages);
        module.map_err(|error| Refusal::Engine(error.to_string()))
    }

    fn store(&self, name: &Name, module: &wasmtime::Module) -> Result<(), String> {
        let body = module.serialize().map_err(|error| error.to_string())?;
        let size = entry::store(&self.folder, &self.secret, name, &body)?;
        self.bound.hold(&self.folder, name, size);
        Ok(())
    }
}

fn default_place(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, FolderError> {
    let first = default_places(variable).into_iter().next();
    first.ok_or(FolderError::NoPlace {
        what: "compiled modules",
        variable: "XDG_CACHE_HOME",
    })
}

/// Where the cache is by default, and where it would be if the first variable were not set.
pub(super) fn default_places(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let below_home = if cfg!(target_os = "macos") {
        "Library/Caches"
    } else {
        ".cache"
    };
    let home = folder_of(variable("HOME")).map(|home| home.join(below_home));
    let caches = folder_of(variable("XDG_CACHE_HOME"))
        .into_iter()
        .chain(home);
    caches.map(|caches| caches.join("ringfence")).collect()
}

#[cfg(test)]
mod tests;
