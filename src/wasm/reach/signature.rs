//! The types of functions as calls through tables and references compare them: canonical, each with what it is a subtype of.

use std::collections::HashMap;

use wasmparser::types::{CoreTypeId, TypesRef};
use wasmparser::{
    AbstractHeapType, CompositeInnerType, FieldType, HeapType, RefType, StorageType, SubType,
    ValType,
};

/// The canonical types of one module, by dense numbers.
#[derive(Debug, Default)]
pub(super) struct Signatures {
    /// The canonical type of each type index.
    canonical: Vec<u32>,
    /// What each canonical type is declared a subtype of.
    supertypes: Vec<Option<u32>>,
    /// Whether references to functions can go in or out with a call of any type.
    carrying: bool,
    /// What else than a reference to a function can hold one.
    holders: Holders,
}

/// Which values can hold references to functions inside.
#[derive(Debug, Default, Clone, Copy)]
struct Holders {
    /// Structs and arrays, and what they can be converted to.
    objects: bool,
    /// Exceptions.
    exceptions: bool,
}

impl Signatures {
    /// Reads them from a valid module.
    pub(super) fn of(types: TypesRef<'_>) -> Self {
        let mut numbers = HashMap::new();
        let mut distinct = Vec::new();
        let mut canonical = Vec::new();
        for index in 0..types.core_type_count_in_module() {
            let id = types.core_type_at_in_module(index);
            let number = *numbers.entry(id).or_insert_with(|| {
                distinct.push(id);
                saturated(distinct.len() - 1)
            });
            canonical.push(number);
        }
        let supertype = |id: &CoreTypeId| numbers.get(&types.supertype_of(*id)?).copied();
        let holders = Holders::of(types, &distinct);
        Self {
            canonical,
            supertypes: distinct.iter().map(supertype).collect(),
            carrying: distinct
                .iter()
                .any(|id| types.get(*id).is_none_or(|ty| holders.carries(ty))),
            holders,
        }
    }

    /// The canonical type at a type index.
    pub(super) fn canonical(&self, index: u32) -> Option<u32> {
        self.canonical.get(index as usize).copied()
    }

    /// What a canonical type is declared a subtype of.
    pub(super) fn supertype(&self, canonical: u32) -> Option<u32> {
        self.supertypes.get(canonical as usize).copied().flatten()
    }

    /// Whether a call of this type can carry a reference to a function.
    pub(super) fn carries(&self, ty: &SubType) -> bool {
        self.holders.carries(ty)
    }

    /// Whether a call of any type of the module can carry a reference to a function.
    pub(super) fn any_carries(&self) -> bool {
        self.carrying
    }

    /// Whether a value can be or hold a reference to a function.
    pub(super) fn holds(&self, ty: ValType) -> bool {
        self.holders.value(ty)
    }

    /// Whether a reference is to something that holds references to functions, and is none to a function itself.
    pub(super) fn is_object(&self, ty: RefType) -> bool {
        let function = match ty.heap_type() {
            HeapType::Abstract { ty, .. } => {
                matches!(ty, AbstractHeapType::Func | AbstractHeapType::NoFunc)
            }
            HeapType::Concrete(_) | HeapType::Exact(_) => false,
        };
        !function && self.holders.reference(ty)
    }

    /// Whether exceptions can hold references to functions.
    pub(super) fn thrown(&self) -> bool {
        self.holders.exceptions
    }
}

/// A number of things that are bounded elsewhere.
pub(super) fn saturated(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Holders {
    /// Objects hold what their fields do; a field that is an object itself holds only what another type's fields do.
    fn of(types: TypesRef<'_>, distinct: &[CoreTypeId]) -> Self {
        let field = |field: &FieldType| match field.element_type {
            StorageType::Val(ty) => is_function_or_exception(ty),
            _ => false,
        };
        let objects = distinct.iter().filter_map(|id| types.get(*id)).any(|ty| {
            match &ty.composite_type.inner {
                CompositeInnerType::Struct(ty) => ty.fields.iter().any(field),
                CompositeInnerType::Array(ty) => field(&ty.0),
                _ => false,
            }
        });
        let mut holders = Self {
            objects,
            exceptions: false,
        };
        let carries = |tag| {
            let ty = types.get(types.tag_at(tag));
            ty.is_none_or(|ty| holders.carries(ty))
        };
        holders.exceptions = (0..types.tag_count()).any(carries);
        holders
    }

    /// Whether a call of this type carries a reference to a function.
    fn carries(self, ty: &SubType) -> bool {
        let CompositeInnerType::Func(ty) = &ty.composite_type.inner else {
            return false;
        };
        let mut values = ty.params().iter().chain(ty.results());
        values.any(|value| self.value(*value))
    }

    fn value(self, ty: ValType) -> bool {
        match ty {
            ValType::Ref(reference) => self.reference(reference),
            _ => false,
        }
    }

    fn reference(self, ty: RefType) -> bool {
        match ty.heap_type() {
            HeapType::Abstract { ty, .. } => match ty {
                AbstractHeapType::Func | AbstractHeapType::NoFunc => true,
                AbstractHeapType::Exn | AbstractHeapType::NoExn => self.exceptions,
                _ => self.objects,
            },
            // A function's type, or an object's.
            HeapType::Concrete(_) | HeapType::Exact(_) => true,
        }
    }
}

fn is_function_or_exception(ty: ValType) -> bool {
    let ValType::Ref(reference) = ty else {
        return false;
    };
    !matches!(
        reference.heap_type(),
        HeapType::Abstract {
            ty: AbstractHeapType::Extern
                | AbstractHeapType::NoExtern
                | AbstractHeapType::Any
                | AbstractHeapType::Eq
                | AbstractHeapType::I31
                | AbstractHeapType::Struct
                | AbstractHeapType::Array
                | AbstractHeapType::None,
            ..
        }
    )
}
