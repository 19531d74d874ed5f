//! Plain wasmtime with WASI as it comes: no policy, no limit but the time.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use ringfence::wasm::edit::{EXHAUSTED, FUEL};
use wasmtime::{Caller, Config, Engine, Error, Extern, ExternType, Func, Instance};
use wasmtime::{Linker, Module, OptLevel, Store, Trap, Val, ValType};
use wasmtime_wasi::p1::{WasiP1Ctx, add_to_linker_sync};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtxBuilder};

use super::job::{Job, Number};
use super::outcome::{Outcome, Step, base64};
use super::steady::{self, Steady};

/// WASI's module.
pub const WASI: &str = "wasi_snapshot_preview1";
/// What is shown of a stream, and what is taken.
const STREAM: usize = 64 << 10;
const TAKEN: usize = 16 << 20;
/// How many calls are written down.
const RECORDED: usize = 1000;

/// What belongs to an instance.
pub struct State {
    wasi: WasiP1Ctx,
    /// Clocks and random bytes.
    pub steady: Steady,
    /// What went to the streams by writes that take all.
    pub written: [Vec<u8>; 2],
    called: usize,
    calls: Vec<Vec<String>>,
}

/// An instance in its steps.
struct Guest<'a> {
    job: &'a Job,
    store: Store<State>,
    instance: Instance,
    outcome: Outcome,
    last: i64,
}

/// Does a job: compile, link, start, then step by step until one does not return.
pub fn run(job: &Job) -> Outcome {
    let mut outcome = Outcome {
        ended: "returned".to_owned(),
        ..Outcome::default()
    };
    // Where time is measured, nothing looks for its end, and the code is as good as it gets.
    let timed = job.repeat == 1;
    let mut config = Config::new();
    config.epoch_interruption(timed);
    if timed {
        config.cranelift_opt_level(OptLevel::None);
    }
    let engine = Engine::new(&config).expect("an engine");
    let module = match Module::new(&engine, &job.bytes) {
        Ok(module) => module,
        Err(error) => return refused(outcome, "compile", &error),
    };
    let (stdout, stderr) = (MemoryOutputPipe::new(TAKEN), MemoryOutputPipe::new(TAKEN));
    let mut store = Store::new(&engine, state(job, stdout.clone(), stderr.clone()));
    if timed {
        store.set_epoch_deadline(1);
    }
    let (done, waiting) = mpsc::channel::<()>();
    let (clock, limit) = (engine.clone(), Duration::from_millis(job.limit));
    let alarm = std::thread::spawn(move || {
        if waiting.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
            clock.increment_epoch();
        }
    });
    let started =
        link(job, &module, &engine).and_then(|linker| linker.instantiate(&mut store, &module));
    let mut written: [Vec<u8>; 2] = Default::default();
    outcome = match started {
        Ok(instance) => {
            let mut guest = Guest {
                job,
                store,
                instance,
                outcome,
                last: 0,
            };
            guest.every_step();
            let state = guest.store.into_data();
            let mut outcome = guest.outcome;
            (outcome.called, outcome.calls) = (state.called, state.calls);
            written = state.written;
            outcome
        }
        Err(error) if error.downcast_ref::<Trap>().is_some() => failed(outcome, "start", &error),
        Err(error) => refused(outcome, "link", &error),
    };
    drop(done);
    let _ = alarm.join();
    let shown = |pipe: &MemoryOutputPipe, written: &[u8]| {
        let all = [&pipe.contents(), written].concat();
        (base64(&all[..all.len().min(STREAM)]), all.len() > STREAM)
    };
    let (stdout, stderr) = (shown(&stdout, &written[0]), shown(&stderr, &written[1]));
    outcome.cut = stdout.1 || stderr.1;
    (outcome.stdout, outcome.stderr) = (stdout.0, stderr.0);
    outcome
}

fn state(job: &Job, stdout: MemoryOutputPipe, stderr: MemoryOutputPipe) -> State {
    let mut wasi = WasiCtxBuilder::new();
    wasi.arg("plugin").args(&job.args).envs(&job.env);
    wasi.stdin(MemoryInputPipe::new(job.stdin.clone()));
    wasi.stdout(stdout).stderr(stderr);
    for (name, folder) in &job.dirs {
        wasi.preopened_dir(folder, name, FsPerms::ReadWrite)
            .expect("the folder is there");
    }
    State {
        wasi: wasi.build_p1(),
        steady: Steady::default(),
        written: Default::default(),
        called: 0,
        calls: Vec::new(),
    }
}

