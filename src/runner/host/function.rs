//! One host function behind its guards: what happens at each call, in order.

use std::sync::Arc;

use wasmtime::{Caller, Extern, Memory, Val};

use crate::policy::guard::Denied;
use crate::source::Span;
use crate::source::credential::redact;

use super::super::decision::Decision;
use super::super::guest::Guest;
use super::super::observer::{Argument, Passing};
use super::super::stop::{Denial, Stop};
use super::answer::Answer;
use super::call::{Given, GuardedCall};
use super::guard::Guard;
use super::kind::Kind;
use super::provider::Provider;

/// The export that guests and hosts mean by a guest's memory.
const MEMORY: &str = "memory";
/// The most bytes of an argument in a decision or denial.
const MAX_SHOWN: usize = 256;

/// A host function with its guards.
pub struct GuardedFunction {
    /// Its place among the functions of the module.
    pub index: usize,
    /// `env.read_file`.
    pub name: Arc<str>,
    /// Its module and name.
    pub import: (String, String),
    /// The power that it gives.
    pub capability: String,
    /// Its entry in the policy.
    pub span: Span,
    /// The types of its parameters.
    pub parameters: Vec<Kind>,
    /// The type of its result.
    pub result: Option<Kind>,
    /// One for each argument that the policy describes.
    pub guards: Arc<[Guard]>,
    /// What a denied call returns; without it the guest is stopped.
    pub on_deny: Option<i64>,
    /// What answers.
    pub provider: Provider,
}

/// What came of judging a call's arguments.
#[derive(Default)]
struct Judged {
    /// Those that could be read, in order.
    given: Vec<Given>,
    /// What let the call in.
    by: Option<Span>,
    /// The first that was refused: its position and why.
    denied: Option<(usize, Denied)>,
    /// Whether that ends the call.
    enforced: bool,
}

impl GuardedFunction {
    /// Answers one call of the guest.
    ///
    /// # Errors
    /// The guest is stopped: a budget is spent, an argument was denied without `on_deny`, the provider says so.
    pub async fn call(
        &self,
        caller: &mut Caller<'_, Guest>,
        values: &[Val],
    ) -> Result<Option<Val>, Stop> {
        let guest = caller.data_mut();
        guest.meter.call()?;
        guest.host.count(self.index);
        if guest.host.is_due() {
            tokio::task::yield_now().await;
        }
        let memory = self.memory(caller);
        let judged = {
            let bytes = memory.map(|memory| memory.data(&*caller));
            self.judge(values, bytes, caller.data().report_only)
        };
        self.record(caller.data(), &judged)?;
        self.observe(caller.data(), &judged);
        if let Some((index, denied)) = judged.denied.filter(|_| judged.enforced) {
            return self.denied(index, denied);
        }
        let rooms: Vec<Given> = judged.given.iter().map(room_alone).collect();
        let state = &mut caller.data_mut().host;
        state.work(judged.given.iter().map(weight).sum());
        let call = GuardedCall {
            function: Arc::clone(&self.name),
            plugin: Arc::clone(&state.plugin),
            tenant: state.tenant.clone(),
            guards: Arc::clone(&self.guards),
            given: judged.given,
        };
        let answer = self.provider.answer(call, state).await?;
        self.write(caller, memory, &rooms, &answer)?;
        self.value(answer.number)
    }

    fn memory(&self, caller: &mut Caller<'_, Guest>) -> Option<Memory> {
        let needed = self.guards.iter().any(|guard| !guard.is_number());
        match needed.then(|| caller.get_export(MEMORY))? {
            Some(Extern::Memory(memory)) => Some(memory),
            _ => None,
        }
    }

    fn judge(&self, values: &[Val], memory: Option<&[u8]>, report_only: bool) -> Judged {
        let mut judged = Judged::default();
        for (index, guard) in self.guards.iter().enumerate() {
            let given = match guard.read(values, memory) {
                Ok(given) => given,
                Err(denied) => {
                    judged.denied = Some((index, denied));
                    judged.enforced = true;
                    return judged;
                }
            };
            let decided = guard.judge(&given);
            judged.given.push(given);
            match decided {
                Ok(by) => judged.by = judged.by.or(by),
                Err(denied) => {
                    judged.enforced |= !report_only || denied.unreadable;
                    judged.denied.get_or_insert((index, denied));
                }
            }
            if judged.enforced {
                return judged;
            }
        }
        judged
    }

