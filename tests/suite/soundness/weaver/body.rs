//! The body of one woven function: its locals, its labels, and how calls are written.

use std::collections::BTreeSet;

use super::super::stream::Stream;
use super::object::LOCALS;
use super::plan::{Manner, Plan, Value};

/// A place to branch to.
#[derive(Debug, Clone)]
pub struct Label {
    pub name: String,
    pub types: Vec<Value>,
    /// Whether branching there goes back.
    pub loops: bool,
}

/// A body in the making.
pub struct Body<'p> {
    pub plan: &'p Plan,
    pub stream: &'p mut Stream,
    pub function: usize,
    /// Parameters and locals by type.
    pub locals: Vec<Value>,
    /// Whether only constants are ever set, by local; `None` for those that are not set elsewhere.
    pub tidy: Vec<Option<bool>>,
    pub labels: Vec<Label>,
    /// Statements and expressions that may still be written.
    pub budget: usize,
    /// The functions that are referenced in code, and so have to be declared.
    pub declared: &'p mut BTreeSet<usize>,
    /// One of the tidy things in it is not, now and then.
    sneaky: bool,
    names: usize,
}

impl<'p> Body<'p> {
    /// Of a function.
    pub fn new(
        plan: &'p Plan,
        stream: &'p mut Stream,
        function: usize,
        declared: &'p mut BTreeSet<usize>,
    ) -> Self {
        let params = plan.ty(function).params.clone();
        // What the host or a table calls has any arguments.
        let trusted = plan.functions[function].manner != Manner::Loose;
        let mut tidy = vec![Some(trusted); params.len()];
        let mut locals = params;
        for (ty, only) in [
            (Value::I32, true),
            (Value::I32, true),
            (Value::I64, true),
            (Value::I32, false),
            (Value::I32, false),
            (Value::I64, false),
            (Value::Func, false),
        ] {
            locals.push(ty);
            tidy.push(Some(only));
        }
        for _ in 0..stream.below(3) {
            locals.push(Value::Typed(stream.below(plan.types.len())));
            tidy.push(Some(false));
        }
        let sneaky = stream.percent(20);
        Self {
            plan,
            function,
            locals,
            tidy,
            labels: Vec::new(),
            budget: stream.between(15, 60),
            declared,
            sneaky,
            names: 0,
            stream,
        }
    }

    /// The text of the function.
    pub fn write(mut self) -> String {
        let ty = self.plan.ty(self.function).clone();
        let statements = self.stream.between(3, 6);
        let mut code = if self.plan.go && ty.params.first() == Some(&Value::I32) {
            self.dispatched()
        } else {
            self.statements(statements)
        };
        for result in &ty.results {
            code += &self.value(*result, false, 2);
        }
        let locals: String = (self.locals.iter().skip(ty.params.len()))
            .map(|local| format!(" {local}"))
            .collect();
        let of = self.plan.functions[self.function].ty;
        let name = self.function;
        let objects = if self.plan.collected { LOCALS } else { "" };
        format!("  (func $f{name} (type $t{of}) (local{locals}) {objects}\n{code})\n")
    }

    /// Spends some of the budget; whether any is left.
    pub fn spend(&mut self) -> bool {
        self.budget = self.budget.saturating_sub(1);
        self.budget > 0
    }

    /// A name that no other label has.
    pub fn name(&mut self) -> String {
        self.names += 1;
        format!("$l{}", self.names)
    }

    /// Code inside of a label.
    pub fn within(
        &mut self,
        name: &str,
        types: &[Value],
        loops: bool,
        write: impl FnOnce(&mut Self) -> String,
    ) -> String {
        self.labels.push(Label {
            name: name.to_owned(),
            types: types.to_vec(),
            loops,
        });
        let code = write(self);
        self.labels.pop();
        code
    }

    /// A local of a type, tidy or not.
    pub fn local(&mut self, ty: Value, tidy: bool) -> Option<usize> {
        let fits: Vec<usize> = (0..self.locals.len())
            .filter(|at| self.locals[*at] == ty && self.tidy[*at] == Some(tidy))
            .collect();
        self.stream.pick_any(&fits).copied()
    }

