//! A hostile host: it calls what it can get at, from outside and from within its own functions, hands on the functions
//! that it was given, and changes every table, global and memory that it shares.

use wasmtime::{
    AsContextMut, Caller, Func, FuncType, Global, HeapType, Memory, RefType, StoreLimits, Table,
    Val, ValType,
};

use super::engine::{Record, integer, stranger};
use super::stream::Stream;

/// The most calls of the host's functions in one execution.
const CALLS: usize = 400;
/// How deep the host calls back from within a call.
const DEPTH: u32 = 3;
/// How many functions it keeps.
const KNOWN: usize = 64;
/// How many functions it makes of types that it has none of.
const MADE: usize = 64;

/// The host's state.
pub struct Host {
    stream: Stream,
    /// Bounds on what the guest may grow.
    pub limits: StoreLimits,
    /// What happened.
    pub record: Record,
    /// Exported functions by name.
    pub exports: Vec<(String, Func)>,
    /// Globals that it shares.
    pub globals: Vec<Global>,
    /// Tables that it shares.
    pub tables: Vec<Table>,
    /// Memories that it shares.
    pub memories: Vec<Memory>,
    functions: Vec<Func>,
    calls: usize,
    depth: u32,
    made: usize,
}

impl Host {
    /// Before the module is there.
    pub fn new(stream: Stream, limits: StoreLimits) -> Self {
        Self {
            stream,
            limits,
            record: Record::default(),
            exports: Vec::new(),
            globals: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            functions: Vec::new(),
            calls: 0,
            depth: 0,
            made: 0,
        }
    }

    /// Keeps a function that it was given.
    pub fn learn(&mut self, function: Func) {
        if self.functions.len() < KNOWN {
            self.functions.push(function);
        } else {
            let at = self.stream.below(KNOWN);
            self.functions[at] = function;
        }
    }

    fn learn_from(&mut self, values: &[Val]) {
        for value in values {
            if let Val::FuncRef(Some(function)) = value {
                self.learn(*function);
            }
        }
    }
}

/// What a function of the host does when it is called: it keeps what it is given, sometimes acts, and gives anything back.
pub fn react(
    caller: &mut Caller<'_, Host>,
    ty: &FuncType,
    arguments: &[Val],
    results: &mut [Val],
) -> wasmtime::Result<()> {
    let host = caller.data_mut();
    host.calls += 1;
    host.learn_from(arguments);
    if host.calls > CALLS || host.stream.once_in(60) {
        return Err(wasmtime::Error::msg("the host has had enough"));
    }
    if host.depth < DEPTH {
        host.depth += 1;
        let actions = host.stream.below(3);
        for _ in 0..actions {
            act(&mut *caller);
        }
        caller.data_mut().depth -= 1;
    }
    for (result, ty) in results.iter_mut().zip(ty.results()) {
        let none = || wasmtime::Error::msg("a type without a value");
        *result = value(&mut *caller, &ty, arguments).ok_or_else(none)?;
    }
    Ok(())
}

/// One thing that a host can do at any time.
pub fn act(mut store: impl AsContextMut<Data = Host>) {
    match store.as_context_mut().data_mut().stream.below(12) {
        0..=5 => call_export(store),
        6 => call_function(store),
        7 => set_global(store),
        8 | 9 => change_table(store),
        10 => write_memory(store),
        _ => {
            change_table(&mut store);
            call_export(store);
        }
    }
}

fn call_export(mut store: impl AsContextMut<Data = Host>) {
    let mut context = store.as_context_mut();
    let host = context.data_mut();
    let Some((name, function)) = host.stream.pick_any(&host.exports).cloned() else {
        return;
    };
    let results = call(&mut store, function);
    if let Some([result]) = results.as_deref()
        && let Some(value) = integer(result)
    {
        let mut context = store.as_context_mut();
        context.data_mut().record.yields.push((name, value));
    }
}

fn call_function(mut store: impl AsContextMut<Data = Host>) {
    let mut context = store.as_context_mut();
    let host = context.data_mut();
    if let Some(function) = host.stream.pick_any(&host.functions).copied() {
        call(store, function);
    }
}

/// Calls with any arguments; what comes back, if anything does.
fn call(mut store: impl AsContextMut<Data = Host>, function: Func) -> Option<Vec<Val>> {
    let ty = function.ty(&store);
    let arguments: Option<Vec<Val>> = ty.params().map(|ty| value(&mut store, &ty, &[])).collect();
    let mut results = vec![Val::I32(0); ty.results().len()];
    function.call(&mut store, &arguments?, &mut results).ok()?;
    store.as_context_mut().data_mut().learn_from(&results);
    Some(results)
}

