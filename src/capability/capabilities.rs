//! The vocabulary of capabilities, and sets over it.

/// Every capability and what it means, in the order of the design. `host:<module>/<name>` stands beside these.
pub const CAPABILITIES: &[(&str, &str)] = &[
    ("fs.read", "read files and list directories"),
    (
        "fs.write",
        "create, change, rename and remove files and directories, and set their times",
    ),
    (
        "fs.metadata",
        "ask for kind, size and times of files and directories",
    ),
    ("env", "read environment variables"),
    ("args", "read the command line"),
    ("stdin", "read standard input"),
    ("stdout", "write standard output"),
    ("stderr", "write standard error"),
    ("clock.wall", "read the time of day"),
    ("clock.monotonic", "measure elapsed time"),
    ("random", "draw random bytes"),
    ("net.connect", "open connections to other hosts"),
    ("net.listen", "accept connections"),
    ("net.udp", "send and receive datagrams"),
    ("net.resolve", "resolve host names"),
    ("http.outgoing", "send HTTP requests"),
    ("process.exit", "end the process"),
    ("thread.spawn", "start threads"),
    ("sched", "sleep and yield"),
    (
        UNKNOWN,
        "anything: no file of the taxonomy knows the import",
    ),
];

/// The capability of an import that nothing maps.
pub const UNKNOWN: &str = "unknown";

/// Whether `name` is in the vocabulary or has the form `host:<module>/<name>`.
pub fn is_capability(name: &str) -> bool {
    Capabilities::of(name).is_some()
        || name
            .strip_prefix("host:")
            .and_then(|rest| rest.split_once('/'))
            .is_some_and(|(module, function)| !module.is_empty() && !function.is_empty())
}

/// A set of capabilities of the vocabulary (so without `host:` ones).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities(u32);

impl Capabilities {
    /// The set of one capability; `None` if the vocabulary does not have it.
    pub fn of(name: &str) -> Option<Self> {
        let at = CAPABILITIES.iter().position(|(known, _)| *known == name)?;
        Some(Self(1 << at))
    }

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the capability is in it.
    pub fn contains(self, name: &str) -> bool {
        Self::of(name).is_some_and(|one| self.has_all(one))
    }

    /// Whether all of `other` is in it.
    pub fn has_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What is in either.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether everything in it stands before everything in `other`, in the order of the vocabulary.
    pub(super) fn precedes(self, other: Self) -> bool {
        self.0 < other.0 & other.0.wrapping_neg()
    }

    /// The names, in the order of the vocabulary.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        CAPABILITIES
            .iter()
            .enumerate()
            .filter(move |(at, _)| self.0 & (1 << at) != 0)
            .map(|(_, (name, _))| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_capability_is_its_own_set() {
        let all = CAPABILITIES
            .iter()
            .fold(Capabilities::default(), |all, (name, _)| {
                let one = Capabilities::of(name).unwrap();
                assert_eq!(one.names().collect::<Vec<_>>(), [*name]);
                assert!(!all.has_all(one) && all.precedes(one));
                all.with(one)
            });
        assert_eq!(all.names().count(), CAPABILITIES.len());
    }

    #[test]
    fn the_vocabulary_is_closed_but_for_host_functions() {
        assert!(
            ["fs.read", "unknown", "host:env/log", "host:a/b/c"]
                .into_iter()
                .all(is_capability)
        );
        let wrong = [
            "",
            "fs",
            "fs.*",
            "FS.READ",
            "host:",
            "host:env",
            "host:env/",
            "host:/log",
        ];
        assert!(!wrong.into_iter().any(is_capability));
    }
}
