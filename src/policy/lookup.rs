//! The policy that lies beside a module.

use std::path::{Path, PathBuf};

use super::error::PolicyError;

/// `plugin.policy.yaml` or `plugin.wasm.policy.yaml` for `plugin.wasm`; both at once is an error.
pub fn lookup(module: &Path) -> Result<Option<PathBuf>, PolicyError> {
    let Some(name) = module.file_name() else {
        return Ok(None);
    };
    let with_policy = |name: &std::ffi::OsStr| {
        let mut name = name.to_owned();
        name.push(".policy.yaml");
        module.with_file_name(name)
    };
    let whole = with_policy(name);
    let short = module
        .file_stem()
        .map_or_else(|| whole.clone(), with_policy);
    // A link that leads nowhere counts: to overlook it would be to judge without the policy that was meant.
    let exists = |path: &Path| path.symlink_metadata().is_ok();
    match (exists(&short), exists(&whole)) {
        (true, true) if short != whole => Err(PolicyError::Ambiguous {
            first: short,
            second: whole,
        }),
        (true, _) => Ok(Some(short)),
        (false, true) => Ok(Some(whole)),
        (false, false) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_found_and_both_at_once_refused() {
        let folder = tempfile::tempdir().unwrap();
        let module = folder.path().join("plugin.wasm");
        assert_eq!(lookup(&module).unwrap(), None);
        let whole = folder.path().join("plugin.wasm.policy.yaml");
        std::fs::write(&whole, "").unwrap();
        assert_eq!(lookup(&module).unwrap(), Some(whole.clone()));
        let short = folder.path().join("plugin.policy.yaml");
        std::fs::write(&short, "").unwrap();
        let error = lookup(&module).unwrap_err().to_string();
        assert!(error.contains("plugin.policy.yaml") && error.contains("plugin.wasm.policy.yaml"));
        std::fs::remove_file(whole).unwrap();
        assert_eq!(lookup(&module).unwrap(), Some(short));
    }

    #[test]
    fn a_module_without_extension_has_one_spelling() {
        let folder = tempfile::tempdir().unwrap();
        let policy = folder.path().join("plugin.policy.yaml");
        std::fs::write(&policy, "").unwrap();
        assert_eq!(lookup(&folder.path().join("plugin")).unwrap(), Some(policy));
    }

    #[cfg(unix)]
    #[test]
    fn a_broken_link_is_not_overlooked() {
        let folder = tempfile::tempdir().unwrap();
        let policy = folder.path().join("plugin.policy.yaml");
        std::os::unix::fs::symlink("nowhere", &policy).unwrap();
        assert_eq!(
            lookup(&folder.path().join("plugin.wasm")).unwrap(),
            Some(policy)
        );
    }
}
