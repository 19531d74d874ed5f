//! What the analysis claims, and whether what happened is within it.

use ringfence::wasm::{Argument, Module, Reach, Signature, Tier, Uses};

use super::engine::{Invocation, Record};

/// The claims on one module.
pub struct Claims<'m> {
    module: &'m Module,
    uses: &'m Uses,
}

/// How many claims of each kind there are, or were put to the test.
#[derive(Debug, Clone, Copy, Default)]
pub struct Count {
    /// Imports that no execution reaches.
    pub unreachable: u64,
    /// Arguments of reachable imports whose values are all proved.
    pub proved: u64,
    /// Imports whose every call is one of the listed ones.
    pub complete: u64,
}

impl Count {
    /// Adds another's.
    pub fn add(&mut self, other: Self) {
        self.unreachable += other.unreachable;
        self.proved += other.proved;
        self.complete += other.complete;
    }
}

impl<'m> Claims<'m> {
    /// Those that `uses` makes on `module`.
    pub fn new(module: &'m Module, uses: &'m Uses) -> Self {
        Self { module, uses }
    }

    /// How many there are.
    pub fn count(&self) -> Count {
        let mut count = Count::default();
        for (signature, usage) in self.signatures().zip(&self.uses.imports) {
            if usage.reach == Reach::Unreachable {
                count.unreachable += 1;
            } else {
                let arguments = 0..signature.params.len();
                let proved = arguments.filter(|at| usage.values(*at).are_proved());
                count.proved += proved.count() as u64;
                count.complete += u64::from(usage.others.is_none());
            }
        }
        count
    }

    /// How many of them a record puts to the test: proved arguments that were passed, complete imports that were called.
    pub fn tested(&self, record: &Record) -> Count {
        let mut count = Count::default();
        let mut functions: Vec<u32> = (record.invocations.iter())
            .map(|invocation| invocation.function)
            .collect();
        functions.sort_unstable();
        functions.dedup();
        for function in functions {
            if let (Some(usage), Some(signature)) =
                (self.uses.of(function), self.signature(function))
            {
                let arguments = 0..signature.params.len();
                let proved = arguments.filter(|at| usage.values(*at).are_proved());
                count.proved += proved.count() as u64;
                count.complete += u64::from(usage.others.is_none());
            }
        }
        count
    }

    /// Whether everything in a record is within the claims; else what is not.
    pub fn hold(&self, record: &Record) -> Result<(), String> {
        for invocation in &record.invocations {
            self.allows(invocation)?;
        }
        for (name, value) in &record.yields {
            let export = (self.module.exports.iter()).find(|export| export.name == *name);
            let constant = export.and_then(|export| export.constant);
            if constant.is_some_and(|constant| constant != *value) {
                return Err(format!(
                    "export {name} yields {value}, claimed: {constant:?}"
                ));
            }
        }
        Ok(())
    }

    fn allows(&self, invocation: &Invocation) -> Result<(), String> {
        let function = invocation.function;
        let usage = self.uses.of(function).ok_or("an import without a use")?;
        let named = self.name(function);
        if !usage.reach.is_reachable() {
            return Err(format!("{named} was called, claimed: unreachable"));
        }
        for (at, value) in invocation.arguments.iter().enumerate() {
            let values = usage.values(at);
            let within = values.constants.iter();
            let within = within.clone().any(|(claimed, _)| Some(*claimed) == *value);
            if values.are_proved() && !within {
                return Err(format!(
                    "{named} was called with {value:?} as argument {at}, claimed: {values:?}"
                ));
            }
        }
        let listed = usage.calls.iter();
        let listed = listed
            .clone()
            .any(|call| agree(&call.arguments, invocation));
        if usage.others.is_none() && !listed {
            return Err(format!(
                "{named} was called with {:?}, claimed: one of {:?}",
                invocation.arguments, usage.calls
            ));
        }
        Ok(())
    }

    fn signatures(&self) -> impl Iterator<Item = &'m Signature> {
        (self.module.imports.iter()).filter_map(|import| import.ty.signature())
    }

    fn signature(&self, function: u32) -> Option<&'m Signature> {
        self.signatures().nth(function as usize)
    }

    fn name(&self, function: u32) -> String {
        let imports = self.module.imports.iter();
        let mut functions = imports.filter(|import| import.ty.signature().is_some());
        let import = functions.nth(function as usize);
        import.map_or_else(String::new, |import| {
            format!("import {function} ({}.{})", import.module, import.name)
        })
    }
}

/// Whether a call may be this way of calling: what was recovered, or is unknown, may be anything.
fn agree(claimed: &[Argument], invocation: &Invocation) -> bool {
    claimed.len() == invocation.arguments.len()
        && (claimed.iter().zip(&invocation.arguments)).all(|(claimed, value)| {
            match claimed.constant() {
                Some((claimed, Tier::Proved)) => Some(claimed) == *value,
                _ => true,
            }
        })
}
