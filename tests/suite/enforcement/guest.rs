//! What the guests of the cases share: the imports of WASI, by name alone.

/// Each function of WASI that a guest uses, with its type.
const FUNCTIONS: &[(&str, &str)] = &[
    ("args_sizes_get", "(param i32 i32)"),
    ("clock_time_get", "(param i32 i64 i32)"),
    ("environ_get", "(param i32 i32)"),
    ("environ_sizes_get", "(param i32 i32)"),
    ("fd_filestat_get", "(param i32 i32)"),
    ("fd_prestat_dir_name", "(param i32 i32 i32)"),
    ("fd_read", "(param i32 i32 i32 i32)"),
    ("fd_write", "(param i32 i32 i32 i32)"),
    ("path_create_directory", "(param i32 i32 i32)"),
    ("path_open", "(param i32 i32 i32 i32 i32 i64 i64 i32 i32)"),
    ("poll_oneoff", "(param i32 i32 i32 i32)"),
    ("random_get", "(param i32 i32)"),
    ("sched_yield", ""),
    ("sock_accept", "(param i32 i32 i32)"),
];

/// A guest's text with `(wasi NAME)` written out: the import, called `$NAME`.
pub fn written_out(guest: &str) -> String {
    let mut text = guest.to_owned();
    for (name, params) in FUNCTIONS {
        let import = format!(
            "(import \"wasi_snapshot_preview1\" \"{name}\" (func ${name} {params} (result i32)))"
        );
        text = text.replace(&format!("(wasi {name})"), &import);
    }
    text
}
