//! Whether what is shown as evidence is there: the paths to imports, and the places from which they are called.

use ringfence::wasm::{Call, Extern, ImportUse, MAX_CALLS, MAX_PATHS, Module, Path, Root, Uses};
use wasmparser::{BinaryReader, Operator, OperatorsReader};

/// One module, with all that paths are held against.
pub struct Witness<'m> {
    module: &'m Module,
    bytes: &'m [u8],
}

impl<'m> Witness<'m> {
    /// Of a module and its binary.
    pub fn new(module: &'m Module, bytes: &'m [u8]) -> Self {
        Self { module, bytes }
    }

    /// Whether all that `uses` shows is there; else what is not.
    pub fn hold(&self, uses: &Uses) -> Result<(), String> {
        let imported = self.module.functions.imported;
        if uses.imports.len() != imported as usize {
            return Err(format!("{} uses of {imported} imports", uses.imports.len()));
        }
        for (function, usage) in (0..).zip(&uses.imports) {
            self.of(function, usage)
                .map_err(|what| format!("import {function}: {what}"))?;
        }
        Ok(())
    }

    fn of(&self, function: u32, usage: &ImportUse) -> Result<(), String> {
        if usage.function != function {
            return Err(format!("the use of {}", usage.function));
        }
        if usage.paths.len() > MAX_PATHS || usage.calls.len() > MAX_CALLS {
            return Err("more paths or calls than the bound".to_owned());
        }
        let is_told = !usage.paths.is_empty() || !usage.calls.is_empty();
        if is_told && !usage.reach.is_reachable() {
            return Err("unreachable, with a path or a call".to_owned());
        }
        if !usage.calls.is_sorted() {
            return Err("calls out of order".to_owned());
        }
        for path in &usage.paths {
            self.path(function, path)
                .map_err(|what| format!("{what} in {path:?}"))?;
        }
        for call in &usage.calls {
            self.call(function, call)
                .map_err(|what| format!("{what} in {call:?}"))?;
        }
        Ok(())
    }

    fn path(&self, function: u32, path: &Path) -> Result<(), &'static str> {
        let first = path.steps.first().ok_or("no steps")?;
        let rooted = match path.root {
            Root::Export(at) => self.module.exports.get(at).is_some_and(|export| {
                matches!(export.ty, Extern::Function(_)) && export.index == first.function
            }),
            Root::Start => {
                (self.module.start.as_ref()).is_some_and(|start| start.function == first.function)
            }
            Root::Host(_) => true,
        };
        if !rooted || first.offset.is_some() {
            return Err("another root");
        }
        if path.steps.last().map(|step| step.function) != Some(function) {
            return Err("another end");
        }
        for (from, step) in path.steps.iter().zip(path.steps.iter().skip(1)) {
            let offset = step.offset.ok_or("a step without a place")?;
            let direct = self.calls(from.function, offset)?;
            let agrees = match (direct, step.may) {
                (Some(callee), None) => callee == step.function,
                (None, Some(_)) => true,
                _ => false,
            };
            if !agrees {
                return Err("another call at the place of a step");
            }
        }
        Ok(())
    }

    fn call(&self, function: u32, call: &Call) -> Result<(), &'static str> {
        let callees = (call.sites.iter().skip(1)).map(|site| site.caller);
        for (site, callee) in call.sites.iter().zip(callees.chain([function])) {
            if self.calls(site.caller, site.offset)? != Some(callee) {
                return Err("a site that does not call what comes next");
            }
        }
        if call.sites.is_empty() {
            return Err("no sites");
        }
        Ok(())
    }

    /// What the call at a place of a function calls: the function if it is direct, `None` if it is not.
    fn calls(&self, caller: u32, offset: usize) -> Result<Option<u32>, &'static str> {
        let functions = &self.module.functions;
        let at = caller
            .checked_sub(functions.imported)
            .ok_or("an import that calls")? as usize;
        let start = *functions.offsets.get(at).ok_or("no such function")? as usize;
        let next = functions.offsets.get(at + 1).map(|next| *next as usize);
        if offset < start || offset >= next.unwrap_or(self.bytes.len()) {
            return Err("a place outside of the caller");
        }
        let rest = self
            .bytes
            .get(offset..)
            .ok_or("a place outside of the module")?;
        let mut operators = OperatorsReader::new(BinaryReader::new(rest, offset));
        match operators
            .read()
            .map_err(|_| "a place without an operator")?
        {
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                Ok(Some(function_index))
            }
            Operator::CallIndirect { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::CallRef { .. }
            | Operator::ReturnCallRef { .. } => Ok(None),
            _ => Err("a place without a call"),
        }
    }
}
