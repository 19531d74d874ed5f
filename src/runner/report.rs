//! The run report: one JSON document an invocation, also of one that was refused. `docs/run-report.md` describes it.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::audit::{Approval, ENGINE};
use crate::source::credential::redact;

use super::cache::CacheUse;
use super::diagnosis::Limit;
use super::outcome::{Ending, Outcome, Usage, Value};
use super::runner::Runner;
use super::stop::{Budget, Denial, Stop};

/// The format's version.
const VERSION: u32 = 1;

/// What is known of an invocation before it starts; less of one that was refused early.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    /// The module's path as it was given.
    pub path: String,
    /// Its digest.
    pub sha256: Option<String>,
    /// The policy's name and digest.
    pub policy: Option<(String, Option<String>)>,
    /// `recorded` in a lock, or `none`: audited for this once.
    pub approval: Option<&'static str>,
    /// For whom it runs.
    pub tenant: Option<String>,
    /// Whether denials were only reported.
    pub report_only: bool,
    /// The function that is called.
    pub entry: String,
}

impl Subject {
    /// Takes over what an approval knows.
    pub fn approved(&mut self, approval: &Approval) {
        self.sha256 = Some(approval.digest());
        let digest = approval.policy_digest().to_owned();
        self.policy = Some((approval.policy_name().to_owned(), Some(digest)));
        self.approval = Some(if approval.is_recorded() {
            "recorded"
        } else {
            "none"
        });
    }
}

/// The report of an outcome; `runner` where it came so far. Times are in nanoseconds, sizes in bytes. `code` is the exit code
/// of the process. Texts that come from guests are redacted; whoever prints escapes them.
pub fn report(subject: &Subject, outcome: &Outcome, runner: Option<&Runner>, code: u8) -> Json {
    let usage = &outcome.usage;
    json!({
        "version": VERSION,
        "tool": concat!("ringfence ", env!("CARGO_PKG_VERSION")),
        "engine": ENGINE,
        "module": {"path": clean(&subject.path), "sha256": subject.sha256},
        "policy": subject.policy.as_ref().map(|(name, digest)| {
            json!({"name": clean(name), "sha256": digest})
        }),
        "approval": subject.approval,
        "tenant": subject.tenant.as_deref().map(clean),
        "report_only": subject.report_only,
        "entry": clean(&subject.entry),
        "times": {
            "compile_ns": nanos(usage.compile),
            "instantiate_ns": nanos(usage.instantiate),
            "execute_ns": nanos(usage.execute),
        },
        "cache": runner.and_then(Runner::cache_use).map(cache),
        "limits": runner.map(limits),
        "used": used(usage),
        "calls": calls(usage),
        "would_deny": would_deny(runner),
        "outcome": ending(outcome, runner, code),
    })
}

fn cache(cache: &CacheUse) -> &'static str {
    match cache {
        CacheUse::Hit => "hit",
        CacheUse::Miss => "miss",
        CacheUse::Refused(_) => "refused",
        CacheUse::NotStored { .. } => "not stored",
    }
}

fn limits(runner: &Runner) -> Json {
    let terms = runner.terms();
    json!({
        "fuel": terms.fuel,
        "deadline_ns": nanos(terms.deadline),
        "memory": terms.memory,
        "table_elements": terms.table_elements,
        "host_calls": terms.host_calls,
        "open_files": terms.open_files,
        "written_bytes": terms.written_bytes,
        "stdin": terms.stdin.max,
        "stdout": terms.stdout.max,
        "stderr": terms.stderr.max,
    })
}

fn used(usage: &Usage) -> Json {
    let (spent, passed) = (&usage.spent, &usage.passed);
    json!({
        "fuel": usage.fuel,
        "memory": spent.memory,
        "table_elements": spent.table_elements,
        "host_calls": spent.host_calls,
        "open_files": spent.open_files_peak,
        "written_bytes": spent.written_bytes,
        "stdin": passed.stdin,
        "stdout": passed.stdout,
        "stderr": passed.stderr,
        "truncated": passed.truncated,
    })
}

/// Calls to the host by function, WASI's under its module's name.
fn calls(usage: &Usage) -> Json {
    let wasi = usage.passed.calls.iter();
    let wasi = wasi.map(|(name, count)| (format!("wasi_snapshot_preview1.{name}"), *count));
    let host = usage.host_calls.iter();
    let host = host.map(|(name, count)| (clean(name), *count));
    let mut calls = Map::new();
    for (name, count) in wasi.chain(host) {
        calls.insert(name, count.into());
    }
    Json::Object(calls)
}

fn would_deny(runner: Option<&Runner>) -> Json {
    let denied = runner.map(Runner::would_deny).unwrap_or_default().iter();
    denied
        .map(|(function, reason)| json!({"function": clean(function), "reason": clean(reason)}))
        .collect()
}

