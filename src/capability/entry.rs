//! What the taxonomy knows of one function, or of all functions with one beginning.

use super::capabilities::Capabilities;
use crate::source::Text;

/// What kind of interface a function belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// WASI preview 1 as specified.
    Wasi,
    /// Under a WASI name, and not in the specification.
    ForeignWasi,
    /// WASI before preview 1.
    LegacyWasi,
    /// An interface of a component.
    Component,
    /// A host's own functions.
    Host,
    /// A JavaScript host: the module was built for a browser or Node.js.
    Browser,
}

impl Family {
    /// Every family under its name in the files.
    pub const NAMES: &[(&str, Self)] = &[
        ("wasi", Self::Wasi),
        ("foreign-wasi", Self::ForeignWasi),
        ("legacy-wasi", Self::LegacyWasi),
        ("component", Self::Component),
        ("host", Self::Host),
        ("browser", Self::Browser),
    ];

    /// The family of this name.
    pub fn of(name: &str) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, family)| *family)
    }

    /// Its name in the files.
    pub fn name(self) -> &'static str {
        let found = Self::NAMES.iter().find(|(_, family)| *family == self);
        found.map_or("", |(name, _)| name)
    }
}

/// A function, or the functions that begin alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The interface: the stem of its file.
    pub interface: Text,
    /// The interface's family.
    pub family: Family,
    /// What the function gives; `None` if the vocabulary has no word for it, and it is `host:<module>/<name>`.
    pub capabilities: Option<Capabilities>,
    /// What it gives besides in a module that can open files.
    pub if_opens: Capabilities,
    /// Whether it makes a module one that can open files.
    pub opens: bool,
    /// Its core signature, `(i32, i32) -> i32`, where the interface fixes it.
    pub signature: Option<Text>,
    /// What its arguments mean, where that is known.
    pub args: Vec<ArgHint>,
}

/// What one argument means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgHint {
    /// Its name in the interface; its role where the file gives none.
    pub name: Text,
    /// A role of the policy language, `path`.
    pub role: &'static str,
    /// Which parameters carry it.
    pub place: Place,
}

/// The parameters that carry an argument, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A pointer and a length.
    Buffer {
        /// The pointer.
        ptr: u32,
        /// The length.
        len: u32,
    },
    /// A pointer to a text that ends with a zero byte.
    Terminated {
        /// The pointer.
        ptr: u32,
    },
    /// One number.
    Number {
        /// The parameter.
        index: u32,
    },
}

impl ArgHint {
    /// The roles of the policy language that take a pointer.
    pub const BUFFER_ROLES: &[&str] = &[
        "path",
        "root",
        "url",
        "host",
        "command",
        "query",
        "secret",
        "user",
        "tenant",
        "text",
        "buffer",
        "out-buffer",
    ];
    /// The roles that take a number.
    pub const NUMBER_ROLES: &[&str] = &["opcode", "flags", "number"];
}
