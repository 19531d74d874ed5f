//! What rules may walk and name: the kinds of facts and their fields. The facts themselves are collected above this layer.

use super::value::Type;

/// One kind of fact, the `over:` of a rule.
#[derive(Debug)]
pub struct Kind {
    /// Its name in rule files.
    pub name: &'static str,
    /// What one such fact stands for.
    pub doc: &'static str,
    /// Its fields, in the order in which facts list their values.
    pub fields: &'static [Field],
}

/// One field of a fact.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Whether it may be null.
    pub nullable: bool,
    /// What it says.
    pub doc: &'static str,
}

/// Everything rules can see.
#[derive(Debug)]
pub struct Schema {
    /// What `over` can name.
    pub kinds: &'static [&'static Kind],
    /// The scalars of `module.…`.
    pub module: &'static Kind,
    /// The scalars of `policy.…`.
    pub policy: &'static Kind,
    /// The kinds that depend on the policy alone: their rules cannot name `module.…`.
    pub without_module: &'static [&'static str],
}

impl Kind {
    /// The field of this name and its position.
    pub fn field(&self, name: &str) -> Option<(usize, &'static Field)> {
        self.fields
            .iter()
            .enumerate()
            .find(|(_, field)| field.name == name)
    }
}

impl Schema {
    /// The kind of this name.
    pub fn kind(&self, name: &str) -> Option<&'static Kind> {
        self.kinds.iter().find(|kind| kind.name == name).copied()
    }
}
