//! The instrumented engine: every import is a function of ours that writes down by whom it was called with what, and then
//! does what a hostile host does.

use wasmtime::{
    Caller, Config, Engine, Extern, ExternType, Func, FuncType, Global, Instance, Memory, Module,
    Store, StoreLimits, StoreLimitsBuilder, Table, Tag, Val, WasmFeatures,
};

use super::host::{self, Host};
use super::stream::Stream;

/// What the guest may spend each time that the host calls from outside.
const FUEL: u64 = 20_000;
/// How often the host calls from outside.
const ROUNDS: usize = 14;
/// Functions of the host's own of each type that the module shows.
const STRANGERS: usize = 2;

/// One call of an imported function, in the order of calling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Invocation {
    /// The import's place among imported functions.
    pub function: u32,
    /// Its arguments, sign-extended; `None` for what is no integer.
    pub arguments: Vec<Option<i64>>,
}

/// What one execution did.
#[derive(Debug, Default)]
pub struct Record {
    /// The calls of imports.
    pub invocations: Vec<Invocation>,
    /// What exported functions and globals yielded: the export's name and the one integer.
    pub yields: Vec<(String, i64)>,
}

/// An engine with as many proposals as it was built with.
pub struct Instrumented {
    engine: Engine,
    /// Whether it has a garbage collector, and so exceptions and references to more than functions.
    pub collected: bool,
}

impl Instrumented {
    /// With all that modules may use; without a garbage collector if none is built in.
    pub fn new() -> Result<Self, String> {
        let mut refused = String::new();
        for collected in [true, false] {
            match Engine::new(&config(collected)) {
                Ok(engine) => return Ok(Self { engine, collected }),
                Err(error) => refused = format!("{error:#}"),
            }
        }
        Err(refused)
    }

    /// Runs a module as hostile as the seed says; why not, if the engine does not take it or it does not start.
    pub fn run(&self, bytes: &[u8], seed: u64) -> Result<Record, String> {
        let module = Module::new(&self.engine, bytes).map_err(|error| format!("{error:#}"))?;
        let mut store = Store::new(&self.engine, Host::new(Stream::new(seed, "host"), limits()));
        store.limiter(|host| &mut host.limits);
        let imports = imports(&mut store, &module).map_err(|error| format!("{error:#}"))?;
        strangers(&mut store, &module);
        fuel(&mut store);
        // A start that traps has done what it has done.
        if let Ok(instance) = Instance::new(&mut store, &module, &imports) {
            know(&mut store, &module, instance);
            for _ in 0..ROUNDS {
                fuel(&mut store);
                host::act(&mut store);
            }
        }
        Ok(std::mem::take(&mut store.data_mut().record))
    }
}

fn config(collected: bool) -> Config {
    let mut config = Config::new();
    let always = WasmFeatures::WASM3.difference(WasmFeatures::THREADS)
        | WasmFeatures::CUSTOM_PAGE_SIZES
        | WasmFeatures::WIDE_ARITHMETIC;
    // Without a collector wasmtime takes casts of functions too, and ends the process when one runs.
    let heap = WasmFeatures::GC | WasmFeatures::GC_TYPES | WasmFeatures::EXCEPTIONS;
    config
        .wasm_features(always.difference(heap), true)
        .wasm_features(heap, collected)
        .wasm_features(WasmFeatures::THREADS, false)
        .consume_fuel(true)
        .wasm_backtrace_max_frames(None)
        .concurrency_support(false)
        .parallel_compilation(false)
        .generate_address_map(false)
        .cranelift_opt_level(wasmtime::OptLevel::None)
        .memory_reservation(0)
        .memory_guard_size(0)
        .memory_init_cow(false)
        .max_wasm_stack(128 << 10);
    config
}

fn limits() -> StoreLimits {
    StoreLimitsBuilder::new()
        .memory_size(1 << 20)
        .table_elements(1000)
        .build()
}

fn fuel(store: &mut Store<Host>) {
    let _ = store.set_fuel(FUEL);
}

