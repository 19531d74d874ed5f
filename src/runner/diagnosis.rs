//! What to say of an outcome to whoever ran it: which plugin, which budget, which line of the policy. Texts are raw: names
//! come from modules, and whoever prints them escapes them.

use crate::audit::Approval;
use crate::policy::quantity::{show_duration, show_size};
use crate::policy::{Policy, Provider};
use crate::source::{Span, Spanned};

use super::outcome::{Ending, Outcome, Trap};
use super::stop::{Budget, Stop};
use super::terms::Terms;

/// What a budget was, and where it is stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// As a policy writes it; `None` where several places set it.
    pub value: Option<String>,
    /// The policy's line, `policy.yaml:58`; `None` where the built-in ceiling applied.
    pub place: Option<String>,
}

impl Limit {
    /// That of a budget in an approved policy.
    pub fn of(budget: Budget, approval: &Approval, terms: &Terms) -> Self {
        let span = stated(budget, approval.policy());
        Self {
            value: value(budget, approval.policy(), terms),
            place: span.map(|span| approval.place(span)),
        }
    }

    /// ` of 500,000,000; policy.yaml:58`.
    fn tail(&self, budget: Budget) -> String {
        let value = self.value.as_ref();
        let value = value.map_or_else(String::new, |value| format!(" of {value}"));
        match &self.place {
            Some(place) => format!("{value}; {place}"),
            None => format!("{value}, which holds where `{}` states none", budget.key()),
        }
    }
}

/// Sentences on an outcome, the main one first; none for a guest that did what it wanted within its limits.
pub fn diagnose(outcome: &Outcome, approval: &Approval, terms: &Terms) -> Vec<String> {
    let name = name(approval);
    let mut said = Vec::new();
    match &outcome.ending {
        Ending::Returned(_) => {}
        Ending::Exit(code) | Ending::Stopped(Stop::Exit(code)) => {
            let shown = outcome.ending.code();
            if u32::from(shown) != *code {
                said.push(format!(
                    "{name} exited with {code}, for which {shown} stands here"
                ));
            }
        }
        Ending::Stopped(Stop::Spent(budget)) => {
            let limit = Limit::of(*budget, approval, terms);
            said.push(format!(
                "{name} exceeded its {budget}{}",
                limit.tail(*budget)
            ));
        }
        Ending::Stopped(Stop::Denied(denial)) => {
            let place = approval.place(denial.decided_by);
            said.push(format!("{name} was stopped: {denial}; {place}"));
        }
        Ending::Stopped(Stop::Failed(reason)) => {
            said.push(format!("{name} could not go on: {reason}"));
        }
        Ending::Trapped(trap) => said.extend(trapped(&name, trap)),
        Ending::Refused(reason) => said.push(format!("{name} was not started: {reason}")),
    }
    said.extend(truncated(outcome, approval, terms, &name));
    said
}

/// What messages call a plugin: its policy's name, else its file's.
fn name(approval: &Approval) -> String {
    match &approval.policy().name {
        Some(name) => name.value.clone(),
        None => approval.path().to_owned(),
    }
}

fn trapped(name: &str, trap: &Trap) -> Vec<String> {
    let head = format!("{name} trapped: {}", trap.message);
    let frames = trap.frames.iter().map(|frame| format!("  in {frame}"));
    std::iter::once(head).chain(frames).collect()
}

fn truncated(outcome: &Outcome, approval: &Approval, terms: &Terms, name: &str) -> Vec<String> {
    let streams = outcome.usage.passed.truncated.iter();
    streams
        .filter_map(|stream| {
            let (budget, what) = match *stream {
                "stdin" => (Budget::Stdin, "input ended early for"),
                "stdout" => (Budget::Stdout, "output was cut for"),
                "stderr" => (Budget::Stderr, "error output was cut for"),
                _ => return None,
            };
            let limit = Limit::of(budget, approval, terms);
            Some(format!(
                "standard {what} {name}, at the limit{}",
                limit.tail(budget)
            ))
        })
        .collect()
}

/// Where the policy, or a base of it, states a budget.
fn stated(budget: Budget, policy: &Policy) -> Option<Span> {
    let limits = &policy.limits;
    let grants = &policy.grants;
    let number = |number: &Option<Spanned<u64>>| number.as_ref().map(|number| number.span);
    let stream = |stream: &Option<crate::policy::Stream>| {
        let stream = stream.as_ref()?;
        Some(stream.max.as_ref().map_or(stream.span, |max| max.span))
    };
    match budget {
        Budget::Fuel => number(&limits.fuel),
        Budget::Deadline => number(&limits.deadline),
        Budget::Memory => number(&limits.memory),
        Budget::TableElements => number(&limits.table_elements),
        // No key sets the log's; fewer calls make fewer lines.
        Budget::HostCalls | Budget::AuditLog => number(&limits.host_calls),
        Budget::OpenFiles => number(&limits.open_files),
        Budget::WrittenBytes => number(&limits.written_bytes),
        Budget::ScratchBytes => number(&only(scratches(policy))?.bytes),
        Budget::ScratchEntries => number(&only(scratches(policy))?.entries),
        Budget::Stdin => stream(&grants.stdin),
        Budget::Stdout => stream(&grants.stdout),
        Budget::Stderr => stream(&grants.stderr),
        Budget::Messages => only(messages(policy))?.map(|most| most.span),
    }
}

