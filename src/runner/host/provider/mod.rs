//! What answers a guarded call: a provider that comes with the runner, a stub, or the embedder.

mod config;
mod kv;
mod log;
mod read_file;

use crate::audit::Approval;
use crate::policy::{self, HostImport};

use super::super::stop::Stop;
use super::answer::Answer;
use super::call::GuardedCall;
use super::guard::Guard;
use super::registry::Offered;
use super::state::HostState;

use config::Config;
use kv::Kv;
use log::Log;
use read_file::ReadFile;

pub use kv::Store;

/// What a provider answers where it has nothing to give.
const NOTHING: i64 = -1;
/// What a provider answers where its output does not fit.
const DOES_NOT_FIT: i64 = -2;

/// Answers calls.
pub enum Provider {
    /// Always the same number.
    Stub(i64),
    /// `builtin: log`.
    Log(Log),
    /// `builtin: read_file`.
    ReadFile(ReadFile),
    /// `builtin: kv`.
    Kv(Kv),
    /// `builtin: config`.
    Config(Config),
    /// A function of the embedder.
    Offered(Offered),
}

impl Provider {
    /// That of an entry, if it names one or the embedder offers one.
    ///
    /// # Errors
    /// The arguments are not what it needs, or it cannot be set up; in a sentence.
    pub fn of(
        host: &HostImport,
        guards: &[Guard],
        returns: bool,
        offered: Option<Offered>,
        approval: &Approval,
    ) -> Result<Option<Self>, String> {
        let Some(stated) = &host.provider else {
            return Ok(offered.map(Self::Offered));
        };
        let provider = match stated {
            policy::Provider::Stub(number) => Self::Stub(number.value),
            policy::Provider::Log {
                max_message,
                max_messages,
            } => Self::Log(Log::of(*max_message, *max_messages, guards)?),
            policy::Provider::ReadFile { root, max } => {
                Self::ReadFile(ReadFile::of(root.as_ref(), *max, guards, approval)?)
            }
            policy::Provider::Kv {
                tenant,
                max_entries,
                max_bytes,
            } => Self::Kv(Kv::of(*tenant, *max_entries, *max_bytes, guards)?),
            policy::Provider::Config { values } => Self::Config(Config::of(values, guards)?),
        };
        if provider.must_return() && !returns {
            return Err("its provider tells lengths, and it has no result".to_owned());
        }
        Ok(Some(provider))
    }

    /// Whether it shares entries between the invocations of a tenant.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Kv(kv) if kv.is_shared())
    }

    fn must_return(&self) -> bool {
        match self {
            Self::ReadFile(_) | Self::Config(_) => true,
            Self::Kv(kv) => kv.gets(),
            Self::Stub(_) | Self::Log(_) | Self::Offered(_) => false,
        }
    }

    /// Answers a call.
    ///
    /// # Errors
    /// The guest is stopped.
    pub async fn answer(&self, call: GuardedCall, state: &mut HostState) -> Result<Answer, Stop> {
        match self {
            Self::Stub(number) => Ok(Answer::number(*number)),
            Self::Log(log) => log.answer(&call, state).await,
            Self::ReadFile(files) => files.answer(&call).await,
            Self::Kv(kv) => Ok(kv.answer(&call, state)),
            Self::Config(config) => Ok(config.answer(&call)),
            Self::Offered(offered) => offered.answer(call).await,
        }
    }
}

/// The first argument that is a text.
fn first_text(guards: &[Guard]) -> Result<usize, String> {
    guards
        .iter()
        .position(Guard::is_text)
        .ok_or_else(|| "its provider needs an argument that is a text".to_owned())
}

/// The only out-buffer.
fn only_room(guards: &[Guard]) -> Result<usize, String> {
    let mut rooms = (0..).zip(guards).filter(|(_, guard)| guard.is_room());
    match (rooms.next(), rooms.next()) {
        (Some((index, _)), None) => Ok(index),
        _ => Err("its provider needs one `out-buffer`".to_owned()),
    }
}

/// Bytes for an out-buffer and their number, if they fit.
fn output(call: &GuardedCall, room: usize, bytes: Vec<u8>) -> Answer {
    let fits = call
        .room_at(room)
        .is_some_and(|room| bytes.len() <= room.len());
    let (Some(name), Ok(length), true) = (call.guards.get(room), i64::try_from(bytes.len()), fits)
    else {
        return Answer::number(DOES_NOT_FIT);
    };
    Answer::number(length).with(&name.name, bytes)
}
