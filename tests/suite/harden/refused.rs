//! What is not carried, by name; and nothing that is refused leaves a trace.

use ringfence::rewrite::Options;
use ringfence::wasm::encode_text;
use wasm_encoder::{
    BlockType, CodeSection, Function, FunctionSection, Module, TypeSection, ValType,
};

use super::command::HARDEN;
use super::{Check, harden, harden_bytes};
use crate::suite::program::{code, ensure, private, run, stdout};

/// The tests.
pub const CHECKS: &[(&str, Check)] = &[
    ("proposals_by_name", proposals),
    ("everything_else_is_carried", carried),
    ("names_that_are_taken", taken),
    ("what_grows_over_a_limit", limits),
    ("what_the_audit_finds_in_what_comes_out", findings),
    ("hostile_bytes", hostile),
];

const POLICY: &str = "version: 1\nname: a\nimports: {memory: allow, table: allow, globals: allow, host: [{module: env, name: f, signature: \"() -> ()\"}]}\nlimits: {fuel: 1000}\n";

fn proposals() -> Result<(), String> {
    for (text, said) in [
        ("(module (tag $t) (func (throw $t)))", "`exceptions`"),
        ("(module (func (try_table (catch_all 0))))", "`exceptions`"),
        ("(module (import \"env\" \"t\" (tag)))", "`exceptions`"),
        ("(module (type (struct (field i32))))", "`gc`"),
        ("(module (func (param anyref)))", "`gc`"),
        ("(module (rec (type (func)) (type (func))))", "`gc`"),
        (
            "(module (type $t (func)) (func (param (ref $t)) (call_ref $t (local.get 0))))",
            "`function-references`",
        ),
        (
            "(module (func $f) (table 1 funcref (ref.func $f)))",
            "`function-references`",
        ),
        ("(module (memory 1 1 shared))", "threads"),
        (
            "(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))",
            "`threads`",
        ),
        ("(component)", "component"),
        (
            "(module (func try nop catch_all nop end))",
            "`legacy-exceptions`",
        ),
        (
            "(module (type $f (func)) (type (cont $f)) (func nop))",
            "`stack-switching`",
        ),
        (
            "(module (memory 1) (func (memory.discard (i32.const 0) (i32.const 0))))",
            "`memory-control`",
        ),
        (
            "(module (global (shared mut i32) (i32.const 0)))",
            "`shared-everything-threads`",
        ),
        ("(module (func (result i32)))", "not a valid module"),
    ] {
        let error = harden(text, POLICY).err().unwrap_or_default();
        ensure(error.contains(said), || format!("{text}: {error}"))?;
    }
    Ok(())
}

fn carried() -> Result<(), String> {
    for text in [
        "(module (memory i64 1 10) (func (result i64) (memory.grow (i64.const 1))))",
        "(module (memory 1) (memory 2) (func (memory.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 1))))",
        "(module (func $f (return_call $f)))",
        "(module (func (result v128) (i8x16.relaxed_swizzle (v128.const i64x2 0 0) (v128.const i64x2 0 0))))",
        "(module (import \"env\" \"g\" (global i32)) (memory 1) (data (offset (i32.add (global.get 0) (i32.const 1))) \"x\"))",
        "(module (func (result i64 i64) (i64.mul_wide_u (i64.const 1) (i64.const 2))))",
        "(module (memory 1 4 (pagesize 1)))",
        "(module (table i64 1 externref) (func (param externref) (table.fill (i64.const 0) (local.get 0) (i64.const 1))))",
        "(module (func (result i32 i32) (i32.const 1) (i32.const 2)))",
        "(module (import \"env\" \"f\" (func)) (export \"f\" (func 0)))",
        "(module (import \"env\" \"m\" (memory i64 1 2)) (import \"env\" \"t\" (table 1 2 externref)))",
    ] {
        harden(text, POLICY).map_err(|error| format!("{text}: {error}"))?;
    }
    Ok(())
}

