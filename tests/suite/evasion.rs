//! Ways to pass unseen: modules that are not read, rules that pass for others or eat the machine, waivers that cover twins.

use std::path::Path;

use libtest_mimic::{Failed, Trial};

use super::program::{code, ensure, root, run, run_with_input, stderr, stdout};

type Test = fn() -> Result<(), String>;

/// The trials.
pub fn trials() -> Vec<Trial> {
    let tests: &[(&str, Test)] = &[
        ("a_folder_called_dash", a_folder_called_dash),
        ("any_case_of_the_ending_is_a_module", any_case_of_the_ending),
        #[cfg(unix)]
        ("a_linked_folder_is_not_passed_over", a_linked_folder),
        #[cfg(target_os = "linux")]
        ("a_name_that_is_no_text", a_name_that_is_no_text),
        ("conditions_that_grow", conditions_that_grow),
        ("ids_that_look_like_others", ids_that_look_like_others),
        ("a_folder_without_rules", a_folder_without_rules),
        ("a_waiver_covers_no_twin", a_waiver_covers_no_twin),
        ("waivers_without_end", waivers_without_end),
    ];
    tests
        .iter()
        .map(|(name, test)| {
            Trial::test(format!("evasion::{name}"), move || {
                test().map_err(Failed::from)
            })
        })
        .collect()
}

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a scratch folder")
}

fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|error| error.to_string())
}

fn bad() -> Vec<u8> {
    std::fs::read(root().join("sample-modules/rust-exec/plugin.wasm")).expect("a sample")
}

const HARMLESS: &[u8] = b"\0asm\x01\0\0\0";

fn ends_with(folder: &Path, arguments: &[&str], input: &[u8], wanted: i32) -> Result<(), String> {
    let output = run_with_input(folder, arguments, input);
    ensure(code(&output) == wanted, || {
        let (said, talk) = (stdout(&output), stderr(&output));
        format!("exit {} for {arguments:?}: {said}{talk}", code(&output))
    })
}

fn a_folder_called_dash() -> Result<(), String> {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("-")).map_err(|error| error.to_string())?;
    write(&folder.path().join("-/harmless.wasm"), HARMLESS)?;
    ends_with(folder.path(), &["check", "-"], &bad(), 1)?;
    ends_with(folder.path(), &["check", "./-"], &bad(), 0)
}

fn any_case_of_the_ending() -> Result<(), String> {
    let folder = scratch();
    write(&folder.path().join("a.wasm"), HARMLESS)?;
    write(&folder.path().join("b.WASM"), bad())?;
    ends_with(folder.path(), &["check", "."], b"", 1)
}

#[cfg(unix)]
fn a_linked_folder() -> Result<(), String> {
    let (folder, elsewhere) = (scratch(), scratch());
    write(&folder.path().join("a.wasm"), HARMLESS)?;
    write(&elsewhere.path().join("b.wasm"), bad())?;
    std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("more"))
        .map_err(|error| error.to_string())?;
    ends_with(folder.path(), &["check", "."], b"", 2)
}

#[cfg(target_os = "linux")]
fn a_name_that_is_no_text() -> Result<(), String> {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = scratch();
    write(&folder.path().join("evil\u{fffd}.wasm"), HARMLESS)?;
    let name = std::ffi::OsStr::from_bytes(b"evil\xff.wasm");
    write(&folder.path().join(name), bad())?;
    ends_with(folder.path(), &["check", "."], b"", 2)?;
    ends_with(folder.path(), &["inspect", "."], b"", 2)
}

fn rule(id: &str, over: &str, when: &str, message: &str) -> String {
    format!(
        "id: {id:?}\ntitle: t\nseverity: error\nover: {over}\nwhen: {when:?}\nmessage: {message:?}\nhelp: h\n\
         explanation: e\nexamples:\n  - {{name: a, fires: true}}\n  - {{name: b, fires: false}}\n"
    )
}

/// The talk of a check with one more rule, which must end in an operational error.
fn refused_rule(id: &str, text: &str) -> Result<String, String> {
    let folder = scratch();
    write(&folder.path().join(format!("{id}.yaml")), text)?;
    let output = run(folder.path(), &["rules", "test", "."]);
    ensure(code(&output) == 2, || {
        format!("exit {} for {text}", code(&output))
    })?;
    Ok(stderr(&output))
}

