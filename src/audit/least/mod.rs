//! The least policy under which modules still work, made from what their code reaches: a draft for a reviewer, with the reason
//! for each line beside it. It grants nothing of the host's: files are a scratch, variables none.

mod function;
mod grants;
mod host;
mod imports;
mod limits;
mod need;
mod page;
mod policy;

use std::collections::BTreeMap;

use crate::policy::Policy;
use crate::source::Sources;
use crate::wasm::{Image, Module};

use super::context::{Audit, Ground, Surroundings};
use super::link::Link;
use super::witness::Witness;

use host::HostNeed;
use need::{ModuleNeed, WasiNeed};

/// What one or several versions of a plugin need, taken together.
#[derive(Debug, Default)]
pub struct Least {
    module: ModuleNeed,
    wasi: BTreeMap<String, WasiNeed>,
    host: BTreeMap<(String, String), HostNeed>,
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
        if link.is_wasi_function() {
            let need = self.wasi.entry(names.1).or_default();
            need.add(link, opens, witness);
        } else if link.is_host_function() {
            let need = self.host.entry(names);
            need.or_default().add(link, witness, image);
        }
    }

    /// The policy as text, under a name.
    pub fn text(&self, name: &str) -> String {
        policy::text(self, name)
    }

    /// Whether reachable code needs a capability.
    fn needs(&self, capability: &str) -> bool {
        let mut reached = self.wasi.values().filter(|need| need.is_reachable);
        reached.any(|need| need.capabilities.contains(capability))
    }
}

#[cfg(test)]
mod tests;
