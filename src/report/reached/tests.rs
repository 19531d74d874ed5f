//! Screens of modules with hand-made uses.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of a type with a lifetime is no function for any"
)]

use super::*;
use crate::audit::Verdict;
use crate::wasm::{Root, Step, Uses, decode, encode_text};

fn path(functions: &[u32], may: Option<Why>) -> Path {
    let step = |function: &u32| Step {
        function: *function,
        offset: Some(0),
        may: may.filter(|_| *function == 4),
    };
    Path {
        root: Root::Export(0),
        steps: functions.iter().map(step).collect(),
    }
}

fn row(capability: &str, imports: &[&str]) -> CapabilityRow {
    CapabilityRow {
        capability: capability.to_owned(),
        imports: imports.iter().map(|import| (*import).to_owned()).collect(),
        reachable: None,
        granted: None,
        paths: Vec::new(),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the cases make each for this once"
)]
fn told(usages: [ImportUse; 4], paths: usize, part: impl Fn(&Reached<'_>) -> String) -> String {
    let text = r#"(module (import "env" "read" (func)) (import "env" "exec" (func))
        (import "wasi_snapshot_preview1" "fd_write" (func)) (import "env" "log" (func))
        (func $work) (func $main.run (export "run")))"#;
    let mut module = decode(&encode_text(text).unwrap());
    module.uses = Some(Uses {
        imports: usages.to_vec(),
        bounded: None,
    });
    let report = ModuleReport {
        path: String::new(),
        policy: None,
        module: None,
        abi_version: None,
        capabilities: vec![
            row("exec", &["env.exec"]),
            row("fs.read", &["env.read", "env.exec"]),
            row("log", &["env.log"]),
            row("stderr", &["wasi_snapshot_preview1.fd_write"]),
            row("stdout", &["wasi_snapshot_preview1.fd_write"]),
        ],
        readings: Vec::new(),
        verdict: Verdict::Pass,
        changes: None,
        errors: Vec::new(),
    };
    let style = Style {
        width: 60,
        ..Style::default()
    };
    part(&Reached::new(&report, &module, paths, &style))
}

fn usages() -> [ImportUse; 4] {
    let usage = |function, reach, paths, others| ImportUse {
        reach,
        paths,
        sites: 2,
        others,
        ..ImportUse::unknown(function)
    };
    let indirect = Some(Why::IndirectCall);
    [
        usage(
            0,
            Reach::Likely,
            vec![path(&[5, 4, 0], None), path(&[5, 0], None)],
            None,
        ),
        usage(1, Reach::Unreachable, Vec::new(), None),
        usage(
            2,
            Reach::May(Why::IndirectCall),
            vec![path(&[5, 4, 2], indirect)],
            indirect,
        ),
        usage(3, Reach::May(Why::SharedTable), Vec::new(), indirect),
    ]
}

#[test]
fn each_capability_has_a_path_or_says_why_it_may() {
    assert_eq!(
        told(usages(), 1, |reached| reached.capabilities().0),
        "  exec     env.exec  not reached
  fs.read  env.read  run → main.run → env.read
  log      env.log   may: a table is shared with the host
  stderr   fd_write  run → main.run ⇢ work → fd_write
  stdout   fd_write  as above
"
    );
    let why = told(usages(), 1, |reached| {
        format!("{:?}", reached.capabilities().1)
    });
    assert_eq!(why, "[IndirectCall]");
    let more = told(usages(), 2, |reached| reached.capabilities().0);
    assert!(
        more.contains("\n      run → main.run → work → env.read\n"),
        "{more}"
    );
}

#[test]
fn what_is_linked_and_never_called_is_told_apart() {
    assert_eq!(
        told(usages(), 1, |reached| reached.unreachable()),
        "  env.exec\n"
    );
    assert_eq!(
        told(usages(), 1, |reached| reached.calls()),
        "  env.read () -> ()  reached, 2 call sites
      and no execution gets to a call: the code before goes elsewhere
  env.log  may be reached, because a table is shared with the host, 2 call sites
      with arguments that are not followed, because it is called indirectly
"
    );
}

#[test]
fn where_nothing_was_analysed_it_says_so_once() {
    let unknown = [0, 1, 2, 3].map(ImportUse::unknown);
    let text = told(unknown.clone(), 1, |reached| reached.capabilities().0);
    assert!(
        text.ends_with(UNKNOWN) && text.matches("not known").count() == 1,
        "{text}"
    );
    assert_eq!(told(unknown.clone(), 1, |reached| reached.calls()), "");
    assert_eq!(told(unknown, 1, |reached| reached.unreachable()), "");
}
