//! Woven modules: ours, which favour tables, references, wrappers and constants that look provable and sometimes are not.

mod body;
mod expression;
mod object;
mod plan;
mod reference;
mod statement;

use std::collections::BTreeSet;

use self::body::Body;
use self::plan::{Form, Global, Plan, Segment, Value};
use super::stream::Stream;

/// The text of the module of a seed. `collected` is for engines with a garbage collector.
pub fn module(seed: u64, collected: bool) -> String {
    let mut stream = Stream::new(seed, "weaver");
    let plan = Plan::new(&mut stream, collected);
    let mut declared = BTreeSet::new();
    let mut functions = String::new();
    for function in plan.imported..plan.functions.len() {
        functions += &Body::new(&plan, &mut stream, function, &mut declared).write();
    }
    let mut text = "(module\n".to_owned();
    if plan.go {
        text += "  (@producers (language \"Go\" \"go1.24\"))\n";
    }
    text += &types(&plan);
    text += &imports(&plan);
    text += &state(&plan, &mut stream);
    text += &exports(&plan);
    text += &segments(&plan, &mut stream, &declared);
    text + &functions + ")\n"
}

fn list<T: std::fmt::Display>(word: &str, items: &[T]) -> String {
    items
        .iter()
        .map(|item| format!(" ({word} {item})"))
        .collect()
}

fn types(plan: &Plan) -> String {
    let mut text = String::new();
    for (at, ty) in plan.types.iter().enumerate() {
        let function = format!(
            "(func{}{})",
            list("param", &ty.params),
            list("result", &ty.results)
        );
        text += &match ty.form {
            Form::Plain => format!("  (type $t{at} {function})\n"),
            Form::Pair => format!("  (rec (type $t{at} {function})\n"),
            Form::PairEnd => format!("    (type $t{at} {function}))\n"),
            Form::Open => format!("  (type $t{at} (sub {function}))\n"),
            Form::Child(parent) => format!("  (type $t{at} (sub $t{parent} {function}))\n"),
        };
    }
    if plan.collected {
        text += object::TYPES;
    }
    text
}

fn imports(plan: &Plan) -> String {
    let mut text = String::new();
    for (at, function) in plan.functions.iter().enumerate() {
        if let Some((module, name)) = &function.import {
            let ty = function.ty;
            text += &format!("  (import \"{module}\" \"{name}\" (func $f{at} (type $t{ty})))\n");
        }
    }
    for (at, table) in plan
        .tables
        .iter()
        .enumerate()
        .filter(|(_, table)| table.imported)
    {
        let (size, element) = (table.size, table.element);
        text += &format!("  (import \"env\" \"table{at}\" (table $x{at} {size} {element}))\n");
    }
    for (at, global) in plan
        .globals
        .iter()
        .enumerate()
        .filter(|(_, global)| global.imported)
    {
        let ty = global_type(global);
        text += &format!("  (import \"env\" \"global{at}\" (global $g{at} {ty}))\n");
    }
    if plan.memory_imported {
        text += "  (import \"env\" \"memory\" (memory 1))\n";
    }
    text
}

fn global_type(global: &Global) -> String {
    if global.mutable {
        format!("(mut {})", global.ty)
    } else {
        global.ty.to_string()
    }
}

/// Tables, memory, globals and tags of its own.
fn state(plan: &Plan, stream: &mut Stream) -> String {
    let mut text = String::new();
    for (at, table) in plan
        .tables
        .iter()
        .enumerate()
        .filter(|(_, table)| !table.imported)
    {
        let (size, element) = (table.size, table.element);
        let first = table
            .first
            .map(|function| format!(" (ref.func $f{function})"));
        let first = first.unwrap_or_default();
        text += &format!("  (table $x{at} {size} 12 {element}{first})\n");
    }
    if !plan.memory_imported {
        text += "  (memory 1)\n";
    }
    for (at, global) in plan
        .globals
        .iter()
        .enumerate()
        .filter(|(_, global)| !global.imported)
    {
        let ty = global_type(global);
        let first = initial(plan, stream, global.ty);
        text += &format!("  (global $g{at} {ty} {first})\n");
    }
    if plan.collected {
        text += object::TAGS;
    }
    text += "  (data $d0 (i32.const 0) \"/etc/passwd\\00\\07\\00\\00\\00\")\n  (data $d1 \"\\07\\00\\00\\00secret\")\n";
    text
}

