//! Hostile guests in this process, through the library, as an embedder runs them.

use std::collections::BTreeMap;

use ringfence::audit::{Approval, LoadedPolicy, Surroundings};
use ringfence::policy::{self, Vocabulary};
use ringfence::rule::RuleSet;
use ringfence::runner::{
    Allocation, Ending, Entry, Input, Invocation, LogMessage, LogSink, Options, Outcome, Runner,
    numbers,
};
use ringfence::source::Sources;
use ringfence::wasm;

use super::host::Host;
use super::row::Row;

/// A guest that is ready to be run, with the host around it.
pub struct Embedded {
    /// The module, compiled and linked.
    pub runner: Runner,
    /// Keeps the folders that the policy names.
    pub host: Host,
}

/// Nobody reads what guests log here.
struct Unread;

impl LogSink for Unread {
    fn write(&self, _: &LogMessage) -> std::io::Result<()> {
        Ok(())
    }
}

impl Embedded {
    /// Compiles a row's guest under its policy, the text of which may be changed first. No rule judges it: that the policies
    /// pass is held where the program runs.
    pub fn new(
        row: &Row,
        host: Host,
        allocation: Allocation,
        change: impl Fn(String) -> String,
    ) -> Result<Self, String> {
        let text = change(row.policy_text().map_err(|error| error.to_string())?);
        let path = host.path().join("policy.yaml");
        let name = path.display().to_string();
        let mut sources = Sources::default();
        let policy = policy::parse(&name, &text, &Vocabulary::standard(), &mut sources)
            .map_err(|_| format!("{name} does not read"))?;
        let policy = LoadedPolicy::new(&name, policy, true);
        let bytes = std::fs::read(host.path().join("plugin.wasm"));
        let input = wasm::Input::binary(bytes.map_err(|error| error.to_string())?);
        let module = wasm::decode_input(&input);
        let rules = RuleSet::empty();
        let around = Surroundings::of_process();
        let approval = Approval::audit(input, module, policy, sources, &rules, around)
            .map_err(|refusal| refusal.to_string())?;
        let options = Options {
            allocation,
            scratch_parent: Some(host.runtime().join("ringfence")),
            ..Options::default()
        };
        let runner = Runner::new(approval, options).map_err(|error| error.to_string())?;
        Ok(Self { runner, host })
    }

    /// One invocation.
    pub async fn run(&self, row: &Row) -> Result<Outcome, String> {
        let words = row.rest().to_vec();
        let (entry, arguments) = if row.export() == "_start" {
            (Entry::Command, words)
        } else {
            let module = self.runner.approval().module();
            let arguments = numbers(module, row.export(), &words)?;
            let name = row.export().to_owned();
            (Entry::Export { name, arguments }, Vec::new())
        };
        let stdin = match row.host.as_str() {
            "silent" => Input::Process,
            "bytes" => Input::Bytes(vec![0xff; 64]),
            _ => Input::Empty,
        };
        let variables = BTreeMap::from([("GREETING", "hi"), ("SECRET_WORD", "xyzzy")]);
        let invocation = Invocation {
            arguments,
            environment: variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            stdin,
            log: Some(std::sync::Arc::new(Unread)),
            ..Invocation::default()
        };
        Ok(self.runner.run(invocation, &entry).await)
    }
}

/// A tokio runtime on this thread.
pub fn tokio() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

/// Every call of `bad-pointers` with every bad pointer: each is a trap or an error, and the guest exits with 0 then.
pub fn bad_pointers() -> Result<(), String> {
    let row = |words: &[&str]| Row {
        guest: "bad-pointers".to_owned(),
        policy: "policy".to_owned(),
        call: words.iter().map(|&word| word.to_owned()).collect(),
        host: String::new(),
        exit: 0,
        says: String::new(),
    };
    let host = Host::around(&row(&["calls"])).map_err(|error| error.to_string())?;
    let embedded = Embedded::new(&row(&["calls"]), host, Allocation::OnDemand, |text| text)?;
    let tokio = tokio();
    let count = |export: &str| match tokio.block_on(embedded.run(&row(&[export])))?.ending {
        Ending::Returned(values) => values
            .first()
            .and_then(|value| value.to_string().parse::<u32>().ok())
            .ok_or_else(|| format!("`{export}` returns no number")),
        other => Err(format!("{other:?}")),
    };
    let (calls, choices) = (count("calls")?, count("choices")?);
    let mut wrong = Vec::new();
    let mut trapped = 0;
    for call in 0..calls {
        for choice in 0..choices {
            let words = ["attempt", &call.to_string(), &choice.to_string()];
            let ending = tokio.block_on(embedded.run(&row(&words)))?.ending;
            match ending {
                Ending::Returned(_) => {}
                Ending::Trapped(_) => trapped += 1,
                other => wrong.push(format!("call {call}, pointer {choice}: {other:?}")),
            }
        }
    }
    if calls < 60 || choices < 10 || trapped == 0 {
        wrong.push(format!(
            "{calls} calls, {choices} pointers, {trapped} traps"
        ));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}
