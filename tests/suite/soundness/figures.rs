//! What a run amounted to, and whether it was enough to mean anything.

use std::collections::BTreeMap;
use std::io::Write;

use super::claim::Count;
use super::engine::Record;

/// The figures of one run.
pub struct Figures {
    kind: String,
    collected: bool,
    /// Modules that ran.
    pub modules: u64,
    made: u64,
    invocations: u64,
    calling: u64,
    claims: Count,
    tested: Count,
    with_unreachable: u64,
    with_proved: u64,
    with_tested: u64,
    refusals: BTreeMap<String, u64>,
}

impl Figures {
    /// Before the first module.
    pub fn new(kind: &str, collected: bool) -> Self {
        Self {
            kind: kind.to_owned(),
            collected,
            modules: 0,
            made: 0,
            invocations: 0,
            calling: 0,
            claims: Count::default(),
            tested: Count::default(),
            with_unreachable: 0,
            with_proved: 0,
            with_tested: 0,
            refusals: BTreeMap::new(),
        }
    }

    /// A module ran.
    pub fn ran(&mut self, record: &Record, claims: Count, tested: Count) {
        self.modules += 1;
        self.invocations += record.invocations.len() as u64;
        self.calling += u64::from(!record.invocations.is_empty());
        self.claims.add(claims);
        self.tested.add(tested);
        self.with_unreachable += u64::from(claims.unreachable > 0);
        self.with_proved += u64::from(claims.proved > 0);
        self.with_tested += u64::from(tested.proved > 0);
    }

    /// The engine did not take a module.
    pub fn refused(&mut self, reason: &str) {
        let line = reason.lines().last().unwrap_or_default();
        let words: String = line.chars().filter(|one| !one.is_ascii_digit()).collect();
        *self.refusals.entry(words).or_default() += 1;
    }

    /// So many seeds were tried. A generator that makes next to nothing that runs is a defect.
    pub fn made(&mut self, count: u64) -> Result<(), String> {
        self.made += count;
        let (made, modules) = (self.made, self.modules);
        if made > 1000 && modules * 20 < made {
            return Err(format!("{modules} of {made} run: {:?}", self.refusals));
        }
        Ok(())
    }

    /// Says them.
    pub fn print(&self, next: u64) {
        let Self {
            kind,
            collected,
            modules,
            made,
            invocations,
            calling,
            claims,
            tested,
            ..
        } = self;
        print(&format!(
            "{kind} (collector: {collected}): {modules} of {made} modules ran, {calling} called imports, {invocations} calls; \
             claims: {} unreachable in {} modules, {} proved arguments in {}, {} complete imports; \
             tested: {} proved arguments in {} modules, {} complete imports; next seed {next}",
            claims.unreachable,
            self.with_unreachable,
            claims.proved,
            self.with_proved,
            claims.complete,
            tested.proved,
            self.with_tested,
            tested.complete
        ));
        if std::env::var_os("RINGFENCE_SOUNDNESS").is_some() {
            for (refusal, count) in &self.refusals {
                print(&format!("  {count} times: {refusal}"));
            }
        }
    }

    /// Whether the claims were there to be broken, and the calls to break them. `floors` are in percent of the modules.
    pub fn are_enough(&self, floors: &Floors) -> Result<(), String> {
        let parts = [
            ("call imports", self.calling, floors.calling),
            (
                "have an unreachable import",
                self.with_unreachable,
                floors.unreachable,
            ),
            ("have a proved argument", self.with_proved, floors.proved),
            ("pass a proved argument", self.with_tested, floors.tested),
        ];
        for (what, modules, floor) in parts {
            if modules * 100 < floor * self.modules {
                return Err(format!("{modules} of {} modules {what}", self.modules));
            }
        }
        Ok(())
    }
}

/// In how many of a hundred modules something has to be, for the run to mean anything.
pub struct Floors {
    /// Calls of imports.
    pub calling: u64,
    /// Imports that are claimed to be unreachable.
    pub unreachable: u64,
    /// Arguments whose values are claimed to be all there are.
    pub proved: u64,
    /// Such arguments of imports that were called.
    pub tested: u64,
}

/// A line for who looks.
pub fn print(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
