//! Why host functions cannot be linked.

/// Every reason why the host functions of a policy cannot be linked to a module, each a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct HostError(pub Vec<String>);
