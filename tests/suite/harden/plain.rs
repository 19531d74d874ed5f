//! A plain engine with functions of the host that write down how they are called.

use std::sync::{Arc, Mutex};

use ringfence::wasm::edit::{EXHAUSTED, FUEL};
use wasmtime::{
    Caller, Engine, Extern, ExternType, Global, Instance, Linker, Module, Store, Val, ValType,
};

/// What the host's functions were called with, in order.
pub type Calls = Arc<Mutex<Vec<String>>>;

/// The fuel of engines that bound what runs for ever.
const BOUND: u64 = 20_000_000;

/// An instance.
pub struct Plain {
    /// Its store.
    pub store: Store<()>,
    /// The instance.
    pub instance: Instance,
    /// The calls so far.
    pub calls: Calls,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// It returned these, as text.
    Returned(Vec<String>),
    /// It trapped.
    Trapped,
}

/// The answer of every function of the host: what makes a difference for the guest, and nothing by chance.
pub fn answer(shown: &str) -> i64 {
    shown
        .bytes()
        .fold(7, |sum: i64, byte| (sum * 31 + i64::from(byte)) % 1009)
}

impl Plain {
    /// Instantiates a module; imports are functions of numbers, or of a text where their name is `text` or `path`.
    pub fn new(bytes: &[u8]) -> Result<Self, String> {
        let module = Module::new(&Engine::default(), bytes);
        Self::of(&module.map_err(|error| format!("{error:#}"))?)
    }

    /// The same, with memories and tables that are indexed by 64 bits.
    pub fn wide(bytes: &[u8]) -> Result<Self, String> {
        let mut config = wasmtime::Config::new();
        config.wasm_memory64(true);
        let engine = Engine::new(&config).map_err(|error| format!("{error:#}"))?;
        let module = Module::new(&engine, bytes);
        Self::of(&module.map_err(|error| format!("{error:#}"))?)
    }

    /// A module for an engine whose own fuel ends what does not end; compiled in little time.
    pub fn bounded(bytes: &[u8]) -> Result<Module, String> {
        static ENGINE: std::sync::LazyLock<Engine> = std::sync::LazyLock::new(|| {
            let mut config = wasmtime::Config::new();
            config
                .consume_fuel(true)
                .cranelift_opt_level(wasmtime::OptLevel::None);
            Engine::new(&config).expect("an engine")
        });
        Module::new(&ENGINE, bytes).map_err(|error| format!("{error:#}"))
    }

    /// An instance of a compiled module.
    pub fn of(module: &Module) -> Result<Self, String> {
        let engine = module.engine();
        let calls = Calls::default();
        let mut linker = Linker::new(engine);
        for import in module.imports() {
            let ExternType::Func(ty) = import.ty() else {
                continue;
            };
            let types: Vec<ValType> = ty.results().collect();
            let (log, name) = (Arc::clone(&calls), import.name().to_owned());
            let added = linker.func_new(
                import.module(),
                import.name(),
                ty,
                move |mut caller, arguments, results| {
                    let shown = shown(&mut caller, &name, arguments);
                    let number = answer(&shown);
                    log.lock().expect("no panic").push(shown);
                    for (result, ty) in results.iter_mut().zip(&types) {
                        *result = match ty {
                            ValType::I64 => Val::I64(number),
                            ValType::I32 => Val::I32(i32::try_from(number).unwrap_or(0)),
                            other => Val::default_for_ty(other).expect("a number"),
                        };
                    }
                    Ok(())
                },
            );
            // Two imports of a name are one function.
            let _ = added;
        }
        let mut store = Store::new(engine, ());
        let _ = store.set_fuel(BOUND);
        let instance = linker.instantiate(&mut store, module);
        Ok(Self {
            instance: instance.map_err(|error| format!("{error:#}"))?,
            store,
            calls,
        })
    }

    /// Calls an export.
    pub fn call(&mut self, export: &str, arguments: &[Val]) -> End {
        let function = self.instance.get_func(&mut self.store, export);
        let function = function.unwrap_or_else(|| panic!("no export `{export}`"));
        let mut results = vec![Val::I32(0); function.ty(&self.store).results().len()];
        match function.call(&mut self.store, arguments, &mut results) {
            Ok(()) => End::Returned(results.iter().map(number).collect()),
            Err(_) => End::Trapped,
        }
    }

    /// The same; `None` if the engine's own fuel ended it.
    pub fn call_bounded(&mut self, export: &str, arguments: &[Val]) -> Option<End> {
        let _ = self.store.set_fuel(BOUND);
        let end = self.call(export, arguments);
        (self.store.get_fuel().ok()? > 0).then_some(end)
    }

    /// The global that holds the fuel.
    pub fn fuel_global(&mut self) -> Global {
        self.global(FUEL)
    }

    fn global(&mut self, name: &str) -> Global {
        let global = self.instance.get_global(&mut self.store, name);
        global.unwrap_or_else(|| panic!("no global `{name}`"))
    }

    /// What is left.
    pub fn fuel(&mut self) -> i64 {
        let global = self.fuel_global();
        global.get(&mut self.store).unwrap_i64()
    }

    /// Sets what there is, as a host does before a call.
    pub fn set_fuel(&mut self, fuel: i64) {
        let global = self.fuel_global();
        global
            .set(&mut self.store, Val::I64(fuel))
            .expect("it can be set");
        let exhausted = self.global(EXHAUSTED);
        exhausted
            .set(&mut self.store, Val::I32(0))
            .expect("it can be set");
    }

    /// Whether it did not suffice.
    pub fn exhausted(&mut self) -> bool {
        let exhausted = self.global(EXHAUSTED);
        exhausted.get(&mut self.store).unwrap_i32() == 1
    }

    /// What a call costs.
    pub fn cost(&mut self, export: &str, arguments: &[Val]) -> i64 {
        self.set_fuel(1 << 40);
        self.call(export, arguments);
        (1 << 40) - self.fuel()
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().expect("no panic").clone()
    }
}

fn number(value: &Val) -> String {
    match value {
        Val::I32(value) => value.to_string(),
        Val::I64(value) => value.to_string(),
        other => format!("{other:?}"),
    }
}

fn shown(caller: &mut Caller<'_, ()>, name: &str, arguments: &[Val]) -> String {
    if let ("text" | "path", [Val::I32(pointer), Val::I32(length), ..]) = (name, arguments) {
        let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
            return format!("{name} without memory");
        };
        let start = pointer.cast_unsigned() as usize;
        let length = length.cast_unsigned() as usize;
        let bytes = memory
            .data(&caller)
            .get(start..start.saturating_add(length));
        let text = String::from_utf8_lossy(bytes.unwrap_or(b"<outside>"));
        return format!("{name} {text}");
    }
    // What no argument of the policy describes is not known to functions of the runner.
    let known = if name == "word" { 1 } else { arguments.len() };
    let numbers: Vec<String> = arguments.iter().take(known).map(number).collect();
    format!("{name} {}", numbers.join(" "))
}
