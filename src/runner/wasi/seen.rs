//! What an observer is told of calls to WASI. Nothing is done where there is none.

use wasmtime_wasi::p1::types::{Clockid, Error, Fd};

use crate::audit::Mode;
use crate::runner::guest::Guest;

use super::call::{Call, refusal};
use super::descriptor::Descriptor;
use super::paths::Place;

impl Guest {
    /// A call that reads or writes a descriptor; `files` is what it uses, if that is a file.
    pub(super) fn saw_descriptor(&self, number: Fd, files: &'static str) {
        let Some(observer) = &self.observer else {
            return;
        };
        match self.wasi.descriptors.get(number.into()) {
            Ok(Descriptor::Stdin) => observer.used("stdin"),
            Ok(Descriptor::Stdout) => observer.used("stdout"),
            Ok(Descriptor::Stderr) => observer.used("stderr"),
            Ok(Descriptor::File(_) | Descriptor::Folder(_)) => observer.used(files),
            Err(_) => {}
        }
    }

    /// A call that reads a clock, or waits by it.
    pub(super) fn saw_clock(&self, clock: Clockid) {
        let Some(observer) = &self.observer else {
            return;
        };
        match clock {
            Clockid::Realtime => observer.used("clock.wall"),
            Clockid::Monotonic => observer.used("clock.monotonic"),
            _ => {}
        }
    }

    /// A call that can wait.
    pub(super) fn saw_wait(&self) {
        if let Some(observer) = &self.observer {
            observer.used("sched");
        }
    }

    /// A call by path. One that the grant forbids is no use of it; one of a file that is not there is.
    pub(super) fn saw_path<T>(
        &self,
        call: Call,
        places: &[(&Place, &[Mode])],
        looked: &Result<T, Error>,
    ) {
        let Some(observer) = &self.observer else {
            return;
        };
        if looked.as_ref().err().and_then(refusal).is_some() {
            observer.denied(call.function);
            return;
        }
        observer.used(call.capability);
        for (place, modes) in places {
            if let Some(root) = self.wasi.roots.get(place.root) {
                observer.path(&root.guest, place.from, &place.path, modes);
            }
        }
    }

    /// A path was opened.
    pub(super) fn saw_opened(&self, number: u32, place: &Place) {
        if let Some(observer) = &self.observer {
            observer.opened(number, place.from, &place.path);
        }
    }

    /// A descriptor got another number.
    pub(super) fn saw_renumbered(&self, from: Fd, to: Fd) {
        if let Some(observer) = &self.observer {
            observer.renumbered(from.into(), to.into());
        }
    }
}
