//! Calls: what is recorded of those that matter, and what a call leaves behind.

use std::collections::BTreeMap;

use super::bound::{MAX_ARGUMENTS, MAX_ROWS};
use super::context::arity;
use super::effect::Effect;
use super::machine::Machine;
use super::resolve::Kind;
use super::term::{Caller, Known, coarse, combinations};
use super::value::{Id, Key};
use crate::wasm::{CallSite, Tier, Why};

/// A way of calling an import that is followed: what is known within one function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Way {
    /// The import.
    pub(super) import: u32,
    /// The calls from this function to the import's own call site.
    pub(super) sites: Vec<CallSite>,
    /// One a parameter of the import.
    pub(super) arguments: Vec<Known>,
}

/// A way that was found in a function.
pub(super) type Found = Way;

/// Which calls matter.
#[derive(Debug, Default)]
pub(super) struct Interest {
    /// Whether those of imports do, and of which.
    pub(super) imports: Option<Kind>,
    /// Those of functions whose callers tell more.
    pub(super) wrappers: BTreeMap<u32, Vec<Way>>,
}

impl Machine<'_, '_> {
    /// A direct call, whose arguments are on the stack.
    pub(super) fn call(&mut self, function: u32) -> Option<()> {
        let ty = self.context.function(function)?;
        let go = self.context.is_go_call(ty);
        let arity = arity(ty);
        let arguments = self.pop_many(arity.params)?;
        self.record(function, &arguments)?;
        if function >= self.context.module().functions.imported
            && let Some(effect) = self.callees.effect(self.context, function, self.reading)
        {
            return self.take_effect(&effect, &arguments);
        }
        self.pass_on(&arguments)?;
        self.unknown_effect(go, arity.results)
    }

    /// A call of whatever has a type; `callee` says whether one more operand names it.
    pub(super) fn call_unknown(&mut self, ty: u32, callee: bool) -> Option<()> {
        let ty = self.context.ty(ty)?;
        let go = self.context.is_go_call(ty);
        let arity = arity(ty);
        self.pop_many(usize::from(callee))?;
        let arguments = self.pop_many(arity.params)?;
        self.pass_on(&arguments)?;
        self.unknown_effect(go, arity.results)
    }

    /// Whoever is given an address may write there.
    fn pass_on(&mut self, arguments: &[Id]) -> Option<()> {
        for argument in arguments {
            let spot = self.values.split(*argument);
            if spot.0.is_some() {
                self.write_from(spot)?;
            }
        }
        Some(())
    }

    /// Results are unknown; by Go's convention the return address is popped, and the frame may have been written.
    fn unknown_effect(&mut self, go: bool, results: usize) -> Option<()> {
        self.spend(results).ok()?;
        self.push_unknown(results, Why::Computed);
        let mut state = self.state.take()?;
        if self.context.go {
            self.drop_frame(&mut state);
        }
        if go {
            let pointer = state.global(&mut self.values, self.context, 0);
            let popped = self.values.moved(pointer, 8);
            state.set_global(&mut self.values, 0, popped);
        }
        self.state = Some(state);
        Some(())
    }

    /// What a called function is known to do.
    fn take_effect(&mut self, effect: &Effect, arguments: &[Id]) -> Option<()> {
        if !effect.returns {
            self.state = None;
            return Some(());
        }
        if effect.scatters {
            self.pass_on(arguments)?;
        }
        let mut state = self.state.clone()?;
        if effect.scatters && self.context.go {
            self.drop_frame(&mut state);
        }
        let mut caller = Caller {
            values: &mut self.values,
            context: self.context,
            state: &state,
            arguments,
        };
        let rows: Vec<Vec<Id>> = effect
            .rows
            .iter()
            .map(|row| row.iter().map(|known| caller.value(known)).collect())
            .collect();
        let spots: Vec<Id> = effect
            .places
            .iter()
            .map(|(place, _)| caller.value(place))
            .collect();
        let forgotten: Vec<Id> = effect
            .stale
            .iter()
            .map(|place| caller.value(place))
            .collect();
        let key = Key::Returned(self.offset);
        let mut together = (0..effect.width()).map(|index| {
            let all: Vec<Id> = rows
                .iter()
                .filter_map(|row| row.get(index).copied())
                .collect();
            (all.len() == rows.len()).then_some(all)
        });
        let mut merged = Vec::with_capacity(effect.width());
        for all in &mut together {
            merged.push(self.values.choice(key, &all?));
        }
        let mut merged = merged.into_iter();
        self.stack.extend(merged.by_ref().take(effect.results));
        for global in &effect.globals {
            let value = merged.next()?;
            state.set_global(&mut self.values, *global, value);
        }
        self.state = Some(state);
        for address in forgotten {
            let spot = self.values.split(address);
            self.write_from(spot)?;
        }
        for (address, (_, width)) in spots.into_iter().zip(&effect.places) {
            let spot = self.values.split(address);
            self.write(spot, *width, merged.next()?)?;
        }
        self.spend(effect.rows.len().saturating_mul(effect.width()))
            .ok()
    }

    /// Notes a call that matters.
    fn record(&mut self, function: u32, arguments: &[Id]) -> Option<()> {
        if function < self.context.module().functions.imported {
            let kind = self.context.kind(function);
            if kind.is_some() && kind == self.interest.imports {
                let arguments = arguments.get(..arguments.len().min(MAX_ARGUMENTS))?;
                self.note(function, &[], arguments)?;
            }
            return Some(());
        }
        let Some(ways) = self.interest.wrappers.get(&function) else {
            return Some(());
        };
        for way in ways {
            let state = self.state.as_ref()?;
            let mut caller = Caller {
                values: &mut self.values,
                context: self.context,
                state,
                arguments,
            };
            let values: Vec<Id> = way
                .arguments
                .iter()
                .map(|known| caller.value(known))
                .collect();
            self.note(way.import, &way.sites, &values)?;
        }
        Some(())
    }

    fn note(&mut self, import: u32, further: &[CallSite], arguments: &[Id]) -> Option<()> {
        let site = CallSite {
            caller: self.function,
            offset: self.offset as usize,
        };
        let sites: Vec<CallSite> = [site].into_iter().chain(further.iter().copied()).collect();
        let parts: usize = arguments.iter().map(|id| self.values.parts(*id)).sum();
        let rows = combinations(&self.values, arguments, MAX_ROWS)
            .unwrap_or_else(|| vec![coarse(&self.values, arguments)]);
        self.spend(parts.saturating_mul(rows.len().saturating_mul(2)) + 1)
            .ok()?;
        let floor = match self.dispatcher() {
            Some(_) => Tier::Recovered,
            None => Tier::Proved,
        };
        for mut arguments in rows {
            for known in &mut arguments {
                known.tier = known.tier.max(floor);
            }
            let sites = sites.clone();
            self.found.push(Way {
                import,
                sites,
                arguments,
            });
        }
        Some(())
    }
}
