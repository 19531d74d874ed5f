//! The granted folders of one invocation and what is kept of each.

use wasmtime_wasi::filesystem::{Descriptor as Handle, Dir};
use wasmtime_wasi::{FsPerms, OpenMode};

use crate::source::Span;

use super::OpenRoot;
use super::descriptor::{Descriptor, Descriptors, Folder};
use super::found::look_at;
use super::ledger::Ledger;

/// One granted folder.
#[derive(Debug)]
pub struct Root {
    /// Where the guest sees it.
    pub guest: String,
    /// Whether the guest may write there.
    pub writable: bool,
    /// Whether the guest may read what files hold.
    pub readable: bool,
    /// The account, if it is a scratch.
    pub ledger: Option<Ledger>,
    /// The policy's entry.
    pub span: Span,
}

/// Puts the granted folders under the numbers from 3 on.
///
/// # Errors
/// The system has no descriptors left, or does not let a folder be looked at.
pub fn open(granted: Vec<OpenRoot>, descriptors: &mut Descriptors) -> Result<Vec<Root>, String> {
    let mut roots = Vec::with_capacity(granted.len());
    for (index, root) in granted.into_iter().enumerate() {
        let (permissions, mode) = if root.writable {
            (FsPerms::ReadWrite, OpenMode::READ | OpenMode::WRITE)
        } else {
            (FsPerms::ReadOnly, OpenMode::READ)
        };
        // The very handle that was checked; the library resolves below it and opens nothing by a host path.
        let folder = root.folder.try_clone().map_err(|error| error.to_string())?;
        let handle = Dir::new(folder, permissions, mode, true);
        let found = look_at(Handle::Dir(handle.clone())).map_err(|errno| errno.to_string())?;
        let folder = Folder {
            handle,
            root: index,
            identity: found.identity,
            preopen: Some(root.guest.clone()),
            listing: None,
            listed: false,
        };
        descriptors
            .add(Descriptor::Folder(folder))
            .map_err(|errno| errno.to_string())?;
        roots.push(Root {
            guest: root.guest,
            writable: root.writable,
            readable: root.readable,
            ledger: root.scratch.map(Ledger::new),
            span: root.span,
        });
    }
    Ok(roots)
}
