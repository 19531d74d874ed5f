//! What stubs say to guests, honest and hostile.

use std::sync::Mutex;

use wasmtime::{Engine, Instance, Module, Store};

use super::*;
use crate::runner::decision::Decisions;
use crate::runner::stop::Budget;
use crate::runner::wasi::Input;
use crate::runner::wasi::sample::{guest, number, terms};

const PREVIEW1: &str = "wasi_snapshot_preview1";

/// A running guest with one function of WASI, stubbed.
struct Sample {
    store: Store<Guest>,
    instance: Instance,
}

impl Sample {
    /// A module that imports `module.name`, has a page of memory, and calls the import in its export `run`.
    fn new(module: &str, name: &str, signature: &str, call: &str) -> Self {
        Self::of(&format!(
            r#"(module (import "{module}" "{name}" (func $stub {signature}))
                (memory (export "memory") 1)
                (data (i32.const 0) "\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff")
                (func (export "run") {call}))"#
        ))
    }

    fn of(text: &str) -> Self {
        let engine = Engine::default();
        let module = crate::wasm::encode_text(text).unwrap();
        let module = Module::new(&engine, module).unwrap();
        let mut linker = Linker::new(&engine);
        for import in module.imports() {
            let ty = import.ty().unwrap_func().clone();
            link(&mut linker, import.module(), import.name(), ty, None).unwrap();
        }
        let mut store = Store::new(&engine, guest(terms(), Input::Empty));
        let instance = linker.instantiate(&mut store, &module).unwrap();
        Self { store, instance }
    }

    fn run(&mut self) -> wasmtime::Result<Vec<Val>> {
        let run = self.instance.get_func(&mut self.store, "run").unwrap();
        let mut results = vec![Val::I32(-1); run.ty(&self.store).results().len()];
        run.call(&mut self.store, &[], &mut results)?;
        Ok(results)
    }

    fn errno(&mut self) -> i32 {
        self.run().unwrap()[0].unwrap_i32()
    }

    fn memory(&mut self) -> &[u8] {
        let memory = self.instance.get_memory(&mut self.store, "memory");
        memory.unwrap().data(&self.store)
    }
}

fn two(name: &str, first: u32, second: u32) -> Sample {
    let call = format!("(result i32) (call $stub (i32.const {first}) (i32.const {second}))");
    Sample::new(PREVIEW1, name, "(param i32 i32) (result i32)", &call)
}

#[test]
fn environment_and_arguments_are_empty_lists() {
    for (sizes, list) in [
        ("args_sizes_get", "args_get"),
        ("environ_sizes_get", "environ_get"),
    ] {
        let mut sample = two(sizes, 4, 12);
        assert_eq!(sample.errno(), 0);
        let numbers = [0, 4, 8, 12].map(|at| number(sample.memory(), at));
        assert_eq!(numbers, [u32::MAX, 0, u32::MAX, 0]);
        let mut sample = two(list, 4, 12);
        assert_eq!(sample.errno(), 0);
        assert!(sample.memory()[..16].iter().all(|byte| *byte == 0xff));
    }
}

#[test]
fn sizes_outside_the_memory_or_crooked_are_a_trap_and_write_nothing() {
    let bad = [65_533, 65_536, 0x7fff_fffc, 0xffff_fffc, u32::MAX, 2];
    for (first, second) in bad.iter().flat_map(|bad| [(*bad, 0), (0, *bad)]) {
        let mut sample = two("environ_sizes_get", first, second);
        assert!(sample.run().is_err(), "{first} {second}");
        assert!(sample.memory()[..16].iter().all(|byte| *byte == 0xff));
    }
    let mut sample = two("environ_sizes_get", 65_532, 65_528);
    assert_eq!(sample.errno(), 0);
}

#[test]
fn a_guest_without_a_memory_is_told_so_by_a_trap() {
    let mut sample = Sample::of(&format!(
        r#"(module (import "{PREVIEW1}" "args_sizes_get" (func $stub (param i32 i32) (result i32)))
            (func (export "run") (result i32) (call $stub (i32.const 0) (i32.const 0))))"#
    ));
    let error = sample.run().unwrap_err();
    assert!(error.root_cause().to_string().contains("no memory"));
}

