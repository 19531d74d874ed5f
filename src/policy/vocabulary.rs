//! The names that a policy may use and that other parts of the program define.

use std::sync::LazyLock;

use crate::capability::{CAPABILITIES, Taxonomy};

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
    /// The capabilities and the functions of WASI preview 1, as the taxonomy has them.
    pub fn standard() -> Self {
        static NAMES: LazyLock<(Vec<&str>, Vec<&str>)> = LazyLock::new(|| {
            let capabilities = CAPABILITIES.iter().map(|(name, _)| *name);
            (capabilities.collect(), Taxonomy::builtin().wasi_functions())
        });
        Self {
            capabilities: &NAMES.0,
            functions: &NAMES.1,
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
