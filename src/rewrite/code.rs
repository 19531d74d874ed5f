//! A function that is written by instructions, with one way out for calls that are denied.

use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, ValType};

/// The memory that the host sees, if the module exports one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Its index.
    pub index: u32,
    /// Whether it is indexed by 64 bits.
    pub wide: bool,
    /// Bytes a page, as a power of two.
    pub page: u32,
}

/// Locals behind the parameters: four `i64`, then four `i32`.
#[derive(Debug, Clone, Copy)]
pub struct Scratch {
    /// A number, or where a text starts.
    pub start: u32,
    /// How long it is.
    pub length: u32,
    /// A place in it.
    pub at: u32,
    /// Where a segment of it starts.
    pub segment: u32,
    /// A byte.
    pub byte: u32,
    /// How many bytes of a character are to come.
    pub rest: u32,
    /// The least and the most that the next of them may be.
    pub least: u32,
    /// See `least`.
    pub most: u32,
}

/// Code within a block that is left where a call is denied.
pub struct Code {
    function: Function,
    /// How many blocks are open within that one.
    depth: u32,
    /// The locals beside parameters.
    pub local: Scratch,
}

impl Code {
    /// Code of a function with so many parameters.
    pub fn new(parameters: u32) -> Self {
        let mut function = Function::new([(4, ValType::I64), (4, ValType::I32)]);
        function.instructions().block(BlockType::Empty);
        let local = |place: u32| parameters + place;
        Self {
            function,
            depth: 0,
            local: Scratch {
                start: local(0),
                length: local(1),
                at: local(2),
                segment: local(3),
                byte: local(4),
                rest: local(5),
                least: local(6),
                most: local(7),
            },
        }
    }

    /// Plain instructions.
    pub fn put(&mut self) -> InstructionSink<'_> {
        self.function.instructions()
    }

    /// Denies the call if the number on the stack is not zero.
    pub fn deny_if(&mut self) {
        let depth = self.depth;
        self.put().br_if(depth);
    }

    /// Denies the call.
    pub fn deny(&mut self) {
        let depth = self.depth;
        self.put().br(depth);
    }

    /// Code within a block, which `br 0` leaves.
    pub fn block(&mut self, inside: impl FnOnce(&mut Self)) {
        self.put().block(BlockType::Empty);
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.put().end();
    }

    /// Code within a loop, which `br 0` begins again.
    pub fn repeat(&mut self, inside: impl FnOnce(&mut Self)) {
        self.put().loop_(BlockType::Empty);
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.put().end();
    }

    /// Code that runs if the number on the stack is not zero.
    pub fn when(&mut self, inside: impl FnOnce(&mut Self)) {
        self.put().if_(BlockType::Empty);
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.put().end();
    }

    /// Code within a block that is opened and closed by hand.
    pub fn within(&mut self, inside: impl FnOnce(&mut Self)) {
        self.depth += 1;
        inside(self);
        self.depth -= 1;
    }

    /// The address on the stack, an `i64` within the memory, as the memory wants it.
    pub fn address(&mut self, memory: Memory) {
        if !memory.wide {
            self.put().i32_wrap_i64();
        }
    }

    /// The body: calls the host with the parameters as they came, or answers a denial.
    pub fn finish(mut self, parameters: u32, host: u32, denied: &Denial) -> Vec<u8> {
        for parameter in 0..parameters {
            self.put().local_get(parameter);
        }
        self.put().call(host).return_().end();
        denied.put(&mut self.function);
        self.put().end();
        self.function.into_raw_body()
    }
}

/// How a memory access names its place.
pub fn access(memory: Memory, offset: u64) -> MemArg {
    MemArg {
        offset,
        align: 0,
        memory_index: memory.index,
    }
}

/// What a call that is denied comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Denial {
    /// The guest ends.
    Trap,
    /// A value for each result.
    Values(Vec<Value>),
}

/// A number of one of WebAssembly's types.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "the types of WebAssembly")]
pub enum Value {
    I32(i32),
    I64(i64),
    F32(f32),
    F64(f64),
    V128,
}

impl Denial {
    /// Its instructions.
    pub fn put(&self, function: &mut Function) {
        let mut sink = function.instructions();
        let Self::Values(values) = self else {
            sink.unreachable();
            return;
        };
        for value in values {
            match value {
                Value::I32(value) => sink.i32_const(*value),
                Value::I64(value) => sink.i64_const(*value),
                Value::F32(value) => sink.f32_const((*value).into()),
                Value::F64(value) => sink.f64_const((*value).into()),
                Value::V128 => sink.v128_const(0),
            };
        }
    }

    /// A number for the one result of a type, or for no result.
    #[allow(
        clippy::cast_precision_loss,
        reason = "a policy that returns numbers of such a size as floats gets the nearest"
    )]
    pub fn number(number: i64, results: &[String]) -> Option<Self> {
        let value = match results {
            [] => return Some(Self::Values(Vec::new())),
            [one] => match one.as_str() {
                "i32" => {
                    let narrow = i32::try_from(number).ok();
                    let unsigned = || u32::try_from(number).ok().map(u32::cast_signed);
                    Value::I32(narrow.or_else(unsigned)?)
                }
                "i64" => Value::I64(number),
                "f32" => Value::F32(number as f32),
                "f64" => Value::F64(number as f64),
                _ => return None,
            },
            _ => return None,
        };
        Some(Self::Values(vec![value]))
    }

    /// Zeros; none where a result is a reference.
    pub fn zeros(results: &[String]) -> Option<Self> {
        let zero = |ty: &String| match ty.as_str() {
            "i32" => Some(Value::I32(0)),
            "i64" => Some(Value::I64(0)),
            "f32" => Some(Value::F32(0.0)),
            "f64" => Some(Value::F64(0.0)),
            "v128" => Some(Value::V128),
            _ => None,
        };
        results
            .iter()
            .map(zero)
            .collect::<Option<_>>()
            .map(Self::Values)
    }
}
