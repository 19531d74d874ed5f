//! From the imports' own callers up through wrappers, in rounds: each round interprets the callers of the functions whose
//! arguments the round before left open.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashSet;

use super::bound::{MAX_DEPTH, MAX_HOST_STEPS, MAX_OPEN, MAX_SCANNED, MAX_WASI_STEPS};
use super::call::{Interest, Way};
use super::context::Context;
use super::effect::{Callees, Reading};
use super::machine::Machine;
use super::term::Known;
use crate::wasm::reach::Graph;
use crate::wasm::{Argument, Call, MAX_CALLS, Why};

/// What is known of the calls of one import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Calls {
    /// The ways of calling it, in order, each once.
    pub(super) calls: Vec<Call>,
    /// Why there may be others.
    pub(super) others: Option<Why>,
}

/// Whose functions are imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// WASI's.
    Wasi,
    /// The host's own.
    Host,
}

/// The rounds' state, for the imports of one kind.
pub(super) struct Resolution<'r, 'a> {
    context: &'r Context<'a>,
    graph: &'r Graph,
    callees: Callees,
    kind: Kind,
    /// What was found of each imported function; `None` for those of the other kind.
    imports: Vec<Option<Found>>,
    seen: HashSet<(u32, Way)>,
    scanned: usize,
}

/// What was found of one import.
#[derive(Default)]
struct Found {
    calls: BTreeSet<Call>,
    others: Option<Why>,
}

/// Ways that callers tell more of, by function.
type Open = BTreeMap<u32, Vec<Way>>;

impl<'r, 'a> Resolution<'r, 'a> {
    /// Of a module and its graph, before anything is known.
    pub(super) fn new(context: &'r Context<'a>, graph: &'r Graph, kind: Kind) -> Self {
        let imported = context.module().functions.imported;
        let found = |import| {
            let calls = BTreeSet::new();
            let others = graph.entered(import);
            (context.kind(import) == Some(kind)).then_some(Found { calls, others })
        };
        Self {
            context,
            graph,
            callees: Callees::of(kind.steps()),
            kind,
            imports: (0..imported).map(found).collect(),
            seen: HashSet::new(),
            scanned: 0,
        }
    }

    /// Follows all calls of the imports; `None` for those of the other kind.
    pub(super) fn run(mut self) -> Vec<Option<Calls>> {
        let mut open = self.first();
        for _ in 0..MAX_DEPTH {
            if open.is_empty() {
                break;
            }
            open = self.round(open);
        }
        for way in open.into_values().flatten() {
            self.close(way, Why::Bounded);
        }
        let finish = |found: Option<Found>| found.map(Found::finish);
        self.imports.into_iter().map(finish).collect()
    }

    /// The functions that call the imports directly.
    fn first(&mut self) -> Open {
        let mut callers: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for import in (0..).zip(&self.imports).filter_map(own) {
            for site in self.graph.callers(import) {
                callers.entry(site.caller).or_default().push(import);
            }
        }
        let interest = Interest {
            imports: Some(self.kind),
            wrappers: BTreeMap::new(),
        };
        let mut open = Open::new();
        for caller in self.by_size(callers.keys().copied().collect()) {
            let Some(ways) = self.interpret(caller, &interest) else {
                for import in callers.get(&caller).into_iter().flatten() {
                    self.bounded(*import);
                }
                continue;
            };
            self.sort_out(caller, ways, &mut open);
        }
        open
    }

    /// The callers of functions that left arguments open.
    fn round(&mut self, open: Open) -> Open {
        let mut callers: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (function, ways) in &open {
            if let Some(why) = self.graph.entered(*function) {
                let why = if why == Why::Exported {
                    Why::Computed
                } else {
                    why
                };
                for way in ways {
                    self.close(way.clone(), why);
                }
            }
            for site in self.graph.callers(*function) {
                callers.entry(site.caller).or_default().push(*function);
            }
        }
        let interest = Interest {
            imports: None,
            wrappers: open,
        };
        let mut next = Open::new();
        for caller in self.by_size(callers.keys().copied().collect()) {
            if let Some(ways) = self.interpret(caller, &interest) {
                self.sort_out(caller, ways, &mut next);
                continue;
            }
            for wrapper in callers.get(&caller).into_iter().flatten() {
                for way in interest.wrappers.get(wrapper).into_iter().flatten() {
                    self.close(way.clone(), Why::Bounded);
                }
            }
        }
        next
    }

