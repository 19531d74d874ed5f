//! The built-in files against what is known from elsewhere: the specification's list, the policy language, each other.

use super::*;
use crate::source::Text;

const PREVIEW1: &str = "wasi_snapshot_preview1";

/// Derived from the specification's witx by its own lowering, not from our file.
const SPECIFICATION: &[(&str, &str)] = &[
    ("args_get", "(i32, i32) -> i32"),
    ("args_sizes_get", "(i32, i32) -> i32"),
    ("environ_get", "(i32, i32) -> i32"),
    ("environ_sizes_get", "(i32, i32) -> i32"),
    ("clock_res_get", "(i32, i32) -> i32"),
    ("clock_time_get", "(i32, i64, i32) -> i32"),
    ("fd_advise", "(i32, i64, i64, i32) -> i32"),
    ("fd_allocate", "(i32, i64, i64) -> i32"),
    ("fd_close", "(i32) -> i32"),
    ("fd_datasync", "(i32) -> i32"),
    ("fd_fdstat_get", "(i32, i32) -> i32"),
    ("fd_fdstat_set_flags", "(i32, i32) -> i32"),
    ("fd_fdstat_set_rights", "(i32, i64, i64) -> i32"),
    ("fd_filestat_get", "(i32, i32) -> i32"),
    ("fd_filestat_set_size", "(i32, i64) -> i32"),
    ("fd_filestat_set_times", "(i32, i64, i64, i32) -> i32"),
    ("fd_pread", "(i32, i32, i32, i64, i32) -> i32"),
    ("fd_prestat_get", "(i32, i32) -> i32"),
    ("fd_prestat_dir_name", "(i32, i32, i32) -> i32"),
    ("fd_pwrite", "(i32, i32, i32, i64, i32) -> i32"),
    ("fd_read", "(i32, i32, i32, i32) -> i32"),
    ("fd_readdir", "(i32, i32, i32, i64, i32) -> i32"),
    ("fd_renumber", "(i32, i32) -> i32"),
    ("fd_seek", "(i32, i64, i32, i32) -> i32"),
    ("fd_sync", "(i32) -> i32"),
    ("fd_tell", "(i32, i32) -> i32"),
    ("fd_write", "(i32, i32, i32, i32) -> i32"),
    ("path_create_directory", "(i32, i32, i32) -> i32"),
    ("path_filestat_get", "(i32, i32, i32, i32, i32) -> i32"),
    (
        "path_filestat_set_times",
        "(i32, i32, i32, i32, i64, i64, i32) -> i32",
    ),
    ("path_link", "(i32, i32, i32, i32, i32, i32, i32) -> i32"),
    (
        "path_open",
        "(i32, i32, i32, i32, i32, i64, i64, i32, i32) -> i32",
    ),
    ("path_readlink", "(i32, i32, i32, i32, i32, i32) -> i32"),
    ("path_remove_directory", "(i32, i32, i32) -> i32"),
    ("path_rename", "(i32, i32, i32, i32, i32, i32) -> i32"),
    ("path_symlink", "(i32, i32, i32, i32, i32) -> i32"),
    ("path_unlink_file", "(i32, i32, i32) -> i32"),
    ("poll_oneoff", "(i32, i32, i32, i32) -> i32"),
    ("proc_exit", "(i32) -> ()"),
    ("proc_raise", "(i32) -> i32"),
    ("sched_yield", "() -> i32"),
    ("random_get", "(i32, i32) -> i32"),
    ("sock_accept", "(i32, i32, i32) -> i32"),
    ("sock_recv", "(i32, i32, i32, i32, i32, i32) -> i32"),
    ("sock_send", "(i32, i32, i32, i32, i32) -> i32"),
    ("sock_shutdown", "(i32, i32) -> i32"),
];

fn gives(module: &str, name: &str, opens: bool) -> String {
    Taxonomy::builtin()
        .capabilities_of(module, name, opens)
        .join(" ")
}

