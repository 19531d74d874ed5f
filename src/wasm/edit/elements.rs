//! Element segments: their functions have other indices, and functions that an export declared which goes are declared by a
//! segment, as `ref.func` of them is not valid otherwise.

use std::collections::BTreeSet;

use rayon::prelude::*;
use wasmparser::{ExternalKind, FunctionBody, Operator};

use crate::wasm::Malformed;

use super::apply::Writer;
use super::body;
use super::bytes::{list, unsigned};
use super::layout::Items;

impl Writer<'_, '_> {
    /// The section; `None` if it stays as it is.
    pub(super) fn elements(&self) -> Result<Option<Vec<u8>>, Malformed> {
        let declared = self.undeclared()?;
        if self.references.is_none() && declared.is_empty() {
            return Ok(None);
        }
        let mut items = Vec::new();
        for segment in &self.layout.elements {
            items.extend_from_slice(self.layout.slice(&segment.head));
            match &segment.items {
                Items::Functions(functions) => {
                    unsigned(&mut items, functions.len() as u64);
                    for function in functions {
                        unsigned(&mut items, u64::from(self.reference(*function)));
                    }
                }
                Items::Expressions(expressions) => {
                    unsigned(&mut items, expressions.len() as u64);
                    for range in expressions {
                        let bytes = self.layout.slice(range);
                        match self.references {
                            Some(references) => {
                                items.extend(body::expression(bytes, range.start, references)?);
                            }
                            None => items.extend_from_slice(bytes),
                        }
                    }
                }
            }
        }
        if !declared.is_empty() {
            items.extend([3, 0]);
            unsigned(&mut items, declared.len() as u64);
            for function in &declared {
                unsigned(&mut items, u64::from(self.reference(*function)));
            }
        }
        let segments = self.layout.elements.len() + usize::from(!declared.is_empty());
        Ok(Some(list(segments, &items)))
    }

    /// Functions that code refers to and such an export declared, by old index. Whether another export or segment declares them too is not
    /// asked.
    ///
    /// # Errors
    /// A body does not read.
    fn undeclared(&self) -> Result<BTreeSet<u32>, Malformed> {
        let exports = self.layout.exports.iter().enumerate();
        let going = exports.filter(|(place, export)| {
            self.edit.dropped_exports.contains(place) && export.kind == ExternalKind::Func
        });
        let going: BTreeSet<u32> = going.map(|(_, export)| export.index).collect();
        if going.is_empty() {
            return Ok(going);
        }
        let referred = self.layout.bodies.par_iter().with_min_len(64).map(|range| {
            let mut referred = BTreeSet::new();
            let body = FunctionBody::new(self.layout.reader(range));
            for operator in body.get_operators_reader()? {
                if let Operator::RefFunc { function_index } = operator?
                    && going.contains(&function_index)
                {
                    referred.insert(function_index);
                }
            }
            Ok(referred)
        });
        referred.try_reduce(BTreeSet::new, |mut all, mut more| {
            all.append(&mut more);
            Ok(all)
        })
    }
}
