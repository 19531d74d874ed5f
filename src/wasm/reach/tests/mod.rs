//! Tests of reachability: what moves a function or a reference to one, real modules, and input that means harm.

mod calls;
mod graph;
mod hostile;
mod objects;
mod references;
mod samples;
mod statics;
mod tables;

use crate::wasm::tests::valid;
use crate::wasm::{Module, Path, Reach, Root, Why};

/// The import that the cases ask about, and a function that calls it.
const IMPORT: &str = r#"(import "env" "i" (func $i)) "#;
const CALLER: &str = "(func $f call $i) ";

/// How the first import of a module with these fields is reached: `unreachable`, `likely` or the reason of a "may", then the
/// first path.
fn reach(fields: &str) -> String {
    let module = valid(&format!("(module {IMPORT}{fields})"));
    told(&module, 0)
}

fn told(module: &Module, import: u32) -> String {
    let known = module.uses.as_ref().unwrap().of(import).unwrap();
    let reach = match known.reach {
        Reach::May(why) => format!("{why:?}"),
        reach => reach.name().to_owned(),
    };
    assert_eq!(known.reach.is_reachable(), !known.paths.is_empty());
    match known.paths.first() {
        Some(path) => format!("{reach}: {}", spelled(module, path)),
        None => reach,
    }
}

/// `run f ~g i`: the root, then the functions, with a tilde where the call may not go.
fn spelled(module: &Module, path: &Path) -> String {
    let root = match path.root {
        Root::Export(export) => module.exports[export].name.clone(),
        Root::Start => "start".to_owned(),
        Root::Host(Why::SharedTable) => "table".to_owned(),
        Root::Host(why) => format!("{why:?}"),
    };
    let steps = path.steps.iter().map(|step| {
        let name = module
            .function_name(step.function)
            .map_or_else(|| step.function.to_string(), ToOwned::to_owned);
        format!(" {}{name}", if step.may.is_some() { "~" } else { "" })
    });
    root + &steps.collect::<String>()
}

/// Checks one case after the other.
fn check(cases: &[(&str, &str)]) {
    for (fields, expected) in cases {
        assert_eq!(reach(fields), *expected, "{fields}");
    }
}

/// As [`check`], of modules that have [`CALLER`].
fn check_caller(cases: &[(&str, &str)]) {
    for (fields, expected) in cases {
        assert_eq!(reach(&format!("{CALLER}{fields}")), *expected, "{fields}");
    }
}
