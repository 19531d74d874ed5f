//! Functions of embedders: what they are given, what they may answer, and what is not linked.

use super::*;
use crate::audit::Approval;
use crate::runner::{RunnerError, sample};

const ARGUMENTS: &str = "{name: path, role: path, ptr: 0, len: 1}, {name: out, role: out-buffer, ptr: 2, len: 3, max: 1KiB}";

fn with(function: impl Fn(GuardedCall) -> Result<Answer, Stop> + Send + Sync + 'static) -> Runner {
    let mut functions = Registry::default();
    functions.host_fn("env", "f", function);
    let options = Options {
        functions,
        ..Options::default()
    };
    let module = guest(4, b"/data/./x");
    Runner::new(approve(&module, &policy(ARGUMENTS, "")), options).unwrap()
}

// In docs/host-functions.md:
fn weather(approval: Approval) -> Result<Runner, RunnerError> {
    let mut functions = Registry::default();
    functions.host_fn("env", "weather", |call: GuardedCall| {
        let city = call.text("city").unwrap_or_default();
        let report = format!("{city}: sunny").into_bytes();
        if report.len() > call.capacity("out").unwrap_or(0) {
            return Ok(Answer::number(-2));
        }
        Ok(Answer::bytes("out", report))
    });
    let options = Options {
        functions,
        ..Options::default()
    };
    Runner::new(approval, options)
}
// Until here.

#[test]
fn the_documented_example_is_this_one() {
    let (_, rest) = include_str!("embedder.rs")
        .split_once("// In docs/host-functions.md:\n")
        .unwrap();
    let (example, _) = rest.split_once("// Until here.").unwrap();
    let page = include_str!("../../../../docs/host-functions.md");
    assert!(
        page.contains(example),
        "docs/host-functions.md shows another example"
    );
    let arguments = page.lines().find(|line| line.starts_with("      args: ["));
    let arguments = arguments.unwrap().trim().trim_start_matches("args: [");
    let policy = policy(arguments.trim_end_matches(']'), "").replace("name: f", "name: weather");
    let module = guest(4, b"Paris").replace("\"f\"", "\"weather\"");
    let runner = weather(approve(&module, &policy)).unwrap();
    assert!(returned(&run(&runner, &[AT, 5, OUT, 99]), 12));
    assert!(returned(&run(&runner, &[AT, 5, OUT, 9]), -2));
    assert_eq!(
        denial(run(&runner, &[AT, 4, OUT, 9])).argument.as_deref(),
        Some("city")
    );
}

