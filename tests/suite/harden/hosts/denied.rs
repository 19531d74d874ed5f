//! What a policy denies is denied in every host, with the error that docs/harden.md says; before, it was not.

use super::Case;
use super::alike::{PLENTY, agreed, everywhere, hardened, module, policy, with};
use super::job::{Job, Number};
use super::outcome::{Outcome, base64};
use crate::suite::harden::Check;
use crate::suite::program::{ensure, root};

/// The trials.
pub fn cases() -> Vec<Case> {
    let checks: &[(&str, Check)] = &[
        ("reading_answers_76", reading),
        ("stubbed_sources_answer_as_documented", sources),
        ("a_url_outside_of_the_guard_gets_on_deny", url),
        ("texts_outside_of_the_guard_trap", texts),
        ("what_no_policy_grants_traps", exec),
        ("an_exit_that_is_stubbed_traps", exit),
        ("a_name_that_no_host_has_is_no_matter", foreign),
        ("a_browser_is_not_asked", browser),
        ("memories_stay_under_the_limit", memories),
        ("tables_stay_under_the_limit", tables),
        ("exports_that_are_not_listed_are_gone", exports),
    ];
    let case =
        |(name, check): &(&str, Check)| -> Case { (format!("denied::{name}"), Box::new(*check)) };
    checks.iter().map(case).collect()
}

/// What to be seen of the module as it was, and of the hardened one, in each host; the hosts agree on the latter.
fn both(
    sample: &str,
    policy: &str,
    job: &dyn Fn(&[u8]) -> Job,
    before: fn(&Outcome) -> bool,
    after: fn(&Outcome) -> bool,
) -> Result<(), String> {
    let original = module(sample)?;
    for (host, outcome) in everywhere(&|| job(&original))? {
        ensure(before(&outcome), || {
            format!("before, {host:?}: {} {}", outcome.seen(), outcome.message)
        })?;
    }
    only(sample, policy, job, after)
}

/// The hardened module alone.
fn only(
    sample: &str,
    policy: &str,
    job: &dyn Fn(&[u8]) -> Job,
    after: fn(&Outcome) -> bool,
) -> Result<(), String> {
    let hardened = hardened(&module(sample)?, policy)?;
    let outcomes = everywhere(&|| {
        let mut job = job(&hardened);
        job.fuel = Some(PLENTY);
        job
    })?;
    for (host, outcome) in &outcomes {
        ensure(after(outcome), || {
            format!("after, {host:?}: {} {}", outcome.seen(), outcome.message)
        })?;
    }
    agreed(&outcomes)
}

/// It trapped at a step, by an `unreachable` of ours, and not for want of fuel.
fn trapped(outcome: &Outcome) -> bool {
    outcome.ended == "trapped" && outcome.kind == "unreachable" && !outcome.exhausted()
}

/// Opening answers 76 (NOTCAPABLE), and the program says what it says of a file that it may not open.
fn reading() -> Result<(), String> {
    let policy = policy("c-read-file")?;
    let stubbed = with(&policy, "      - fs.read\n", "")?;
    let stubbed = with(
        &stubbed,
        "grants:",
        "    stub: [path_open, fd_read]\ngrants:",
    )?;
    let job = |bytes: &[u8]| {
        let mut job = Job::new(bytes, "_start");
        job.dirs = vec![(
            "/data".to_owned(),
            root().join("sample-modules/c-read-file/data"),
        )];
        job
    };
    both(
        "c-read-file",
        &stubbed,
        &job,
        |outcome| outcome.ended == "returned" && outcome.stdout == base64(b"3\n"),
        |outcome| {
            let said = base64(b"count: /data/message.txt cannot be read\n");
            outcome.exit == Some(1) && outcome.stdout.is_empty() && outcome.stderr == said
        },
    )
}

/// The guest exits with the number of what it got, and with none of them it returns.
fn sources() -> Result<(), String> {
    both(
        "hostile/denied-sources",
        &policy("hostile/denied-sources")?,
        &|bytes| Job::new(bytes, "_start"),
        |outcome| outcome.exit == Some(1),
        |outcome| outcome.ended == "returned",
    )
}

fn url() -> Result<(), String> {
    let policy = policy("rust-notifier")?;
    let one = with(
        &policy,
        "\"https://chat.example.com/rooms/*\"",
        "\"https://chat.example.com/rooms/dev\"",
    )?;
    let job = |bytes: &[u8]| {
        let mut job = Job::new(bytes, "notify 7 1");
        job.env = vec![("NOTIFY_ROOM".to_owned(), "ops".to_owned())];
        job.answers = vec![("env.http_post".to_owned(), Number::Narrow(200))];
        job
    };
    both(
        "rust-notifier",
        &one,
        &job,
        |outcome| outcome.results("notify") == ["200"] && outcome.called == 1,
        |outcome| outcome.results("notify") == ["-1"] && outcome.called == 0,
    )
}

