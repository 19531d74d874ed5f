//! `extends`: files, profiles, links and loops.

use std::path::Path;

use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn load_in(folder: &Path, name: &str) -> Result<Policy, PolicyError> {
    load(
        &folder.join(name),
        &Vocabulary::standard(),
        &mut Sources::default(),
    )
}

fn code(result: Result<Policy, PolicyError>) -> (&'static str, usize) {
    match result.unwrap_err() {
        PolicyError::Mistakes(mistakes) => (mistakes[0].code, mistakes[0].labels.len()),
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_absent_is_inherited() {
    let folder = folder(&[
        ("a.yaml", "name: a\nextends: b.yaml\nlimits: {fuel: 5}\n"),
        (
            "b.yaml",
            "name: b\nextends: c.yaml\nlimits: {memory: 1MiB}\ndeterminism: required\n",
        ),
        ("c.yaml", "limits: {deadline: 1s, memory: 2MiB}\n"),
    ]);
    let policy = load_in(folder.path(), "a.yaml").unwrap();
    assert_eq!(policy.name.unwrap().value, "a");
    assert_eq!(policy.limits.fuel.unwrap().value, 5);
    assert_eq!(policy.limits.memory.unwrap().value, 1 << 20);
    assert_eq!(policy.limits.deadline.unwrap().value, 1_000_000_000);
    assert!(policy.determinism.is_some() && policy.widenings.is_empty());
    assert_eq!(policy.chain.len(), 3);
}

#[test]
fn loops_are_told_with_every_step() {
    let folder = folder(&[
        ("a.yaml", "extends: b.yaml\n"),
        ("b.yaml", "extends: a.yaml\n"),
        ("c.yaml", "extends: c.yaml\n"),
    ]);
    assert_eq!(code(load_in(folder.path(), "a.yaml")), ("extends-cycle", 2));
    assert_eq!(code(load_in(folder.path(), "c.yaml")), ("extends-cycle", 1));
}

#[test]
fn eight_files_are_read_and_a_ninth_refused() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..9 {
        let text = format!("extends: p{}.yaml\n", n + 1);
        std::fs::write(folder.path().join(format!("p{n}.yaml")), text).unwrap();
    }
    std::fs::write(folder.path().join("p8.yaml"), "version: 1\n").unwrap();
    assert_eq!(code(load_in(folder.path(), "p0.yaml")).0, "extends-depth");
    assert_eq!(
        load_in(folder.path(), "p1.yaml").unwrap().chain.len(),
        MAX_CHAIN
    );
}

#[test]
fn a_base_is_a_plain_name_in_the_same_folder() {
    for name in [
        "../x.yaml",
        "/etc/passwd",
        "a/b.yaml",
        "..",
        "a\\b",
        "file:x",
    ] {
        let folder = folder(&[("a.yaml", &format!("extends: '{name}'\n"))]);
        assert_eq!(
            code(load_in(folder.path(), "a.yaml")).0,
            "bad-base",
            "{name}"
        );
    }
    let folder = folder(&[
        ("a.yaml", "extends: none.yaml\n"),
        ("b.yaml", "extends: builtin:strct\n"),
    ]);
    assert_eq!(code(load_in(folder.path(), "a.yaml")).0, "unreadable-base");
    assert_eq!(code(load_in(folder.path(), "b.yaml")).0, "unknown-profile");
    assert_eq!(codes("extends: b.yaml\n"), ["bad-base"]);
}

#[test]
fn mistakes_in_a_base_say_who_extends_it() {
    let folder = folder(&[("a.yaml", "extends: b.yaml\n"), ("b.yaml", "nothing: 1\n")]);
    assert_eq!(code(load_in(folder.path(), "a.yaml")), ("unknown-key", 2));
}

#[cfg(unix)]
#[test]
fn a_linked_base_is_refused() {
    let folder = folder(&[
        ("a.yaml", "extends: link.yaml\n"),
        ("real.yaml", "version: 1\n"),
    ]);
    std::os::unix::fs::symlink("real.yaml", folder.path().join("link.yaml")).unwrap();
    assert_eq!(code(load_in(folder.path(), "a.yaml")).0, "unreadable-base");
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_folder_is_not_opened() {
    let folder = folder(&[("a.yaml", "extends: pipe\n")]);
    let made = std::process::Command::new("mkfifo")
        .arg(folder.path().join("pipe"))
        .status();
    assert!(made.unwrap().success());
    assert!(matches!(
        load_in(folder.path(), "pipe"),
        Err(PolicyError::NotAFile { .. })
    ));
    assert!(matches!(
        load_in(folder.path(), ""),
        Err(PolicyError::NotAFile { .. })
    ));
    assert_eq!(code(load_in(folder.path(), "a.yaml")).0, "unreadable-base");
    assert!(matches!(
        load_in(folder.path(), "none"),
        Err(PolicyError::Unreadable { .. })
    ));
}

#[test]
fn text_that_is_not_utf8_is_told_by_its_byte() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yaml"), b"name: x\nlimits: \xff\n").unwrap();
    let mut sources = Sources::default();
    let error = load(
        &folder.path().join("a.yaml"),
        &Vocabulary::standard(),
        &mut sources,
    )
    .unwrap_err();
    let PolicyError::Mistakes(mistakes) = error else {
        panic!()
    };
    assert_eq!(mistakes[0].message, "not UTF-8 from byte 16 on");
    let place = sources.places(mistakes[0].labels[0].span).unwrap().0;
    assert_eq!((place.line, place.column), (2, 9));
}

#[test]
fn a_file_over_the_limit_is_refused() {
    let folder = folder(&[("a.yaml", &" ".repeat((4 << 20) + 1))]);
    assert_eq!(code(load_in(folder.path(), "a.yaml")).0, "too-large");
}
