//! What the samples are for: what each is given, and what comes of it.

use super::job::{Job, Number};
use super::outcome::{Outcome, base64};
use crate::suite::program::root;

/// A sample, what is done with it, what is to be seen then in each host.
pub struct Sample {
    /// Its folder.
    pub name: &'static str,
    /// Its steps, in words.
    pub steps: &'static [&'static str],
    /// What it is given.
    pub set: fn(Job) -> Job,
    /// Whether an outcome is what it is for.
    pub expected: fn(&Outcome) -> bool,
}

/// Texts of the host's functions by their first two arguments.
fn texts(mut job: Job, names: &[&str]) -> Job {
    job.texts = names.iter().map(|&name| (name.to_owned(), 0, 1)).collect();
    job
}

fn answers(mut job: Job, name: &str, number: i32) -> Job {
    job.answers.push((name.to_owned(), Number::Narrow(number)));
    job
}

fn steady(mut job: Job) -> Job {
    job.steady = true;
    job
}

fn env(mut job: Job, name: &str, value: &str) -> Job {
    job.env.push((name.to_owned(), value.to_owned()));
    job
}

fn whole_writes(mut job: Job) -> Job {
    job.whole_writes = true;
    job
}

fn data(mut job: Job) -> Job {
    let folder = root().join("sample-modules/c-read-file/data");
    job.dirs.push(("/data".to_owned(), folder));
    job
}

fn printed(outcome: &Outcome, text: &str) -> bool {
    let well = outcome.ended == "returned" || outcome.exit == Some(0);
    well && outcome.stdout == base64(text.as_bytes())
}

/// The last call of a function of the host's has this text.
fn told(outcome: &Outcome, name: &str, text: &str) -> bool {
    let last = outcome.calls.iter().rev().find(|call| call[0] == name);
    last.is_some_and(|call| call.last().is_some_and(|last| last == text))
}

/// All of them.
pub const SAMPLES: &[Sample] = &[
    Sample {
        name: "assemblyscript-function",
        steps: &["abi_version", ",", "price", "1500", "3"],
        set: |job| job,
        expected: |outcome| outcome.results("price") == ["870"],
    },
    Sample {
        name: "zig-function",
        steps: &[
            "buffer",
            ",",
            "+write",
            "@",
            "79927398713",
            ",",
            "check",
            "11",
        ],
        set: |job| job,
        expected: |outcome| outcome.results("check") == ["1"],
    },
    Sample {
        name: "c-read-file",
        steps: &["_start"],
        set: |job| whole_writes(data(job)),
        expected: |outcome| printed(outcome, "3\n"),
    },
    Sample {
        name: "rust-command",
        steps: &["_start"],
        set: |job| env(job, "LANG", "en"),
        expected: |outcome| printed(outcome, "Dear Bob, hi\n"),
    },
    Sample {
        name: "go-command",
        steps: &["_start"],
        set: |mut job| {
            job.stdin = b"a,b\n1,2\n".to_vec();
            steady(job)
        },
        expected: |outcome| printed(outcome, "{\"a\":\"1\",\"b\":\"2\"}\n"),
    },
    Sample {
        name: "go-reactor",
        steps: &[
            "alloc",
            "21",
            ",",
            "+write",
            "@",
            "An Example of a Title",
            ",",
            "run",
            "@",
            "21",
            ",",
            "+read",
            "@high",
            "@low",
        ],
        set: steady,
        expected: |outcome| outcome.read == [base64(b"an-example-of-a-title")],
    },
    Sample {
        name: "go-unguarded-read",
        steps: &[
            "alloc",
            "10",
            ",",
            "+write",
            "@",
            "quoted.txt",
            ",",
            "run",
            "@",
            "10",
            ",",
            "+read",
            "@high",
            "@low",
        ],
        set: |job| steady(answers(texts(job, &["env.read_file"]), "env.read_file", 5)),
        expected: |outcome| {
            told(outcome, "env.read_file", "quoted.txt") && outcome.read == [base64(&[0; 5])]
        },
    },
    Sample {
        name: "rust-notifier",
        steps: &["notify", "7", "1"],
        set: |job| {
            let job = env(job, "NOTIFY_ROOM", "dev");
            answers(texts(job, &["env.http_post"]), "env.http_post", 200)
        },
        expected: |outcome| {
            outcome.results("notify") == ["200"]
                && told(
                    outcome,
                    "env.http_post",
                    "https://chat.example.com/rooms/dev",
                )
        },
    },
    Sample {
        name: "dice-roller",
        steps: &["_start"],
        set: steady,
        expected: |outcome| outcome.ended == "returned" && !outcome.stdout.is_empty(),
    },
    Sample {
        name: "embedded-credential",
        steps: &["_start"],
        set: whole_writes,
        expected: |outcome| outcome.ended == "returned" && !outcome.stdout.is_empty(),
    },
    Sample {
        name: "rust-exec",
        steps: &[
            "name_buffer",
            ",",
            "+write",
            "@",
            "a.png",
            ",",
            "convert",
            "5",
        ],
        set: |job| answers(texts(job, &["env.exec"]), "env.exec", 3),
        expected: |outcome| {
            outcome.results("convert") == ["3"]
                && told(outcome, "env.exec", "convert -resize 128x128 a.png")
        },
    },
    Sample {
        name: "opaque-dispatcher",
        // The request's address: no export tells it.
        steps: &[
            "+write",
            "1048616",
            "greet{\"n\":1}",
            ",",
            "__guest_call",
            "5",
            "7",
        ],
        set: |job| answers(job, "wapc.__host_call", 1),
        expected: |outcome| outcome.results("__guest_call") == ["1"] && outcome.called == 3,
    },
    Sample {
        name: "wide-host-abi",
        steps: &[
            "page",
            ",",
            "+write",
            "@",
            "etc/hosts",
            ",",
            "report",
            "0",
            "9",
            ",",
            "report",
            "1",
            "9",
            ",",
            "report",
            "2",
            "9",
            ",",
            "report",
            "3",
            "9",
            ",",
            "report",
            "4",
            "9",
            ",",
            "report",
            "5",
            "9",
            ",",
            "report",
            "6",
            "9",
            ",",
            "report",
            "7",
            "9",
        ],
        set: |job| {
            texts(
                job,
                &[
                    "env.http_get",
                    "env.sql_query",
                    "env.unlink",
                    "env.set_tenant",
                ],
            )
        },
        expected: |outcome| outcome.called == 10 && told(outcome, "env.unlink", "etc/hosts"),
    },
    Sample {
        name: "unversioned-abi",
        steps: &[
            "buffer",
            ",",
            "+write",
            "@",
            "card 4111",
            ",",
            "transform",
            "9",
        ],
        set: |job| texts(job, &["env.emit"]),
        expected: |outcome| told(outcome, "env.emit", "card ####"),
    },
    Sample {
        name: "stale-abi",
        steps: &["abi_version", ",", "run"],
        set: |job| texts(job, &["env.log_message"]),
        expected: |outcome| told(outcome, "env.log_message", "ready"),
    },
    Sample {
        name: "wasi-unstable",
        steps: &["_start"],
        set: |job| job,
        expected: |outcome| {
            outcome.ended == "returned"
                && outcome.calls == [["wasi_unstable.fd_write", "1", "0", "1", "8"]]
        },
    },
];
