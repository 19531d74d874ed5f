//! Expressions that leave a function: by which ways one moves.

use super::body::Body;
use super::plan::Value;

impl Body<'_> {
    /// Code that leaves a function of a type, or none.
    pub fn function_reference(&mut self, ty: Value, depth: usize) -> String {
        let leaf = depth == 0 || !self.spend();
        match self.stream.below(if leaf { 8 } else { 17 }) {
            16 if self.plan.collected && ty == Value::Func => self.function_in_object(depth - 1),
            0 => null(ty),
            1..=5 => self.taken(ty),
            6 => match self.local(ty, false) {
                Some(local) => format!("(local.get {local})"),
                None => self.taken(ty),
            },
            7 => self.held(ty),
            8 | 9 => self.out_of_table(ty),
            10 => {
                let (first, second) = (
                    self.function_reference(ty, depth - 1),
                    self.function_reference(ty, depth - 1),
                );
                let condition = self.condition(depth);
                format!("(select (result {ty}) {first} {second} {condition})")
            }
            11 => {
                let name = self.name();
                let (first, second) = (
                    self.function_reference(ty, depth - 1),
                    self.function_reference(ty, depth - 1),
                );
                let condition = self.condition(depth);
                format!("(if {name} (result {ty}) {condition} (then {first}) (else {second}))")
            }
            12 => match self.local(ty, false) {
                Some(local) => {
                    let value = self.function_reference(ty, depth - 1);
                    format!("(local.tee {local} {value})")
                }
                None => self.taken(ty),
            },
            13 | 14 => self.given(ty, depth),
            _ => self.cast(ty, depth),
        }
    }

    /// A function of the module's, by its name.
    fn taken(&mut self, ty: Value) -> String {
        let referable = self.plan.referable(ty);
        match self.stream.pick_any(&referable).copied() {
            Some(function) => {
                self.declared.insert(function);
                format!("(ref.func $f{function})")
            }
            None => null(ty),
        }
    }

    fn held(&mut self, ty: Value) -> String {
        let globals = (0..self.plan.globals.len()).filter(|at| self.plan.globals[*at].ty == ty);
        let globals: Vec<usize> = globals.collect();
        match self.stream.pick_any(&globals) {
            Some(global) => format!("(global.get $g{global})"),
            None => self.taken(ty),
        }
    }

    fn out_of_table(&mut self, ty: Value) -> String {
        let tables = (0..self.plan.tables.len()).filter(|at| self.plan.tables[*at].element == ty);
        let tables: Vec<usize> = tables.collect();
        match self.stream.pick_any(&tables).copied() {
            Some(table) => {
                let index = self.index(table);
                format!("(table.get $x{table} {index})")
            }
            None => self.taken(ty),
        }
    }

    /// What a call gives back.
    fn given(&mut self, ty: Value, depth: usize) -> String {
        let gives = |callee: &usize| self.plan.ty(*callee).results == [ty];
        let callees: Vec<usize> = self.callees().into_iter().filter(gives).collect();
        match self.stream.pick_any(&callees).copied() {
            Some(callee) => self.call(callee, depth - 1).0,
            None => self.taken(ty),
        }
    }

    /// Any function, taken for one of a type where it is one.
    fn cast(&mut self, ty: Value, depth: usize) -> String {
        let (Value::Typed(of), true) = (ty, self.plan.collected) else {
            return self.function_reference(ty, depth - 1);
        };
        let (name, null) = (self.name(), null(ty));
        let any = self.function_reference(Value::Func, depth - 1);
        format!(
            "(block {name} (result {ty}) (br_on_cast {name} funcref (ref null $t{of}) {any})(drop) {null})"
        )
    }
}

fn null(ty: Value) -> String {
    match ty {
        Value::Typed(ty) => format!("(ref.null $t{ty})"),
        _ => "(ref.null func)".to_owned(),
    }
}
