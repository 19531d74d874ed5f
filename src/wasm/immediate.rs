//! Immediates of operators in the text format's words.

use wasmparser::{
    BlockType, BrTable, HeapType, Ieee32, Ieee64, MemArg, Ordering, RefType, ResumeTable, TryTable,
    V128, ValType,
};

/// What can stand after an operator's name.
pub(super) trait Immediate {
    /// Its text; empty where the text format says nothing.
    fn text(&self) -> String;
}

macro_rules! plain {
    ($($ty:ty)*) => {
        $( impl Immediate for $ty {
            fn text(&self) -> String {
                self.to_string()
            }
        } )*
    };
}
plain!(u8 u32 i32 i64 RefType ValType);

impl Immediate for MemArg {
    fn text(&self) -> String {
        let memory = match self.memory {
            0 => String::new(),
            index => index.to_string(),
        };
        match (memory.as_str(), self.offset) {
            (_, 0) => memory,
            ("", offset) => format!("offset={offset}"),
            (memory, offset) => format!("{memory} offset={offset}"),
        }
    }
}

impl Immediate for BlockType {
    fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Type(ty) => format!("(result {ty})"),
            Self::FuncType(index) => format!("(type {index})"),
        }
    }
}

/// The most targets of a table that are written.
const MAX_TARGETS: usize = 8;

impl Immediate for BrTable<'_> {
    fn text(&self) -> String {
        let targets = self.targets().map_while(Result::ok).take(MAX_TARGETS);
        let mut text: String = targets.map(|target| format!("{target} ")).collect();
        if self.len() as usize > MAX_TARGETS {
            text.push_str("… ");
        }
        text + &self.default().to_string()
    }
}

impl Immediate for HeapType {
    fn text(&self) -> String {
        match self {
            Self::Abstract { ty, .. } => format!("{ty:?}").to_lowercase(),
            Self::Concrete(index) | Self::Exact(index) => match index.as_module_index() {
                Some(index) => index.to_string(),
                None => "type".to_owned(),
            },
        }
    }
}

impl Immediate for Ieee32 {
    fn text(&self) -> String {
        format!("{:?}", f32::from_bits(self.bits()))
    }
}

impl Immediate for Ieee64 {
    fn text(&self) -> String {
        format!("{:?}", f64::from_bits(self.bits()))
    }
}

impl Immediate for V128 {
    fn text(&self) -> String {
        format!("i64x2 {:#x}", self.i128())
    }
}

impl Immediate for [u8; 16] {
    fn text(&self) -> String {
        self.map(|lane| lane.to_string()).join(" ")
    }
}

impl Immediate for TryTable {
    fn text(&self) -> String {
        self.ty.text()
    }
}

impl Immediate for Vec<ValType> {
    fn text(&self) -> String {
        let types: Vec<_> = self
            .iter()
            .take(MAX_TARGETS)
            .map(ToString::to_string)
            .collect();
        format!("(result {})", types.join(" "))
    }
}

impl Immediate for ResumeTable {
    fn text(&self) -> String {
        String::new()
    }
}

impl Immediate for Ordering {
    fn text(&self) -> String {
        format!("{self:?}").to_lowercase()
    }
}