    /// Small functions first, so that large ones cost only themselves when a bound is reached.
    fn by_size(&self, functions: Vec<u32>) -> Vec<u32> {
        let mut functions: Vec<u32> = functions
            .into_iter()
            .filter(|function| self.graph.is_reached(*function))
            .collect();
        functions.sort_by_key(|function| (self.context.size(*function), *function));
        functions
    }

    fn interpret(&mut self, function: u32, interest: &Interest) -> Option<Vec<Way>> {
        let size = self.context.size(function);
        let scanned = self.scanned.saturating_add(size);
        if scanned > MAX_SCANNED || !self.callees.spend(0) {
            return None;
        }
        self.scanned = scanned;
        let machine = Machine::run(
            self.context,
            &mut self.callees,
            interest,
            function,
            Reading::default(),
        );
        machine.ok().map(|machine| machine.found)
    }

    /// What is known is kept; what callers tell more of is left open.
    fn sort_out(&mut self, caller: u32, ways: Vec<Way>, open: &mut Open) {
        for way in ways {
            let is_open = way.arguments.iter().any(|known| known.term.is_open());
            if !is_open {
                self.close(way, Why::Computed);
                continue;
            }
            if self.is_repeated(caller, &way) {
                continue;
            }
            let list = open.entry(caller).or_default();
            if list.len() < MAX_OPEN {
                list.push(way);
            } else {
                self.bounded(way.import);
            }
        }
    }

    /// Whether a function calls itself with what it was called with: that its callers tell of one way holds for the other.
    fn is_repeated(&mut self, caller: u32, way: &Way) -> bool {
        let recursive = way
            .sites
            .get(1..)
            .is_some_and(|further| further.iter().any(|site| site.caller == caller));
        let short = Way {
            import: way.import,
            sites: way.sites.last().copied().into_iter().collect(),
            arguments: way.arguments.clone(),
        };
        let new = self.seen.insert((caller, short));
        recursive && !new
    }

    /// Keeps a way, with what no caller tells more of as unknown.
    fn close(&mut self, way: Way, why: Why) {
        self.keep(way, why);
    }

    fn keep(&mut self, way: Way, why: Why) {
        let context = self.context;
        let Some(Some(found)) = self.imports.get_mut(way.import as usize) else {
            return;
        };
        if found.calls.len() > MAX_CALLS {
            found.others = found.others.or(Some(Why::Bounded));
            return;
        }
        let params = context
            .function(way.import)
            .map_or(0, |ty| ty.params().len());
        let mut arguments: Vec<Argument> = way
            .arguments
            .iter()
            .map(|known: &Known| known.argument(context, why))
            .collect();
        arguments.resize(params, Argument::Unknown(Why::Bounded));
        found.calls.insert(Call {
            sites: way.sites,
            arguments,
        });
    }

    fn bounded(&mut self, import: u32) {
        if let Some(Some(found)) = self.imports.get_mut(import as usize) {
            found.others = found.others.or(Some(Why::Bounded));
        }
    }
}

impl Kind {
    /// By the name of the module that functions are imported from.
    pub(super) fn of(module: &str) -> Self {
        if module.starts_with("wasi") {
            Self::Wasi
        } else {
            Self::Host
        }
    }

    /// The most steps for all of them.
    fn steps(self) -> usize {
        match self {
            Self::Wasi => MAX_WASI_STEPS,
            Self::Host => MAX_HOST_STEPS,
        }
    }
}

/// The index of a function that is followed.
fn own((index, found): (u32, &Option<Found>)) -> Option<u32> {
    found.is_some().then_some(index)
}

impl Found {
    fn finish(self) -> Calls {
        let mut calls: Vec<Call> = self.calls.into_iter().collect();
        let mut others = self.others;
        if calls.len() > MAX_CALLS {
            calls.truncate(MAX_CALLS);
            others = others.or(Some(Why::Bounded));
        }
        Calls { calls, others }
    }
}
