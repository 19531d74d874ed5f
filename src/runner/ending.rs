//! What an error of the engine means.

use wasmtime::{Trap as EngineTrap, WasmBacktrace};

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