/// WASI, and for everything else a function that writes down how it was called.
fn link(job: &Job, module: &Module, engine: &Engine) -> Result<Linker<State>, Error> {
    let mut linker = Linker::new(engine);
    linker.allow_shadowing(true);
    add_to_linker_sync(&mut linker, |state: &mut State| &mut state.wasi)?;
    if job.steady {
        steady::link(&mut linker)?;
    }
    if job.steady || job.whole_writes {
        steady::whole_writes(&mut linker)?;
    }
    for import in module.imports() {
        let ExternType::Func(ty) = import.ty() else {
            continue;
        };
        if import.module() == WASI {
            continue;
        }
        let key = format!("{}.{}", import.module(), import.name());
        let answer = job.answers.iter().find(|(name, _)| *name == key);
        let number = answer.map_or(0, |(_, number)| match number {
            Number::Narrow(number) => i64::from(*number),
            Number::Wide(number) => *number,
        });
        let text = job.texts.iter().find(|(name, ..)| *name == key);
        let text = text.map(|&(_, pointer, length)| (pointer, length));
        let types: Vec<ValType> = ty.results().collect();
        linker.func_new(
            import.module(),
            import.name(),
            ty,
            move |mut caller, given, results| {
                record(&mut caller, &key, given, text);
                for (result, ty) in results.iter_mut().zip(&types) {
                    *result = match ty {
                        ValType::I64 => Val::I64(number),
                        _ => Val::I32(number as i32),
                    };
                }
                Ok(())
            },
        )?;
    }
    Ok(linker)
}

fn record(caller: &mut Caller<'_, State>, key: &str, given: &[Val], text: Option<(usize, usize)>) {
    let mut call = vec![key.to_owned()];
    call.extend(given.iter().map(|value| number(value).to_string()));
    if let Some((pointer, length)) = text {
        let at = |index: usize| given.get(index).map_or(0, |value| number(value) as u32) as usize;
        call.push(letters(caller, at(pointer), at(length)));
    }
    let state = caller.data_mut();
    state.called += 1;
    if state.calls.len() < RECORDED {
        state.calls.push(call);
    }
}

/// Bytes of the guest's, one letter each.
fn letters(caller: &mut Caller<'_, State>, start: usize, length: usize) -> String {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return "<no memory>".to_owned();
    };
    let bytes = memory.data(&caller).get(start..start + length);
    let letters = |bytes: &[u8]| {
        bytes
            .iter()
            .take(256)
            .map(|&byte| char::from(byte))
            .collect()
    };
    bytes.map_or_else(|| "<outside>".to_owned(), letters)
}

fn number(value: &Val) -> i64 {
    match value {
        Val::I32(number) => i64::from(*number),
        Val::I64(number) => *number,
        _ => 0,
    }
}

