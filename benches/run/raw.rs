//! wasmtime and wasmtime-wasi as a careful embedder would use them by hand, in the same configuration as our runner.

use wasmtime::{
    Config, Engine, InstancePre, Linker, Module, PoolingAllocationConfig, Store, StoreLimits,
    StoreLimitsBuilder,
};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

/// The data of a store.
pub struct Data {
    wasi: WasiP1Ctx,
    limits: StoreLimits,
}

/// What time is measured by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Nothing: code runs as it is.
    Free,
    /// Fuel with yields.
    Fuel,
    /// Epochs with yields; the epoch has to be moved on by somebody.
    Epochs,
}

/// A module, compiled and linked.
pub struct Raw {
    pub engine: Engine,
    linked: InstancePre<Data>,
    pace: Pace,
}

impl Raw {
    /// Compiles and links; host functions `env.log_message` do nothing.
    pub fn new(bytes: &[u8], pace: Pace, pooled: bool) -> Self {
        let mut config = Config::new();
        config
            .consume_fuel(pace == Pace::Fuel)
            .epoch_interruption(pace == Pace::Epochs)
            .max_wasm_stack(1 << 20)
            .async_stack_size((1 << 20) + (512 << 10));
        if pooled {
            let mut pool = PoolingAllocationConfig::new();
            pool.total_core_instances(64)
                .total_memories(128)
                .total_tables(128)
                .total_stacks(128)
                .max_memory_size(64 << 20)
                .linear_memory_keep_resident(2 << 20)
                .table_keep_resident(64 << 10)
                .async_stack_keep_resident(32 << 10);
            config.allocation_strategy(pool);
        }
        let engine = Engine::new(&config).expect("the configuration holds");
        let module = Module::from_binary(&engine, bytes).expect("it compiles");
        let mut linker: Linker<Data> = Linker::new(&engine);
        p1::add_to_linker_async(&mut linker, |data| &mut data.wasi).expect("it links");
        linker
            .func_wrap("env", "log_message", |_: i32, _: i32| {})
            .expect("it links");
        let linked = linker.instantiate_pre(&module).expect("it links");
        Self {
            engine,
            linked,
            pace,
        }
    }

    /// A store with its limits.
    pub fn store(&self) -> Store<Data> {
        let mut wasi = WasiCtxBuilder::new();
        wasi.stdout(MemoryOutputPipe::new(1 << 20));
        let data = Data {
            wasi: wasi.build_p1(),
            limits: StoreLimitsBuilder::new().memory_size(64 << 20).build(),
        };
        let mut store = Store::new(&self.engine, data);
        store.limiter(|data| &mut data.limits);
        match self.pace {
            Pace::Free => {}
            Pace::Fuel => {
                store.set_fuel(1_000_000_000_000).expect("fuel is on");
                store
                    .fuel_async_yield_interval(Some(1_000_000))
                    .expect("fuel is on");
            }
            Pace::Epochs => {
                store.set_epoch_deadline(1);
                store.epoch_deadline_async_yield_and_update(1);
            }
        }
        store
    }

    /// One invocation of a command.
    pub async fn command(&self) {
        let mut store = self.store();
        let instance = self.linked.instantiate_async(&mut store).await;
        let instance = instance.expect("it starts");
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start");
        let start = start.expect("it has a start");
        start.call_async(&mut store, ()).await.expect("it returns");
    }

    /// One invocation of an export without arguments.
    pub async fn export(&self, name: &str) {
        let mut store = self.store();
        let instance = self.linked.instantiate_async(&mut store).await;
        let instance = instance.expect("it starts");
        let function = instance.get_func(&mut store, name).expect("it is there");
        let mut results = vec![wasmtime::Val::I64(0); function.ty(&store).results().len()];
        let called = function.call_async(&mut store, &[], &mut results).await;
        called.expect("it returns");
    }

    /// One invocation of a reactor that takes and gives bytes.
    pub async fn reactor(&self, input: &[u8]) {
        let mut store = self.store();
        let instance = self.linked.instantiate_async(&mut store).await;
        let instance = instance.expect("it starts");
        let initialize = instance.get_typed_func::<(), ()>(&mut store, "_initialize");
        let initialize = initialize.expect("it is a reactor");
        initialize
            .call_async(&mut store, ())
            .await
            .expect("it returns");
        let alloc = instance.get_typed_func::<i32, i32>(&mut store, "alloc");
        let length = i32::try_from(input.len()).expect("it is small");
        let alloc = alloc.expect("it allocates");
        let at = alloc
            .call_async(&mut store, length)
            .await
            .expect("it returns");
        let memory = instance
            .get_memory(&mut store, "memory")
            .expect("it has one");
        let start = usize::try_from(at).expect("it is an address");
        memory.write(&mut store, start, input).expect("it fits");
        let run = instance.get_typed_func::<(i32, i32), i64>(&mut store, "run");
        let run = run.expect("it runs");
        run.call_async(&mut store, (at, length))
            .await
            .expect("it returns");
    }
}
