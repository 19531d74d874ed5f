//! What one argument is in one way of calling, in terms of what its function was called with: what is left of a value when
//! all choices are made.

use super::context::Context;
use super::operation::Operation;
use super::state::State;
use super::value::{Id, Key, Kind, Values};
use crate::wasm::{Argument, Tier, Why};

/// An expression over parameters, globals and memory at a function's entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Term {
    /// An integer.
    Constant(i64),
    /// Anything.
    Unknown(Why),
    /// A parameter.
    Parameter(u32),
    /// A mutable global.
    Global(u32),
    /// Bytes of memory: address and how many.
    Load(Box<Term>, u8),
    /// An operation's result; a unary one has zero for its second operand. None of the operands is [`Term::Unknown`].
    Apply(Operation, Box<(Term, Term)>),
}

/// A term, and how it is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Known {
    /// The expression.
    pub(super) term: Term,
    /// How firmly it holds.
    pub(super) tier: Tier,
}

impl Term {
    /// Whether callers can tell more.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self, Self::Constant(_) | Self::Unknown(_))
    }

    /// Why nothing is known, if that is so for whatever a caller does.
    fn lack(&self) -> Option<Why> {
        match self {
            Self::Unknown(why) => Some(*why),
            _ => None,
        }
    }
}

impl Known {
    /// Nothing is known.
    pub(super) fn unknown(why: Why) -> Self {
        Self {
            term: Term::Unknown(why),
            tier: Tier::Proved,
        }
    }

    /// As an argument, where no caller tells more.
    pub(super) fn argument(&self, context: &Context<'_>, why: Why) -> Argument {
        match &self.term {
            Term::Constant(value) => Argument::Constant {
                value: *value,
                tier: self.tier,
            },
            Term::Unknown(why) => Argument::Unknown(*why),
            Term::Global(index) => match context.module().globals.get(*index as usize) {
                Some(global) if !global.imported && global.constant.is_some() => {
                    Argument::Constant {
                        value: global.constant.unwrap_or_default(),
                        tier: Tier::Recovered,
                    }
                }
                _ => Argument::Unknown(Why::Computed),
            },
            Term::Load(..) => Argument::Unknown(Why::Memory),
            Term::Parameter(_) | Term::Apply(..) => Argument::Unknown(why),
        }
    }
}

/// Choices that are made, by key.
type Choices = Vec<(Key, usize)>;

/// A choice that is yet to be made: its key, and among how many.
struct Undecided(Key, usize);

/// The combinations of some values, each once; `None` if there are more than `most`.
pub(super) fn combinations(values: &Values, ids: &[Id], most: usize) -> Option<Vec<Vec<Known>>> {
    let mut rows: Vec<Vec<Known>> = Vec::new();
    let mut pending: Vec<Choices> = vec![Vec::new()];
    let mut tries = 0;
    while let Some(choices) = pending.pop() {
        tries += 1;
        let mut chooser = Chooser {
            values,
            choices: &choices,
            weak: Vec::new(),
        };
        match chooser.row(ids) {
            Ok(row) if rows.contains(&row) => {}
            Ok(row) => rows.push(row),
            Err(Undecided(key, count)) => pending.extend((0..count).rev().map(|index| {
                let mut more = choices.clone();
                more.push((key, index));
                more
            })),
        }
        if tries > most * 4 || rows.len() > most {
            return None;
        }
    }
    rows.sort_unstable();
    Some(rows)
}

/// The one row that stands for all of too many: what is no constant is unknown.
pub(super) fn coarse(values: &Values, ids: &[Id]) -> Vec<Known> {
    let one = |id: &Id| match values.kind(*id) {
        Kind::Constant(value) => Known {
            term: Term::Constant(*value),
            tier: values.tier(*id),
        },
        _ => Known::unknown(Why::Bounded),
    };
    ids.iter().map(one).collect()
}

/// Values under choices that are made.
struct Chooser<'c> {
    values: &'c Values,
    choices: &'c Choices,
    /// The choices by weak keys, by their places in `choices`, each as often as it was met.
    weak: Vec<usize>,
}