fn set_global(mut store: impl AsContextMut<Data = Host>) {
    let mut context = store.as_context_mut();
    let host = context.data_mut();
    let Some(global) = host.stream.pick_any(&host.globals).copied() else {
        return;
    };
    if let Val::FuncRef(Some(function)) = global.get(&mut store) {
        store.as_context_mut().data_mut().learn(function);
    }
    let ty = global.ty(&store);
    if ty.mutability().is_var()
        && let Some(value) = value(&mut store, ty.content(), &[])
    {
        let _ = global.set(&mut store, value);
    }
}

/// Reads, writes, grows, fills, or copies from another one.
fn change_table(mut store: impl AsContextMut<Data = Host>) {
    let mut context = store.as_context_mut();
    let host = context.data_mut();
    let Some(table) = host.stream.pick_any(&host.tables).copied() else {
        return;
    };
    let other = host.stream.pick_any(&host.tables).copied().unwrap_or(table);
    let what = host.stream.below(8);
    let size = table.size(&store);
    let mut index = || -> u64 {
        let mut context = store.as_context_mut();
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        context.data_mut().stream.below(size) as u64
    };
    let (at, from) = (index(), index());
    if let Some(wasmtime::Ref::Func(Some(function))) = table.get(&mut store, at) {
        store.as_context_mut().data_mut().learn(function);
    }
    let element = table.ty(&store).element().clone().into();
    let Some(element) = value(&mut store, &element, &[]).and_then(Val::ref_) else {
        return;
    };
    let _ = match what {
        0..=3 => table.set(&mut store, at, element),
        4 => table.grow(&mut store, 1, element).map(drop),
        5 => table.fill(&mut store, at, element, 2),
        6 => Table::copy(&mut store, &table, at, &other, from, 2),
        _ => Ok(()),
    };
}

fn write_memory(mut store: impl AsContextMut<Data = Host>) {
    let mut context = store.as_context_mut();
    let host = context.data_mut();
    let Some(memory) = host.stream.pick_any(&host.memories).copied() else {
        return;
    };
    let (at, word) = (host.stream.below(160), host.stream.integer());
    let _ = memory.write(&mut store, at, &word.to_le_bytes());
}

/// A value of a type: any number, a function that it knows, or one of those at hand. `None` if it has none.
#[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
pub fn value(
    mut store: impl AsContextMut<Data = Host>,
    ty: &ValType,
    at_hand: &[Val],
) -> Option<Val> {
    let mut context = store.as_context_mut();
    let stream = &mut context.data_mut().stream;
    let number = stream.integer();
    let same = stream.percent(40);
    Some(match ty {
        ValType::I32 => Val::I32(number as i32),
        ValType::I64 => Val::I64(number),
        ValType::F32 => Val::F32((number as i32).cast_unsigned()),
        ValType::F64 => Val::F64(number.cast_unsigned()),
        ValType::V128 => Val::V128(u128::from(number.cast_unsigned()).into()),
        ValType::Ref(reference) => {
            let fits = |value: &&Val| value.matches_ty(&context, ty).unwrap_or_default();
            let again = at_hand.iter().filter(|_| same).find(fits);
            match again {
                Some(again) => *again,
                None => self::reference(context, reference)?,
            }
        }
    })
}

fn reference(mut store: impl AsContextMut<Data = Host>, ty: &RefType) -> Option<Val> {
    let heap = ty.heap_type();
    let mut context = store.as_context_mut();
    let host = context.data_mut();
    let null = ty.is_nullable() && host.stream.once_in(8);
    let known: Vec<Func> = if null {
        Vec::new()
    } else {
        let exports = host.exports.iter().map(|(_, function)| *function);
        exports.chain(host.functions.iter().copied()).collect()
    };
    let fits = |function: &Func| match heap {
        HeapType::Func => true,
        HeapType::ConcreteFunc(of) => function.matches_ty(&context, of),
        _ => false,
    };
    let known: Vec<Func> = known.into_iter().filter(fits).collect();
    let host = context.data_mut();
    if let Some(function) = host.stream.pick_any(&known) {
        return Some(Val::FuncRef(Some(*function)));
    }
    if let HeapType::ConcreteFunc(of) = heap
        && !null
        && host.made < MADE
    {
        host.made += 1;
        return Some(Val::FuncRef(Some(stranger(store, of))));
    }
    ty.is_nullable().then(|| Val::null_ref(heap))
}