fn imports(store: &mut Store<Host>, module: &Module) -> wasmtime::Result<Vec<Extern>> {
    let mut functions = 0;
    let mut imports = Vec::new();
    for import in module.imports() {
        imports.push(match import.ty() {
            ExternType::Func(ty) => {
                functions += 1;
                recorder(store, ty, functions - 1).into()
            }
            other => surroundings(store, &other)?,
        });
    }
    Ok(imports)
}

/// An import: it records, then reacts.
fn recorder(store: &mut Store<Host>, ty: FuncType, function: u32) -> Func {
    let of = ty.clone();
    Func::new(store, ty, move |mut caller, arguments, results| {
        let host: &mut Host = caller.data_mut();
        host.record.invocations.push(Invocation {
            function,
            arguments: arguments.iter().map(integer).collect(),
        });
        host::react(&mut caller, &of, arguments, results)
    })
}

/// A function of the host's own, which no import names.
pub fn stranger(store: impl wasmtime::AsContextMut<Data = Host>, ty: &FuncType) -> Func {
    let of = ty.clone();
    let react = move |mut caller: Caller<'_, Host>, arguments: &[Val], results: &mut [Val]| {
        host::react(&mut caller, &of, arguments, results)
    };
    Func::new(store, ty.clone(), react)
}

/// A value as claims say it.
pub fn integer(value: &Val) -> Option<i64> {
    match value {
        Val::I32(value) => Some(i64::from(*value)),
        Val::I64(value) => Some(*value),
        _ => None,
    }
}

/// A global, table, memory or tag of the host, which it keeps its hands on.
fn surroundings(store: &mut Store<Host>, ty: &ExternType) -> wasmtime::Result<Extern> {
    let none = || wasmtime::Error::msg("a type without a value");
    match ty {
        ExternType::Global(ty) => {
            let value = host::value(&mut *store, ty.content(), &[]).ok_or_else(none)?;
            let global = Global::new(&mut *store, ty.clone(), value)?;
            store.data_mut().globals.push(global);
            Ok(global.into())
        }
        ExternType::Table(ty) => {
            let element = ty.element().clone().into();
            let first = host::value(&mut *store, &element, &[]).and_then(Val::ref_);
            let table = Table::new(&mut *store, ty.clone(), first.ok_or_else(none)?)?;
            store.data_mut().tables.push(table);
            Ok(table.into())
        }
        ExternType::Memory(ty) => {
            let memory = Memory::new(&mut *store, ty.clone())?;
            store.data_mut().memories.push(memory);
            Ok(memory.into())
        }
        ExternType::Tag(ty) => Ok(Tag::new(store, ty)?.into()),
        ExternType::Func(_) => Err(none()),
    }
}

/// Functions of the host's own, of the types that the module shows.
fn strangers(store: &mut Store<Host>, module: &Module) {
    let imported = module.imports().map(|import| import.ty());
    let exported = module.exports().map(|export| export.ty());
    let types: Vec<FuncType> = imported
        .chain(exported)
        .filter_map(|ty| ty.func().cloned())
        .collect();
    for ty in types {
        for _ in 0..STRANGERS {
            let function = stranger(&mut *store, &ty);
            store.data_mut().learn(function);
        }
    }
}

/// What the host gets at from now on.
fn know(store: &mut Store<Host>, module: &Module, instance: Instance) {
    for export in module.exports() {
        let Some(item) = instance.get_export(&mut *store, export.name()) else {
            continue;
        };
        let host = store.data_mut();
        match item {
            Extern::Func(function) => host.exports.push((export.name().to_owned(), function)),
            Extern::Global(global) => {
                host.globals.push(global);
                let value = integer(&global.get(&mut *store));
                let name = export.name().to_owned();
                let yields = value.map(|value| (name, value));
                let mutable = global.ty(&*store).mutability().is_var();
                let record = &mut store.data_mut().record;
                record.yields.extend(yields.filter(|_| !mutable));
            }
            Extern::Table(table) => host.tables.push(table),
            Extern::Memory(memory) => host.memories.push(memory),
            _ => {}
        }
    }
}
