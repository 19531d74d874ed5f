//! The store of one invocation: what it is granted, and how its time is kept.

use std::fs::File;
use std::sync::Arc;

use wasmtime::Store;

use crate::policy::Preopen;

use super::guest::Guest;
use super::host::HostState;
use super::invocation::Invocation;
use super::meter::Meter;
use super::root;
use super::runner::Runner;
use super::scratch::Scratch;
use super::wasi::{OpenRoot, ScratchTerms, Setup, Wasi};

/// Fuel between two looks at the clock, about a millisecond of work.
const FUEL_SLICE: u64 = 1_000_000;

/// Fuel or epochs, whichever carries the deadline.
pub fn pace(store: &mut Store<Guest>, runner: &Runner) -> wasmtime::Result<()> {
    if let Some(fuel) = runner.terms.fuel {
        store.set_fuel(fuel)?;
        return store.fuel_async_yield_interval(Some(FUEL_SLICE));
    }
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    Ok(())
}

/// The data of a store, with its grants.
pub fn guest(runner: &Runner, invocation: Invocation) -> Result<(Guest, Vec<Scratch>), String> {
    runner.grants.arguments(&invocation.arguments)?;
    let environment = runner.grants.environment(&invocation.environment);
    let (roots, scratches) = roots(runner)?;
    let mut args = vec![runner.program()];
    args.extend(invocation.arguments);
    let wasi = Wasi::new(Setup {
        terms: Arc::clone(&runner.terms),
        args,
        env: environment,
        roots,
        stdin: invocation.stdin,
        stdout: invocation.stdout,
        stderr: invocation.stderr,
    })?;
    let guest = Guest {
        meter: Meter::new(Arc::clone(&runner.terms)),
        wasi,
        host: HostState::new(&runner.functions, invocation.tenant.as_deref())
            .log_to(invocation.log),
        decisions: invocation.decisions,
        report_only: runner.report_only,
        observer: invocation.observer,
    };
    Ok((guest, scratches))
}

/// Every granted folder, open, with the scratches that have to be removed afterwards.
fn roots(runner: &Runner) -> Result<(Vec<OpenRoot>, Vec<Scratch>), String> {
    let approval = &runner.approval;
    let (mut roots, mut scratches) = (Vec::new(), Vec::new());
    for preopen in &approval.policy().grants.preopens {
        let (folder, scratch) = folder(runner, preopen).map_err(|error| {
            let (guest, place) = (&preopen.guest.value, approval.place(preopen.span));
            format!("{guest} cannot be granted: {error}; {place}")
        })?;
        scratches.extend(scratch);
        roots.push(OpenRoot {
            guest: preopen.guest.value.clone(),
            folder,
            writable: runner.terms.writes
                && (preopen.scratch.is_some()
                    || preopen.writable.as_ref().is_some_and(|one| one.value)),
            readable: runner.terms.reads,
            scratch: preopen
                .scratch
                .as_ref()
                .map(|scratch| ScratchTerms::of(scratch, &runner.terms)),
            span: preopen.span,
        });
    }
    Ok((roots, scratches))
}

fn folder(runner: &Runner, preopen: &Preopen) -> Result<(Arc<File>, Option<Scratch>), String> {
    match (&preopen.scratch, &preopen.host) {
        (Some(_), _) => {
            let parent = runner
                .scratches
                .as_ref()
                .ok_or("no scratch was made ready")?;
            let fresh = parent.fresh().map_err(|error| error.to_string())?;
            Ok((fresh.folder(), Some(fresh)))
        }
        (None, Some(host)) => {
            let path = runner.approval.real_root(&host.value, host.span);
            let path = path.ok_or("it is a symbolic link; name the folder that it leads to")?;
            let folder = root::open(path).map_err(|error| error.to_string())?;
            Ok((Arc::new(folder), None))
        }
        (None, None) => Err("it has neither `host` nor `scratch`".to_owned()),
    }
}
