//! What the interpreter knows of the module around a function.

use std::ops::Range;

use wasmparser::{
    BinaryReader, BlockType, CompositeInnerType, ContType, FrameKind, FuncType, FunctionBody,
    ModuleArity, RefType, SubType, ValType, WasmModuleResources as _,
};

use super::resolve::Kind;
use super::value::{self, Id, Place, Values};
use crate::wasm::walk::Code;
use crate::wasm::{Image, Module, Tier, Why, features};

/// A module while arguments are followed.
pub(super) struct Context<'a> {
    module: &'a Module,
    bytes: &'a [u8],
    code: &'a Code,
    /// Whose function each imported one is.
    kinds: Vec<Kind>,
    /// Memory as compiled.
    pub(super) image: Image<'a>,
    /// Whether calls keep to Go's convention: a return address on a stack in memory, which the callee pops.
    pub(super) go: bool,
}

/// How many values a function or block takes and yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Arity {
    /// What it takes.
    pub(super) params: usize,
    /// What it yields.
    pub(super) results: usize,
}

impl<'a> Context<'a> {
    /// Of a module whose code is read.
    pub(super) fn new(module: &'a Module, code: &'a Code, bytes: &'a [u8]) -> Self {
        let imports = module.imports.iter();
        let functions = imports.filter(|import| import.ty.signature().is_some());
        Self {
            module,
            bytes,
            code,
            kinds: functions.map(|import| Kind::of(&import.module)).collect(),
            image: Image::of(module, bytes),
            go: module.toolchain.language.as_deref() == Some("Go"),
        }
    }

    /// The module.
    pub(super) fn module(&self) -> &'a Module {
        self.module
    }

    /// Whose an imported function is.
    pub(super) fn kind(&self, function: u32) -> Option<Kind> {
        self.kinds.get(function as usize).copied()
    }

    /// Where a defined function's body is.
    pub(super) fn range(&self, function: u32) -> Option<Range<usize>> {
        let index = function.checked_sub(self.code.first)?;
        let body = self.code.bodies.get(index as usize)?;
        Some(body.start as usize..body.end as usize)
    }

    /// A defined function's body.
    pub(super) fn body(&self, function: u32) -> Option<FunctionBody<'a>> {
        let range = self.range(function)?;
        let start = range.start;
        let reader = BinaryReader::new_features(self.bytes.get(range)?, start, features());
        Some(FunctionBody::new(reader))
    }

    /// How many bytes a function's body has.
    pub(super) fn size(&self, function: u32) -> usize {
        self.range(function).map_or(0, |range| range.len())
    }

    /// A function's type.
    pub(super) fn function(&self, function: u32) -> Option<&FuncType> {
        self.ty(self.code.resources.type_index_of_function(function)?)
    }

    /// A function type by its index.
    pub(super) fn ty(&self, index: u32) -> Option<&FuncType> {
        match &self.code.resources.sub_type_at(index)?.composite_type.inner {
            CompositeInnerType::Func(ty) => Some(ty),
            _ => None,
        }
    }

    /// How many values a block takes and yields.
    pub(super) fn block(&self, ty: BlockType) -> Option<Arity> {
        Some(match ty {
            BlockType::Empty => Arity::default(),
            BlockType::Type(_) => Arity {
                params: 0,
                results: 1,
            },
            BlockType::FuncType(index) => arity(self.ty(index)?),
        })
    }

    /// Whether calls of this type push and pop a return address.
    pub(super) fn is_go_call(&self, ty: &FuncType) -> bool {
        self.go && ty.params() == [ValType::I32] && ty.results() == [ValType::I32]
    }

    /// Whether a memory is the one whose content is followed.
    pub(super) fn is_followed(memory: u32) -> bool {
        memory == 0
    }

    /// A global as a function finds it.
    pub(super) fn global(&self, values: &mut Values, index: u32) -> Id {
        let global = self.module.globals.get(index as usize);
        let integer = global.is_some_and(|global| global.value == "i32" || global.value == "i64");
        match global {
            Some(global) if global.mutable && integer => {
                values.number(value::Kind::Global(index), Tier::Recovered)
            }
            Some(global) if !global.mutable && !global.imported && integer => {
                match global.constant {
                    Some(value) => values.integer(value, Tier::Proved),
                    None => unknown(values, index),
                }
            }
            Some(global) if !global.mutable => unknown(values, index),
            _ => values.fresh(Why::Computed),
        }
    }
}

/// A global that never changes, and whose value is not known.
fn unknown(values: &mut Values, index: u32) -> Id {
    let place = Place {
        offset: u32::MAX,
        slot: index,
    };
    values.number(value::Kind::Opaque(place, Why::Computed), Tier::Proved)
}

/// How many values a function takes and yields.
pub(super) fn arity(ty: &FuncType) -> Arity {
    Arity {
        params: ty.params().len(),
        results: ty.results().len(),
    }
}

impl ModuleArity for Context<'_> {
    fn sub_type_at(&self, index: u32) -> Option<&SubType> {
        self.code.resources.sub_type_at(index)
    }

    fn tag_type_arity(&self, at: u32) -> Option<(u32, u32)> {
        let tag = self.code.resources.tag_at(at)?;
        let count = |list: &[ValType]| u32::try_from(list.len()).ok();
        Some((count(tag.params())?, count(tag.results())?))
    }

    fn type_index_of_function(&self, function: u32) -> Option<u32> {
        self.code.resources.type_index_of_function(function)
    }

    fn func_type_of_cont_type(&self, _: &ContType) -> Option<&FuncType> {
        None
    }

    fn sub_type_of_ref_type(&self, _: &RefType) -> Option<&SubType> {
        None
    }

    fn control_stack_height(&self) -> u32 {
        0
    }

    fn label_block(&self, _: u32) -> Option<(BlockType, FrameKind)> {
        None
    }
}