fn value(budget: Budget, policy: &Policy, terms: &Terms) -> Option<String> {
    let nanos = |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    Some(match budget {
        Budget::Fuel => grouped(terms.fuel?),
        Budget::Deadline => show_duration(nanos(terms.deadline)),
        Budget::Memory => size(terms.memory),
        Budget::TableElements => grouped(terms.table_elements),
        Budget::HostCalls => grouped(terms.host_calls),
        Budget::OpenFiles => grouped(terms.open_files),
        Budget::WrittenBytes => size(terms.written_bytes),
        Budget::ScratchBytes => size(only(scratches(policy))?.bytes?.value),
        Budget::ScratchEntries => grouped(only(scratches(policy))?.entries?.value),
        Budget::Stdin => size(terms.stdin.max),
        Budget::Stdout => size(terms.stdout.max),
        Budget::Stderr => size(terms.stderr.max),
        Budget::Messages => grouped(only(messages(policy))??.value),
        Budget::AuditLog => size(super::audit_log::MOST),
    })
}

/// The one thing of a kind; which of several was meant is not known here.
fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

fn scratches(policy: &Policy) -> impl Iterator<Item = &crate::policy::Scratch> {
    let preopens = policy.grants.preopens.iter();
    preopens.filter_map(|preopen| preopen.scratch.as_ref())
}

fn messages(policy: &Policy) -> impl Iterator<Item = Option<&Spanned<u64>>> {
    let hosts = policy.imports.host.iter();
    hosts.filter_map(|host| match &host.provider {
        Some(Provider::Log { max_messages, .. }) => Some(max_messages.as_ref()),
        _ => None,
    })
}

/// A size with its unit, exactly.
fn size(bytes: u64) -> String {
    let shown = show_size(bytes);
    if shown.ends_with('B') {
        shown
    } else {
        format!("{} bytes", grouped(bytes))
    }
}

/// A number with its thousands parted: `500,000,000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::sample::approve;
    use crate::runner::stop::Denial;
    use crate::runner::{Passed, Usage};

    const POLICY: &str = "limits:
  fuel: 500000000
  memory: 64MiB
  written_bytes: 1500000
grants:
  stdout: {max: 1KiB}
  preopens: [{guest: /s, scratch: {bytes: 16MiB}}]
imports: {host: [{module: env, name: log, provider: {builtin: log, max_messages: 20}}]}
";

    fn said(ending: Ending, truncated: &[&'static str]) -> Vec<String> {
        let approval = approve("(module)", POLICY);
        let terms = Terms::of(approval.policy(), true);
        let passed = Passed {
            truncated: truncated.to_vec(),
            ..Passed::default()
        };
        let usage = Usage {
            passed,
            ..Usage::default()
        };
        diagnose(&Outcome { ending, usage }, &approval, &terms)
    }

    #[test]
    fn a_budget_is_named_with_its_line() {
        for (budget, expected) in [
            (Budget::Fuel, "fuel budget of 500,000,000; policy.yaml:4"),
            (Budget::Memory, "memory limit of 64MiB; policy.yaml:5"),
            (
                Budget::WrittenBytes,
                "write quota of 1,500,000 bytes; policy.yaml:6",
            ),
            (
                Budget::Stdout,
                "standard-output quota of 1KiB; policy.yaml:8",
            ),
            (Budget::ScratchBytes, "scratch size of 16MiB; policy.yaml:9"),
            (
                Budget::Messages,
                "number of log messages of 20; policy.yaml:10",
            ),
            (
                Budget::HostCalls,
                "host-call quota of 1,000,000, which holds where `limits.host_calls` states none",
            ),
            (
                Budget::Deadline,
                "deadline of 10m, which holds where `limits.deadline` states none",
            ),
        ] {
            let said = said(Ending::Stopped(budget.into()), &[]);
            assert_eq!(said, [format!("sample exceeded its {expected}")]);
        }
    }

    #[test]
    fn a_guest_within_its_limits_is_not_spoken_of() {
        for ending in [
            Ending::Returned(Vec::new()),
            Ending::Exit(0),
            Ending::Exit(118),
        ] {
            assert!(said(ending, &[]).is_empty());
        }
        assert_eq!(
            said(Ending::Exit(300), &[]),
            ["sample exited with 300, for which 119 stands here"]
        );
    }

    #[test]
    fn denials_and_traps_say_where() {
        let denial = Denial {
            function: "env.read_file".to_owned(),
            argument: Some("path".to_owned()),
            reason: "`/etc` leaves its root".to_owned(),
            decided_by: approve("(module)", POLICY).key("limits.fuel"),
        };
        assert_eq!(
            said(Ending::Stopped(denial.into()), &[]),
            [
                "sample was stopped: env.read_file, argument `path`: denied: `/etc` leaves its root; policy.yaml:4"
            ]
        );
        let trap = Trap {
            message: "wasm trap: unreachable".to_owned(),
            frames: vec!["inner".to_owned(), "func[3]".to_owned()],
        };
        assert_eq!(
            said(Ending::Trapped(trap), &["stdout"]),
            [
                "sample trapped: wasm trap: unreachable",
                "  in inner",
                "  in func[3]",
                "standard output was cut for sample, at the limit of 1KiB; policy.yaml:8"
            ]
        );
    }
}
