//! `builtin: log`: messages of the guest, tagged with plugin and tenant, bounded in size and number.

use crate::source::Spanned;
use crate::source::credential::redact;

use super::super::super::stop::Stop;
use super::super::answer::Answer;
use super::super::call::GuardedCall;
use super::super::guard::Guard;
use super::super::log_sink::{LogMessage, Severity};
use super::super::state::HostState;
use super::{NOTHING, first_text};

/// The argument whose number is the level.
const LEVEL: &str = "level";

/// A log function.
pub struct Log {
    most_bytes: u64,
    most_messages: u64,
    text: usize,
    level: Option<usize>,
}

impl Log {
    /// That of a policy's entry: the message is the first text, the level a number with that name.
    ///
    /// # Errors
    /// No argument is a text.
    pub fn of(
        most_bytes: Option<Spanned<u64>>,
        most_messages: Option<Spanned<u64>>,
        guards: &[Guard],
    ) -> Result<Self, String> {
        Ok(Self {
            most_bytes: most_bytes.map_or(0, |most| most.value),
            most_messages: most_messages.map_or(0, |most| most.value),
            text: first_text(guards)?,
            level: guards
                .iter()
                .position(|guard| guard.is_number() && guard.name == LEVEL),
        })
    }

    /// 0, or -1 for a message that was dropped: over `max_messages`, under a `max_message` of 0, or because nobody took it.
    pub async fn answer(&self, call: &GuardedCall, state: &mut HostState) -> Result<Answer, Stop> {
        let full = state.logged >= self.most_messages;
        if self.most_bytes == 0 || full {
            return Ok(self.drop_one(call, state).await);
        }
        state.logged += 1;
        let level = self.level.and_then(|level| call.number_at(level));
        let severity = level.map_or_else(Severity::default, Severity::numbered);
        let (text, cut) = bounded(call.text_at(self.text), self.most_bytes);
        let message = message(call, severity, text, cut);
        if state.log.send(message).await {
            return Ok(Answer::number(0));
        }
        state.drop_message();
        Ok(Answer::number(NOTHING))
    }

    /// The first message that is dropped leaves a notice, so that nobody takes the log for complete.
    async fn drop_one(&self, call: &GuardedCall, state: &mut HostState) -> Answer {
        if state.drop_message() && self.most_bytes > 0 && self.most_messages > 0 {
            let text = format!(
                "further messages are dropped: `max_messages` is {}",
                self.most_messages
            );
            let notice = message(call, Severity::Warning, text, 0);
            state.log.send(notice).await;
        }
        Answer::number(NOTHING)
    }
}

fn message(call: &GuardedCall, severity: Severity, text: String, cut: u64) -> LogMessage {
    LogMessage {
        plugin: call.plugin.clone(),
        tenant: call.tenant.clone(),
        severity,
        text,
        cut,
    }
}

/// Redacted, then cut: half a credential would not be known for one.
fn bounded(text: &str, most: u64) -> (String, u64) {
    let clean = redact(text);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let end = clean.floor_char_boundary(most);
    let head = clean.get(..end).unwrap_or_default();
    (head.to_owned(), (clean.len() - end) as u64)
}
