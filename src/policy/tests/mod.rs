//! Tests of whole policies: that the language reads, that every key counts, and that bad text ends well.

mod chains;
mod hostile;
mod merging;
mod narrowing;
mod random;

use super::keys::rows;
use super::*;
use crate::source::{Mistake, Sources};

pub const FULL: &str = include_str!("full.yaml");
pub const VARIANTS: &str = include_str!("variants.yaml");

pub fn read(text: &str) -> Result<(Policy, Sources), Vec<Mistake>> {
    let mut sources = Sources::default();
    parse("test.yaml", text, &Vocabulary::standard(), &mut sources).map(|policy| (policy, sources))
}

/// Compares a committed text with what it should be; writes it under `BLESS=1`.
pub fn blessed(path: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{} is stale: run with BLESS=1",
        path.display()
    );
}

pub fn mistakes(text: &str) -> Vec<Mistake> {
    read(text).err().unwrap_or_default()
}

fn codes(text: &str) -> Vec<&'static str> {
    mistakes(text).iter().map(|mistake| mistake.code).collect()
}

#[test]
fn the_whole_language_reads() {
    let (policy, sources) = read(FULL).unwrap();
    assert_eq!(policy.name.unwrap().value, "thumbnailer");
    assert_eq!(policy.module.memory_max.unwrap().value, 64 << 20);
    assert_eq!(policy.limits.deadline.unwrap().value, 2_000_000_000);
    let host = &policy.imports.host[0];
    assert_eq!(host.args[0].allow.0[0][0].value, "/data/**");
    assert_eq!(host.args[0].max.unwrap().value, 4096);
    assert_eq!(host.on_deny.unwrap().value, -1);
    assert_eq!(
        policy.grants.preopens[1]
            .scratch
            .as_ref()
            .unwrap()
            .entries
            .unwrap()
            .value,
        1000
    );
    assert_eq!(
        policy.waivers[0].until.unwrap().value.to_string(),
        "2027-03-31"
    );
    assert_eq!(sources.slice(policy.limits.memory.unwrap().span), "64MiB");
    assert!(
        policy
            .keys
            .iter()
            .any(|key| key.value == "grants.preopens[0].host")
    );
}

/// The names of the table in the keys of a policy: list indices become `[]`, free names their placeholder.
fn written_rows(text: &str) -> Vec<String> {
    let (policy, _) = read(text).unwrap();
    let free = [
        ("module.max_section_size.", "<section>"),
        ("grants.env.set.", "<name>"),
        ("imports.host[].provider.values.", "<name>"),
    ];
    let generic = |key: &str| {
        let key = key
            .split('[')
            .map(|part| part.split_once(']').map_or(part, |(_, tail)| tail));
        let key = key.collect::<Vec<_>>().join("[]");
        if let Some((prefix, name)) = free.iter().find(|(prefix, _)| key.starts_with(prefix)) {
            return format!("{prefix}{name}");
        }
        match key.split('.').collect::<Vec<_>>().as_slice() {
            ["rules", _] => "rules.<rule>".to_owned(),
            ["rules", _, "severity"] => "rules.<rule>.severity".to_owned(),
            ["rules", _, _] => "rules.<rule>.<parameter>".to_owned(),
            _ => key,
        }
    };
    policy.keys.iter().map(|key| generic(&key.value)).collect()
}

#[test]
fn every_key_of_the_table_is_in_an_example() {
    let mut written = [written_rows(FULL), written_rows(VARIANTS)].concat();
    written.extend(["abi.version.section", "abi.version.marker"].map(str::to_owned));
    for row in rows() {
        assert!(written.contains(&row.path), "{} is in no example", row.path);
    }
    for path in written {
        assert!(
            rows().iter().any(|row| row.path == path),
            "{path} is not in the table"
        );
    }
}

/// Every place of a scalar key in the tree, as steps from its root.
fn leaves(item: &Item, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let children: Vec<(String, &Item)> = match &item.value {
        Value::Map(map) => map
            .iter()
            .map(|(name, item)| (name.clone(), item))
            .collect(),
        Value::List(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| (at.to_string(), item))
            .collect(),
        _ => return found.push(path.clone()),
    };
    for (name, item) in children {
        path.push(name);
        leaves(item, path, found);
        path.pop();
    }
}

fn without(item: &mut Item, path: &[String]) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    match &mut item.value {
        Value::Map(map) if rest.is_empty() => drop(map.remove(first)),
        Value::Map(map) => without(map.get_mut(first).unwrap(), rest),
        Value::List(items) => {
            let at: usize = first.parse().unwrap();
            if rest.is_empty() {
                drop(items.remove(at));
            } else {
                without(&mut items[at], rest);
            }
        }
        _ => {}
    }
}

fn typed(root: Item) -> String {
    let sources = Sources::default();
    let known = Vocabulary::standard();
    let merger = merge::Merger::new(&sources, &known);
    let waivable = root.get("waivable").cloned().unwrap_or_default();
    let mut policy = assemble::assemble(root, &waivable, Vec::new(), Vec::new(), merger);
    policy.resolved = Item::default();
    format!("{policy:?}")
}

