//! What an error of the engine means.

use wasmtime::{Trap as EngineTrap, WasmBacktrace};

use crate::wasm::demangle;

use super::outcome::{Ending, Trap};
use super::stop::{Budget, Stop};

/// What an error of the engine means.
pub fn ending(error: &wasmtime::Error) -> Ending {
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
    let trap = error.downcast_ref::<EngineTrap>();
    let trace = error.downcast_ref::<WasmBacktrace>();
    let message = trap.map_or_else(|| error.root_cause().to_string(), ToString::to_string);
    // No trap and nothing of the guest's on the stack: it did not get to run, by the machine's fault and not its own.
    if trap.is_none() && trace.is_none() {
        return Ending::Stopped(Stop::Failed(message));
    }
    let frames = trace.map(|trace| trace.frames().iter().map(frame).collect());
    let frames = frames.unwrap_or_default();
    Ending::Trapped(Trap { message, frames })
}

fn frame(frame: &wasmtime::FrameInfo) -> String {
    let name = frame.func_name().map(|name| demangle(name).into_owned());
    name.unwrap_or_else(|| format!("func[{}]", frame.func_index()))
}
