//! What an evaluation costs, told before it is made: a user's rule is judged on each of up to 20,000 things, and can go through
//! lists that a policy makes as long as it likes.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use cel::common::ast::{Expr, IdedExpr};

use super::condition::Scope;
use super::value::Value;

/// What an evaluation costs before its first node.
const START: u64 = 8;

/// Steps of which evaluations may still take some. A step is a node of an expression that is visited, an item of a list that is
/// named, or 64 bytes of a text: 50 to 100 ns. One judgement counts in one thread; `cel` wants its variables to be shareable.
#[derive(Debug)]
pub struct Steps(AtomicU64);

impl Steps {
    /// So many.
    pub fn new(most: u64) -> Self {
        Self(AtomicU64::new(most))
    }

    /// How many are left; none once an evaluation was refused.
    pub fn left(&self) -> u64 {
        self.0.load(Relaxed)
    }

    /// Takes some; `false` if there are not so many left, and then there are none.
    pub(super) fn take(&self, steps: u64) -> bool {
        let taken = self
            .0
            .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(steps));
        if taken.is_err() {
            self.0.store(0, Relaxed);
        }
        taken.is_ok()
    }
}

/// How much there is in a value to go through, in steps.
pub(super) fn bulk(value: &Value) -> u64 {
    let text = |text: &String| text.len() as u64 / 64;
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) => 0,
        Value::Text(one) => text(one),
        Value::List(items) => items.iter().map(|item| 1 + text(item)).sum(),
    }
}

/// What the evaluations of one expression cost.
#[derive(Debug)]
pub(super) struct Weight {
    /// All but what is in loops.
    once: Part,
    /// What is gone through, and what is done with each item. Loops do not nest, and name no lists ([`super::types`]).
    loops: Vec<(Part, Part)>,
}

/// Nodes, and the values that they name: a root and its field.
#[derive(Debug, Default)]
struct Part {
    nodes: u64,
    fields: Vec<(String, String)>,
}

impl Weight {
    /// Of an expression.
    pub(super) fn of(expression: &IdedExpr) -> Self {
        let mut loops = Vec::new();
        let mut once = Part::default();
        once.visit(expression, &mut loops);
        Self { once, loops }
    }

    /// The steps of an evaluation in this scope: never fewer than it takes.
    pub(super) fn steps(&self, scope: &Scope<'_>) -> u64 {
        let rounds = |(range, body): &(Part, Part)| {
            let range = range.steps(scope);
            range.saturating_mul(body.steps(scope).saturating_add(1))
        };
        let loops = self.loops.iter().map(rounds);
        let once = self.once.steps(scope).saturating_add(START);
        loops.fold(once, u64::saturating_add)
    }
}

impl Part {
    fn steps(&self, scope: &Scope<'_>) -> u64 {
        let fields = self.fields.iter();
        let bulk = fields.map(|(root, field)| match root.as_str() {
            "it" => scope.it.bulk(field),
            "module" => scope.module.bulk(field),
            "policy" => scope.policy.bulk(field),
            _ => 0,
        });
        bulk.fold(self.nodes, u64::saturating_add)
    }

    fn visit(&mut self, expression: &IdedExpr, loops: &mut Vec<(Self, Self)>) {
        self.nodes += 1;
        match &expression.expr {
            Expr::Select(select) => match &select.operand.expr {
                Expr::Ident(root) => self.fields.push((root.clone(), select.field.clone())),
                _ => self.visit(&select.operand, loops),
            },
            Expr::Call(call) => {
                let parts = call.target.iter().map(|target| &**target);
                parts
                    .chain(&call.args)
                    .for_each(|part| self.visit(part, loops));
            }
            Expr::List(list) => {
                for element in &list.elements {
                    self.visit(element, loops);
                }
            }
            Expr::Comprehension(each) => {
                let (mut range, mut body) = (Self::default(), Self::default());
                range.visit(&each.iter_range, loops);
                for part in [
                    &each.accu_init,
                    &each.loop_cond,
                    &each.loop_step,
                    &each.result,
                ] {
                    body.visit(part, loops);
                }
                loops.push((range, body));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::condition::{Params, Record};
    use super::super::schema::{Field, Kind};
    use super::super::value::Type;
    use super::*;

    const fn field(name: &'static str, ty: Type) -> Field {
        Field {
            name,
            ty,
            nullable: false,
            doc: "",
        }
    }

    static KIND: Kind = Kind {
        name: "thing",
        doc: "",
        fields: &[field("name", Type::Text), field("list", Type::List)],
    };

    fn steps(source: &str, name: usize, list: usize) -> u64 {
        let program = cel::Program::compile(source).unwrap();
        let values = vec![
            Value::Text("n".repeat(name)),
            Value::List(vec!["item".to_owned(); list]),
        ];
        let it = Record::new(&KIND, values);
        let none = Record::new(&KIND, Vec::new());
        let scope = Scope {
            it: &it,
            module: &none,
            policy: &none,
            params: &Params::new(BTreeMap::new()),
            steps: &Steps::new(0),
        };
        Weight::of(program.expression()).steps(&scope)
    }

    #[test]
    fn an_evaluation_costs_its_nodes_and_what_they_name() {
        assert_eq!(steps("true", 0, 0), 8 + 1);
        assert_eq!(steps("it.name == 'a'", 0, 0), 8 + 3);
        assert_eq!(steps("it.name == 'a'", 6400, 0), 8 + 103);
        assert_eq!(steps("'a' in it.list", 0, 1000), 8 + 1003);
    }

    #[test]
    fn a_loop_costs_its_body_for_each_item() {
        let one = steps("it.list.exists(a, a == it.name)", 0, 1);
        let thousand = steps("it.list.exists(a, a == it.name)", 0, 1000);
        assert!(thousand > 900 * (one - START) / 3, "{one} {thousand}");
        let long = steps("it.list.exists(a, a == it.name)", 64_000, 1000);
        assert!(long > 1000 * 1000, "{long}");
        let literal = steps("['a', 'b', 'c'].exists(a, a == 'd')", 0, 0);
        assert!(literal > 3 * 5, "{literal}");
    }

    #[test]
    fn steps_that_are_not_there_are_not_taken_and_end_all() {
        let steps = Steps::new(10);
        assert!(steps.take(4));
        assert_eq!(steps.left(), 6);
        assert!(!steps.take(7));
        assert!(!steps.take(1));
        assert_eq!(steps.left(), 0);
    }
}
