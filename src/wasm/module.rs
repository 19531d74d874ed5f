//! The facts of one module. Offsets are bytes from the start of the binary; indices are in the module's own index spaces.

use std::fmt;
use std::sync::Arc;

use super::{Layout, Uses};

/// What the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A core module that imports nothing of WASI.
    Core,
    /// A core module that imports functions of WASI preview 1 (or of `wasi_unstable`).
    Wasip1,
    /// A component.
    Component,
}

/// A value type in the text format's words: `i32`, `funcref`, `(ref null 3)`.
pub type ValueType = String;

/// A function's parameters and results.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Signature {
    /// Parameter types in order.
    pub params: Vec<ValueType>,
    /// Result types in order.
    pub results: Vec<ValueType>,
}

/// `(i32, i32) -> i64`; `() -> ()`; `(i32) -> (i32, i32)`.
impl fmt::Display for Signature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "({}) -> ", self.params.join(", "))?;
        match self.results.as_slice() {
            [one] => out.write_str(one),
            many => write!(out, "({})", many.join(", ")),
        }
    }
}

/// Size bounds of a memory (in pages) or a table (in elements).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// Declared minimum.
    pub min: u64,
    /// Declared maximum, if any.
    pub max: Option<u64>,
}

/// What is imported or exported, with its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extern {
    /// A function.
    Function(Signature),
    /// A memory: pages, and whether it is shared or 64-bit.
    Memory {
        /// Bounds in pages.
        extent: Extent,
        /// Shared between threads.
        shared: bool,
        /// Indexed by 64 bits.
        memory64: bool,
    },
    /// A table.
    Table {
        /// Element type.
        element: ValueType,
        /// Bounds in elements.
        extent: Extent,
    },
    /// A global.
    Global {
        /// Its type.
        value: ValueType,
        /// Whether it can be set.
        mutable: bool,
    },
    /// An exception tag.
    Tag,
    /// Something only components import or export, described: `instance`, `component`, `type`.
    Other(&'static str),
}

impl Extern {
    /// `function`, `memory`, `table`, `global`, `tag`, or a component's word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Function(_) => "function",
            Self::Memory { .. } => "memory",
            Self::Table { .. } => "table",
            Self::Global { .. } => "global",
            Self::Tag => "tag",
            Self::Other(word) => word,
        }
    }

    /// Whether it is a global that holds a reference, and not a number or a vector.
    pub fn is_reference_global(&self) -> bool {
        match self {
            Self::Global { value, .. } => {
                !matches!(value.as_str(), "i32" | "i64" | "f32" | "f64" | "v128")
            }
            _ => false,
        }
    }

    /// The signature, if it is a function.
    pub fn signature(&self) -> Option<&Signature> {
        match self {
            Self::Function(signature) => Some(signature),
            _ => None,
        }
    }
}

/// One import. A component's import has its interface as `module` (`wasi:http/outgoing-handler@0.2.0`) and, where the
/// interface's functions are listed in its type, one import each with the function as `name`; otherwise an empty `name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// First name.
    pub module: String,
    /// Second name.
    pub name: String,
    /// Type.
    pub ty: Extern,
    /// Where the import's entry starts.
    pub offset: usize,
}

/// One export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// Type.
    pub ty: Extern,
    /// Index in the index space of its kind.
    pub index: u32,
    /// Where the export's entry starts.
    pub offset: usize,
    /// What it always yields, proved: an integer global that never changes, or a function `() -> i32|i64` that returns the
    /// same constant on all its ways.
    pub constant: Option<i64>,
    /// What a function `() -> i32|i64` yields as far as it can be told from memory as compiled: evidence, and no proof.
    pub recovered: Option<i64>,
}

/// One memory, imported ones first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// Bounds in pages.
    pub extent: Extent,
    /// Bytes a page (65,536 unless the custom-page-sizes proposal says otherwise).
    pub page_size: u64,
    /// Shared between threads.
    pub shared: bool,
    /// Indexed by 64 bits.
    pub memory64: bool,
    /// Whether the host provides it.
    pub imported: bool,
    /// Where its declaration starts.
    pub offset: usize,
}

/// One table, imported ones first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Element type.
    pub element: ValueType,
    /// Bounds in elements.
    pub extent: Extent,
    /// Whether the host provides it.
    pub imported: bool,
    /// Where its declaration starts.
    pub offset: usize,
}

/// One global, imported ones first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Global {
    /// Type.
    pub value: ValueType,
    /// Whether it can be set.
    pub mutable: bool,
    /// Whether the host provides it.
    pub imported: bool,
    /// Its initial value, if that is an integer constant.
    pub constant: Option<i64>,
    /// Where its declaration starts.
    pub offset: usize,
}

/// The start section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// Function index.
    pub function: u32,
    /// Where the section's content starts.
    pub offset: usize,
}

/// One section of the binary, custom ones included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// `type`, `import`, `function`, `table`, `memory`, `tag`, `global`, `export`, `start`, `element`, `data count`,
    /// `code`, `data`, `custom`; for components also `module`, `component`, `instance`, `alias`, `canonical`, …
    pub id: &'static str,
    /// A custom section's name.
    pub name: Option<String>,
    /// Where its content starts.
    pub offset: usize,
    /// Bytes of content.
    pub size: usize,
    /// What a custom section carries.
    pub content: CustomContent,
}

