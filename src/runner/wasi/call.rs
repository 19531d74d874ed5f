//! A call by path as a decision: recorded before anything is done, also where its path cannot be read.

use wasmtime_wasi::p1::types::{Errno, Error, Fd};
use wiggle::{GuestMemory, GuestPtr};

use crate::runner::decision::Decision;
use crate::runner::guest::Guest;

use super::paths::Place;
use super::stop;
use super::transfer::{path, shown};

/// A function that takes a path, and the capability that a call of it uses.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Its name.
    pub function: &'static str,
    /// `fs.read`, `fs.write`, `fs.metadata`.
    pub capability: &'static str,
}

impl Call {
    /// One that reads what files hold.
    pub fn reads(function: &'static str) -> Self {
        let capability = "fs.read";
        Self {
            function,
            capability,
        }
    }

    /// One that changes files or folders.
    pub fn writes(function: &'static str) -> Self {
        let capability = "fs.write";
        Self {
            function,
            capability,
        }
    }
}

impl Guest {
    /// A path of a call, by the name of its argument.
    ///
    /// # Errors
    /// It starts from no open folder, or cannot be read.
    pub(super) fn place_at(
        &self,
        call: Call,
        memory: &GuestMemory<'_>,
        folder: Fd,
        (name, text): (&str, GuestPtr<str>),
    ) -> Result<Place, Error> {
        // Without a folder there is nothing to decide.
        match self.wasi.place(folder.into(), String::new()) {
            Ok(mut place) => {
                place.path = self.path_at(call, memory, place.root, (name, text))?;
                Ok(place)
            }
            Err(error) => {
                path(memory, text)?;
                Err(error)
            }
        }
    }

    /// A path of a call below a root, or the text of a link there.
    ///
    /// # Errors
    /// It cannot be read as a path: that is a denial like any other.
    pub(super) fn path_at(
        &self,
        call: Call,
        memory: &GuestMemory<'_>,
        root: usize,
        (name, text): (&str, GuestPtr<str>),
    ) -> Result<String, Error> {
        let read = path(memory, text);
        if let Some(reason) = read.as_ref().err().and_then(unreadable)
            && self.decisions.is_some()
        {
            let shown = shown(memory, text)?;
            self.record(call, root, &[(name, &shown)], Some(reason))?;
        }
        read
    }

    /// Records the decision on a call, before anything is done. That a file is not there is no denial; what the grant
    /// forbids is.
    ///
    /// # Errors
    /// It could not be kept.
    pub(super) fn judged<T>(
        &self,
        call: Call,
        root: usize,
        arguments: &[(&str, &str)],
        looked: &Result<T, Error>,
    ) -> Result<(), Error> {
        if self.decisions.is_none() {
            return Ok(());
        }
        let denied = looked.as_ref().err().and_then(refusal);
        self.record(call, root, arguments, denied)
    }

    fn record(
        &self,
        call: Call,
        root: usize,
        arguments: &[(&str, &str)],
        denied: Option<&str>,
    ) -> Result<(), Error> {
        let function = format!("wasi_snapshot_preview1.{}", call.function);
        let arguments: Vec<(&str, String)> = arguments
            .iter()
            .map(|(name, text)| (*name, (*text).to_owned()))
            .collect();
        self.decide(|| Decision {
            function: &function,
            capability: call.capability,
            arguments: &arguments,
            allowed: denied.is_none(),
            enforced: true,
            reason: denied.unwrap_or_default(),
            decided_by: self.wasi.roots.get(root).map(|root| root.span),
        })
        .map_err(stop)
    }
}

/// Why a grant refuses, if that is what an error says.
pub(super) fn refusal(error: &Error) -> Option<&'static str> {
    match error.downcast_ref()? {
        Errno::Rofs => Some("the grant is read-only"),
        Errno::Notcapable => Some("it is no regular file or folder, or a link that could lead out"),
        Errno::Perm => Some("it leads out of the granted folder"),
        Errno::Xdev => Some("it leads from one grant to another"),
        _ => None,
    }
}

/// Why a path cannot be read, if that is what an error says.
fn unreadable(error: &Error) -> Option<&'static str> {
    match error.downcast_ref()? {
        Errno::Ilseq => Some("its path is not UTF-8"),
        Errno::Nametoolong => Some("its path is longer than any may be"),
        Errno::Inval => Some("its path holds a NUL"),
        _ => None,
    }
}