impl Guest<'_> {
    fn every_step(&mut self) {
        let mut steps = self.job.steps.clone();
        let first = steps[0][0].clone();
        let initializes = self
            .instance
            .get_func(&mut self.store, "_initialize")
            .is_some();
        if initializes && first != "_initialize" && first != "_start" {
            steps.insert(0, vec!["_initialize".to_owned()]);
        }
        for (index, step) in steps.iter().enumerate() {
            let last = index + 1 == steps.len();
            for _ in 0..if last { self.job.repeat } else { 1 } {
                if let Err(reason) = self.step(&step[0], &step[1..]) {
                    let outcome = std::mem::take(&mut self.outcome);
                    self.outcome = refused(outcome, &step[0], &Error::msg(reason));
                }
                if self.outcome.ended != "returned" {
                    return;
                }
            }
        }
    }

    fn step(&mut self, name: &str, words: &[String]) -> Result<(), String> {
        if name.starts_with('+') {
            return self.memory_step(name, words);
        }
        let function = self.instance.get_func(&mut self.store, name);
        let function = function.ok_or_else(|| format!("no function is exported as {name}"))?;
        let numbers: Vec<Val> = words.iter().map(|word| self.resolve(word)).collect();
        self.call(name, function, &numbers);
        Ok(())
    }

    fn memory_step(&mut self, name: &str, words: &[String]) -> Result<(), String> {
        let at = number(&self.resolve(&words[0])) as u32 as usize;
        let length = match name {
            "+write" => words[1].len(),
            _ => number(&self.resolve(&words[1])) as u32 as usize,
        };
        let memory = self.instance.get_memory(&mut self.store, "memory");
        let memory = memory.ok_or("there is no memory")?;
        let bytes = memory.data_mut(&mut self.store).get_mut(at..at + length);
        let bytes = bytes.ok_or("there is no such memory")?;
        if name == "+write" {
            bytes.copy_from_slice(words[1].as_bytes());
        } else {
            self.outcome.read.push(base64(bytes));
        }
        Ok(())
    }

    fn call(&mut self, name: &str, function: Func, numbers: &[Val]) {
        let fuel = self.instance.get_global(&mut self.store, FUEL);
        let exhausted = self.instance.get_global(&mut self.store, EXHAUSTED);
        if let (Some(fuel), Some(exhausted), Some(budget)) = (fuel, exhausted, self.job.fuel) {
            let _ = fuel.set(&mut self.store, Val::I64(budget));
            let _ = exhausted.set(&mut self.store, Val::I32(0));
        }
        let results = function.ty(&self.store).results().len();
        let mut results = vec![Val::I32(0); results];
        let begun = Instant::now();
        let ended = function.call(&mut self.store, numbers, &mut results);
        if self.job.repeat > 1 {
            let micros = u64::try_from(begun.elapsed().as_micros());
            self.outcome.micros.push(micros.unwrap_or(u64::MAX));
        }
        let mut step = Step {
            name: name.to_owned(),
            ..Step::default()
        };
        if ended.is_ok() {
            step.results = results
                .iter()
                .map(|value| number(value).to_string())
                .collect();
            self.last = results.first().map_or(0, number);
        }
        if let (Some(fuel), Some(exhausted)) = (fuel, exhausted) {
            step.fuel = Some(number(&fuel.get(&mut self.store)).to_string());
            step.exhausted = Some(number(&exhausted.get(&mut self.store)) as i32);
        }
        self.outcome.steps.push(step);
        if let Err(error) = ended {
            let outcome = std::mem::take(&mut self.outcome);
            self.outcome = failed(outcome, name, &error);
        }
    }

    /// A number, or a part of the last result.
    fn resolve(&self, word: &str) -> Val {
        match word {
            "@" | "@low" => Val::I32(self.last as i32),
            "@high" => Val::I32((self.last >> 32) as i32),
            _ => match Number::read(word) {
                Number::Narrow(number) => Val::I32(number),
                Number::Wide(number) => Val::I64(number),
            },
        }
    }
}

fn refused(mut outcome: Outcome, at: &str, error: &Error) -> Outcome {
    outcome.ended = "refused".to_owned();
    outcome.at = at.to_owned();
    outcome.message = format!("{error:#}");
    outcome
}

/// A call that did not return: it exited, ran out of time, or trapped.
fn failed(mut outcome: Outcome, at: &str, error: &Error) -> Outcome {
    outcome.at = at.to_owned();
    outcome.message = format!("{error:#}");
    let ended = if let Some(exit) = error.downcast_ref::<I32Exit>() {
        outcome.exit = Some(exit.0.cast_unsigned());
        "exited"
    } else if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
        outcome.at.clear();
        "timeout"
    } else {
        outcome.kind = error
            .downcast_ref::<Trap>()
            .map_or("other", |trap| kind(*trap))
            .to_owned();
        "trapped"
    };
    outcome.ended = ended.to_owned();
    outcome
}

fn kind(trap: Trap) -> &'static str {
    match trap {
        Trap::UnreachableCodeReached => "unreachable",
        Trap::MemoryOutOfBounds => "memory",
        Trap::TableOutOfBounds | Trap::IndirectCallToNull | Trap::BadSignature => "table",
        Trap::IntegerDivisionByZero => "divide",
        Trap::IntegerOverflow => "overflow",
        Trap::BadConversionToInteger => "conversion",
        Trap::StackOverflow => "stack",
        _ => "other",
    }
}
