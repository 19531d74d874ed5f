//! Arbitrary modules: wasm-smith, restricted to functions of WASI and of a host, and to the tables, memories and globals
//! of a host.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// What may be imported. Each module takes some.
const IMPORTS: &str = r#"(module
  (type $back (func (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (import "env" "tick" (func))
  (import "env" "log" (func (param i32)))
  (import "env" "wide" (func (param i64)))
  (import "env" "pair" (func (param i32 i64) (result i32 i64)))
  (import "env" "keep" (func (param funcref)))
  (import "env" "give" (func (result funcref)))
  (import "env" "swap" (func (param funcref i32) (result funcref)))
  (import "env" "number" (global i32))
  (import "env" "counter" (global (mut i32)))
  (import "env" "handler" (global (mut funcref)))
  (import "env" "first" (global funcref))
  (import "env" "table" (table 4 funcref))
  (import "env" "memory" (memory 1))
)"#;

/// The same with what only an engine with a garbage collector has.
const COLLECTED: &str = r#"
  (import "env" "hold" (func (param externref)))
  (import "env" "held" (func (result externref)))
  (import "env" "objects" (table 4 externref))
  (import "env" "fault" (tag (param i32)))
)"#;

/// The modules of some seeds, in order; those that are empty could not be made.
pub fn modules(from: u64, count: u64, collected: bool) -> Result<Vec<Vec<u8>>, String> {
    let text = if collected {
        let shared = IMPORTS.trim_end().strip_suffix(')').unwrap_or_default();
        shared.to_owned() + COLLECTED
    } else {
        IMPORTS.to_owned()
    };
    importing(&text, from, count, collected)
}

/// The same with imports of this module's.
pub fn importing(
    text: &str,
    from: u64,
    count: u64,
    collected: bool,
) -> Result<Vec<Vec<u8>>, String> {
    let imports = wat::parse_str(text).map_err(|error| error.to_string())?;
    let output = run(from, count, collected, &imports).map_err(|error| error.to_string())?;
    let mut rest = output.as_slice();
    let mut modules = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length) as usize;
        let (module, after) = after.split_at_checked(length).ok_or("a module is cut")?;
        modules.push(module.to_vec());
        rest = after;
    }
    if modules.len() as u64 == count {
        Ok(modules)
    } else {
        Err(format!("{} of {count} modules", modules.len()))
    }
}

fn run(from: u64, count: u64, collected: bool, imports: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut command = Command::new(smith::PROGRAM);
    command.args([from.to_string(), count.to_string()]);
    command.args(collected.then_some("collected"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(imports)?;
    }
    let mut output = Vec::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_end(&mut output)?;
    }
    child.wait()?;
    Ok(output)
}
