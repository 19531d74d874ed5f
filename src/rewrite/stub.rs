//! Functions that stand in for imports that are gone.

use wasm_encoder::{Function, ValType};

use crate::audit::StubAnswer;
use crate::wasm::Signature;

use super::code::{Denial, Memory, Value, access};

/// What stands in for an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandIn {
    /// What a stub of the policy answers.
    Stub(StubAnswer),
    /// The guest ends.
    Trap,
}

impl StandIn {
    /// In words: `answers errno 76`.
    pub fn words(self) -> String {
        match self {
            Self::Stub(StubAnswer::NoneThere) => "answers that there are none".to_owned(),
            Self::Stub(StubAnswer::Nothing) => "answers with success, and does nothing".to_owned(),
            Self::Stub(StubAnswer::Errno(errno)) => format!("answers errno {errno}"),
            Self::Stub(StubAnswer::Stop) | Self::Trap => "traps".to_owned(),
        }
    }

    /// Its body, as the runner's stubs behave.
    pub fn body(self, signature: &Signature, memory: Option<Memory>) -> Vec<u8> {
        let answer = match self {
            Self::Trap | Self::Stub(StubAnswer::Stop) => return denial(&Denial::Trap),
            Self::Stub(answer) => answer,
        };
        let errno = i32::from(answer.errno().unwrap_or_default());
        let results = match signature.results.as_slice() {
            [one] if one == "i32" => Some(Denial::Values(vec![Value::I32(errno)])),
            many => Denial::zeros(many),
        };
        let results = results.unwrap_or(Denial::Trap);
        match (answer, memory) {
            (StubAnswer::NoneThere, None) => denial(&Denial::Trap),
            (StubAnswer::NoneThere, Some(memory)) => zeros(memory, &results),
            _ => denial(&results),
        }
    }
}

/// A body that only answers.
pub fn denial(denial: &Denial) -> Vec<u8> {
    let mut function = Function::new([]);
    denial.put(&mut function);
    function.instructions().end();
    function.into_raw_body()
}

/// Writes a zero to each of the two places that the arguments name, or to neither: they have to be in the memory, and aligned.
fn zeros(memory: Memory, results: &Denial) -> Vec<u8> {
    let mut function = Function::new([(0_u32, ValType::I32); 0]);
    let mut sink = function.instructions();
    sink.local_get(0)
        .local_get(1)
        .i32_or()
        .i32_const(3)
        .i32_and();
    sink.if_(wasm_encoder::BlockType::Empty).unreachable().end();
    let place = |sink: &mut wasm_encoder::InstructionSink<'_>, parameter: u32| {
        sink.local_get(parameter);
        if memory.wide {
            sink.i64_extend_i32_u();
        }
    };
    for parameter in 0..2 {
        place(&mut sink, parameter);
        sink.i32_load(access(memory, 0)).drop();
    }
    for parameter in 0..2 {
        place(&mut sink, parameter);
        sink.i32_const(0).i32_store(access(memory, 0));
    }
    results.put(&mut function);
    function.instructions().end();
    function.into_raw_body()
}