fn conditions_that_grow() -> Result<(), String> {
    let doubling = format!("['aaaaaaaa']{}.size() == 1", ".map(x, x + x)".repeat(40));
    for (over, when) in [
        ("module", doubling.as_str()),
        ("want", "it.imports.filter(x, true).size() > 0"),
        ("want", "it.imports.all(x, x in it.imports)"),
        ("want", "it.imports.all(x, size(x + x) > 0)"),
        ("import", "size(it.name + it.name) > 0"),
        ("import", "size(it.signature + it.signature) > 0"),
        ("import", "size(it.capabilities + it.capabilities) > 0"),
    ] {
        refused_rule("bomb", &rule("bomb", over, when, "m"))?;
    }
    let long = "{it.name}".repeat(1000);
    refused_rule("bomb", &rule("bomb", "import", "true", &long))?;
    let folder = scratch();
    let fine = "it.size + 1 > 1 && ['a'].exists_one(x, x == 'a')";
    write(
        &folder.path().join("fine.yaml"),
        rule("fine", "module", fine, "m"),
    )?;
    ends_with(folder.path(), &["rules", "list", "--rules", "."], b"", 0)
}

fn ids_that_look_like_others() -> Result<(), String> {
    for id in [
        "Shared-memory",
        "shared\u{2011}memory",
        "shared-mem\u{43e}ry",
        "x y",
    ] {
        let talk = refused_rule(id, &rule(id, "module", "true", "m"))?;
        ensure(talk.contains("rule-id"), || format!("{id}: {talk}"))?;
    }
    Ok(())
}

fn a_folder_without_rules() -> Result<(), String> {
    let folder = scratch();
    ends_with(folder.path(), &["rules", "test", "."], b"", 2)?;
    ends_with(folder.path(), &["check", "-", "--rules", "."], HARMLESS, 2)
}

fn a_waiver_covers_no_twin() -> Result<(), String> {
    let long = "a".repeat(300);
    let folder = scratch();
    let policy = |subject: &str| {
        format!(
            "version: 1\nlimits: {{fuel: 1, deadline: 1s, memory: 1MiB, table_elements: 1}}\nwaivers:\n\
             - {{rule: undeclared-host-import, subject: {subject:?}, reason: reviewed}}\n\
             - {{rule: missing-abi-version, reason: reviewed}}\n"
        )
    };
    let check = |imports: &[(&str, &str)], subject: &str, wanted: i32| {
        let imports: String = imports
            .iter()
            .map(|(module, name)| format!("(import {module:?} {name:?} (func))"))
            .collect();
        write(&folder.path().join("policy.yaml"), policy(subject))?;
        let arguments = ["check", "-", "--policy", "policy.yaml"];
        let text = format!("(module {imports})");
        ends_with(folder.path(), &arguments, text.as_bytes(), wanted)
    };
    check(&[("env", "a.b")], "import env.a.b", 0)?;
    check(&[("env.a", "b")], "import env.a.b", 1)?;
    check(&[("env.a.b", "")], "import env.a.b", 1)?;
    check(&[("env.a", "b")], "import \"env.a\".b", 0)?;

    let text = format!("(module (import \"env\" {long:?} (func)))");
    let arguments = ["check", "-", "--policy", "policy.yaml", "--format", "json"];
    let said = stdout(&run_with_input(folder.path(), &arguments, text.as_bytes()));
    let subject = said
        .split('"')
        .find(|part| part.starts_with("import env.aaa") && part.contains('#'))
        .ok_or("a cut subject")?;
    check(&[("env", &long)], subject, 0)?;
    let forged = subject.trim_start_matches("import env.");
    check(&[("env", &long), ("env", forged)], subject, 1)
}

/// As many waivers as a policy holds, against as many findings as a module brings.
fn waivers_without_end() -> Result<(), String> {
    let folder = scratch();
    let imports: String = (0..5000)
        .map(|n| format!("(import \"env\" \"f{n}\" (func))"))
        .collect();
    let waivers: String = (0..50_000)
        .map(|n| match n % 2 {
            0 => "- {rule: undeclared-host-import, reason: x}\n".to_owned(),
            _ => {
                format!("- {{rule: undeclared-host-import, reason: x, subject: import env.f{n}}}\n")
            }
        })
        .collect();
    write(
        &folder.path().join("policy.yaml"),
        format!("version: 1\nwaivers:\n{waivers}"),
    )?;
    let start = std::time::Instant::now();
    let arguments = ["check", "-", "--policy", "policy.yaml", "--format", "short"];
    ends_with(
        folder.path(),
        &arguments,
        format!("(module {imports})").as_bytes(),
        1,
    )?;
    let seconds = start.elapsed().as_secs();
    ensure(seconds < 30, || format!("{seconds} s"))
}