fn refusal(module: &str, policy: &str, functions: Registry) -> String {
    let options = Options {
        functions,
        ..Options::default()
    };
    match Runner::new(approve(module, policy), options) {
        Err(RunnerError::Refused(reasons)) => reasons.join("\n"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was linked"),
    }
}

#[test]
fn a_function_is_given_what_was_judged_and_fills_its_room() {
    let runner = with(|call| {
        assert_eq!(call.text("path"), Some("/data/x"));
        assert_eq!((call.function(), call.plugin()), ("env.f", "sample"));
        assert_eq!(call.tenant(), Some("acme"));
        assert_eq!(call.capacity("out"), Some(5));
        Ok(Answer::number(5).with("out", b"hello".to_vec()))
    });
    tokio().block_on(async {
        let invocation = Invocation {
            tenant: Some("acme".to_owned()),
            ..Invocation::default()
        };
        let Ok(mut instance) = runner.start(invocation).await else {
            panic!("it did not start")
        };
        assert_eq!(word(&mut instance, "run", &[AT, 9, OUT, 5]).await, 5);
        assert_eq!(peek(&mut instance, OUT - 1, 7).await, b"\0hello\0");
    });
}

#[test]
fn an_answer_that_does_not_fit_writes_nothing() {
    for (name, bytes) in [("out", 6), ("path", 1), ("other", 1)] {
        let runner = with(move |_| Ok(Answer::default().with(name, vec![1; bytes])));
        let ending = run(&runner, &[AT, 9, OUT, 5]);
        assert!(matches!(ending, Ending::Stopped(Stop::Failed(_))), "{name}");
    }
    let runner = with(|_| Ok(Answer::number(1 << 40)));
    let ending = run(&runner, &[AT, 9, OUT, 5]);
    assert!(matches!(ending, Ending::Stopped(Stop::Failed(_))));
}

#[test]
fn a_function_may_stop_the_guest() {
    let runner = with(|_| Err(Stop::Failed("no".to_owned())));
    let ending = run(&runner, &[AT, 9, OUT, 5]);
    assert!(matches!(ending, Ending::Stopped(Stop::Failed(reason)) if reason == "no"));
}

#[test]
fn a_function_that_waits_meets_the_deadline() {
    let mut functions = Registry::default();
    functions.host_fn_async("env", "f", |call: GuardedCall| async move {
        let hours = call.number("n").unwrap_or_default().unsigned_abs();
        tokio::time::sleep(std::time::Duration::from_secs(hours * 3600)).await;
        Ok(Answer::number(3))
    });
    let options = Options {
        functions,
        ..Options::default()
    };
    let argument = "{name: n, role: number, index: 0}";
    let policy = policy(argument, "").replace("deadline: 5s", "deadline: 200ms");
    let runner = Runner::new(approve(&guest(1, b""), &policy), options).unwrap();
    assert!(returned(&run(&runner, &[0]), 3));
    let deadline = Stop::Spent(crate::runner::Budget::Deadline);
    assert!(matches!(run(&runner, &[1]), Ending::Stopped(stop) if stop == deadline));
}

#[test]
fn an_offer_alone_links_nothing() {
    let offer = || {
        let mut functions = Registry::default();
        functions.host_fn("env", "f", |_| Ok(Answer::number(7)));
        functions
    };
    let undeclared = format!("module: {{kind: core}}\n{LIMITS}");
    let reasons = refusal(&guest(1, b""), &undeclared, offer());
    assert!(reasons.contains("env.f"), "{reasons}");
    let reasons = refusal(&guest(2, b""), &policy(ARGUMENTS, ""), Registry::default());
    assert!(reasons.contains("env.f"), "{reasons}");
}

/// The policy was approved with its provider: an offer of the same name does not take its place.
#[test]
fn a_stated_provider_answers_and_no_offer() {
    let mut functions = Registry::default();
    functions.host_fn("env", "f", |_| panic!("the offer was asked"));
    let options = Options {
        functions,
        ..Options::default()
    };
    let policy = policy("", ", provider: {stub: {return: 4}}");
    let runner = Runner::new(approve(&guest(1, b""), &policy), options).unwrap();
    assert!(returned(&run(&runner, &[0]), 4));
}

#[test]
fn what_does_not_fit_its_import_does_not_start() {
    let text = "{name: a, role: text, ptr: 0, len: 1}";
    let stub = ", provider: {stub: {return: 0}}";
    for (arguments, more, word) in [
        (
            "{name: a, role: text, ptr: 0, len: 9}",
            stub,
            "no parameter 9",
        ),
        ("{name: a, role: number, index: 9}", stub, "no parameter 9"),
        (
            "{name: a, role: text, ptr: 1, len: 1}",
            stub,
            "same parameter",
        ),
        (
            text,
            ", provider: {stub: {return: 5000000000}}",
            "cannot hold",
        ),
        (
            text,
            ", on_deny: {return: -5000000000}, provider: {stub: {return: 0}}",
            "cannot hold",
        ),
        (text, ", provider: {builtin: config}", "out-buffer"),
        (
            text,
            ", provider: {builtin: read_file, root: ., max: 1}",
            "path",
        ),
        ("", ", provider: {builtin: log}", "a text"),
        ("", ", provider: {builtin: kv}", "a text"),
        (
            "{name: a, role: path, ptr: 0, len: 1}",
            ", provider: {builtin: read_file, root: ./no-such-folder, max: 1}",
            "no-such-folder",
        ),
    ] {
        let policy = policy(arguments, more);
        let reasons = refusal(&guest(2, b""), &policy, Registry::default());
        assert!(reasons.contains(word), "{arguments}{more}: {reasons}");
        assert!(reasons.contains("policy.yaml:4"), "{reasons}");
    }
}

#[test]
fn numbers_alone_cross() {
    let text = "{name: a, role: text, ptr: 0, len: 1}";
    let stub = ", provider: {stub: {return: 0}}";
    for (ty, arguments) in [
        ("(param f32 f32)", text),
        ("(param f64)", "{name: a, role: number, index: 0}"),
        ("(param i32 externref)", ""),
        ("(result externref)", ""),
        ("(result i32 i32)", ""),
    ] {
        let module = format!("(module (import \"env\" \"f\" (func {ty})))");
        let reasons = refusal(&module, &policy(arguments, stub), Registry::default());
        assert!(reasons.contains("env.f"), "{ty}: {reasons}");
    }
}

#[test]
fn a_provider_that_tells_lengths_needs_a_result() {
    let module = "(module (import \"env\" \"f\" (func (param i32 i32 i32 i32))))";
    for provider in ["read_file, root: ., max: 1", "config", "kv"] {
        let policy = policy(ARGUMENTS, &format!(", provider: {{builtin: {provider}}}"));
        let reasons = refusal(module, &policy, Registry::default());
        assert!(reasons.contains("no result"), "{provider}: {reasons}");
    }
}

#[test]
fn the_stated_signature_is_the_only_one() {
    let more = ", signature: \"(i32) -> i32\", provider: {stub: {return: 1}}";
    assert!(returned(
        &run(&sample::runner(&guest(1, b""), &policy("", more)), &[0]),
        1
    ));
    let reasons = refusal(&guest(2, b""), &policy("", more), Registry::default());
    assert!(
        reasons.contains("the policy says (i32) -> i32"),
        "{reasons}"
    );
}

#[test]
fn one_function_is_imported_by_one_type() {
    let module = "(module (import \"env\" \"f\" (func (param i32)))
        (import \"env\" \"f\" (func (param i64) (result i32))))";
    let more = ", provider: {stub: {return: 1}}";
    let reasons = refusal(module, &policy("", more), Registry::default());
    assert!(reasons.contains("two types"), "{reasons}");
}