/// What a custom section carries, as far as policy cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CustomContent {
    /// Nothing remarkable (also every section that is not custom).
    #[default]
    Plain,
    /// DWARF debugging data (`.debug_*`).
    Dwarf,
    /// A source map or a link to one.
    SourceMap,
    /// Bytes that start as an archive, an executable or another module does.
    Archive,
}

/// One data segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSegment {
    /// Where its bytes start in the binary.
    pub offset: usize,
    /// How many they are.
    pub size: usize,
    /// Where they go: `None` if passive, or if the address is not a constant.
    pub address: Option<u64>,
    /// Passive segments wait for `memory.init`.
    pub passive: bool,
    /// Where a passive one is copied to as a whole, if code does that at a constant address.
    pub copied: Option<u64>,
}

/// The first use of a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalUse {
    /// The proposal's name, as policies write it: one of [`crate::wasm::PROPOSALS`].
    pub name: &'static str,
    /// Where it is first used.
    pub offset: usize,
    /// The function it is in, if it is in code.
    pub function: Option<u32>,
    /// What used it: `i32.extend8_s`, `shared memory`.
    pub what: String,
}

/// The functions the module defines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Functions {
    /// How many functions are imported; the first defined one has this index.
    pub imported: u32,
    /// Cyclomatic complexity (1 + branches) of each defined function, in order.
    pub complexity: Vec<u32>,
    /// Where each defined function's body starts, in order.
    pub offsets: Vec<u32>,
}

/// What made the module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Toolchain {
    /// Source language, if known: `Go`, `Rust`, `C`, `AssemblyScript`, `Zig` …
    pub language: Option<String>,
    /// Every `field: name version` of the producers section, in order.
    pub producers: Vec<(String, String, String)>,
}

/// Why the bytes are not a valid module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Where decoding or validation stopped.
    pub offset: usize,
    /// The reason, without a full stop.
    pub reason: String,
}

/// What kind of text a [`Literal`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LiteralKind {
    /// Looks like a credential; `text` is already redacted.
    Credential,
    /// A URL.
    Url,
    /// An absolute home or build directory.
    BuildPath,
}

/// A text found in data or custom sections that reviewers want to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// What it looks like.
    pub kind: LiteralKind,
    /// The text, cut to 200 characters; credentials are redacted.
    pub text: String,
    /// For credentials, the pattern's name (`aws-access-key`); for URLs the host; else empty.
    pub detail: String,
    /// `data segment 3` or `custom section name`.
    pub place: String,
    /// Where it starts in the binary.
    pub offset: usize,
}

impl Literal {
    /// Whether code can get at it: custom sections are for tools, and no code reads them.
    pub fn is_data(&self) -> bool {
        self.place.starts_with("data segment")
    }
}

/// All facts of one module. A malformed one keeps what was read before the fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// What it is.
    pub kind: Kind,
    /// Bytes of the binary.
    pub size: usize,
    /// SHA-256 of the binary.
    pub sha256: [u8; 32],
    /// Why it is not valid, if it is not.
    pub malformed: Option<Malformed>,
    /// Imports in order.
    pub imports: Vec<Import>,
    /// Exports in order.
    pub exports: Vec<Export>,
    /// Memories by index.
    pub memories: Vec<Memory>,
    /// Tables by index.
    pub tables: Vec<Table>,
    /// Globals by index.
    pub globals: Vec<Global>,
    /// The start section.
    pub start: Option<Start>,
    /// Sections in order.
    pub sections: Vec<Section>,
    /// Data segments by index.
    pub data: Arc<Vec<DataSegment>>,
    /// Where data segments fill memory before any code runs.
    pub layout: Layout,
    /// Proposals beyond WebAssembly 1.0 that are really used, by first use.
    pub proposals: Vec<ProposalUse>,
    /// Defined functions.
    pub functions: Functions,
    /// What made it.
    pub toolchain: Toolchain,
    /// Names of functions from the name section, sorted by index.
    pub names: Vec<(u32, String)>,
    /// Credentials, URLs and build paths found in data and custom sections, by offset; at most [`crate::wasm::MAX_LITERALS`] of a kind.
    pub literals: Vec<Literal>,
    /// What the code does with its imported functions; `None` for a component, a malformed module, or where the code was not
    /// read.
    pub uses: Option<Uses>,
}

impl Module {
    /// The digest in lower-case hexadecimal.
    pub fn digest(&self) -> String {
        use fmt::Write as _;
        self.sha256
            .iter()
            .fold(String::with_capacity(64), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }

    /// A function's name: from the name section, else its export, else its import, else none.
    pub fn function_name(&self, index: u32) -> Option<&str> {
        if let Ok(at) = self
            .names
            .binary_search_by_key(&index, |(function, _)| *function)
        {
            return self.names.get(at).map(|(_, name)| name.as_str());
        }
        self.exports
            .iter()
            .find(|export| export.index == index && matches!(export.ty, Extern::Function(_)))
            .map(|export| export.name.as_str())
            .or_else(|| {
                self.imports
                    .iter()
                    .filter(|import| matches!(import.ty, Extern::Function(_)))
                    .nth(index as usize)
                    .map(|import| import.name.as_str())
            })
    }
}
