//! One running instance: an invocation from its grants to its end.

use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, Instant as Moment};

use wasmtime::{Store, Trap as EngineTrap, Val, ValType, WasmBacktrace};

use crate::policy::Preopen;

use super::abi::{self, Closed};
use super::buffer::BufferCall;
use super::deadline::Deadline;
use super::engine::Pace;
use super::guest::Guest;
use super::host::HostState;
use super::invocation::{Entry, Invocation};
use super::meter::Meter;
use super::outcome::{Ending, Outcome, Trap, Usage, Value};
use super::root;
use super::runner::{Runner, refused_outcome};
use super::scratch::Scratch;
use super::stop::{Budget, Stop};
use super::ticker::Ticking;
use super::wasi::{OpenRoot, ScratchTerms, Setup, Wasi};

/// Fuel between two looks at the clock, about a millisecond of work.
const FUEL_SLICE: u64 = 1_000_000;

/// A guest that was started and passed the ABI gate. Its budgets span all its calls; time between calls is free.
pub struct Instance<'r> {
    // The store goes before the scratches whose handles it holds.
    store: Store<Guest>,
    scratches: Vec<Scratch>,
    runner: &'r Runner,
    guest: Option<wasmtime::Instance>,
    left: Duration,
    instantiate: Duration,
    execute: Duration,
    started: bool,
}

