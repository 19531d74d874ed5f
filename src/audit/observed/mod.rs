//! What runs of a module were seen to use: the record of `run --record`, which `policy init --from-run` reads. It says what
//! happened and grants nothing.

mod figures;
mod file;
mod files;
mod reading;
mod room;
mod runs;
mod values;

use serde::{Deserialize, Serialize};

pub use figures::Figures;
pub use file::{RecordError, add_record, check_record, load_record};
pub use files::{FileUse, Mode, PathUse, ScratchUse};
pub use room::Room;
pub use runs::{ArgumentUse, ImportUse, Runs};
pub use values::Values;

use crate::source::ascii;

/// The version of the format.
const VERSION: u32 = 1;
/// The most policies under which runs are told apart in one record.
const MOST_POLICIES: usize = 8;

/// A record: of one module by its digest, one engine, and any number of runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// The version of the format: what tells a record from other files.
    #[serde(rename = "ringfence_record")]
    version: u32,
    /// What wrote it last; nothing goes by it.
    tool: String,
    /// The engine: what it counts as fuel is its own.
    pub engine: String,
    /// The module's digest.
    pub module: String,
    /// The runs, by the digest of the policy that they were held to.
    pub under: Vec<Runs>,
}

impl RunRecord {
    /// A record of runs under one policy.
    pub fn of(module: String, engine: &str, runs: Runs) -> Self {
        Self {
            version: VERSION,
            tool: concat!("ringfence ", env!("CARGO_PKG_VERSION")).to_owned(),
            engine: engine.to_owned(),
            module,
            under: vec![runs],
        }
    }

    /// Takes in the runs of another record of the same module and engine.
    ///
    /// # Errors
    /// It is of another module or engine, or there are too many policies.
    pub fn merge(&mut self, other: Self) -> Result<(), String> {
        self.same(&other.module, &other.engine)?;
        self.tool = other.tool;
        for runs in other.under {
            self.add(runs)?;
        }
        self.under
            .sort_by(|one, other| one.policy.cmp(&other.policy));
        Ok(())
    }

    fn add(&mut self, runs: Runs) -> Result<(), String> {
        let mut known = self.under.iter_mut();
        if let Some(known) = known.find(|known| known.policy == runs.policy) {
            known.merge(runs);
            return Ok(());
        }
        if self.under.len() >= MOST_POLICIES {
            return Err(format!(
                "it has runs under {MOST_POLICIES} policies, and no room for those of one more: record into another file"
            ));
        }
        self.under.push(runs);
        Ok(())
    }

    /// Whether it is of this module and engine.
    ///
    /// # Errors
    /// What it is of instead, and what to do.
    pub fn same(&self, module: &str, engine: &str) -> Result<(), String> {
        if self.module != module {
            return Err(format!(
                "it is of the module with sha256 {}, and this one has {module}: record into another file",
                self.module
            ));
        }
        if self.engine != engine {
            return Err(format!(
                "it was made with {}, and this is {engine}: record anew, into another file",
                self.engine
            ));
        }
        Ok(())
    }

    /// How many runs it holds.
    pub fn runs(&self) -> u64 {
        let runs = self.under.iter().map(|runs| runs.runs);
        runs.fold(0, u64::saturating_add)
    }

    /// Its text, in ASCII.
    fn text(&self) -> Result<String, serde_json::Error> {
        Ok(ascii::json_document(&serde_json::to_string_pretty(self)?) + "\n")
    }
}

#[cfg(test)]
mod tests;
