//! A host that shares a memory, a table, globals and references with a guest, and the guest in an engine with fuel of its own.

use ringfence::wasm::edit::{EXHAUSTED, FUEL, HOST_CALL};
use wasmtime::{
    Extern, ExternType, Func, FuncType, Global, GlobalType, Instance, Linker, Memory, MemoryType,
    Module, Mutability, Ref, RefType, Store, Table, TableType, Trap, Val, ValType,
};

/// What a call may cost.
pub const BUDGET: i64 = 20_000;
/// The engine's own fuel, which ends what counting does not.
const BOUND: u64 = 5_000_000;

/// What the host has seen.
#[derive(Default)]
struct Host {
    seen: Vec<String>,
    /// What the calls through functions that hardening adds cost.
    surcharge: i64,
    kept: Option<Func>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// With these results.
    Returned(Vec<String>),
    /// By this trap, if it was the engine's.
    Trapped(Option<Trap>),
}

/// An instance, with all that it shares with its host.
pub struct Run {
    store: Store<Host>,
    instance: Instance,
    table: Table,
    memory: Memory,
    globals: Vec<Global>,
}

impl Run {
    /// Instantiates a module with a host of its own.
    pub fn new(module: &Module) -> Result<Self, String> {
        Self::instantiate(module).map_err(|error| format!("{error:#} {error:?}"))
    }

    fn instantiate(module: &Module) -> wasmtime::Result<Self> {
        let mut store = Store::new(module.engine(), Host::default());
        store.set_fuel(BOUND)?;
        let mut linker = Linker::new(module.engine());
        linker.allow_shadowing(true);
        let first = Func::wrap(&mut store, |mut caller: wasmtime::Caller<'_, Host>| {
            caller.data_mut().seen.push("first".to_owned());
        });
        let table = Table::new(
            &mut store,
            TableType::new(RefType::FUNCREF, 4, None),
            Ref::Func(None),
        )?;
        table.set(&mut store, 0, Ref::Func(Some(first)))?;
        let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
        let mut globals = Vec::new();
        let (fixed, changing) = (Mutability::Const, Mutability::Var);
        for (name, mutable, value, ty) in [
            ("number", fixed, Val::I32(1), ValType::I32),
            ("counter", changing, Val::I32(5), ValType::I32),
            ("handler", changing, Val::FuncRef(None), ValType::FUNCREF),
            ("first", fixed, Val::FuncRef(Some(first)), ValType::FUNCREF),
        ] {
            let made = Global::new(&mut store, GlobalType::new(ty, mutable), value)?;
            globals.push(made);
            linker.define(&mut store, "env", name, made)?;
        }
        linker.define(&mut store, "env", "table", table)?;
        linker.define(&mut store, "env", "memory", memory)?;
        for import in module.imports() {
            if let ExternType::Func(ty) = import.ty() {
                host(&mut linker, import.name(), ty)?;
            }
        }
        let instance = linker.instantiate(&mut store, module)?;
        Ok(Self {
            store,
            instance,
            table,
            memory,
            globals,
        })
    }

    /// The exported functions.
    pub fn functions(&mut self) -> Vec<String> {
        let exports = self.instance.exports(&mut self.store);
        let functions: Vec<_> = exports
            .map(|export| (export.name().to_owned(), export.into_extern()))
            .collect();
        let functions = functions.into_iter();
        functions
            .filter(|(_, export)| matches!(export, Extern::Func(_)))
            .map(|(name, _)| name)
            .collect()
    }

    /// Calls an export, with arguments by the types of its parameters.
    pub fn call(&mut self, name: &str) -> End {
        let _ = self.store.set_fuel(BOUND);
        let function = self.instance.get_func(&mut self.store, name);
        let function = function.expect("an export");
        let ty = function.ty(&self.store);
        let arguments: Vec<Val> = ty
            .params()
            .enumerate()
            .map(|(place, ty)| argument(place, &ty))
            .collect();
        let mut results = vec![Val::I32(0); ty.results().len()];
        match function.call(&mut self.store, &arguments, &mut results) {
            Ok(()) => End::Returned(results.iter().map(|value| self.shown(value)).collect()),
            Err(error) => End::Trapped(error.downcast_ref::<Trap>().copied()),
        }
    }

    /// What the last call spent of the engine's fuel.
    pub fn spent(&self) -> i64 {
        let left = self.store.get_fuel().unwrap_or_default();
        (BOUND - left).cast_signed()
    }

    /// What calls of the host cost so far, by functions that hardening adds.
    pub fn surcharge(&self) -> i64 {
        self.store.data().surcharge
    }

    fn ours(&mut self, name: &str) -> Global {
        let global = self.instance.get_global(&mut self.store, name);
        global.expect("an export of hardening's")
    }

    /// Sets the fuel, as a host does before a call.
    pub fn refuel(&mut self) {
        let (fuel, exhausted) = (self.ours(FUEL), self.ours(EXHAUSTED));
        fuel.set(&mut self.store, Val::I64(BUDGET))
            .expect("it can be set");
        exhausted
            .set(&mut self.store, Val::I32(0))
            .expect("it can be set");
    }

    /// What is left.
    pub fn fuel(&mut self) -> i64 {
        self.ours(FUEL).get(&mut self.store).unwrap_i64()
    }

    /// Whether it did not suffice.
    pub fn exhausted(&mut self) -> bool {
        self.ours(EXHAUSTED).get(&mut self.store).unwrap_i32() == 1
    }

    /// References have no numbers: whether there is a function, and of which type.
    fn shown(&self, value: &Val) -> String {
        match value {
            Val::FuncRef(Some(function)) => function.ty(&self.store).to_string(),
            other => format!("{other:?}"),
        }
    }

    /// All that the guest could change.
    pub fn state(&mut self) -> Vec<String> {
        let mut state = self.store.data().seen.clone();
        let mut memories = vec![self.memory];
        let (mut tables, mut globals) = (vec![self.table], self.globals.clone());
        let exports = self.instance.exports(&mut self.store);
        let exports: Vec<_> = exports
            .map(|export| (export.name().to_owned(), export.into_extern()))
            .collect();
        for (name, export) in exports {
            match export {
                Extern::Memory(memory) => memories.push(memory),
                Extern::Table(table) => tables.push(table),
                Extern::Global(global) if name != FUEL && name != EXHAUSTED => globals.push(global),
                _ => {}
            }
        }
        for memory in memories {
            let data = memory.data(&self.store);
            let sum = data.iter().fold(7_u64, |sum, byte| {
                sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(*byte)
            });
            state.push(format!("memory {} {sum}", data.len()));
        }
        for table in tables {
            for place in 0..table.size(&self.store).min(100) {
                let element = table.get(&mut self.store, place);
                let function = element.as_ref().and_then(Ref::as_func).flatten().copied();
                state
                    .push(function.map_or_else(String::new, |one| one.ty(&self.store).to_string()));
            }
        }
        for global in globals {
            let value = global.get(&mut self.store);
            state.push(self.shown(&value));
        }
        state
    }
}