#[test]
fn preopens_end_and_everything_else_is_not_granted() {
    for (name, errno) in [
        ("fd_prestat_get", 8),
        ("fd_prestat_dir_name", 8),
        ("path_open", 76),
        ("random_get", 76),
        ("clock_time_get", 76),
        ("poll_oneoff", 76),
        ("sock_accept", 76),
        ("args", 76),
        ("", 76),
    ] {
        for module in [PREVIEW1, "wasi_unstable"] {
            let call = "(result i32) (call $stub)";
            let mut sample = Sample::new(module, name, "(result i32)", call);
            assert_eq!(sample.errno(), errno, "{name}");
        }
    }
}

#[test]
fn every_function_of_preview_1_but_the_empty_lists_says_no() {
    let known = Taxonomy::builtin().interfaces().iter();
    let known = known.filter(|interface| &*interface.name == "wasi-preview1");
    let names: Vec<_> = known
        .flat_map(crate::capability::Interface::written)
        .map(|(name, _)| name.to_owned())
        .collect();
    let said: Vec<_> = names
        .iter()
        .filter(|name| {
            let pair = Signature {
                params: vec!["i32".to_owned(); 2],
                results: Vec::new(),
            };
            let answer = StubAnswer::of(name, &pair);
            matches!(answer, StubAnswer::NoneThere | StubAnswer::Nothing)
        })
        .collect();
    assert!(names.len() > 40, "{names:?}");
    assert_eq!(
        said,
        [
            "args_get",
            "args_sizes_get",
            "environ_get",
            "environ_sizes_get"
        ]
    );
}

#[test]
fn an_exit_that_is_stubbed_ends_the_invocation_as_denied() {
    let call = "(call $stub (i32.const 0))";
    let mut sample = Sample::new(PREVIEW1, "proc_exit", "(param i32)", call);
    let error = sample.run().unwrap_err();
    let Some(Stop::Denied(denial)) = error.downcast_ref() else {
        panic!("{error}")
    };
    assert_eq!(denial.function, "wasi_snapshot_preview1.proc_exit");
}

#[test]
fn strange_results_are_zeros_or_the_end() {
    let mut sample = Sample::new(PREVIEW1, "odd", "", "(call $stub)");
    assert!(sample.run().unwrap().is_empty());
    let results = "(result i32 i64 f32 f64)";
    let call = format!("{results} (call $stub)");
    let mut sample = Sample::new(PREVIEW1, "odd", results, &call);
    let numbers = sample.run().unwrap();
    assert_eq!(numbers[0].unwrap_i32(), 0);
    assert_eq!(numbers[1].unwrap_i64(), 0);
    assert_eq!(numbers[2].unwrap_f32().to_bits(), 0);
    assert_eq!(numbers[3].unwrap_f64().to_bits(), 0);
    let results = "(result funcref)";
    let call = format!("{results} (call $stub)");
    let mut sample = Sample::new(PREVIEW1, "odd", results, &call);
    let error = sample.run().unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Stop::Denied(_))));
    // The name of sizes with another signature: nothing is written through what are no pointers.
    let call = "(result i32) (call $stub (i64.const 0) (i64.const 0))";
    let signature = "(param i64 i64) (result i32)";
    let mut sample = Sample::new(PREVIEW1, "args_sizes_get", signature, call);
    assert_eq!(sample.errno(), 76);
}

#[test]
fn a_loop_of_stubbed_calls_ends_by_the_quota() {
    let call = "(loop $again (drop (call $stub)) (br $again))";
    let mut sample = Sample::new(PREVIEW1, "sched_yield", "(result i32)", call);
    let error = sample.run().unwrap_err();
    let stop = error.downcast_ref();
    assert_eq!(stop, Some(&Stop::Spent(Budget::HostCalls)));
    assert_eq!(sample.store.data().meter.spent().host_calls, 101);
}

#[derive(Default)]
struct Kept(Mutex<Vec<String>>);

impl Decisions for Kept {
    fn record(&self, decision: &Decision<'_>) -> std::io::Result<()> {
        let (function, capability) = (decision.function, decision.capability);
        let mut kept = self.0.lock().unwrap();
        kept.push(format!("{function} {capability} {}", decision.allowed));
        if kept.len() > 1 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

#[test]
fn each_call_is_a_denial_on_record_or_does_not_happen() {
    let mut sample = two("environ_sizes_get", 4, 12);
    let kept = Arc::new(Kept::default());
    sample.store.data_mut().decisions = Some(Arc::clone(&kept) as Arc<dyn Decisions>);
    assert_eq!(sample.errno(), 0);
    let denied = "wasi_snapshot_preview1.environ_sizes_get env false";
    assert_eq!(*kept.0.lock().unwrap(), [denied]);
    let error = sample.run().unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Stop::Failed(_))));
}