#[test]
fn preview1_is_the_specification_to_the_letter() {
    let taxonomy = Taxonomy::builtin();
    let mut names: Vec<&str> = SPECIFICATION.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    assert_eq!(taxonomy.wasi_functions(), names);
    for (name, signature) in SPECIFICATION {
        let entry = taxonomy.lookup(PREVIEW1, name).unwrap();
        assert_eq!(entry.signature.as_deref(), Some(*signature), "{name}");
        assert!(
            entry.family == Family::Wasi && entry.capabilities.is_some(),
            "{name}"
        );
    }
}

#[test]
fn preview0_is_judged_as_preview1() {
    let taxonomy = Taxonomy::builtin();
    for (name, _) in SPECIFICATION
        .iter()
        .filter(|(name, _)| *name != "sock_accept")
    {
        let old = taxonomy.lookup("wasi_unstable", name).unwrap().clone();
        assert_eq!(old.family, Family::LegacyWasi);
        let new = taxonomy.lookup(PREVIEW1, name).unwrap().clone();
        let renamed = Entry {
            interface: new.interface.clone(),
            family: new.family,
            ..old
        };
        assert_eq!(renamed, new, "{name}");
    }
    assert_eq!(gives("wasi_unstable", "sock_accept", true), UNKNOWN);
}

#[test]
fn linking_is_as_the_policy_language_says() {
    for (name, alone, opening) in [
        ("fd_write", "stdout stderr", "fs.write stdout stderr"),
        ("fd_read", "stdin", "fs.read stdin"),
        ("fd_close", "", ""),
        ("fd_seek", "", ""),
        ("fd_fdstat_get", "", ""),
        ("fd_fdstat_set_flags", "", ""),
        ("fd_fdstat_set_rights", "", ""),
        ("fd_prestat_get", "", ""),
        ("fd_prestat_dir_name", "", ""),
        (
            "poll_oneoff",
            "clock.wall clock.monotonic sched",
            "clock.wall clock.monotonic sched",
        ),
        ("sock_accept", "net.listen", "net.listen"),
        ("sock_recv", "net.listen", "net.listen"),
        ("sock_send", "net.listen", "net.listen"),
        ("sock_shutdown", "net.listen", "net.listen"),
    ] {
        assert_eq!(gives(PREVIEW1, name, false), alone, "{name}");
        assert_eq!(gives(PREVIEW1, name, true), opening, "{name}");
    }
    let openers = SPECIFICATION
        .iter()
        .filter(|(name, _)| Taxonomy::builtin().opens_files(PREVIEW1, name));
    assert_eq!(
        openers.map(|(name, _)| *name).collect::<Vec<_>>(),
        ["path_open"]
    );
}

#[test]
fn what_nothing_maps_is_unknown() {
    let long = "a".repeat(MAX_NAME + 1);
    for (module, name) in [
        (PREVIEW1, "fd_write2"),
        (PREVIEW1, ""),
        ("", ""),
        ("wasi_snapshot_preview2", "fd_write"),
        ("wasi_snapshot_preview1@0.2.0", "fd_write"),
        ("WASI_SNAPSHOT_PREVIEW1", "fd_write"),
        (PREVIEW1, &long),
        (&long, "fd_write"),
    ] {
        assert_eq!(gives(module, name, true), UNKNOWN, "{module} {name}");
    }
}

#[test]
fn every_builtin_file_reads_and_no_two_disagree() {
    let mistakes = Taxonomy::read(taxonomy::embedded())
        .err()
        .unwrap_or_default();
    let lines: Vec<String> = mistakes
        .iter()
        .map(|mistake| mistake.message.clone())
        .collect();
    assert_eq!(lines, Vec::<String>::new());
    let files = taxonomy::embedded()
        .filter(|(name, _): &(Text, _)| name != "authority")
        .count();
    assert_eq!(Taxonomy::builtin().interfaces().len(), files);
}