fn texts() -> Result<(), String> {
    let policy = policy("hostile/forged-log")?;
    for export in ["long", "bad"] {
        let job = |bytes: &[u8]| Job::new(bytes, export);
        let called = |outcome: &Outcome| outcome.ended == "returned" && outcome.called == 1;
        let denied = |outcome: &Outcome| trapped(outcome) && outcome.called == 0;
        both("hostile/forged-log", &policy, &job, called, denied)?;
    }
    Ok(())
}

fn exec() -> Result<(), String> {
    let policy = policy("rust-exec")?;
    let (head, rest) = policy.split_once("imports:\n").ok_or("no imports")?;
    let (_, limits) = rest.split_once("limits:\n").ok_or("no limits")?;
    let none = format!("{head}limits:\n{limits}");
    let words = [
        "name_buffer",
        ",",
        "+write",
        "@",
        "x;id",
        ",",
        "convert",
        "4",
    ];
    both(
        "rust-exec",
        &none,
        &|bytes| Job::of_words(bytes, &words),
        |outcome| outcome.called == 1,
        |outcome| trapped(outcome) && outcome.at == "convert" && outcome.called == 0,
    )
}

fn exit() -> Result<(), String> {
    let policy = policy("hostile/exit-codes")?;
    let stubbed = with(
        &policy,
        "allow: [process.exit]",
        "stub: [proc_exit, proc_raise]",
    )?;
    both(
        "hostile/exit-codes",
        &stubbed,
        &|bytes| Job::new(bytes, "exit 7"),
        |outcome| outcome.exit == Some(7),
        trapped,
    )?;
    // Signals answer 76, and nothing else happens. Node would end itself.
    only(
        "hostile/exit-codes",
        &stubbed,
        &|bytes| Job::new(bytes, "raise 9"),
        |outcome| outcome.ended == "returned",
    )
}

/// Sockets under WASI's name: no host links the module, and every host links it without them.
fn foreign() -> Result<(), String> {
    both(
        "foreign-wasi",
        &policy("foreign-wasi")?,
        &|bytes| {
            let mut job = Job::new(bytes, "_start");
            job.env = vec![("LANG".to_owned(), "en".to_owned())];
            job
        },
        |outcome| outcome.ended == "refused" && outcome.at == "link",
        |outcome| trapped(outcome) && outcome.at == "_start",
    )
}

/// What `wasm-bindgen` asks a page for, the policy does not grant: it is not asked.
fn browser() -> Result<(), String> {
    both(
        "browser-build",
        &policy("browser-build")?,
        &|bytes| Job::new(bytes, "__wbindgen_describe_greet_985abb6c5e77dbc4"),
        |outcome| outcome.ended == "returned" && outcome.called > 0,
        |outcome| trapped(outcome) && outcome.called == 0,
    )
}

/// Growing fails with -1 at the limit, as the specification has it; the runner would end the run instead.
fn memories() -> Result<(), String> {
    let policy = policy("hostile/memory-bomb")?;
    for export in ["step", "leap", "beyond"] {
        // What the module as it was would take is not tried out.
        let job = |bytes: &[u8]| Job::new(bytes, export);
        only("hostile/memory-bomb", &policy, &job, |outcome| {
            let failed = [vec![], vec!["-1".to_owned()]];
            outcome.ended == "returned" && failed.contains(&outcome.steps[0].results)
        })?;
    }
    Ok(())
}

fn tables() -> Result<(), String> {
    let policy = with(
        &policy("hostile/table-bomb")?,
        "table_elements:",
        "table_elements: 50 #",
    )?;
    for export in ["step", "leap"] {
        let job = |bytes: &[u8]| Job::new(bytes, export);
        only("hostile/table-bomb", &policy, &job, |outcome| {
            outcome.ended == "returned"
        })?;
    }
    Ok(())
}

fn exports() -> Result<(), String> {
    let policy = policy("zig-function")?;
    let required = "      - {name: check, signature: \"(i32) -> i32\"}\n";
    let policy = with(&policy, required, "")?;
    let policy = with(
        &policy,
        "allow: [memory, abi_version, buffer, check]",
        "allow: [memory, abi_version, buffer]",
    )?;
    both(
        "zig-function",
        &policy,
        &|bytes| Job::new(bytes, "check 0"),
        |outcome| outcome.results("check") == ["0"],
        |outcome| outcome.ended == "refused" && outcome.at == "check" && outcome.steps.is_empty(),
    )
}
