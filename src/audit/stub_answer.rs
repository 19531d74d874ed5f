//! What functions of WASI answer that may be imported and do nothing: the same in the runner and in a hardened module.

use crate::wasm::Signature;

/// Preview 1's numbers for "no such descriptor" and for "not capable".
const BADF: u16 = 8;
const NOTCAPABLE: u16 = 76;

/// What a stub says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StubAnswer {
    /// Success, and two zeros where its two arguments point: a list that is empty.
    NoneThere,
    /// Success: nothing of an empty list was to be written.
    Nothing,
    /// An error number.
    Errno(u16),
    /// None, as it cannot return: the invocation ends.
    Stop,
}

impl StubAnswer {
    /// What the stub of a function says.
    pub fn of(name: &str, signature: &Signature) -> Self {
        let pair = signature.params.len() == 2 && signature.params.iter().all(|one| one == "i32");
        match name {
            "args_sizes_get" | "environ_sizes_get" if pair => Self::NoneThere,
            "args_get" | "environ_get" => Self::Nothing,
            "fd_prestat_get" | "fd_prestat_dir_name" => Self::Errno(BADF),
            "proc_exit" => Self::Stop,
            _ => Self::Errno(NOTCAPABLE),
        }
    }

    /// The error number that it returns, if it returns.
    pub fn errno(self) -> Option<u16> {
        match self {
            Self::NoneThere | Self::Nothing => Some(0),
            Self::Errno(errno) => Some(errno),
            Self::Stop => None,
        }
    }
}
