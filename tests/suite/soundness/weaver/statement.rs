//! Statements: what changes something, or goes somewhere else.

use super::body::Body;
use super::plan::{Manner, Value};

impl Body<'_> {
    /// Some statements.
    pub fn statements(&mut self, count: usize) -> String {
        let mut code = String::new();
        for _ in 0..count {
            if !self.spend() {
                break;
            }
            code += "    ";
            code += &self.statement();
            code.push('\n');
        }
        code
    }

    fn statement(&mut self) -> String {
        match self.stream.below(40) {
            0..=11 => self.direct_call(),
            12..=16 => self.assignment(),
            17..=19 => self.indirect_call(),
            20..=22 => self.table_change(),
            23 => self.global_change(),
            24 | 25 => self.memory_change(),
            26..=28 => self.choice(),
            29 | 30 => self.repetition(),
            31 => self.switch(),
            32 | 33 => self.leap(),
            34 => self.tail_call(),
            35 => self.unreached(),
            36 | 37 if self.plan.collected => self.attempt(),
            38 if self.plan.collected => self.thrown(),
            39 if self.plan.collected => self.object_change(),
            _ => self.direct_call(),
        }
    }

    /// A call of an import as often as one of another function.
    pub fn direct_call(&mut self) -> String {
        let callees = self.callees();
        let (imports, own): (Vec<usize>, Vec<usize>) =
            (callees.into_iter()).partition(|callee| *callee < self.plan.imported);
        let from = if self.stream.percent(55) {
            &imports
        } else {
            &own
        };
        let Some(callee) = self.stream.pick_any(from).copied() else {
            return self.assignment();
        };
        let (code, results) = self.call(callee, 2);
        code + &self.dropped(&results)
    }

    fn assignment(&mut self) -> String {
        let ty = *self
            .stream
            .pick(&[Value::I32, Value::I32, Value::I32, Value::I64, Value::Func]);
        let wanted = self.stream.percent(65) && ty != Value::Func;
        let Some(local) = self.local(ty, wanted) else {
            return "(nop)".to_owned();
        };
        let tidy = wanted && self.kept_tidy();
        let value = self.value(ty, tidy, 2);
        format!("(local.set {local} {value})")
    }

    fn indirect_call(&mut self) -> String {
        match self.indirect(2) {
            Some((code, ty)) => {
                let results = self.plan.types[ty].results.clone();
                let code = code + &self.dropped(&results);
                if self.stream.percent(40) {
                    // What would trap may be left out by luck.
                    let condition = self.condition(1);
                    let name = self.name();
                    return format!("(if {name} {condition} (then {code}))");
                }
                code
            }
            None => self.direct_call(),
        }
    }

    fn table_change(&mut self) -> String {
        let plan = self.plan;
        let table = self.stream.below(plan.tables.len());
        if !plan.changing || plan.tables.is_empty() {
            return self.assignment();
        }
        let element = plan.tables[table].element;
        match self.stream.below(8) {
            0..=2 => {
                let (index, value) = (self.index(table), self.value(element, false, 2));
                format!("(table.set $x{table} {index} {value})")
            }
            3 => {
                let value = self.value(element, false, 1);
                format!("(drop (table.grow $x{table} {value} (i32.const 1)))")
            }
            4 => {
                let (index, value) = (self.index(table), self.value(element, false, 1));
                format!("(table.fill $x{table} {index} {value} (i32.const 1))")
            }
            5 => {
                let from: Vec<usize> = (0..plan.tables.len())
                    .filter(|from| is_a(plan.tables[*from].element, element))
                    .collect();
                let from = *self.stream.pick(&from);
                let (to_index, from_index) = (self.index(table), self.index(from));
                format!("(table.copy $x{table} $x{from} {to_index} {from_index} (i32.const 1))")
            }
            6 => {
                let from: Vec<usize> = (0..plan.segments.len())
                    .filter(|from| is_a(plan.segments[*from].element, element))
                    .collect();
                let Some(from) = self.stream.pick_any(&from).copied() else {
                    return self.assignment();
                };
                let index = self.index(table);
                let at = self.stream.below(plan.segments[from].items.len());
                format!("(table.init $x{table} $s{from} {index} (i32.const {at}) (i32.const 1))")
            }
            _ => match self.stream.below(plan.segments.len() * 4) {
                segment if segment < plan.segments.len() => format!("(elem.drop $s{segment})"),
                _ => self.assignment(),
            },
        }
    }

    fn global_change(&mut self) -> String {
        let mutable = (0..self.plan.globals.len()).filter(|at| self.plan.globals[*at].mutable);
        let mutable: Vec<usize> = mutable.collect();
        let Some(global) = self.stream.pick_any(&mutable).copied() else {
            return self.assignment();
        };
        let tidy = self.stream.percent(50);
        let value = self.value(self.plan.globals[global].ty, tidy, 2);
        format!("(global.set $g{global} {value})")
    }

    fn memory_change(&mut self) -> String {
        let at = 8 * self.stream.below(16);
        let value = self.value(Value::I32, false, 1);
        match self.stream.below(6) {
            0 => format!("(memory.fill (i32.const {at}) {value} (i32.const 4))"),
            1 => format!("(memory.init $d1 (i32.const {at}) (i32.const 0) (i32.const 4))"),
            2 => format!("(memory.copy (i32.const {at}) (i32.const 8) (i32.const 8))"),
            3 => format!("(i64.store (i32.const {at}) (i64.extend_i32_s {value}))"),
            _ => format!("(i32.store (i32.const {at}) {value})"),
        }
    }

    fn some(&mut self, name: &str) -> String {
        let count = self.stream.between(1, 3);
        self.within(name, &[], false, |body| body.statements(count))
    }

    fn choice(&mut self) -> String {
        let (name, condition) = (self.name(), self.condition(1));
        let first = self.some(&name);
        if self.stream.percent(50) {
            let second = self.some(&name);
            return format!("(if {name} {condition} (then\n{first}) (else\n{second}))");
        }
        format!("(if {name} {condition} (then\n{first}))")
    }

    fn repetition(&mut self) -> String {
        let name = self.name();
        let counter = self.fresh(Value::I32);
        let turns = self.stream.between(1, 3);
        let count = self.stream.between(1, 3);
        let code = self.within(&name, &[], true, |body| body.statements(count));
        if self.locals.first() == Some(&Value::I32) && self.stream.percent(30) {
            // Back by a table at a block's start, as Go's dispatchers are written.
            let out = self.name();
            return format!(
                "(local.set {counter} (i32.const 2))(loop {name}\n{code}\
                 (local.set 0 (local.tee {counter} (i32.sub (local.get {counter}) (i32.const 1))))\
                 (block {out} (br_table {out} {name} {out} (local.get 0))))"
            );
        }
        format!(
            "(local.set {counter} (i32.const {turns}))(loop {name}\n{code}\
             (br_if {name} (local.tee {counter} (i32.sub (local.get {counter}) (i32.const 1)))))"
        )
    }

    fn switch(&mut self) -> String {
        let (outer, inner) = (self.name(), self.name());
        let condition = self.condition(1);
        let first = self.some(&outer);
        format!("(block {outer} (block {inner} (br_table {inner} {outer} {condition}))\n{first})")
    }

    /// Basic blocks in a loop, to which the first parameter says where to go on, as Go's compiler writes functions.
    pub fn dispatched(&mut self) -> String {
        let (again, counter) = (self.name(), self.fresh(Value::I32));
        let blocks: Vec<String> = (0..self.stream.between(2, 4))
            .map(|_| self.name())
            .collect();
        let open: String = blocks
            .iter()
            .rev()
            .map(|name| format!("block {name} "))
            .collect();
        let targets: String = blocks.iter().map(|name| format!(" {name}")).collect();
        let mut code = format!(
            "    (local.set {counter} (i32.const 5)) loop {again} {open} local.get 0 br_table{targets} end\n"
        );
        for at in 1..=blocks.len() {
            let count = self.stream.between(1, 3);
            code += &self.statements(count);
            let number = self.stream.below(blocks.len());
            if self.stream.percent(50) {
                let number = if self.stream.percent(70) {
                    format!("(i32.const {number})")
                } else {
                    self.value(Value::I32, false, 1)
                };
                code += &format!(
                    "    (if (local.tee {counter} (i32.sub (local.get {counter}) (i32.const 1))) (then (local.set 0 {number})(br {again})))\n"
                );
            }
            if at < blocks.len() {
                code += "    end\n";
            }
        }
        code + "    end\n"
    }

    /// A branch out of a block, or a return.
    fn leap(&mut self) -> String {
        let condition = self.condition(1);
        let labels: Vec<_> = self.labels.iter().filter(|label| !label.loops).collect();
        match self.stream.pick_any(&labels).map(|label| (*label).clone()) {
            Some(label) => {
                let tidy = self.stream.percent(70);
                let values = self.operands(&label.types, tidy, 1);
                let drops = "(drop)".repeat(label.types.len());
                format!("{values}(br_if {} {condition}){drops}", label.name)
            }
            None => {
                let results = self.plan.ty(self.function).results.clone();
                let values = self.operands(&results, false, 1);
                let name = self.name();
                format!("(if {name} {condition} (then {values}(return)))")
            }
        }
    }

    fn tail_call(&mut self) -> String {
        let results = self.plan.ty(self.function).results.clone();
        let condition = self.condition(1);
        let same = |callee: &usize| self.plan.ty(*callee).results == results;
        let callees: Vec<usize> = self.callees().into_iter().filter(same).collect();
        let name = self.name();
        let code = match self.stream.pick_any(&callees).copied() {
            Some(callee) if self.stream.percent(65) => self.call(callee, 1).0,
            _ => match self.indirect(1) {
                Some((code, ty)) if self.plan.types[ty].results == results => code,
                _ => return self.direct_call(),
            },
        };
        let code = code.replacen("(call", "(return_call", 1);
        format!("(if {name} {condition} (then {code}))")
    }

    /// Code behind a return, where a call may take its arguments from nowhere.
    fn unreached(&mut self) -> String {
        let callees = self.callees();
        let Some(callee) = self.stream.pick_any(&callees).copied() else {
            return "(nop)".to_owned();
        };
        let results = self.plan.ty(self.function).results.clone();
        let values = self.operands(&results, false, 0);
        let condition = self.condition(1);
        let name = self.name();
        format!("(if {name} {condition} (then {values}(return)(call $f{callee})(unreachable)))")
    }

    /// Statements in which something may be thrown, and what comes of it.
    fn attempt(&mut self) -> String {
        let (out, handler) = (self.name(), self.name());
        let code = self.some(&out);
        let sneaky = !self.kept_tidy();
        let local = self.local(Value::I32, sneaky);
        let kept = match local {
            Some(local) => format!("(local.set {local})"),
            None => "(drop)".to_owned(),
        };
        match self.stream.below(4) {
            0 => {
                format!("(block {out} (block {handler} (try_table (catch_all {handler})\n{code})))")
            }
            1 => {
                let held = self.condition(0);
                let again = self.name();
                format!(
                    "(block {out} (block {handler} (result i32 exnref) (try_table (catch_ref $narrow {handler})\n{code})\
                     (br {out}))(local.set $caught){kept}\
                     (if {again} {held} (then (throw_ref (local.get $caught)))))"
                )
            }
            _ => format!(
                "(block {out} (block {handler} (result i32) (try_table (catch $narrow {handler})\n{code})\
                 (br {out})){kept})"
            ),
        }
    }

    fn thrown(&mut self) -> String {
        let (name, condition) = (self.name(), self.condition(1));
        let (tag, ty) = *self
            .stream
            .pick(&[("$narrow", Value::I32), ("$wide", Value::I64)]);
        let tidy = self.plan.functions[self.function].manner == Manner::Tidy;
        let value = self.value(ty, tidy, 1);
        format!("(if {name} {condition} (then (throw {tag} {value})))")
    }
}

/// Whether what is of one type is of the other too.
fn is_a(have: Value, want: Value) -> bool {
    have == want || (want == Value::Func && matches!(have, Value::Typed(_)))
}