impl<'r> Instance<'r> {
    /// Grants, store, instantiation, `_initialize`, ABI gate.
    pub(super) async fn start(
        runner: &'r Runner,
        invocation: Invocation,
    ) -> Result<Instance<'r>, Outcome> {
        let begun = Moment::now();
        let (guest, scratches) = guest(runner, invocation).map_err(refused_outcome)?;
        let mut store = Store::new(&runner.engine, guest);
        store.limiter(|guest| &mut guest.meter);
        if let Err(error) = pace(&mut store, runner) {
            return Err(refused_outcome(error.to_string()));
        }
        let mut own = Self {
            store,
            scratches,
            runner,
            guest: None,
            left: runner.terms.deadline,
            instantiate: Duration::ZERO,
            execute: Duration::ZERO,
            started: false,
        };
        let opened = own.open().await;
        own.instantiate = begun.elapsed();
        match opened {
            Ok(()) => {
                own.started = true;
                Ok(own)
            }
            Err(ending) => Err(own.finish(ending)),
        }
    }

    async fn open(&mut self) -> Result<(), Ending> {
        let runner = self.runner;
        let linked = &runner.linked;
        let instance = self
            .timed(async move |store| linked.instantiate_async(store).await)
            .await?;
        self.guest = Some(instance);
        // A function that is asked before `_initialize` would find a runtime that is not there yet.
        if !abi::is_asked(&runner.approval) {
            self.gate(instance).await?;
        }
        self.initialize(instance).await?;
        if abi::is_asked(&runner.approval) {
            self.gate(instance).await?;
        }
        Ok(())
    }

    async fn gate(&mut self, instance: wasmtime::Instance) -> Result<(), Ending> {
        let approval = &self.runner.approval;
        let checked = self
            .timed(async move |store| Ok(abi::check(approval, store, &instance).await))
            .await?;
        checked.map_err(|closed| match closed {
            Closed::Version(reason) => Ending::Refused(reason),
            Closed::Error(error) => ending(&error),
        })
    }

    /// A reactor's `_initialize` is part of its start; a command has none.
    async fn initialize(&mut self, instance: wasmtime::Instance) -> Result<(), Ending> {
        let Some(function) = instance.get_func(&mut self.store, "_initialize") else {
            return Ok(());
        };
        if instance.get_func(&mut self.store, "_start").is_some() {
            return Ok(());
        }
        self.timed(async move |store| function.call_async(store, &[], &mut []).await)
            .await
    }

    /// Calls into the guest.
    pub async fn call(&mut self, entry: &Entry) -> Ending {
        match self.enter(entry).await {
            Ok(values) => Ending::Returned(values),
            Err(ending) => ending,
        }
    }

    async fn enter(&mut self, entry: &Entry) -> Result<Vec<Value>, Ending> {
        let (name, given) = match entry {
            Entry::Command => ("_start", Vec::new()),
            Entry::Export { name, arguments } => (
                name.as_str(),
                arguments.iter().copied().map(Val::from).collect(),
            ),
        };
        let instance = self.guest.ok_or_else(over)?;
        let function = instance.get_func(&mut self.store, name);
        let function = function.ok_or_else(|| Ending::Refused(missing(entry)))?;
        let ty = function.ty(&self.store);
        let takes: Vec<ValType> = ty.params().collect();
        let fits =
            takes.len() == given.len() && given.iter().zip(&takes).all(|(one, ty)| fits(one, ty));
        if !fits {
            let takes: Vec<String> = takes.iter().map(ToString::to_string).collect();
            return Err(Ending::Refused(format!(
                "`{name}` takes ({}), and {} arguments were given",
                takes.join(", "),
                given.len()
            )));
        }
        let mut results = vec![Val::I32(0); ty.results().len()];
        let room = &mut results;
        self.timed(async move |store| function.call_async(store, &given, room).await)
            .await?;
        results
            .iter()
            .map(|one| Value::try_from(one).map_err(Ending::Refused))
            .collect()
    }

    /// Calls `name`, `(pointer, length) -> pointer << 32 | length`, with bytes that cross by the policy's `abi.allocator`.
    /// The output has at most `most` bytes.
    ///
    /// # Errors
    /// How the call ended instead.
    pub async fn call_with_bytes(
        &mut self,
        name: &str,
        input: &[u8],
        most: usize,
    ) -> Result<Vec<u8>, Ending> {
        let abi = &self.runner.approval.policy().abi;
        let alloc = abi
            .alloc
            .as_ref()
            .ok_or_else(|| Ending::Refused("the policy states no `abi.allocator`".to_owned()))?;
        let free = abi.free.as_ref().map(|free| free.value.as_str());
        let instance = self.guest.ok_or_else(over)?;
        let call = BufferCall::of(&mut self.store, &instance, name, &alloc.value, free)
            .map_err(Ending::Refused)?;
        self.timed(async move |store| call.call(store, input, most).await)
            .await
    }

    /// Runs guest code against what is left of the deadline.
    async fn timed<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Store<Guest>) -> wasmtime::Result<T>,
    ) -> Result<T, Ending> {
        let begun = Moment::now();
        let _ticking: Option<Ticking> = match &self.runner.pace {
            Pace::Fuel => None,
            Pace::Epochs(ticker) => Some(ticker.run()),
        };
        let until = begun + self.left;
        self.store.data_mut().meter.set_deadline(until);
        let done = Deadline::new(work(&mut self.store), until).await;
        let spent = begun.elapsed();
        self.left = self.left.saturating_sub(spent);
        self.execute += if self.started { spent } else { Duration::ZERO };
        // What failed once has left the guest in the middle of something: it is not called again.
        let failed = match done {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => ending(&error),
            Err(_) => Ending::Stopped(Stop::Spent(Budget::Deadline)),
        };
        self.guest = None;
        Err(failed)
    }

    /// Takes the instance down: its scratches go, and what it used is added up.
    pub fn finish(self, ending: Ending) -> Outcome {
        let mut usage = Usage {
            compile: self.runner.compile_time(),
            instantiate: self.instantiate,
            execute: self.execute,
            fuel: self.fuel(),
            spent: self.store.data().meter.spent(),
            passed: self.store.data().wasi.passed(),
            host_calls: self.store.data().host.calls(),
        };
        usage.host_calls.sort();
        drop(self.store);
        let mut left = Vec::new();
        for scratch in self.scratches {
            left.extend(scratch.remove().err());
        }
        let ending = match left.first() {
            Some(error) => Ending::Stopped(Stop::Failed(error.to_string())),
            None => ending,
        };
        Outcome { ending, usage }
    }

    fn fuel(&self) -> Option<u64> {
        let given = self.runner.terms.fuel?;
        let left = self.store.get_fuel().ok()?;
        Some(given.saturating_sub(left))
    }
}

