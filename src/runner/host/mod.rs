//! Host functions: guards before every provider, whoever provides.

/// What the host functions of one invocation keep.
#[derive(Debug, Default)]
pub struct HostState {}
