//! Stubs: functions of WASI that may be imported and do nothing. They answer so that honest guests live.

use std::borrow::Cow;
use std::sync::Arc;

use wasmtime::{Caller, Extern, FuncType, Linker, Val, ValType};
use wiggle::{GuestMemory, GuestPtr};

use crate::audit::StubAnswer;
use crate::capability::Taxonomy;
use crate::runner::decision::Decision;
use crate::runner::guest::Guest;
use crate::runner::stop::{Denial, Stop};
use crate::source::Span;
use crate::wasm::Signature;

/// Links a stub for an import that a line of the policy names.
///
/// # Errors
/// The linker has something of this name.
pub fn link(
    linker: &mut Linker<Guest>,
    module: &str,
    name: &str,
    ty: FuncType,
    decided_by: Option<Span>,
) -> wasmtime::Result<()> {
    let stub = Stub::new(module, name, &ty, decided_by);
    linker.func_new(module, name, ty, move |caller, arguments, results| {
        stub.call(caller, arguments, results)
    })?;
    Ok(())
}

/// One stub.
struct Stub {
    name: Cow<'static, str>,
    /// With its module: `wasi_snapshot_preview1.path_open`.
    full: Arc<str>,
    capability: String,
    answer: StubAnswer,
    results: Vec<ValType>,
    decided_by: Option<Span>,
}

const REASON: &str = "`imports.wasi.stub` names it";

impl Stub {
    fn new(module: &str, name: &str, ty: &FuncType, decided_by: Option<Span>) -> Self {
        let known = Taxonomy::builtin().lookup(module, name);
        let capabilities = known.and_then(|entry| entry.capabilities);
        let capabilities: Vec<_> = capabilities.unwrap_or_default().names().collect();
        Self {
            name: Cow::Owned(name.to_owned()),
            full: format!("{module}.{name}").into(),
            capability: capabilities.join(", "),
            answer: StubAnswer::of(name, &signature(ty)),
            results: ty.results().collect(),
            decided_by,
        }
    }

    fn call(
        &self,
        mut caller: Caller<'_, Guest>,
        arguments: &[Val],
        results: &mut [Val],
    ) -> wasmtime::Result<()> {
        self.account(caller.data_mut())?;
        if self.answer == StubAnswer::NoneThere {
            write_zeros(&mut caller, arguments)?;
        }
        match self.answer.errno() {
            Some(errno) => self.fill(errno, results),
            None => Err(wasmtime::Error::new(self.stop())),
        }
    }

    /// Counts the call and records the decision.
    fn account(&self, guest: &mut Guest) -> Result<(), Stop> {
        guest.meter.call()?;
        guest.wasi.count(self.name.clone());
        guest.decide(|| Decision {
            function: &self.full,
            capability: &self.capability,
            arguments: &[],
            allowed: false,
            enforced: true,
            reason: REASON,
            decided_by: self.decided_by,
        })
    }

    fn stop(&self) -> Stop {
        Stop::from(Denial {
            function: self.full.to_string(),
            argument: None,
            reason: REASON.to_owned(),
            decided_by: self.decided_by.unwrap_or_default(),
        })
    }

    /// One `i32` is an error number; to other results there is no way to say no, so they are zeros.
    fn fill(&self, errno: u16, results: &mut [Val]) -> wasmtime::Result<()> {
        if let ([ValType::I32], [result]) = (self.results.as_slice(), &mut *results) {
            *result = Val::I32(i32::from(errno));
            return Ok(());
        }
        for (result, ty) in results.iter_mut().zip(&self.results) {
            *result = zero(ty).ok_or_else(|| wasmtime::Error::new(self.stop()))?;
        }
        Ok(())
    }
}

/// Zero of a type of numbers.
fn zero(ty: &ValType) -> Option<Val> {
    if ty.is_ref() {
        return None;
    }
    Val::default_for_ty(ty)
}

/// Writes a zero to each of the two places that the arguments name.
fn write_zeros(caller: &mut Caller<'_, Guest>, arguments: &[Val]) -> wasmtime::Result<()> {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return Err(wasmtime::Error::msg("it exports no memory"));
    };
    let mut memory = GuestMemory::Unshared(memory.data_mut(caller));
    let places = || arguments.iter().filter_map(Val::i32).map(pointer);
    for place in places() {
        memory.read(place)?;
    }
    for place in places() {
        memory.write(place, 0)?;
    }
    Ok(())
}

fn pointer(address: i32) -> GuestPtr<u32> {
    GuestPtr::new(address.cast_unsigned())
}

fn signature(ty: &FuncType) -> Signature {
    Signature {
        params: ty.params().map(|one| one.to_string()).collect(),
        results: ty.results().map(|one| one.to_string()).collect(),
    }
}

#[cfg(test)]
mod tests;