#[test]
fn every_key_reaches_the_model() {
    // `trap` and `major` are what absence means; `version` and `extends` are the reader's.
    let silent = [
        "version",
        "extends",
        "imports.host.3.on_deny",
        "abi.version.encoding",
    ];
    for text in [FULL, VARIANTS] {
        let root = read(text).unwrap().0.resolved;
        let whole = typed(root.clone());
        let mut paths = Vec::new();
        leaves(&root, &mut Vec::new(), &mut paths);
        for path in paths
            .iter()
            .filter(|path| !silent.contains(&path.join(".").as_str()))
        {
            let mut changed = root.clone();
            without(&mut changed, path);
            assert_ne!(typed(changed), whole, "{} has no effect", path.join("."));
        }
    }
}

#[test]
fn every_profile_reads_without_a_mistake() {
    for name in profiles() {
        let mut sources = Sources::default();
        let policy = builtin(name, &Vocabulary::standard(), &mut sources)
            .unwrap()
            .unwrap();
        assert_eq!(policy.name.unwrap().value, name);
        assert!(policy.limits.deadline.is_some() && policy.limits.memory.is_some());
    }
    assert!(builtin("nothing", &Vocabulary::standard(), &mut Sources::default()).is_none());
}

#[test]
fn the_canonical_form_minds_meaning_alone() {
    let form = |text: &str| canonical(&read(text).unwrap().0);
    let one = form("limits: {memory: 1MiB}\nimports: {wasi: {allow: [stdin, stdout]}}\n");
    let same = form("# x\nimports:\n  wasi: {allow: [stdout, stdin]}\nlimits: {memory: 1024KiB}\n");
    assert_eq!(one, same);
    assert_ne!(
        one,
        form("limits: {memory: 2MiB}\nimports: {wasi: {allow: [stdin, stdout]}}\n")
    );
}

#[test]
fn all_mistakes_are_told_at_once_in_order() {
    let text = "version: 2\nlimit: {}\nlimits: {memory: 64 MB, deadline: 2, fuel: -1}\n\
        grants: {preopens: [{host: x}], clock: {wall: sometimes}, env: {pass: [\"[a\"]}}\n\
        module: {proposals: {allow: [smid]}, exports: {require: [{name: a, signature: i32}]}}\n\
        imports: {wasi: {allow: [fs.raed]}, host: [{module: a}]}\nwaivers: [{rule: x, until: 2027-02-30}]\n";
    assert_eq!(
        codes(text),
        [
            "out-of-range",
            "unknown-key",
            "bad-size",
            "bad-duration",
            "bad-number",
            "missing-key",
            "unknown-word",
            "bad-pattern",
            "unknown-name",
            "bad-signature",
            "unknown-name",
            "missing-key",
            "bad-date",
        ]
    );
    let helps: Vec<String> = mistakes(text)
        .into_iter()
        .filter_map(|mistake| mistake.help)
        .collect();
    for help in [
        "did you mean `limits`?",
        "did you mean `64MB`?",
        "did you mean `2s`?",
        "did you mean `simd`?",
        "did you mean `fs.read`?",
    ] {
        assert!(helps.iter().any(|found| found == help), "{help}");
    }
    let unlike = mistakes("imports: {wasi: {allow: ['*']}}").remove(0);
    assert!(unlike.help.unwrap().contains("`ringfence inspect MODULE`"));
}

#[test]
fn keys_that_do_not_go_together_are_told() {
    let cases = [
        ("abi: {version: {marker: a, major: 1}}", "exclusive-keys"),
        ("abi: {version: {export: a, global: b}}", "exclusive-keys"),
        ("abi: {version: {major: 1}}", "missing-key"),
        ("grants: {preopens: [{guest: /a}]}", "missing-key"),
        (
            "grants: {preopens: [{guest: /a, scratch: {}, mode: rw}]}",
            "exclusive-keys",
        ),
        (
            "grants: {preopens: [{guest: /a, host: x}, {guest: /a/, host: y}]}",
            "duplicate-entry",
        ),
        (
            "grants: {clock: {wall: real, at: 2026-01-01T00:00:00Z}}",
            "misplaced-key",
        ),
        ("grants: {random: {seed: 1}}", "misplaced-key"),
        ("grants: {stdin: }", "missing-value"),
        (
            "imports: {host: [{module: a, name: b, provider: {builtin: log, root: x}}]}",
            "misplaced-key",
        ),
        (
            "imports: {host: [{module: a, name: b, provider: {builtin: read_file}}]}",
            "missing-key",
        ),
        (
            "imports: {host: [{module: a, name: b, args: [{name: p, role: path}]}]}",
            "missing-key",
        ),
        (
            "imports: {host: [{module: a, name: b, args: [{name: n, role: number, index: 0, min: 2, max: 1}]}]}",
            "empty-range",
        ),
        (
            "imports: {host: [{module: a, name: b, args: [{name: n, role: number, index: 0, allow: [x]}]}]}",
            "misplaced-key",
        ),
        (
            "imports: {host: [{module: a, name: b, signature: (f32) -> (), args: [{name: n, role: path, ptr: 0, len: 1}]}]}",
            "bad-index",
        ),
    ];
    for (text, code) in cases {
        assert!(codes(text).contains(&code), "{text}: {:?}", mistakes(text));
    }
}
