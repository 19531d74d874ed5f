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
    let files = || {
        let all = embedded::Embedded::all();
        all.map(|file| (Text::Borrowed(file.stem), file.without(&[])))
    };
    let mistakes = Taxonomy::read(files()).err().unwrap_or_default();
    let lines: Vec<String> = mistakes
        .iter()
        .map(|mistake| mistake.message.clone())
        .collect();
    assert_eq!(lines, Vec::<String>::new());
    assert_eq!(Taxonomy::builtin().interfaces().len() + 1, files().count());
}

#[test]
fn wasix_is_judged_alike_under_both_names() {
    let taxonomy = Taxonomy::builtin();
    let own = |name: &&str| taxonomy.lookup("wasix_32v1", name).unwrap();
    let under = taxonomy
        .interfaces()
        .iter()
        .find(|interface| interface.name == "wasix-under-wasi");
    for name in under.unwrap().written().map(|(name, _)| name) {
        let there = taxonomy.lookup(PREVIEW1, name).unwrap();
        assert_eq!(there.capabilities, own(&name).capabilities, "{name}");
        assert_eq!(there.opens, own(&name).opens, "{name}");
    }
    for (name, _) in SPECIFICATION
        .iter()
        .filter(|(name, _)| !name.starts_with("sock_"))
    {
        let there = taxonomy.lookup(PREVIEW1, name).unwrap();
        let here = own(name);
        assert_eq!(
            (there.capabilities, there.if_opens),
            (here.capabilities, here.if_opens),
            "{name}"
        );
    }
}

#[test]
fn what_is_foreign_under_a_wasi_name_is_told_apart() {
    for (module, name, capabilities) in [
        (PREVIEW1, "sock_connect", "net.connect net.udp"),
        (PREVIEW1, "sock_getaddrinfo", "net.resolve"),
        (PREVIEW1, "sock_addr_resolve", "net.resolve"),
        (
            PREVIEW1,
            "proc_fork",
            "host:wasi_snapshot_preview1/proc_fork",
        ),
        (PREVIEW1, "thread_spawn", "thread.spawn"),
        ("wasix_32v1", "fd_write", "fs.write stdout stderr"),
        ("wasi", "thread-spawn", "thread.spawn"),
        ("wasi_experimental_http", "req", "http.outgoing"),
        (
            "wasi_ephemeral_crypto_common",
            "x",
            "host:wasi_ephemeral_crypto_common/x",
        ),
    ] {
        assert_eq!(gives(module, name, true), capabilities, "{module} {name}");
        let entry = Taxonomy::builtin().lookup(module, name).unwrap();
        assert!(
            entry.family == Family::ForeignWasi && is_wasi_module(module),
            "{module} {name}"
        );
    }
    assert!(Taxonomy::builtin().opens_files(PREVIEW1, "path_open2"));
}

#[test]
fn hosts_are_known_by_name() {
    for (module, name, capabilities) in [
        ("env", "proxy_http_call", "http.outgoing"),
        ("env", "proxy_new_thing", "host:env/proxy_new_thing"),
        ("extism:host/env", "http_request", "http.outgoing"),
        ("extism:host/env", "alloc", ""),
        ("extism:host/user", "f", "unknown"),
        ("wapc", "__host_call", "host:wapc/__host_call"),
        ("env", "opa_builtin4", "host:env/opa_builtin4"),
        ("env", "db_read", "host:env/db_read"),
        ("fastly_http_req", "send_v3", "http.outgoing"),
        ("fastly_kv_store", "open", "host:fastly_kv_store/open"),
        (
            "shopify_function_v2",
            "shopify_function_input_get",
            "host:shopify_function_v2/shopify_function_input_get",
        ),
        ("env", "__syscall_openat", "fs.read fs.write"),
        ("env", "invoke_vii", "host:env/invoke_vii"),
        ("a", "b", "unknown"),
        (
            "./plugin_bg.js",
            "__wbg_now_0",
            "host:./plugin_bg.js/__wbg_now_0",
        ),
        ("gojs", "runtime.getRandomData", "random"),
        (
            "gojs",
            "syscall/js.valueCall",
            "host:gojs/syscall/js.valueCall",
        ),
        (
            "env",
            "napi_create_function",
            "host:env/napi_create_function",
        ),
        ("env", "abort", ""),
        ("env", "seed", "clock.wall random"),
        ("env", "read_file", "fs.read"),
        ("env", "httpGet", "http.outgoing"),
        ("env", "exec", "host:env/exec"),
        ("env", "frobnicate", "unknown"),
        ("spectest", "print_i32", "host:spectest/print_i32"),
    ] {
        assert_eq!(gives(module, name, false), capabilities, "{module} {name}");
    }
}

