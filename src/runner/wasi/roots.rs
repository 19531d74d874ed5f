//! The granted folders of one invocation and what is kept of each.

use std::sync::Arc;

use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::filesystem::{
    Descriptor as Handle, Dir, WasiFilesystemCtx, WasiFilesystemCtxView,
};
use wasmtime_wasi::p1::types::Errno;
use wasmtime_wasi::{FsPerms, OpenMode};

use crate::source::Span;

use super::OpenRoot;
use super::descriptor::{Descriptor, Descriptors, Folder};
use super::ledger::Ledger;

/// One granted folder.
#[derive(Debug)]
pub struct Root {
    /// Whether the guest may write there.
    pub writable: bool,
    /// The account, if it is a scratch.
    pub ledger: Option<Ledger>,
    /// The policy's entry.
    pub span: Span,
}

/// The handles of everything that is open, as the WASI library keeps them.
#[derive(Default)]
pub struct Files {
    table: ResourceTable,
    context: WasiFilesystemCtx,
}

impl Files {
    /// The library's view, through which every path is resolved.
    pub fn view(&mut self) -> WasiFilesystemCtxView<'_> {
        WasiFilesystemCtxView {
            ctx: &mut self.context,
            table: &mut self.table,
        }
    }

    /// The handle of the system behind one of ours.
    ///
    /// # Errors
    /// `BADF`: it is not in the table.
    pub fn system(&self, handle: &Resource<Handle>) -> Result<Arc<std::fs::File>, Errno> {
        match self.table.get(handle).map_err(|_| Errno::Badf)? {
            Handle::File(file) => Ok(Arc::clone(&file.file)),
            Handle::Dir(folder) => Ok(Arc::clone(&folder.dir)),
        }
    }

    /// Whether a handle is a folder's.
    pub fn is_folder(&self, handle: &Resource<Handle>) -> bool {
        matches!(self.table.get(handle), Ok(Handle::Dir(_)))
    }

    /// Closes a handle.
    pub fn close(&mut self, handle: Resource<Handle>) {
        let _ = self.table.delete(handle);
    }
}

/// The same handle again, for one call.
pub fn lend(handle: &Resource<Handle>) -> Resource<Handle> {
    Resource::new_borrow(handle.rep())
}

/// Puts the granted folders under the numbers from 3 on.
///
/// # Errors
/// The system has no descriptors left.
pub fn open(
    granted: Vec<OpenRoot>,
    files: &mut Files,
    descriptors: &mut Descriptors,
) -> Result<Vec<Root>, String> {
    let mut roots = Vec::with_capacity(granted.len());
    for (index, root) in granted.into_iter().enumerate() {
        let (permissions, mode) = if root.writable {
            (FsPerms::ReadWrite, OpenMode::READ | OpenMode::WRITE)
        } else {
            (FsPerms::ReadOnly, OpenMode::READ)
        };
        // The very handle that was checked; the library resolves below it and opens nothing by a host path.
        let folder = root.folder.try_clone().map_err(|error| error.to_string())?;
        let handle = Handle::Dir(Dir::new(folder, permissions, mode, false));
        let handle = files
            .table
            .push(handle)
            .map_err(|error| error.to_string())?;
        descriptors
            .add(Descriptor::Folder(Folder {
                handle,
                root: index,
                preopen: Some(root.guest),
                listing: None,
            }))
            .map_err(|errno| errno.to_string())?;
        roots.push(Root {
            writable: root.writable,
            ledger: root.scratch.map(Ledger::new),
            span: root.span,
        });
    }
    Ok(roots)
}