impl Chooser<'_> {
    /// The combination. What belongs together by a weak key alone is no better than recovered: even one and the same choice
    /// may have been made at two times.
    fn row(&mut self, ids: &[Id]) -> Result<Vec<Known>, Undecided> {
        let mut row = Vec::with_capacity(ids.len());
        let mut spans = Vec::with_capacity(ids.len());
        for id in ids {
            let from = self.weak.len();
            row.push(self.known(*id)?);
            spans.push(from..self.weak.len());
        }
        let mut met = vec![0_usize; self.choices.len()];
        for at in &self.weak {
            if let Some(count) = met.get_mut(*at) {
                *count += 1;
            }
        }
        for (known, span) in row.iter_mut().zip(spans) {
            let own = self.weak.get(span).unwrap_or_default();
            if own.iter().any(|at| met.get(*at) > Some(&1)) {
                known.tier = Tier::Recovered;
            }
        }
        Ok(row)
    }

    /// One value. As deep as an expression may be.
    fn known(&mut self, id: Id) -> Result<Known, Undecided> {
        let tier = self.values.tier(id);
        let plain = |term| Ok(Known { term, tier });
        match self.values.kind(id) {
            Kind::Constant(value) => plain(Term::Constant(*value)),
            Kind::Opaque(_, why) => Ok(Known::unknown(*why)),
            Kind::Parameter(index) => plain(Term::Parameter(*index)),
            Kind::Global(index) => plain(Term::Global(*index)),
            Kind::Load(address, width) => {
                let address = self.known(*address)?.term;
                if address.lack().is_some() {
                    return Ok(Known::unknown(Why::Memory));
                }
                Ok(Known {
                    term: Term::Load(Box::new(address), *width),
                    tier: Tier::Recovered,
                })
            }
            Kind::Apply(operation, a, b) => {
                let a = self.known(*a)?;
                let b = if operation.is_unary() {
                    Known {
                        term: Term::Constant(0),
                        tier: a.tier,
                    }
                } else {
                    self.known(*b)?
                };
                let tier = tier.max(a.tier).max(b.tier);
                Ok(apply(*operation, a.term, b.term, tier))
            }
            Kind::Choice(key, among) => self.choice(id, *key, among),
        }
    }

    fn choice(&mut self, id: Id, key: Key, among: &[Id]) -> Result<Known, Undecided> {
        let mut made = self.choices.iter().enumerate();
        let made = made.find(|(_, (made, _))| *made == key);
        let Some((at, (_, index))) = made else {
            return Err(Undecided(key, among.len()));
        };
        if key.is_weak() {
            self.weak.push(at);
        }
        let Some(one) = among.get(*index) else {
            return Ok(Known::unknown(Why::Bounded));
        };
        let mut known = self.known(*one)?;
        known.tier = known.tier.max(self.values.tier(id));
        Ok(known)
    }
}

/// Unknown as a whole where an operand is unknown to every caller.
fn apply(operation: Operation, a: Term, b: Term, tier: Tier) -> Known {
    if let Some(why) = a.lack().or_else(|| b.lack()) {
        return Known::unknown(why);
    }
    let term = match (a, b) {
        (Term::Constant(x), Term::Constant(y)) => Term::Constant(operation.evaluate(x, y)),
        operands => Term::Apply(operation, Box::new(operands)),
    };
    Known { term, tier }
}

/// A function's terms where it is called.
pub(super) struct Caller<'c, 'a> {
    /// The caller's values.
    pub(super) values: &'c mut Values,
    /// The module.
    pub(super) context: &'c Context<'a>,
    /// What the caller knows right before the call.
    pub(super) state: &'c State,
    /// What it calls with.
    pub(super) arguments: &'c [Id],
}

impl Caller<'_, '_> {
    /// The value of a term.
    pub(super) fn value(&mut self, known: &Known) -> Id {
        let id = self.of(&known.term);
        self.values.with(id, known.tier)
    }

    fn of(&mut self, term: &Term) -> Id {
        match term {
            Term::Constant(value) => self.values.integer(*value, Tier::Proved),
            Term::Unknown(why) => self.values.fresh(*why),
            Term::Parameter(index) => match self.arguments.get(*index as usize) {
                Some(id) => *id,
                None => self.values.fresh(Why::Bounded),
            },
            Term::Global(index) => self.state.global(self.values, self.context, *index),
            Term::Load(address, width) => {
                let address = self.of(address);
                self.state
                    .memory
                    .load(self.values, self.context, address, *width)
            }
            Term::Apply(operation, operands) => {
                let a = self.of(&operands.0);
                let b = if operation.is_unary() {
                    a
                } else {
                    self.of(&operands.1)
                };
                self.values.apply(*operation, a, b)
            }
        }
    }
}
