//! A check of conditions against the facts' schema: every name exists, and nothing is compared with what it can never equal.

use std::collections::BTreeSet;

use cel::common::ast::{
    CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, SelectExpr, operators,
};

use crate::source::did_you_mean;

use super::schema::{Kind, Schema};
use super::value::Type;

/// The deepest expression tree.
const MAX_DEPTH: usize = 64;

/// What is wrong, at which node.
pub(super) struct Fault {
    pub id: u64,
    pub message: String,
    pub help: Option<String>,
}

/// What the checker knows of an expression: a type, null, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Null,
    Of(Type),
    /// Of this type, or null.
    Maybe(Type),
    Any,
}

/// Checks a whole condition: it must be a bool.
pub(super) fn check(root: &IdedExpr, kind: &Kind, schema: &Schema, params: &[&str]) -> Vec<Fault> {
    let mut checker = Checker {
        kind,
        schema,
        params,
        bound: BTreeSet::new(),
        count: None,
        faults: Vec::new(),
    };
    let known = checker.visit(root, 0);
    checker.want(Type::Bool, known, root.id, "a condition");
    checker.faults
}

struct Checker<'a> {
    kind: &'a Kind,
    schema: &'a Schema,
    params: &'a [&'a str],
    bound: BTreeSet<String>,
    /// What a loop counts in: `exists_one`.
    count: Option<String>,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn fault(&mut self, id: u64, message: String, help: Option<String>) -> Known {
        self.faults.push(Fault { id, message, help });
        Known::Any
    }

    fn want(&mut self, want: Type, known: Known, id: u64, what: &str) {
        if let Known::Of(found) | Known::Maybe(found) = known
            && found != want
        {
            self.fault(id, format!("{what} must be {want}, this is {found}"), None);
        }
    }

    fn visit(&mut self, expr: &IdedExpr, depth: usize) -> Known {
        if depth > MAX_DEPTH {
            return self.fault(
                expr.id,
                "the condition is nested too deeply".to_owned(),
                None,
            );
        }
        match &expr.expr {
            Expr::Literal(literal) => literal_type(literal),
            Expr::Ident(name) => self.ident(name, expr.id),
            Expr::Select(select) => self.select(select, expr.id, depth),
            Expr::Call(call) => self.call(call, expr.id, depth),
            Expr::List(list) => {
                for element in &list.elements {
                    self.visit(element, depth + 1);
                }
                Known::Of(Type::List)
            }
            Expr::Comprehension(loop_) => self.comprehension(loop_, expr.id, depth),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => self.fault(
                expr.id,
                "maps and structs have no use in a condition".to_owned(),
                None,
            ),
        }
    }

    fn ident(&mut self, name: &str, id: u64) -> Known {
        if self.bound.contains(name) {
            return Known::Any;
        }
        let roots = ["it", "module", "policy", "param"];
        if roots.contains(&name) {
            return self.fault(
                id,
                format!("`{name}` is not a value by itself"),
                Some(format!("name one of its fields: `{name}.…`")),
            );
        }
        self.fault(
            id,
            format!("nothing is called `{name}`"),
            did_you_mean(name, roots),
        )
    }

    fn select(&mut self, select: &SelectExpr, id: u64, depth: usize) -> Known {
        let root = match &select.operand.expr {
            Expr::Ident(name) if !self.bound.contains(name) => name.as_str(),
            _ => {
                self.visit(&select.operand, depth + 1);
                return self.fault(
                    id,
                    "only `it`, `module`, `policy` and `param` have fields".to_owned(),
                    None,
                );
            }
        };
        let kind = match root {
            "it" => self.kind,
            "module" if self.schema.without_module.contains(&self.kind.name) => {
                let message = format!(
                    "a rule over `{}` is judged without a module",
                    self.kind.name
                );
                return self.fault(id, message, None);
            }
            "module" => self.schema.module,
            "policy" => self.schema.policy,
            "param" if self.params.contains(&select.field.as_str()) => return Known::Of(Type::Int),
            "param" => {
                let help = did_you_mean(&select.field, self.params.iter().copied());
                return self.fault(
                    id,
                    format!("the rule has no parameter `{}`", select.field),
                    help,
                );
            }
            _ => return self.ident(root, select.operand.id),
        };
        match kind.field(&select.field) {
            Some((_, field)) if field.ty == Type::List && !self.bound.is_empty() => self.fault(
                id,
                "a list inside a loop".to_owned(),
                Some("write two rules".to_owned()),
            ),
            Some((_, field)) if field.nullable => Known::Maybe(field.ty),
            Some((_, field)) => Known::Of(field.ty),
            None => {
                let help = did_you_mean(&select.field, kind.fields.iter().map(|field| field.name));
                self.fault(
                    id,
                    format!("`{root}` has no field `{}`", select.field),
                    help,
                )
            }
        }
    }

    fn call(&mut self, call: &CallExpr, id: u64, depth: usize) -> Known {
        let mut known: Vec<Known> = Vec::new();
        if let Some(target) = &call.target {
            known.push(self.visit(target, depth + 1));
        }
        for argument in &call.args {
            known.push(self.visit(argument, depth + 1));
        }
        let one = |at: usize| known.get(at).copied().unwrap_or(Known::Any);
        match call.func_name.as_str() {
            operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT => {
                for at in 0..known.len() {
                    self.want(Type::Bool, one(at), id, "an operand of `&&`, `||` or `!`");
                }
                Known::Of(Type::Bool)
            }
            operators::EQUALS
            | operators::NOT_EQUALS
            | operators::LESS
            | operators::LESS_EQUALS
            | operators::GREATER
            | operators::GREATER_EQUALS => {
                self.comparable(one(0), one(1), id);
                Known::Of(Type::Bool)
            }
            operators::IN | operators::NOT_STRICTLY_FALSE => Known::Of(Type::Bool),
            operators::CONDITIONAL if one(1) == one(2) => one(1),
            operators::CONDITIONAL => Known::Any,
            operators::ADD => self.sum(call, &known, id),
            operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE | operators::MODULO => {
                one(0)
            }
            "startsWith" | "endsWith" | "contains" => {
                self.want(Type::Text, one(0), id, "the text before the dot");
                self.want(Type::Text, one(1), id, "the argument");
                Known::Of(Type::Bool)
            }
            "size" => Known::Of(Type::Int),
            other => {
                let help = did_you_mean(
                    other,
                    [
                        "startsWith",
                        "endsWith",
                        "contains",
                        "size",
                        "all",
                        "exists",
                    ],
                );
                self.fault(id, format!("conditions have no function `{other}`"), help)
            }
        }
    }

    /// Numbers add up; texts and lists would grow, and with each step of a loop grow again.
    fn sum(&mut self, call: &CallExpr, known: &[Known], id: u64) -> Known {
        let number = |(argument, known): (&IdedExpr, &Known)| match known {
            Known::Of(found) | Known::Maybe(found) => *found == Type::Int,
            Known::Null => false,
            Known::Any => {
                matches!(&argument.expr, Expr::Ident(name) if self.count.as_ref() == Some(name))
            }
        };
        if !call.args.iter().zip(known).all(number) {
            return self.fault(id, "only numbers add up".to_owned(), None);
        }
        Known::Of(Type::Int)
    }

    fn comparable(&mut self, left: Known, right: Known, id: u64) {
        if let (Known::Of(left), Known::Of(right)) = (left, right)
            && left != right
        {
            self.fault(
                id,
                format!("{left} is compared with {right}, so this never holds"),
                None,
            );
        }
        if let (Known::Null, Known::Of(_)) | (Known::Of(_), Known::Null) = (left, right) {
            self.fault(id, "this field is never null".to_owned(), None);
        }
    }

    fn comprehension(&mut self, loop_: &ComprehensionExpr, id: u64, depth: usize) -> Known {
        if !self.bound.is_empty() {
            return self.fault(
                id,
                "a loop inside a loop".to_owned(),
                Some("write two rules".to_owned()),
            );
        }
        if matches!(&loop_.accu_init.expr, Expr::List(_) | Expr::Map(_)) {
            return self.fault(
                id,
                "conditions make no lists".to_owned(),
                Some("use `all` or `exists`".to_owned()),
            );
        }
        self.visit(&loop_.iter_range, depth + 1);
        self.bound = [
            Some(&loop_.iter_var),
            loop_.iter_var2.as_ref(),
            Some(&loop_.accu_var),
        ]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
        if let Expr::Literal(LiteralValue::Int(_)) = &loop_.accu_init.expr {
            self.count = Some(loop_.accu_var.clone());
        }
        for part in [
            &loop_.accu_init,
            &loop_.loop_cond,
            &loop_.loop_step,
            &loop_.result,
        ] {
            self.visit(part, depth + 1);
        }
        self.bound.clear();
        self.count = None;
        Known::Any
    }
}

fn literal_type(literal: &LiteralValue) -> Known {
    match literal {
        LiteralValue::Boolean(_) => Known::Of(Type::Bool),
        LiteralValue::Int(_) => Known::Of(Type::Int),
        LiteralValue::String(_) => Known::Of(Type::Text),
        LiteralValue::Null => Known::Null,
        _ => Known::Any,
    }
}
