//! What a finding is known by from build to build, in formats whose readers keep a history.

use sha2::{Digest, Sha256};

use crate::audit::{Finding, Location, Report};

/// The path of the module that a finding is about; empty if it is about a policy alone.
pub fn module_path<'r>(finding: &Finding, report: &'r Report) -> &'r str {
    let module = finding.module.and_then(|index| report.modules.get(index));
    module.map_or("", |module| module.path.as_str())
}

/// A hash of what stays when the module is rebuilt: rule, subject, path of the module (many may share a policy, whose
/// line is then the place of each finding), and the names of function and import.
pub fn fingerprint(finding: &Finding, module: &str) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    add(&finding.rule);
    add(&finding.subject);
    add(module);
    for location in &finding.locations {
        if let Location::Module {
            function, import, ..
        } = location
        {
            add(function.as_deref().unwrap_or_default());
            add(import.as_deref().unwrap_or_default());
        }
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