/// A constant expression.
fn initial(plan: &Plan, stream: &mut Stream, ty: Value) -> String {
    let imported = |at: &usize| {
        let global = &plan.globals[*at];
        global.imported && !global.mutable && global.ty == ty
    };
    let imported: Vec<usize> = (0..plan.globals.len()).filter(imported).collect();
    if let Some(global) = stream.pick_any(&imported)
        && stream.clone().percent(40)
    {
        return format!("(global.get $g{global})");
    }
    let constant = *stream.pick(&plan.constants);
    #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
    let small = constant as i32;
    match ty {
        Value::I32 if stream.once_in(4) => {
            format!("(i32.add (i32.const {small}) (i32.const 1))")
        }
        Value::I32 => format!("(i32.const {small})"),
        Value::I64 => format!("(i64.const {constant})"),
        Value::Extern => "(ref.null extern)".to_owned(),
        Value::Func | Value::Typed(_) => {
            let referable = plan.referable(ty);
            match (stream.pick_any(&referable), ty) {
                (Some(function), _) if stream.clone().percent(70) => {
                    format!("(ref.func $f{function})")
                }
                (_, Value::Typed(ty)) => format!("(ref.null $t{ty})"),
                _ => "(ref.null func)".to_owned(),
            }
        }
    }
}

fn exports(plan: &Plan) -> String {
    let mut text = String::new();
    let mut export = |name: String, what: String| {
        text += &format!("  (export \"{name}\" ({what}))\n");
    };
    for (at, _) in plan
        .functions
        .iter()
        .enumerate()
        .filter(|(_, one)| one.exported)
    {
        export(format!("run{at}"), format!("func $f{at}"));
    }
    for (at, _) in plan
        .tables
        .iter()
        .enumerate()
        .filter(|(_, one)| one.exported)
    {
        export(format!("table{at}"), format!("table $x{at}"));
    }
    for (at, _) in plan
        .globals
        .iter()
        .enumerate()
        .filter(|(_, one)| one.exported)
    {
        export(format!("global{at}"), format!("global $g{at}"));
    }
    if plan.memory_exported {
        export("memory".to_owned(), "memory 0".to_owned());
    }
    if let Some(start) = plan.start {
        text += &format!("  (start $f{start})\n");
    }
    text
}

fn segments(plan: &Plan, stream: &mut Stream, declared: &BTreeSet<usize>) -> String {
    let mut text = String::new();
    for (at, segment) in plan.segments.iter().enumerate() {
        let place = match segment.active {
            Some((table, offset)) => format!(" (table $x{table}) (offset (i32.const {offset}))"),
            None => String::new(),
        };
        text += &format!("  (elem $s{at}{place} {})\n", items(segment, stream));
    }
    if !declared.is_empty() {
        let names: String = declared.iter().map(|at| format!(" $f{at}")).collect();
        text += &format!("  (elem declare func{names})\n");
    }
    text
}

/// By index where that is possible, or as expressions.
fn items(segment: &Segment, stream: &mut Stream) -> String {
    let all: Option<Vec<usize>> = segment.items.iter().copied().collect();
    if segment.element == Value::Func
        && let Some(all) = all.filter(|_| stream.percent(60))
    {
        let names: String = all.iter().map(|at| format!(" $f{at}")).collect();
        return format!("func{names}");
    }
    let heap = match segment.element {
        Value::Typed(ty) => format!("$t{ty}"),
        _ => "func".to_owned(),
    };
    let items = segment.items.iter().map(|item| match item {
        Some(function) => format!(" (ref.func $f{function})"),
        None => format!(" (ref.null {heap})"),
    });
    format!("{}{}", segment.element, items.collect::<String>())
}
