//! One running instance: an invocation from its grants to its end.

use std::time::{Duration, Instant as Moment};

use wasmtime::{Store, Val, ValType};

use super::abi::{self, Closed};
use super::buffer::BufferCall;
use super::deadline;
use super::ending::ending;
use super::engine::Pace;
use super::guest::Guest;
use super::invocation::{Entry, Invocation};
use super::outcome::{Ending, Outcome, Usage, Value};
use super::runner::{Runner, refused_outcome};
use super::scratch::Scratch;
use super::stop::{Budget, Stop};
use super::store::{guest, pace};
use super::ticker::Ticking;

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
    /// The last look at the clock: where one part ends, the next begins.
    now: Moment,
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
            now: begun,
        };
        let opened = own.open().await;
        own.instantiate = own.now - begun;
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
            .await
            .map_err(|ending| unasked(ending, "in its start section"))?;
        self.guest = Some(instance);
        // A function that is asked before `_initialize` would find a runtime that is not there yet.
        if !abi::is_asked(&runner.approval) {
            self.gate(instance).await?;
        }
        self.initialize(instance)
            .await
            .map_err(|ending| unasked(ending, "in `_initialize`"))?;
        if abi::is_asked(&runner.approval) {
            let when = "while it was asked for its ABI version";
            self.gate(instance)
                .await
                .map_err(|ending| unasked(ending, when))?;
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
        if !self.runner.is_reactor {
            return Ok(());
        }
        self.timed(async move |store| {
            let initialize = instance.get_typed_func::<(), ()>(&mut *store, "_initialize")?;
            initialize.call_async(store, ()).await
        })
        .await
    }

    /// Calls into the guest.
    pub async fn call(&mut self, entry: &Entry) -> Ending {
        self.now = Moment::now();
        self.call_at_once(entry).await
    }

    /// The same right after the last part, with no time between that could be the caller's.
    pub(super) async fn call_at_once(&mut self, entry: &Entry) -> Ending {
        match self.enter(entry).await {
            Ok(values) => Ending::Returned(values),
            Err(ending) => ending,
        }
    }

    async fn enter(&mut self, entry: &Entry) -> Result<Vec<Value>, Ending> {
        let instance = self.guest.ok_or_else(over)?;
        match entry {
            Entry::Command => self.start_command(instance).await,
            Entry::Export { name, arguments } => self.export(instance, name, arguments).await,
        }
    }

    async fn start_command(&mut self, instance: wasmtime::Instance) -> Result<Vec<Value>, Ending> {
        let start = instance.get_typed_func::<(), ()>(&mut self.store, "_start");
        let start = start.map_err(|_| {
            let reason = "it exports no `_start: () -> ()`; name the export to call with --invoke";
            Ending::Refused(reason.to_owned())
        })?;
        self.timed(async move |store| start.call_async(store, ()).await)
            .await?;
        Ok(Vec::new())
    }

    async fn export(
        &mut self,
        instance: wasmtime::Instance,
        name: &str,
        arguments: &[Value],
    ) -> Result<Vec<Value>, Ending> {
        let function = instance.get_func(&mut self.store, name);
        let function =
            function.ok_or_else(|| Ending::Refused(format!("it exports no function `{name}`")))?;
        let ty = function.ty(&self.store);
        let given: Vec<Val> = arguments.iter().copied().map(Val::from).collect();
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
        self.now = Moment::now();
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
        let begun = self.now;
        let _ticking: Option<Ticking> = match &self.runner.pace {
            Pace::Fuel => None,
            Pace::Epochs(ticker) => Some(ticker.run()),
        };
        let until = begun + self.left;
        self.store.data_mut().meter.set_deadline(until);
        let done = deadline::until(until, work(&mut self.store)).await;
        self.now = Moment::now();
        let spent = self.now - begun;
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

/// An exit before anything was called is no end that the caller asked for, whatever its code.
fn unasked(ending: Ending, when: &str) -> Ending {
    match ending {
        Ending::Exit(code) => Ending::Refused(format!("it exited with code {code} {when}")),
        other => other,
    }
}

fn over() -> Ending {
    Ending::Refused("it ended before".to_owned())
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
