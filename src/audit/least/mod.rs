//! The least policy under which modules still work, made from what their code reaches: a draft for a reviewer, with the reason
//! for each line beside it. It grants nothing of the host's: files are a scratch, variables none.

mod beyond;
mod function;
mod grants;
mod guard;
mod host;
mod imports;
mod limits;
mod need;
mod page;
mod policy;
mod sighted;

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::Policy;
use crate::source::Sources;
use crate::wasm::{Image, Module};

use super::approval_key::ENGINE;
use super::context::{Audit, Ground, Surroundings};
use super::link::Link;
use super::observed::RunRecord;
use super::witness::Witness;

use host::HostNeed;
use need::{ModuleNeed, WasiNeed};
use page::is_sayable;
use sighted::Sighted;

/// The module of WASI that runs.
const PREVIEW1: &str = "wasi_snapshot_preview1";

/// What one or several versions of a plugin need, taken together.
#[derive(Debug, Default)]
pub struct Least {
    module: ModuleNeed,
    wasi: BTreeMap<String, WasiNeed>,
    host: BTreeMap<(String, String), HostNeed>,
    digests: BTreeSet<String>,
    sighted: Option<Sighted>,
}

impl Least {
    /// Of modules with their bytes.
    pub fn of<'m>(
        modules: impl IntoIterator<Item = (&'m Module, &'m [u8])>,
        surroundings: &Surroundings,
    ) -> Self {
        let mut least = Self::default();
        for (module, bytes) in modules {
            least.add(module, bytes, surroundings);
        }
        least
    }

    fn add(&mut self, module: &Module, bytes: &[u8], surroundings: &Surroundings) {
        let (nothing, sources) = (Policy::default(), Sources::default());
        let ground = Ground {
            policy: &nothing,
            judged: false,
            rules: None,
            sources: &sources,
            surroundings,
        };
        let audit = Audit::new(ground, module, bytes, None);
        let (witness, image) = (Witness::new(module), Image::of(module, bytes));
        self.module.add(module);
        self.digests.insert(module.digest());
        let opens = audit.links.iter().any(|link| {
            let opens = link.entry.is_some_and(|entry| entry.opens);
            opens && !link.is_unreachable()
        });
        for link in &audit.links {
            self.import(link, opens, &witness, &image);
        }
    }

    /// `opens`: whether code reaches a function that opens files; without one, streams are all that can be written.
    fn import(&mut self, link: &Link<'_>, opens: bool, witness: &Witness<'_>, image: &Image<'_>) {
        let names = (link.import.module.clone(), link.import.name.clone());
        if !is_sayable(&names.0) || !is_sayable(&names.1) {
            self.module.unsayable = true;
            return;
        }
        if link.is_wasi_function() {
            let need = self.wasi.entry(names.1).or_default();
            need.add(link, opens, witness);
        } else if link.is_host_function() {
            let need = self.host.entry(names);
            need.or_default().add(link, witness, image);
        }
    }

    /// Whether a record is of one of these modules, and of this engine.
    ///
    /// # Errors
    /// What it is of instead, in words that follow its name.
    pub fn takes(&self, record: &RunRecord) -> Result<(), String> {
        if !self.digests.contains(&record.module) {
            return Err(format!(
                "is of the module with sha256 {}, which is none of those that are given",
                record.module
            ));
        }
        if record.engine != ENGINE {
            return Err(format!(
                "was made with {}, and this is {ENGINE}: record anew, as what it counts differs",
                record.engine
            ));
        }
        Ok(())
    }

    /// Narrows the draft by what runs were seen to use: each number is the smaller one, each power is one that the code needs.
    /// `stub_unused` puts what no run called into stubs instead of proposing that.
    ///
    /// # Errors
    /// A module has no record, so that nothing is known of what it uses.
    pub fn narrow(&mut self, records: &[RunRecord], stub_unused: bool) -> Result<(), String> {
        for digest in &self.digests {
            if !records.iter().any(|record| record.module == *digest) {
                return Err(format!(
                    "no record is of the module with sha256 {digest}: give one with --from-run, or leave the module out"
                ));
            }
        }
        self.sighted = Some(Sighted::of(records, stub_unused));
        Ok(())
    }

    /// What runs used and the draft does not grant, a sentence each.
    pub fn beyond(&self) -> Vec<String> {
        beyond::all(self)
    }

    /// The policy as text, under a name.
    pub fn text(&self, name: &str) -> String {
        policy::text(self, name)
    }

    /// Whether reachable code needs a capability.
    fn needs(&self, capability: &str) -> bool {
        let opens = self.opens();
        let mut reached = self
            .wasi
            .iter()
            .filter(|(name, need)| self.is_kept(name, need));
        reached.any(|(_, need)| need.given(opens).any(|given| given == capability))
    }

    /// Whether it needs files.
    fn needs_files(&self) -> bool {
        let files = ["fs.read", "fs.write", "fs.metadata"];
        files.iter().any(|one| self.needs(one))
    }

    /// Whether a function of WASI is reached, and not stubbed because no run called it.
    fn is_kept(&self, name: &str, need: &WasiNeed) -> bool {
        let stubs = self
            .sighted
            .as_ref()
            .is_some_and(|sighted| sighted.stub_unused);
        need.is_reachable && !(stubs && self.is_unused(name, need))
    }

    /// Whether runs called no function of WASI of this name, and a stub could answer instead: one that gives nothing is no
    /// power, and a guest that does not end itself in its runs may have to one day.
    fn is_unused(&self, name: &str, need: &WasiNeed) -> bool {
        let answers = name != "proc_exit" && !need.capabilities.is_empty();
        let unused = |sighted: &Sighted| sighted.is_unused(PREVIEW1, name);
        need.is_reachable && answers && self.sighted.as_ref().is_some_and(unused)
    }

    /// Whether anything opens files.
    fn opens(&self) -> bool {
        let mut kept = self
            .wasi
            .iter()
            .filter(|(name, need)| self.is_kept(name, need));
        kept.any(|(_, need)| need.opens)
    }
}

#[cfg(test)]
mod tests;
