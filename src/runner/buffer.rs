//! Bytes in and out of a guest by its own allocator: `abi.allocator` says who owns a buffer that crosses.

use wasmtime::{Store, TypedFunc};

use super::guest::Guest;

/// A guest's function over bytes: `(pointer, length) -> pointer << 32 | length`.
pub struct BufferCall {
    /// `alloc(length) -> pointer`.
    pub alloc: TypedFunc<i32, i32>,
    /// The function.
    pub function: TypedFunc<(i32, i32), i64>,
    /// `free(pointer, length)`, or `free(pointer)`.
    pub free: Free,
    /// The guest's memory.
    pub memory: wasmtime::Memory,
}

/// The two shapes of a `free`.
pub enum Free {
    /// With the length.
    Sized(TypedFunc<(i32, i32), ()>),
    /// By the pointer alone.
    Plain(TypedFunc<i32, ()>),
    /// The policy names none: buffers stay until the instance ends.
    Never,
}

impl BufferCall {
    /// Finds the parts in an instance.
    ///
    /// # Errors
    /// What is missing or has another signature.
    pub fn of(
        store: &mut Store<Guest>,
        instance: &wasmtime::Instance,
        name: &str,
        alloc: &str,
        free: Option<&str>,
    ) -> Result<Self, String> {
        let memory = instance
            .get_memory(&mut *store, "memory")
            .ok_or("it exports no `memory`")?;
        let alloc = instance
            .get_typed_func(&mut *store, alloc)
            .map_err(|_| format!("`{alloc}` is not (i32) -> i32"))?;
        let function = instance
            .get_typed_func(&mut *store, name)
            .map_err(|_| format!("`{name}` is not (i32, i32) -> i64"))?;
        let free = match free {
            None => Free::Never,
            Some(free) => instance
                .get_typed_func(&mut *store, free)
                .map(Free::Sized)
                .or_else(|_| instance.get_typed_func(&mut *store, free).map(Free::Plain))
                .map_err(|_| format!("`{free}` is neither (i32, i32) nor (i32)"))?,
        };
        Ok(Self {
            alloc,
            function,
            free,
            memory,
        })
    }

    /// Gives the guest the input, calls, and takes the output of at most `most` bytes.
    ///
    /// # Errors
    /// A trap, or a range that does not lie in the guest's memory.
    pub async fn call(
        &self,
        store: &mut Store<Guest>,
        input: &[u8],
        most: usize,
    ) -> wasmtime::Result<Vec<u8>> {
        let length = i32::try_from(input.len())
            .map_err(|_| wasmtime::Error::msg("the input is over 2 GiB"))?;
        let at = self.alloc.call_async(&mut *store, length).await?;
        let start = at.cast_unsigned() as usize;
        self.memory
            .write(&mut *store, start, input)
            .map_err(|_| wasmtime::Error::msg("what the guest allocated is not in its memory"))?;
        let packed = self.function.call_async(&mut *store, (at, length)).await?;
        self.give_back(store, at, length).await?;
        let output = self.output(store, packed.cast_unsigned(), most)?;
        let (at, length) = halves(packed.cast_unsigned());
        if length > 0 {
            self.give_back(store, at.cast_signed(), length.cast_signed())
                .await?;
        }
        Ok(output)
    }

    fn output(&self, store: &Store<Guest>, packed: u64, most: usize) -> wasmtime::Result<Vec<u8>> {
        let (at, length) = halves(packed);
        let (start, length) = (at as usize, length as usize);
        if length > most {
            return Err(wasmtime::Error::msg(format!(
                "the guest returned {length} bytes, and {most} is the most"
            )));
        }
        let bytes = start
            .checked_add(length)
            .and_then(|end| self.memory.data(store).get(start..end));
        bytes
            .map(<[u8]>::to_vec)
            .ok_or_else(|| wasmtime::Error::msg("what the guest returned is not in its memory"))
    }

    async fn give_back(
        &self,
        store: &mut Store<Guest>,
        at: i32,
        length: i32,
    ) -> wasmtime::Result<()> {
        match &self.free {
            Free::Sized(free) => free.call_async(store, (at, length)).await,
            Free::Plain(free) => free.call_async(store, at).await,
            Free::Never => Ok(()),
        }
    }
}

/// Pointer and length.
#[allow(clippy::cast_possible_truncation, reason = "each half is 32 bits")]
fn halves(packed: u64) -> (u32, u32) {
    ((packed >> 32) as u32, packed as u32)
}