fn ending(outcome: &Outcome, runner: Option<&Runner>, code: u8) -> Json {
    let mut shown = json!({
        "kind": outcome.ending.kind(),
        "exit_code": code,
        "code": null,
        "values": [],
        "message": null,
        "budget": null,
        "denied": null,
        "policy_line": null,
        "backtrace": [],
    });
    let mut set = |key: &str, value: Json| {
        if let Some(field) = shown.get_mut(key) {
            *field = value;
        }
    };
    match &outcome.ending {
        Ending::Returned(values) => {
            set("code", 0.into());
            set("values", values.iter().map(Value::to_string).collect());
        }
        Ending::Exit(code) | Ending::Stopped(Stop::Exit(code)) => set("code", (*code).into()),
        Ending::Stopped(Stop::Spent(budget)) => {
            let limit = runner.map(|runner| limit(*budget, runner));
            let value = limit.as_ref().and_then(|limit| limit.value.as_deref());
            set("message", format!("it exceeded its {budget}").into());
            set("budget", json!({"key": budget.key(), "limit": value}));
            set("policy_line", limit.and_then(|limit| limit.place).into());
        }
        Ending::Stopped(Stop::Denied(denial)) => {
            set("message", clean(&denial.to_string()).into());
            set("denied", denied(denial));
            let place = runner.map(|runner| runner.approval().place(denial.decided_by));
            set("policy_line", place.into());
        }
        Ending::Stopped(Stop::Failed(reason)) | Ending::Refused(reason) => {
            set("message", clean(reason).into());
        }
        Ending::Trapped(trap) => {
            set("message", clean(&trap.message).into());
            set(
                "backtrace",
                trap.frames.iter().map(|one| clean(one)).collect(),
            );
        }
    }
    shown
}

fn denied(denial: &Denial) -> Json {
    json!({
        "function": clean(&denial.function),
        "argument": denial.argument.as_deref().map(clean),
        "reason": clean(&denial.reason),
    })
}

fn limit(budget: Budget, runner: &Runner) -> Limit {
    Limit::of(budget, runner.approval(), runner.terms())
}

fn clean(text: &str) -> String {
    redact(text).into_owned()
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::runner::sample::{LIMITS, runner, tokio};
    use crate::runner::{Entry, Invocation, Trap};

    const SPIN: &str = "(module (memory (export \"memory\") 1 1)
        (func (export \"_start\") (loop $l (br $l)))
        (func (export \"add\") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))";

    fn subject() -> Subject {
        Subject {
            path: "plugin.wasm".to_owned(),
            entry: "_start".to_owned(),
            ..Subject::default()
        }
    }

    fn of(entry: &Entry) -> Json {
        let runner = runner(SPIN, LIMITS);
        let outcome = tokio().block_on(runner.run(Invocation::default(), entry));
        let mut subject = subject();
        subject.approved(runner.approval());
        report(&subject, &outcome, Some(&runner), outcome.ending.code())
    }

    #[test]
    fn a_spent_budget_names_its_line() {
        let report = of(&Entry::Command);
        let outcome = &report["outcome"];
        assert_eq!(outcome["kind"], "fuel");
        assert_eq!(outcome["exit_code"], 121);
        assert_eq!(outcome["budget"]["key"], "limits.fuel");
        assert_eq!(outcome["budget"]["limit"], "10,000,000");
        assert_eq!(outcome["policy_line"], "policy.yaml:3");
        assert!(report["used"]["fuel"].as_u64().unwrap() >= 9_000_000);
        assert_eq!(report["used"]["memory"], 65_536);
        assert_eq!(report["limits"]["memory"], 1 << 20);
        assert_eq!(report["approval"], "none");
        assert_eq!(report["module"]["sha256"].as_str().unwrap().len(), 64);
        assert_eq!(report["policy"]["sha256"].as_str().unwrap().len(), 64);
        assert!(report["times"]["compile_ns"].as_u64().unwrap() > 0);
    }

    #[test]
    fn values_are_texts_and_exact() {
        let add = Entry::Export {
            name: "add".to_owned(),
            arguments: vec![Value::I32(i32::MAX), Value::I32(1)],
        };
        let report = of(&add);
        assert_eq!(report["outcome"]["kind"], "exit");
        assert_eq!(report["outcome"]["values"], json!(["-2147483648"]));
    }

    #[test]
    fn what_never_started_has_a_report_too() {
        let outcome = Outcome {
            ending: Ending::Refused("the lock has no AKIAIOSFODNN7EXAMPLE".to_owned()),
            usage: Usage::default(),
        };
        let report = report(&subject(), &outcome, None, 120);
        assert_eq!(report["outcome"]["kind"], "refused");
        assert_eq!(report["module"]["sha256"], Json::Null);
        assert_eq!(report["limits"], Json::Null);
        assert!(!report.to_string().contains("AKIAIOSFODNN7EXAMPLE"));
    }

    #[test]
    fn the_exact_code_and_the_frames_are_there() {
        let of = |ending: Ending| {
            let code = ending.code();
            let usage = Usage::default();
            report(&subject(), &Outcome { ending, usage }, None, code)
        };
        let exit = of(Ending::Exit(70_000));
        assert_eq!(exit["outcome"]["code"], 70_000);
        assert_eq!(exit["outcome"]["exit_code"], 119);
        let trap = of(Ending::Trapped(Trap {
            message: "wasm trap: unreachable".to_owned(),
            frames: vec!["inner".to_owned(), "outer".to_owned()],
        }));
        assert_eq!(trap["outcome"]["backtrace"], json!(["inner", "outer"]));
        assert_eq!(trap["outcome"]["kind"], "trap");
    }

    /// The document names every key of a report, and no other.
    #[test]
    fn its_keys_are_documented() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/run-report.md");
        let text = std::fs::read_to_string(path).unwrap();
        let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
        let documented: BTreeSet<String> = rows
            .filter_map(|row| Some(row.split_once('`')?.0.to_owned()))
            .collect();
        let mut keys = BTreeSet::new();
        for (key, value) in of(&Entry::Command).as_object().unwrap() {
            keys.insert(key.clone());
            let inner = value.as_object().into_iter().flatten();
            keys.extend(inner.map(|(inner, _)| format!("{key}.{inner}")));
        }
        keys.retain(|key| !key.starts_with("calls."));
        assert_eq!(documented, keys);
    }
}