    /// A local that only who asks for it uses.
    pub fn fresh(&mut self, ty: Value) -> usize {
        self.locals.push(ty);
        self.tidy.push(None);
        self.locals.len() - 1
    }

    /// Whether what should be tidy is, here.
    pub fn kept_tidy(&mut self) -> bool {
        !(self.sneaky && self.stream.percent(15))
    }

    /// What is left on the stack goes, or into locals.
    pub fn dropped(&mut self, results: &[Value]) -> String {
        let mut code = String::new();
        for result in results.iter().rev() {
            let local = self
                .local(*result, false)
                .filter(|_| self.stream.clone().percent(60));
            code += &match local {
                Some(local) => format!("(local.set {local})"),
                None => "(drop)".to_owned(),
            };
        }
        code
    }

    /// The arguments of a call, by who is called.
    pub fn arguments(&mut self, callee: usize, depth: usize) -> String {
        let params = self.plan.ty(callee).params.clone();
        let tidy = self.plan.functions[callee].manner == Manner::Tidy;
        self.operands(&params, tidy, depth)
    }

    /// A value of each type.
    pub fn operands(&mut self, types: &[Value], tidy: bool, depth: usize) -> String {
        let mut code = String::new();
        for ty in types {
            let tidy = if tidy {
                self.kept_tidy()
            } else {
                self.stream.percent(30)
            };
            code += &self.value(*ty, tidy, depth);
        }
        code
    }

    /// The functions that this one may call directly: the quiet ones are called by their like.
    pub fn callees(&self) -> Vec<usize> {
        let manner = |function: &usize| self.plan.functions[*function].manner;
        let quiet = manner(&self.function) == Manner::Quiet;
        (0..self.plan.functions.len())
            // Calls go on to later functions, or from the last ones back: recursion is rare.
            .filter(|callee| *callee < self.plan.imported || *callee > self.function)
            .filter(|callee| quiet || manner(callee) != Manner::Quiet)
            .collect()
    }

    /// A direct call, with what it leaves.
    pub fn call(&mut self, callee: usize, depth: usize) -> (String, Vec<Value>) {
        let arguments = self.arguments(callee, depth);
        let results = self.plan.ty(callee).results.clone();
        (format!("(call $f{callee} {arguments})"), results)
    }

    /// A call through a table or a reference, with its type, before which it may be asked whether it will work.
    pub fn indirect(&mut self, depth: usize) -> Option<(String, usize)> {
        let plan = self.plan;
        if !plan.indirect {
            return None;
        }
        let ty = self.called_type();
        let params = plan.types[ty].params.clone();
        let tidy = self.stream.percent(50);
        let arguments = self.operands(&params, tidy, depth);
        let tables: Vec<usize> = (0..plan.tables.len())
            .filter(|table| match plan.tables[*table].element {
                Value::Typed(element) => plan.fits(element, ty),
                _ => true,
            })
            .collect();
        match self.stream.pick_any(&tables).copied() {
            Some(table) if self.stream.percent(75) => {
                let index = self.index(table);
                let call = format!("(call_indirect $x{table} (type $t{ty}) {arguments}{index})");
                Some((call, ty))
            }
            _ => {
                let reference = self.value(Value::Typed(ty), false, depth);
                Some((format!("(call_ref $t{ty} {arguments}{reference})"), ty))
            }
        }
    }

    /// A type that functions have which may be in tables, mostly.
    fn called_type(&mut self) -> usize {
        let plan = self.plan;
        let referable = plan.referable(Value::Func);
        match self.stream.pick_any(&referable).copied() {
            Some(function) if self.stream.percent(80) => plan.functions[function].ty,
            _ => self.stream.below(plan.types.len()),
        }
    }

    /// A place in a table, mostly one that is there.
    pub fn index(&mut self, table: usize) -> String {
        if self.stream.percent(85) {
            let at = self.stream.below(self.plan.tables[table].size);
            format!("(i32.const {at})")
        } else {
            let value = self.value(Value::I32, false, 1);
            format!("(i32.and {value} (i32.const 3))")
        }
    }
}