fn taken() -> Result<(), String> {
    for text in [
        "(module (global (export \"ringfence_fuel\") (mut i64) (i64.const 9)))",
        "(module (func (export \"ringfence_exhausted\")))",
    ] {
        let error = harden(text, POLICY).err().unwrap_or_default();
        ensure(
            error.contains("the name of an export that hardening adds"),
            || error.clone(),
        )?;
        harden(text, "version: 1\nname: a\n")?;
    }
    for record in ["hello", "{}", "\\00"] {
        let text = format!("(module (@custom \"ringfence\" \"{record}\"))");
        let error = harden(&text, POLICY).err().unwrap_or_default();
        ensure(
            error.contains("is not what hardening under this policy"),
            || error.clone(),
        )?;
    }
    Ok(())
}

/// A valid module that has no room for what is added is no fault of ours.
fn limits() -> Result<(), String> {
    for (locals, ifs, room) in [(50_000, 1, false), (49_999, 1, true), (1, 1_000_000, false)] {
        let bytes = module(locals, ifs);
        match harden_bytes(&bytes, POLICY, Options::default()) {
            Ok(_) => ensure(room, || format!("{locals}, {ifs}: it is hardened"))?,
            Err(error) => ensure(!room && error.contains("over a limit ("), || error.clone())?,
        }
        let options = Options {
            fuel: false,
            ..Options::default()
        };
        harden_bytes(&bytes, POLICY, options)?;
    }
    Ok(())
}

/// What comes out is audited; the rules are those of every audit.
fn findings() -> Result<(), String> {
    let folder = private("harden-findings");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).map_err(|error| error.to_string())
    };
    write("plugin.wat", "(module (func (export \"run\")))")?;
    let limits = "limits: {fuel: 1000, deadline: 1s, memory: 1MiB, table_elements: 10, host_calls: 10, stack: 64KiB}\nrules: {missing-abi-version: {severity: note}}\n";
    for (module, options, said) in [
        (
            "exports: {require: [other]}",
            &[][..],
            Some("missing-export"),
        ),
        (
            "proposals: {allow: []}",
            &[][..],
            Some("disallowed-proposal"),
        ),
        ("proposals: {allow: []}", &["--no-fuel"][..], None),
    ] {
        let policy = format!("version: 1\nname: a\nmodule: {{{module}}}\n{limits}");
        write("policy.yaml", &policy)?;
        let _ = std::fs::remove_file(folder.join("out.wasm"));
        let output = run(&folder, &[HARDEN, options].concat());
        let told = stdout(&output);
        ensure(code(&output) == i32::from(said.is_some()), || {
            format!(
                "{module}: {told}{}",
                String::from_utf8_lossy(&output.stderr)
            )
        })?;
        ensure(told.contains(said.unwrap_or_default()), || {
            format!("{module}: {told}")
        })?;
        ensure(folder.join("out.wasm").exists() == said.is_none(), || {
            format!("{module}: what was refused is written")
        })?;
    }
    Ok(())
}

/// One function with so many locals and so many ways.
fn module(locals: u32, ifs: usize) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut function = Function::new([(locals, ValType::I32)]);
    for _ in 0..ifs {
        let mut sink = function.instructions();
        sink.i32_const(1).if_(BlockType::Empty).end();
    }
    function.instructions().end();
    let mut code = CodeSection::new();
    code.function(&function);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    module.finish()
}

/// Cut and changed modules are refused or hardened, and nothing panics.
fn hostile() -> Result<(), String> {
    let text = r#"(module (import "env" "f" (func $f)) (table 2 funcref) (elem (i32.const 0) $f $g) (memory (export "memory") 1)
        (global (mut i32) (i32.const 1)) (func $g (loop (call $f) (br_if 0 (global.get 0)))) (start $g) (data "x"))"#;
    let bytes = encode_text(text)?;
    let (mut hardened, mut refused) = (0, 0);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            match harden_bytes(&changed, POLICY, Options::default()) {
                Ok(_) => hardened += 1,
                Err(error) if error.starts_with("broken") => {
                    return Err(format!("{at}.{bit}: {error}"));
                }
                Err(_) => refused += 1,
            }
        }
        let _ = harden_bytes(&bytes[..at], POLICY, Options::default());
    }
    ensure(hardened > 20 && refused > 200, || {
        format!("{hardened} hardened, {refused} refused")
    })
}
