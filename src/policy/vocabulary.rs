//! The names that a policy may use and that other parts of the program define.

/// Known names: what is not among them is a mistake.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary<'v> {
    /// Capabilities; `host:<module>/<name>` is one as well.
    pub capabilities: &'v [&'v str],
    /// WASI functions, without their module.
    pub functions: &'v [&'v str],
    /// Rule ids; `None` leaves them to the audit, which knows a user's own.
    pub rules: Option<&'v [&'v str]>,
}

impl Vocabulary<'static> {
    /// The capabilities of the design and the functions of WASI preview 1.
    pub const fn standard() -> Self {
        Self {
            capabilities: CAPABILITIES,
            functions: FUNCTIONS,
            rules: None,
        }
    }
}

impl Vocabulary<'_> {
    /// Whether it is a capability's name.
    pub fn is_capability(&self, name: &str) -> bool {
        self.capabilities.contains(&name) || is_host_capability(name)
    }

    /// Whether it is a WASI function's name.
    pub fn is_function(&self, name: &str) -> bool {
        self.functions.contains(&name)
    }
}

fn is_host_capability(name: &str) -> bool {
    name.strip_prefix("host:")
        .and_then(|import| import.split_once('/'))
        .is_some_and(|(module, name)| !module.is_empty() && !name.is_empty())
}

const CAPABILITIES: &[&str] = &[
    "fs.read",
    "fs.write",
    "fs.metadata",
    "env",
    "args",
    "stdin",
    "stdout",
    "stderr",
    "clock.wall",
    "clock.monotonic",
    "random",
    "net.connect",
    "net.listen",
    "net.udp",
    "net.resolve",
    "http.outgoing",
    "process.exit",
    "thread.spawn",
    "sched",
    "unknown",
];

const FUNCTIONS: &[&str] = &[
    "args_get",
    "args_sizes_get",
    "clock_res_get",
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_advise",
    "fd_allocate",
    "fd_close",
    "fd_datasync",
    "fd_fdstat_get",
    "fd_fdstat_set_flags",
    "fd_fdstat_set_rights",
    "fd_filestat_get",
    "fd_filestat_set_size",
    "fd_filestat_set_times",
    "fd_pread",
    "fd_prestat_dir_name",
    "fd_prestat_get",
    "fd_pwrite",
    "fd_read",
    "fd_readdir",
    "fd_renumber",
    "fd_seek",
    "fd_sync",
    "fd_tell",
    "fd_write",
    "path_create_directory",
    "path_filestat_get",
    "path_filestat_set_times",
    "path_link",
    "path_open",
    "path_readlink",
    "path_remove_directory",
    "path_rename",
    "path_symlink",
    "path_unlink_file",
    "poll_oneoff",
    "proc_exit",
    "proc_raise",
    "random_get",
    "sched_yield",
    "sock_accept",
    "sock_recv",
    "sock_send",
    "sock_shutdown",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_capabilities_name_an_import() {
        let standard = Vocabulary::standard();
        assert!(standard.is_capability("fs.read") && standard.is_capability("host:env/log"));
        assert!(!standard.is_capability("host:env") && !standard.is_capability("host:/x"));
        assert!(!standard.is_capability("path_open") && standard.is_function("path_open"));
    }
}