    /// Nothing happens unrecorded, where somebody records.
    fn record(&self, guest: &Guest, judged: &Judged) -> Result<(), Stop> {
        if guest.decisions.is_none() {
            return Ok(());
        }
        let named = self.guards.iter().zip(&judged.given);
        let mut arguments: Vec<(&str, String)> = named
            .map(|(guard, given)| (guard.name.as_str(), shown(given)))
            .collect();
        let mut reason = String::new();
        if let Some((index, denied)) = &judged.denied {
            let guard = self.guards.get(*index);
            let name = guard.map_or("", |guard| guard.name.as_str());
            reason = format!("argument `{name}`: {}", denied.reason);
            if judged.enforced && guest.report_only {
                reason.push_str(" (there is nothing to go on with: the call was refused)");
            }
            let text = denied.shown.as_deref().map(cut);
            arguments.extend(text.map(|text| (name, text)));
        }
        let denied = judged.denied.as_ref().map(|(_, denied)| denied.span);
        guest.decide(|| Decision {
            function: &self.name,
            capability: &self.capability,
            arguments: &arguments,
            allowed: denied.is_none(),
            enforced: judged.enforced,
            reason: &reason,
            decided_by: denied.or(judged.by).or(Some(self.span)),
        })
    }

    /// Tells what was passed, where somebody watches.
    fn observe(&self, guest: &Guest, judged: &Judged) {
        let Some(observer) = &guest.observer else {
            return;
        };
        let (module, name) = &self.import;
        let passed = judged.denied.is_none().then(|| {
            let named = self.guards.iter().zip(&judged.given);
            named.map(|(guard, given)| Argument {
                parameter: guard.parameter(),
                name: &guard.name,
                role: guard.role,
                passed: match given {
                    Given::Text(text) => Passing::Text(text),
                    Given::Bytes(bytes) => Passing::Length(bytes.len() as u64),
                    Given::Number(number) => Passing::Number(*number),
                    Given::Room(room) => Passing::Length(room.len() as u64),
                },
            })
        });
        observer.host_call((module, name), &self.capability, passed);
    }

    fn denied(&self, index: usize, denied: Denied) -> Result<Option<Val>, Stop> {
        if let Some(number) = self.on_deny {
            return self.value(number);
        }
        Err(Stop::from(Denial {
            function: self.name.to_string(),
            argument: self.guards.get(index).map(|guard| guard.name.clone()),
            reason: denied.reason,
            decided_by: denied.span,
        }))
    }

    /// Writes an answer to the rooms that were checked before the provider ran.
    fn write(
        &self,
        caller: &mut Caller<'_, Guest>,
        memory: Option<Memory>,
        rooms: &[Given],
        answer: &Answer,
    ) -> Result<(), Stop> {
        for (name, bytes) in &answer.outputs {
            let index = self.guards.iter().position(|guard| guard.name == *name);
            let Some(Given::Room(room)) = index.and_then(|index| rooms.get(index)) else {
                return Err(self.failed(&format!("it has no out-buffer `{name}`")));
            };
            if bytes.len() > room.len() {
                let (length, most) = (bytes.len(), room.len());
                let reason = format!("{length} bytes for `{name}`, and {most} is the most");
                return Err(self.failed(&reason));
            }
            let written = memory.map(|memory| memory.write(&mut *caller, room.start, bytes));
            if !matches!(written, Some(Ok(()))) {
                return Err(self.failed("the guest's memory is gone"));
            }
            caller.data_mut().host.work(bytes.len() as u64);
        }
        Ok(())
    }

    fn value(&self, number: i64) -> Result<Option<Val>, Stop> {
        let Some(kind) = self.result else {
            return Ok(None);
        };
        let value = kind.value(number).map(Some);
        value.ok_or_else(|| self.failed(&format!("its result cannot hold {number}")))
    }

    fn failed(&self, reason: &str) -> Stop {
        Stop::Failed(format!("{}: {reason}", self.name))
    }
}

/// What is kept of the arguments for the time after the provider.
fn room_alone(given: &Given) -> Given {
    match given {
        Given::Room(room) => Given::Room(room.clone()),
        _ => Given::Number(0),
    }
}

fn weight(given: &Given) -> u64 {
    match given {
        Given::Text(text) => text.len() as u64,
        Given::Bytes(bytes) => bytes.len() as u64,
        Given::Number(_) | Given::Room(_) => 0,
    }
}

fn shown(given: &Given) -> String {
    match given {
        Given::Text(text) => cut(text),
        Given::Bytes(bytes) => format!("{} bytes", bytes.len()),
        Given::Number(number) => number.to_string(),
        Given::Room(room) => format!("room for {} bytes", room.len()),
    }
}

/// Redacted, then cut: half a credential would not be known for one.
fn cut(text: &str) -> String {
    let clean = redact(text);
    let end = clean.floor_char_boundary(MAX_SHOWN);
    match clean.get(..end) {
        Some(head) if end < clean.len() => format!("{head}…"),
        _ => clean.into_owned(),
    }
}
