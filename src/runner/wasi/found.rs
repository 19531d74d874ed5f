//! What there is at a path or behind a handle, as the WASI library sees it.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::filesystem::{Descriptor as Handle, WasiFilesystemCtx, WasiFilesystemCtxView};
use wasmtime_wasi::p1::types::{Errno, Error, Filetype};
use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorStat, DescriptorType, HostDescriptor, NewTimestamp,
};

/// What there is at a path or behind a handle.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// What tells it from others.
    pub identity: u64,
    /// What it is.
    pub stat: DescriptorStat,
}

impl Found {
    /// What it is, in WASI's words.
    pub fn kind(&self) -> Filetype {
        match self.stat.type_ {
            DescriptorType::RegularFile => Filetype::RegularFile,
            DescriptorType::Directory => Filetype::Directory,
            DescriptorType::SymbolicLink => Filetype::SymbolicLink,
            DescriptorType::BlockDevice => Filetype::BlockDevice,
            DescriptorType::CharacterDevice => Filetype::CharacterDevice,
            _ => Filetype::Unknown,
        }
    }

    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.kind() == Filetype::Directory
    }

    /// Files, folders and links; a FIFO, socket or device is nothing for a guest.
    pub fn is_plain(&self) -> bool {
        let plain = [
            Filetype::RegularFile,
            Filetype::Directory,
            Filetype::SymbolicLink,
        ];
        plain.contains(&self.kind())
    }
}

/// Looks at what is open.
///
/// # Errors
/// What the system says.
pub fn look_at(handle: Handle) -> Result<Found, Errno> {
    let mut table = ResourceTable::new();
    let mut context = WasiFilesystemCtx::default();
    let handle = table.push(handle).map_err(|_| Errno::Nomem)?;
    let mut view = WasiFilesystemCtxView {
        ctx: &mut context,
        table: &mut table,
    };
    Ok(Found {
        identity: now(view.metadata_hash(lend(&handle)))?.lower,
        stat: now(view.stat(lend(&handle)))?,
    })
}

/// Sets the times of what is open.
///
/// # Errors
/// What the system says.
pub fn set_times(
    handle: Handle,
    accessed: NewTimestamp,
    modified: NewTimestamp,
) -> Result<(), Errno> {
    let mut table = ResourceTable::new();
    let mut context = WasiFilesystemCtx::default();
    let handle = table.push(handle).map_err(|_| Errno::Nomem)?;
    let mut view = WasiFilesystemCtxView {
        ctx: &mut context,
        table: &mut table,
    };
    now(view.set_times(handle, accessed, modified))
}

/// The same handle again, for one call.
pub fn lend(handle: &Resource<Handle>) -> Resource<Handle> {
    Resource::new_borrow(handle.rep())
}

/// The library's calls are futures that are over at once where the thread may wait.
///
/// # Errors
/// What the system says.
pub fn now<T>(call: impl Future<Output = FsResult<T>>) -> Result<T, Errno> {
    let mut call = pin!(call);
    match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => {
            done.map_err(|error| Error::from(error).downcast().unwrap_or(Errno::Io))
        }
        Poll::Pending => Err(Errno::Io),
    }
}
