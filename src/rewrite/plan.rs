//! One edit made of all decisions.

use crate::audit::{Deed, FuelRecord, HardeningRecord, Link};
use crate::policy::Policy;
use crate::wasm::edit::{Edit, Layout, MODEL, NewFunction, Numbering, RECORD, Target, count_fuel};
use crate::wasm::{Extern, Module};

use super::code::{Code, Denial, Memory};
use super::fate::{Fate, fates};
use super::guard::Guard;
use super::harden::Options;
use super::resources::{self, deed};
use super::stub::StandIn;
use super::{exports, left};

/// What is to be hardened.
pub struct Plan<'p> {
    /// The module.
    pub module: &'p Module,
    /// Where its parts are.
    pub layout: &'p Layout<'p>,
    /// Its imports under the policy.
    pub links: &'p [Link<'p>],
    /// The policy.
    pub policy: &'p Policy,
    /// What the user wants.
    pub options: Options,
    /// What was done to it before.
    pub done: Vec<Deed>,
    /// What an earlier hardening of the same bytes says that it did.
    pub before: Option<&'p HardeningRecord>,
}

impl Plan<'_> {
    /// The edit, and what is said of it.
    ///
    /// # Errors
    /// Why the module cannot be hardened, in sentences.
    pub fn edit(mut self, source: String) -> Result<(Edit, HardeningRecord), Vec<String>> {
        let mut record = HardeningRecord::new(source, self.policy);
        record.done = std::mem::take(&mut self.done);
        let fates = fates(self.links, self.policy)?;
        let mut edit = Edit::default();
        let going = fates.iter().enumerate();
        let going = going.filter(|(_, fate)| !matches!(fate, Fate::Stays(..)));
        edit.dropped_imports = going.map(|(place, _)| place).collect();
        let numbering = Numbering::of(self.layout, &edit.dropped_imports, 0);
        let budget = self.options.budget(self.policy);
        let done = &mut record.done;
        self.stand_ins(&fates, &mut edit, done);
        let wraps = self.wrapped(&fates, budget.is_some());
        let starts = u32::from(self.module.start.is_some() && exports::denies_start(self.policy));
        let first = edit.functions.len() + starts as usize;
        for (place, (function, ..)) in wraps.iter().enumerate() {
            let added = u32::try_from(first + place).unwrap_or(u32::MAX);
            edit.redirected.insert(*function, Target::New(added));
        }
        edit.dropped_exports = exports::dropped(self.module, self.policy, done);
        let start = exports::start(self.module, self.policy, self.layout, &numbering, &mut edit);
        done.extend(start.map_err(|reason| vec![reason])?);
        for (function, link, guards, denial) in &wraps {
            let wrapper = self.wrapper(*function, link, guards, denial, &numbering);
            edit.functions.extend(wrapper);
            for guard in *guards {
                let subject = format!("{} {}", link.full, guard.name);
                done.push(deed("guard", &subject, guard.words()));
                let said = guard.left.iter();
                record
                    .left
                    .extend(said.map(|why| left::of_guard(&link.full, &guard.name, why)));
            }
        }
        record.wrappers = u32::try_from(wraps.len()).unwrap_or(u32::MAX);
        edit.memory_max =
            resources::memories(self.module, self.policy, done).map_err(|reason| vec![reason])?;
        edit.table_max =
            resources::tables(self.module, self.policy, done).map_err(|reason| vec![reason])?;
        edit.dropped_customs = resources::customs(self.module, self.policy, done);
        edit.drops_names = !self.options.keep_names;
        record
            .left
            .extend(left::of_policy(self.policy, self.module, budget.is_some()));
        if let Some(budget) = budget {
            count_fuel(
                &mut edit,
                self.layout,
                &numbering,
                budget,
                self.options.host_call,
            );
            record.fuel = Some(FuelRecord {
                model: MODEL,
                budget,
                host_call: self.options.host_call,
            });
        }
        if let Some(before) = self.before {
            record.source.clone_from(&before.source);
            // What it says has to be so, as far as it shows; else other bytes come out, and it is refused for that.
            if guards(before).eq(guards(&record)) {
                record.done.clone_from(&before.done);
            }
            if left::covered(&before.left).eq(left::covered(&record.left)) {
                record.left.clone_from(&before.left);
            }
        }
        edit.customs.push((RECORD.to_owned(), record.write()));
        Ok((edit, record))
    }

    /// A function in the place of each import that goes.
    pub fn stand_ins(&self, fates: &[Fate], edit: &mut Edit, done: &mut Vec<Deed>) {
        let mut functions = 0_u32..;
        for (link, fate) in self.links.iter().zip(fates) {
            let signature = link.import.ty.signature();
            let function = signature.and_then(|_| functions.next());
            let Some((function, signature)) = function.zip(signature) else {
                continue;
            };
            if let Fate::Goes(stand_in, why) = fate {
                let place = u32::try_from(edit.functions.len()).unwrap_or(u32::MAX);
                edit.redirected.insert(function, Target::New(place));
                edit.functions.push(NewFunction {
                    ty: self.layout.type_of(function).unwrap_or(u32::MAX),
                    body: stand_in.body(signature, self.memory()),
                    name: Some(format!("ringfence.denied {}", link.full)),
                });
                done.push(deed("import", &link.full, said(*stand_in, why)));
            }
        }
    }

    /// Functions of the host that get a function before them: guarded ones, and with fuel all.
    fn wrapped<'f>(
        &'f self,
        fates: &'f [Fate],
        fuel: bool,
    ) -> Vec<(u32, &'f Link<'f>, &'f [Guard], &'f Denial)> {
        let mut functions = 0_u32..;
        let mut wraps = Vec::new();
        for (link, fate) in self.links.iter().zip(fates) {
            let function = link.import.ty.signature().and_then(|_| functions.next());
            if let (Some(function), Fate::Stays(guards, denial)) = (function, fate)
                && (fuel || !guards.is_empty())
            {
                wraps.push((function, link, guards.as_slice(), denial));
            }
        }
        wraps
    }

    fn wrapper(
        &self,
        function: u32,
        link: &Link<'_>,
        guards: &[Guard],
        denial: &Denial,
        numbering: &Numbering,
    ) -> Option<NewFunction> {
        let signature = link.import.ty.signature()?;
        let parameters = u32::try_from(signature.params.len()).ok()?;
        let host = numbering.place(function)?;
        let body = if guards.is_empty() {
            plain(parameters, host)
        } else {
            let mut code = Code::new(parameters);
            for guard in guards {
                guard.emit(&mut code, self.memory());
            }
            code.finish(parameters, host, denial)
        };
        Some(NewFunction {
            ty: self.layout.type_of(function)?,
            body,
            name: Some(format!("ringfence.call {}", link.full)),
        })
    }

    /// The memory that hosts mean by a guest's.
    fn memory(&self) -> Option<Memory> {
        let exports = self.module.exports.iter();
        let mut memories = exports
            .filter(|export| export.name == "memory" && matches!(export.ty, Extern::Memory { .. }));
        let index = memories.next()?.index;
        let memory = self.module.memories.get(index as usize)?;
        Some(Memory {
            index,
            wide: memory.memory64,
            page: memory.page_size.checked_ilog2()?,
        })
    }
}

/// What a record says of guards.
fn guards(record: &HardeningRecord) -> impl Iterator<Item = &Deed> {
    record.done.iter().filter(|deed| deed.what == "guard")
}

/// A body that calls the host with what it was called with.
fn plain(parameters: u32, host: u32) -> Vec<u8> {
    let mut function = wasm_encoder::Function::new([]);
    let mut sink = function.instructions();
    for parameter in 0..parameters {
        sink.local_get(parameter);
    }
    sink.call(host).end();
    function.into_raw_body()
}

fn said(stand_in: StandIn, why: &str) -> String {
    format!("{}: {why}", stand_in.words())
}
