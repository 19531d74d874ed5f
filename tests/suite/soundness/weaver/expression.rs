//! Expressions: ways in which a number comes to where it is used.

use super::body::Body;
use super::plan::Value;

impl Body<'_> {
    /// Code that leaves one value. A tidy number is a constant, by whatever way; others are anything.
    pub fn value(&mut self, ty: Value, tidy: bool, depth: usize) -> String {
        let leaf = depth == 0 || !self.spend();
        match ty {
            Value::I32 | Value::I64 if leaf => self.leaf(ty, tidy),
            Value::I32 | Value::I64 if tidy => self.constant(ty, depth - 1),
            Value::I32 | Value::I64 => self.computed(ty, depth - 1),
            Value::Func | Value::Typed(_) => self.function_reference(ty, depth.saturating_sub(1)),
            Value::Extern => self.outside(depth.saturating_sub(1)),
        }
    }

    /// A constant operator.
    pub fn literal(&mut self, ty: Value) -> String {
        let plan = self.plan;
        let value = match self.stream.below(8) {
            0 => self.stream.integer(),
            _ => *self.stream.pick(&plan.constants),
        };
        match ty {
            Value::I64 => format!("(i64.const {value})"),
            #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
            _ => format!("(i32.const {})", value as i32),
        }
    }

    fn leaf(&mut self, ty: Value, tidy: bool) -> String {
        let local = self.local(ty, tidy);
        match local {
            Some(local) if self.stream.percent(50) => format!("(local.get {local})"),
            _ => self.literal(ty),
        }
    }

    /// A condition, which is anything.
    pub fn condition(&mut self, depth: usize) -> String {
        let value = self.value(Value::I32, false, depth.min(1));
        if self.stream.percent(50) {
            format!("(i32.and {value} (i32.const 1))")
        } else {
            value
        }
    }

    fn constant(&mut self, ty: Value, depth: usize) -> String {
        match self.stream.below(24) {
            0..=4 => self.literal(ty),
            5..=8 => self.leaf(ty, true),
            9 => self.fixed_global(ty),
            10 => self.converted(ty, true, depth),
            11 => self.set_and_got(ty, true, depth),
            12 if ty == Value::I32 => {
                let (first, second) = (self.literal(ty), self.literal(ty));
                format!("(i32.add {first} {second})")
            }
            13 if ty == Value::I32 => self.chosen_twice(),
            _ => self.joined(ty, true, depth),
        }
    }

    /// What one condition chooses before a call and behind it, and the call may change the condition.
    fn chosen_twice(&mut self) -> String {
        let before = self.fresh(Value::I32);
        let (first, second) = (self.literal(Value::I32), self.literal(Value::I32));
        let mutable = |at: &usize| {
            let global = &self.plan.globals[*at];
            global.ty == Value::I32 && global.mutable
        };
        let mutable: Vec<usize> = (0..self.plan.globals.len()).filter(mutable).collect();
        let condition = match self.stream.pick_any(&mutable) {
            Some(global) => format!("(i32.and (global.get $g{global}) (i32.const 1))"),
            None => format!("(i32.load8_u (i32.and (local.get {before}) (i32.const 64)))"),
        };
        let chosen = format!("(select {first} {second} {condition})");
        let between = self.direct_call();
        let how = *self.stream.pick(&["sub", "xor", "eq"]);
        format!("(local.set {before} {chosen}){between}(i32.{how} (local.get {before}) {chosen})")
    }

    /// An immutable global of the module's own; its constant is as good as any.
    fn fixed_global(&mut self, ty: Value) -> String {
        let fixed = |at: &usize| {
            let global = &self.plan.globals[*at];
            global.ty == ty && !global.mutable && !global.imported
        };
        let fixed: Vec<usize> = (0..self.plan.globals.len()).filter(fixed).collect();
        match self.stream.pick_any(&fixed) {
            Some(global) => format!("(global.get $g{global})"),
            None => self.literal(ty),
        }
    }

    fn converted(&mut self, ty: Value, tidy: bool, depth: usize) -> String {
        let extended = self.stream.pick(&["i64.extend_i32_u", "i64.extend_i32_s"]);
        let (operator, from) = match ty {
            Value::I64 => (*extended, Value::I32),
            _ => ("i32.wrap_i64", Value::I64),
        };
        let value = self.value(from, tidy, depth);
        format!("({operator} {value})")
    }

    fn set_and_got(&mut self, ty: Value, tidy: bool, depth: usize) -> String {
        let value = self.value(ty, tidy, depth);
        match self.local(ty, tidy) {
            Some(local) if self.stream.percent(60) => format!("(local.tee {local} {value})"),
            Some(local) => format!("(local.set {local} {value})(local.get {local})"),
            None => value,
        }
    }

    /// Two values or more that come together at one place.
    fn joined(&mut self, ty: Value, tidy: bool, depth: usize) -> String {
        let first = self.value(ty, tidy, depth);
        let condition = self.condition(depth);
        let name = self.name();
        match self.stream.below(if self.plan.collected { 12 } else { 10 }) {
            0 => {
                let second = self.value(ty, tidy, depth);
                format!("(select {first} {second} {condition})")
            }
            1 | 2 => {
                let second = self.within(&name, &[ty], false, |body| {
                    body.some_statements() + &body.value(ty, tidy, depth)
                });
                format!("(if {name} (result {ty}) {condition} (then {first}) (else {second}))")
            }
            3 => {
                let second = self.within(&name, &[ty], false, |body| body.value(ty, tidy, depth));
                format!(
                    "(block {name} (result {ty}) (drop (br_if {name} {first} {condition})) {second})"
                )
            }
            4 => {
                let (outer, second) = (self.name(), self.value(ty, tidy, depth));
                format!(
                    "(block {outer} (result {ty}) (drop (block {name} (result {ty}) \
                     (br_table {outer} {name} {first} {condition}))) {second})"
                )
            }
            5 => {
                let second = self.value(ty, tidy, depth);
                format!("(block {name} (result {ty} {ty}) {first} {second})(drop)")
            }
            6 => {
                let code = self.within(&name, &[ty], false, Self::some_statements);
                format!("{first}(block {name} (param {ty}) (result {ty}) {code})")
            }
            7 => self.looped(ty, tidy, depth, &first),
            8 => {
                let reference = self.value(Value::Func, false, depth);
                let second = self.value(ty, tidy, depth);
                format!(
                    "(block {name} (result {ty}) {first}{reference}(br_on_null {name})(drop)(drop) {second})"
                )
            }
            9 => self.non_null(ty, tidy, depth, &first),
            _ => self.caught(ty, tidy, depth, &first),
        }
    }

    /// A loop that is given a value, and perhaps another one each time that it goes round.
    fn looped(&mut self, ty: Value, tidy: bool, depth: usize, first: &str) -> String {
        let name = self.name();
        let counter = self.fresh(Value::I32);
        let local = self.local(ty, tidy);
        let code = self.within(&name, &[ty], true, Self::some_statements);
        let kept = match local {
            Some(local) => format!("(local.set {local})"),
            None => "(drop)".to_owned(),
        };
        let next = self.value(ty, tidy, depth);
        let turns = self.stream.between(1, 3);
        format!(
            "(local.set {counter} (i32.const {turns})){first}(loop {name} (param {ty}) (result {ty}) {kept}{code}{next}\
             (br_if {name} (local.tee {counter} (i32.sub (local.get {counter}) (i32.const 1)))))"
        )
    }

    fn non_null(&mut self, ty: Value, tidy: bool, depth: usize, first: &str) -> String {
        let referable = self.plan.referable(Value::Func);
        let Some(function) = self.stream.pick_any(&referable).copied() else {
            return first.to_owned();
        };
        self.declared.insert(function);
        let name = self.name();
        let reference = self.value(Value::Func, false, depth);
        let second = self.value(ty, tidy, depth);
        format!(
            "(block {name} (result {ty} (ref func)) {first}{reference}(br_on_non_null {name})\
             (drop) {second}(ref.func $f{function}))(drop)"
        )
    }

    /// A value that an exception carries.
    fn caught(&mut self, ty: Value, tidy: bool, depth: usize, first: &str) -> String {
        let name = self.name();
        let tag = if ty == Value::I64 { "$wide" } else { "$narrow" };
        let code = self.some_statements();
        let thrown = self.condition(depth);
        let second = self.value(ty, tidy, depth);
        format!(
            "(block {name} (result {ty}) (try_table (catch {tag} {name}) {code}\
             (if {thrown} (then (throw {tag} {first})))) {second})"
        )
    }

    fn some_statements(&mut self) -> String {
        if self.stream.percent(35) {
            self.statements(1)
        } else {
            String::new()
        }
    }

    fn computed(&mut self, ty: Value, depth: usize) -> String {
        match self.stream.below(24) {
            0..=4 => self.leaf(ty, false),
            5 | 6 => self.constant(ty, depth),
            7 | 8 => self.any_global(ty),
            9 | 10 => self.loaded(ty),
            11 => {
                let operator = *self.stream.pick(&["add", "sub", "and", "xor", "mul"]);
                let (first, second) = (self.value(ty, false, depth), self.value(ty, false, depth));
                format!("({ty}.{operator} {first} {second})")
            }
            12..=15 => self.result(ty, depth),
            16 => self.converted(ty, false, depth),
            17 => self.set_and_got(ty, false, depth),
            18 | 19 if ty == Value::I32 => self.asked(depth),
            20 if ty == Value::I32 && self.plan.collected => self.number_in_object(depth),
            _ => self.joined(ty, false, depth),
        }
    }

    fn any_global(&mut self, ty: Value) -> String {
        let globals = (0..self.plan.globals.len()).filter(|at| self.plan.globals[*at].ty == ty);
        let globals: Vec<usize> = globals.collect();
        match self.stream.pick_any(&globals) {
            Some(global) => format!("(global.get $g{global})"),
            None => self.leaf(ty, false),
        }
    }

    fn loaded(&mut self, ty: Value) -> String {
        let at = 8 * self.stream.below(16);
        if self.stream.percent(40) {
            // As a stack in memory is used.
            let (stored, back) = (
                self.value(ty, true, 0),
                format!("({ty}.load (i32.const {at}))"),
            );
            return format!("({ty}.store (i32.const {at}) {stored}){back}");
        }
        format!("({ty}.load (i32.const {at}))")
    }

    /// What a call gives back, if one gives this.
    fn result(&mut self, ty: Value, depth: usize) -> String {
        let gives = |callee: &usize| self.plan.ty(*callee).results.first() == Some(&ty);
        let callees: Vec<usize> = self.callees().into_iter().filter(gives).collect();
        let called = match self.stream.pick_any(&callees).copied() {
            Some(callee) if self.stream.percent(70) => Some(self.call(callee, depth)),
            _ => self
                .indirect(depth)
                .map(|(code, of)| (code, self.plan.types[of].results.clone())),
        };
        match called {
            Some((code, results)) if results.first() == Some(&ty) => {
                code + &"(drop)".repeat(results.len() - 1)
            }
            _ => self.leaf(ty, false),
        }
    }

    /// What the module is asked about itself.
    fn asked(&mut self, depth: usize) -> String {
        let tables = self.plan.tables.len();
        match self.stream.below(5) {
            0 => "(memory.size)".to_owned(),
            1 if tables > 0 => format!("(table.size $x{})", self.stream.below(tables)),
            2 => {
                let reference = self.value(Value::Func, false, depth);
                format!("(ref.is_null {reference})")
            }
            3 if self.plan.collected => {
                let reference = self.value(Value::Func, false, depth);
                let ty = self.stream.below(self.plan.types.len());
                format!("(ref.test (ref $t{ty}) {reference})")
            }
            _ => "(memory.grow (i32.const 0))".to_owned(),
        }
    }
}
