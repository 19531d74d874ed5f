//! Types in the text format's words: value types, signatures, and those of components.

use std::collections::HashMap;

use wasmparser::component_types::{ComponentDefinedType, ComponentFuncType, ComponentValType};
use wasmparser::types::{CoreTypeId, TypesRef};
use wasmparser::{
    CompositeInnerType, FuncType, GlobalType, HeapType, MemoryType, RefType, TableType, ValType,
};

use super::limit::{MAX_LISTED_NAMES_SIZE, MAX_SIGNATURE_TYPES, exceeded, within};
use super::{Extent, Extern, Malformed, Signature};

/// Writes types; counts what it writes, since a type of a thousand parameters costs three bytes to import. Counts the names
/// that are written beside them, too.
#[derive(Debug, Default)]
pub(super) struct TypeWriter {
    written: usize,
    names: usize,
    indices: Option<HashMap<CoreTypeId, u32>>,
}

impl TypeWriter {
    /// The signature of a core function's type.
    pub(super) fn signature(
        &mut self,
        id: CoreTypeId,
        types: TypesRef<'_>,
        offset: usize,
    ) -> Result<Signature, Malformed> {
        let Some(ty) = types.get(id) else {
            return Ok(Signature::default());
        };
        match &ty.composite_type.inner {
            CompositeInnerType::Func(function) => self.function(function, types, offset),
            _ => Ok(Signature::default()),
        }
    }

    fn function(
        &mut self,
        ty: &FuncType,
        types: TypesRef<'_>,
        offset: usize,
    ) -> Result<Signature, Malformed> {
        self.count(ty.params().len() + ty.results().len(), offset)?;
        let mut texts = |list: &[ValType]| list.iter().map(|ty| self.value(*ty, types)).collect();
        Ok(Signature {
            params: texts(ty.params()),
            results: texts(ty.results()),
        })
    }

    fn count(&mut self, more: usize, offset: usize) -> Result<(), Malformed> {
        self.written += more;
        if self.written > MAX_SIGNATURE_TYPES {
            let what = "parameters and results of imports and exports";
            return Err(exceeded(what, MAX_SIGNATURE_TYPES, offset));
        }
        Ok(())
    }

    /// Counts a name that is kept as a fact.
    pub(super) fn name(&mut self, name: &str, offset: usize) -> Result<(), Malformed> {
        self.names += name.len();
        let what = "bytes of names of imports, exports and custom sections";
        within(self.names, MAX_LISTED_NAMES_SIZE, what, offset)
    }

    /// `i32`, `funcref`, `(ref null 3)`.
    pub(super) fn value(&mut self, ty: ValType, types: TypesRef<'_>) -> String {
        match ty {
            ValType::Ref(reference) => self.reference(reference, types),
            plain => plain.to_string(),
        }
    }

    /// A reference type, its index that of the module's type section.
    pub(super) fn reference(&mut self, ty: RefType, types: TypesRef<'_>) -> String {
        let (HeapType::Concrete(index) | HeapType::Exact(index)) = ty.heap_type() else {
            return ty.to_string();
        };
        let null = if ty.is_nullable() { "null " } else { "" };
        let index = index
            .as_module_index()
            .or_else(|| self.module_index(index.as_core_type_id()?, types));
        match index {
            Some(index) => format!("(ref {null}{index})"),
            None => format!("(ref {null}type)"),
        }
    }

    fn module_index(&mut self, id: CoreTypeId, types: TypesRef<'_>) -> Option<u32> {
        let indices = self.indices.get_or_insert_with(|| {
            let count = types.core_type_count_in_module();
            let all = (0..count).rev();
            all.map(|index| (types.core_type_at_in_module(index), index))
                .collect()
        });
        indices.get(&id).copied()
    }

    /// A memory as import or export.
    pub(super) fn memory(ty: &MemoryType) -> Extern {
        Extern::Memory {
            extent: Extent {
                min: ty.initial,
                max: ty.maximum,
            },
            shared: ty.shared,
            memory64: ty.memory64,
        }
    }

    /// A table as import or export.
    pub(super) fn table(&mut self, ty: &TableType, types: TypesRef<'_>) -> Extern {
        Extern::Table {
            element: self.reference(ty.element_type, types),
            extent: Extent {
                min: ty.initial,
                max: ty.maximum,
            },
        }
    }

    /// A global as import or export.
    pub(super) fn global(&mut self, ty: GlobalType, types: TypesRef<'_>) -> Extern {
        Extern::Global {
            value: self.value(ty.content_type, types),
            mutable: ty.mutable,
        }
    }

    /// The signature of a component's function, compound types by their kind.
    pub(super) fn component_function(
        &mut self,
        ty: &ComponentFuncType,
        types: TypesRef<'_>,
        offset: usize,
    ) -> Result<Signature, Malformed> {
        self.count(ty.params.len() + 1, offset)?;
        Ok(Signature {
            params: ty
                .params
                .iter()
                .map(|(_, ty)| component_value(*ty, types))
                .collect(),
            results: ty
                .result
                .iter()
                .map(|ty| component_value(*ty, types))
                .collect(),
        })
    }
}

fn component_value(ty: ComponentValType, types: TypesRef<'_>) -> String {
    let word = match ty {
        ComponentValType::Primitive(primitive) => return primitive.to_string(),
        ComponentValType::Type(id) => match types.get(id) {
            Some(ComponentDefinedType::Primitive(primitive)) => return primitive.to_string(),
            Some(defined) => defined_word(defined),
            None => "type",
        },
    };
    word.to_owned()
}

fn defined_word(ty: &ComponentDefinedType) -> &'static str {
    match ty {
        ComponentDefinedType::Primitive(_) => "primitive",
        ComponentDefinedType::Record(_) => "record",
        ComponentDefinedType::Variant(_) => "variant",
        ComponentDefinedType::List { .. } | ComponentDefinedType::FixedLengthList { .. } => "list",
        ComponentDefinedType::Map { .. } => "map",
        ComponentDefinedType::Tuple(_) => "tuple",
        ComponentDefinedType::Flags(_) => "flags",
        ComponentDefinedType::Enum(_) => "enum",
        ComponentDefinedType::Option { .. } => "option",
        ComponentDefinedType::Result { .. } => "result",
        ComponentDefinedType::Own(_) => "own",
        ComponentDefinedType::Borrow(_) => "borrow",
        ComponentDefinedType::Future { .. } => "future",
        ComponentDefinedType::Stream { .. } => "stream",
    }
}