fn argument(place: usize, ty: &ValType) -> Val {
    let number = [3, 0, -1, 70_000][place % 4];
    match ty {
        ValType::I32 => Val::I32(number),
        ValType::I64 => Val::I64(number.into()),
        other => Val::default_for_ty(other).expect("a type with a default"),
    }
}

fn host(linker: &mut Linker<Host>, name: &str, ty: FuncType) -> wasmtime::Result<()> {
    let named = name.to_owned();
    let parameters = i64::try_from(ty.params().len()).unwrap_or_default();
    linker.func_new("env", name, ty, move |mut caller, arguments, results| {
        let words: Vec<String> = arguments
            .iter()
            .map(|value| match value {
                Val::FuncRef(Some(function)) => function.ty(&caller).to_string(),
                other => format!("{other:?}"),
            })
            .collect();
        let host = caller.data_mut();
        host.seen.push(format!("{named} {}", words.join(" ")));
        // Entering, the parameters, the call.
        host.surcharge += 1 + parameters + 1 + i64::from(HOST_CALL);
        if let [Val::FuncRef(function)] = arguments {
            host.kept = *function;
        }
        match results {
            [kept @ Val::FuncRef(_)] => *kept = Val::FuncRef(host.kept),
            [one, other] => (*one, *other) = (arguments[0], arguments[1]),
            _ => {}
        }
        Ok(())
    })?;
    Ok(())
}