/// Fuel or epochs, whichever carries the deadline.
fn pace(store: &mut Store<Guest>, runner: &Runner) -> wasmtime::Result<()> {
    if let Some(fuel) = runner.terms.fuel {
        store.set_fuel(fuel)?;
        return store.fuel_async_yield_interval(Some(FUEL_SLICE));
    }
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    Ok(())
}

/// The data of a store, with its grants.
fn guest(runner: &Runner, invocation: Invocation) -> Result<(Guest, Vec<Scratch>), String> {
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
        host: HostState::new(&runner.functions, invocation.tenant.as_deref()),
        decisions: invocation.decisions,
        report_only: runner.report_only,
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
            writable: preopen.scratch.is_some()
                || preopen.writable.as_ref().is_some_and(|one| one.value),
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
            let path = runner.approval.host_path(&host.value, host.span);
            let folder = root::open(&path).map_err(|error| error.to_string())?;
            Ok((Arc::new(folder), None))
        }
        (None, None) => Err("it has neither `host` nor `scratch`".to_owned()),
    }
}

fn over() -> Ending {
    Ending::Refused("it ended before".to_owned())
}

fn missing(entry: &Entry) -> String {
    match entry {
        Entry::Command => {
            "it exports no `_start`; name the export to call with --invoke".to_owned()
        }
        Entry::Export { name, .. } => format!("it exports no function `{name}`"),
    }
}

/// What an error of the engine means.
fn ending(error: &wasmtime::Error) -> Ending {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return match stop {
            Stop::Exit(code) => Ending::Exit(*code),
            other => Ending::Stopped(other.clone()),
        };
    }
    if matches!(
        error.downcast_ref::<EngineTrap>(),
        Some(EngineTrap::OutOfFuel)
    ) {
        return Ending::Stopped(Stop::Spent(Budget::Fuel));
    }
    let frames = error
        .downcast_ref::<WasmBacktrace>()
        .map(|trace| trace.frames().iter().map(frame).collect())
        .unwrap_or_default();
    let message = error
        .downcast_ref::<EngineTrap>()
        .map_or_else(|| error.root_cause().to_string(), ToString::to_string);
    Ending::Trapped(Trap { message, frames })
}

fn frame(frame: &wasmtime::FrameInfo) -> String {
    let name = frame.func_name().map(str::to_owned);
    name.unwrap_or_else(|| format!("func[{}]", frame.func_index()))
}

fn fits(value: &Val, ty: &ValType) -> bool {
    matches!(
        (value, ty),
        (Val::I32(_), ValType::I32)
            | (Val::I64(_), ValType::I64)
            | (Val::F32(_), ValType::F32)
            | (Val::F64(_), ValType::F64)
    )
}

impl From<Value> for Val {
    fn from(value: Value) -> Self {
        match value {
            Value::I32(number) => Self::I32(number),
            Value::I64(number) => Self::I64(number),
            Value::F32(number) => Self::F32(number.to_bits()),
            Value::F64(number) => Self::F64(number.to_bits()),
        }
    }
}

impl TryFrom<&Val> for Value {
    type Error = String;

    fn try_from(value: &Val) -> Result<Self, String> {
        match value {
            Val::I32(number) => Ok(Self::I32(*number)),
            Val::I64(number) => Ok(Self::I64(*number)),
            Val::F32(bits) => Ok(Self::F32(f32::from_bits(*bits))),
            Val::F64(bits) => Ok(Self::F64(f64::from_bits(*bits))),
            _ => Err("it returns something that is no number".to_owned()),
        }
    }
}
