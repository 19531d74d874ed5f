//! `diff` of a module and what hardening made of it: the same bytes come out again, or it is not taken for that.

use ringfence::rewrite::Options;
use ringfence::wasm::{decode, encode_text};
use serde_json::Value;

use super::record::{POLICY, TEXT, told, with, written};
use super::{Check, harden, harden_bytes};
use crate::suite::program::{code, ensure, run, stdout};

/// The tests.
pub const CHECKS: &[(&str, Check)] = &[
    ("diff_shows_what_was_denied", denied),
    ("diff_hardens_the_old_version_again", again),
    ("diff_takes_no_record_at_its_word", forged),
];

/// The exit code, the text and the JSON of comparing a module with a second one.
struct Compared {
    code: i32,
    text: String,
    json: Value,
}

fn compare(name: &str, new: &[u8], policy: Option<&str>) -> Result<Compared, String> {
    let folder = written(name, &encode_text(TEXT)?)?;
    let put = |file: &str, bytes: &[u8]| {
        std::fs::write(folder.join(file), bytes).map_err(|error| error.to_string())
    };
    put("hardened.wasm", new)?;
    let mut arguments = vec!["diff", "plugin.wasm", "hardened.wasm"];
    if let Some(policy) = policy {
        put("policy.yaml", policy.as_bytes())?;
        arguments.extend(["--policy", "policy.yaml"]);
    }
    let text = stdout(&run(&folder, &arguments));
    arguments.extend(["--format", "json"]);
    let output = run(&folder, &arguments);
    let json = serde_json::from_str(&stdout(&output)).map_err(|error| error.to_string())?;
    Ok(Compared {
        code: code(&output),
        text,
        json,
    })
}

fn denied() -> Result<(), String> {
    let found = compare("diff", &harden(TEXT, POLICY)?, None)?;
    let text = &found.text;
    ensure(found.code == 0, || text.clone())?;
    let changes = found.json["changes"].as_array().ok_or("no changes")?;
    let told = |topic: &str, subject: &str, direction: &str| {
        changes.iter().any(|change| {
            change["topic"] == topic
                && change["subject"] == subject
                && change["direction"] == direction
        })
    };
    for (topic, subject, direction) in [
        ("import", "env.exec", "lost"),
        ("import", "wasi_snapshot_preview1.args_sizes_get", "lost"),
        ("export", "log2", "lost"),
        ("memory", "0", "narrowed"),
        ("start", "section", "lost"),
    ] {
        ensure(told(topic, subject, direction), || {
            format!("no {topic} {subject}: {text}")
        })?;
    }
    let gains = changes
        .iter()
        .filter(|change| change["direction"] == "gained" && change["topic"] == "export");
    let gains: Vec<&str> = gains
        .filter_map(|change| change["subject"].as_str())
        .collect();
    ensure(gains == ["_initialize"], || {
        format!("gained {gains:?}: {text}")
    })?;
    ensure(found.json["summary"]["escalation"] == 0, || text.clone())?;
    // Nobody said under which policy.
    let asked = text.contains("give the policy that it was hardened under, with --policy");
    ensure(asked && found.json["hardening"].is_null(), || text.clone())
}

fn again() -> Result<(), String> {
    let bytes = encode_text(TEXT)?;
    let options = [
        Options::default(),
        Options {
            keep_names: false,
            ..Options::default()
        },
        Options {
            fuel: false,
            ..Options::default()
        },
        Options {
            budget: Some(77),
            host_call: 3,
            ..Options::default()
        },
    ];
    for options in options {
        let (hardened, _) = harden_bytes(&bytes, POLICY, options)?;
        let found = compare("again", &hardened, Some(POLICY))?;
        let text = &found.text;
        ensure(
            found.code == 0 && text.contains("hardening it again gives the same bytes"),
            || format!("{options:?}: {text}"),
        )?;
        let fuel = &found.json["hardening"]["fuel"];
        ensure(fuel.is_null() != options.fuel, || fuel.to_string())?;
        let done = found.json["hardening"]["done"].as_array();
        let gone = done.is_some_and(|done| done.iter().any(|deed| deed["subject"] == "env.exec"));
        ensure(gone && text.contains("env.exec: traps"), || text.clone())?;
    }
    let other = POLICY.replace("max: 64", "max: 65");
    let found = compare("other", &harden(TEXT, POLICY)?, Some(&other))?;
    let named = found.text.contains("it names another policy");
    ensure(named && found.json["hardening"].is_null(), || found.text)
}

/// Modules which pass for hardened under the policy, with records that name the old version as what they were made from.
fn forged() -> Result<(), String> {
    let from = |text: &str| -> Result<Vec<u8>, String> {
        let other = encode_text(text)?;
        let (hardened, _) = harden_bytes(&other, POLICY, Options::default())?;
        let source = |bytes: &[u8]| decode(bytes).digest();
        let record = told(&hardened)?.replace(&source(&other), &source(&encode_text(TEXT)?));
        Ok(with(&hardened, &record))
    };
    let value = TEXT.replace(
        "(param i32) (result i32)\n",
        "(param i32) (result i32) (drop (i32.const 9))\n",
    );
    ensure(value != TEXT, || "the text is spelled otherwise".to_owned())?;
    let hardened = harden(TEXT, POLICY)?;
    let said = told(&hardened)?;
    let refuted = [
        (
            "other-code",
            from(&value)?,
            "hardening that gives another module",
        ),
        (
            "more-claimed",
            with(
                &hardened,
                &said.replace(
                    "\"done\":[",
                    "\"done\":[{\"what\":\"import\",\"subject\":\"env.never\",\"how\":\"traps\"},",
                ),
            ),
            "hardening that gives another module",
        ),
        ("no-record", with(&hardened, "{}"), "it does not hold"),
    ];
    for (name, bytes, problem) in refuted {
        let found = compare(name, &bytes, Some(POLICY))?;
        let told = found.code == 1 && found.text.contains(problem);
        ensure(told && found.json["hardening"].is_null(), || {
            format!("{name}: {}", found.text)
        })?;
    }
    let other = with(&hardened, &said.replace("ringfence 0.", "ringfence 99."));
    let found = compare("other-tool", &other, Some(POLICY))?;
    let told = found.text.contains("another version of ringfence made it");
    ensure(told && found.json["hardening"].is_null(), || found.text)
}