#[test]
fn component_interfaces_are_known_at_any_version() {
    for (module, name, capabilities) in [
        ("wasi:cli/environment@0.2.0", "get-arguments", "args"),
        ("wasi:cli/environment@0.2.12", "", "env args"),
        ("wasi:cli/environment", "get-environment", "env"),
        (
            "wasi:filesystem/types@0.2.3",
            "",
            "fs.read fs.write fs.metadata",
        ),
        (
            "wasi:filesystem/types@0.2.3",
            "[method]descriptor.stat",
            "fs.metadata",
        ),
        (
            "wasi:filesystem/types@0.2.3",
            "[method]descriptor.unlink-file-at",
            "fs.write",
        ),
        (
            "cm32p2|wasi:filesystem/types@0.2",
            "[method]descriptor.read",
            "fs.read",
        ),
        (
            "wasi:sockets/tcp@0.2.0",
            "[method]tcp-socket.start-connect",
            "net.connect",
        ),
        (
            "wasi:http/outgoing-handler@0.2.0",
            "handle",
            "http.outgoing",
        ),
        (
            "wasi:keyvalue/store@0.2.0-draft",
            "open",
            "host:wasi:keyvalue/store@0.2.0-draft/open",
        ),
        ("wasi:logging/logging", "", "host:wasi:logging/logging/*"),
        ("wasi:sockets/raw@0.2.0", "", "unknown"),
        ("acme:host/api@1.0.0", "run", "unknown"),
    ] {
        assert_eq!(gives(module, name, false), capabilities, "{module} {name}");
    }
}

/// An unlisted name must never come out as harmless, and an unlisted interface never with less than its functions have.
#[test]
fn a_pattern_is_never_less_than_what_it_stands_for() {
    for interface in Taxonomy::builtin().interfaces() {
        let all = interface.entry("*").and_then(|entry| entry.capabilities);
        for (written, _) in interface.written() {
            let capabilities = interface.entry(written).unwrap().capabilities;
            let inert = capabilities.is_some_and(Capabilities::is_empty) && written.ends_with('*');
            assert!(
                !inert || interface.family == Family::Component,
                "{} {written}",
                interface.name
            );
            let covered = |all: Capabilities| all.has_all(capabilities.unwrap_or_default());
            assert!(all.is_none_or(covered), "{} {written}", interface.name);
        }
    }
}

#[test]
fn a_name_speaks_of_its_authority() {
    for (name, classes) in [
        ("read_file", "output path"),
        ("readFile", "output path"),
        ("fs.readFile", "output path"),
        ("host_readfile_v2", "path"),
        ("get_openness", "output"),
        ("http_get", "output url"),
        ("HTTPGet", "output url"),
        ("getenv", "output secret"),
        ("config_get", "output secret"),
        ("exec", "ambient command"),
        ("runShell", "ambient command"),
        ("sql_query", "command output"),
        ("__host_call", "dispatch"),
        ("hostcall", "dispatch"),
        ("ioctl", "dispatch"),
        ("open_as_user", "path root"),
        ("set_tenant", "root"),
        ("file_system_open", "path"),
        ("system_time", ""),
        ("system", "ambient command"),
        ("state_root", ""),
        ("status_code", ""),
        ("proxy_log", ""),
        ("abort", ""),
        ("log", ""),
        ("print", ""),
        ("opened", ""),
        ("helper_7", ""),
        ("", ""),
    ] {
        let told: Vec<&str> = Taxonomy::builtin().authority(name).names().collect();
        assert_eq!(told.join(" "), classes, "{name}");
    }
    assert!(
        Taxonomy::builtin()
            .authority(&"exec_".repeat(MAX_NAME))
            .is_empty()
    );
}
