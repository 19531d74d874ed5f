//! What a child may and may not ask of its base.

use super::*;

fn merged(base: &str, child: &str) -> (Policy, Sources) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("base.yaml"), base).unwrap();
    let mut sources = Sources::default();
    let child = format!("extends: base.yaml\n{child}");
    let policy = parse_in(
        folder.path(),
        "child.yaml",
        &child,
        &Vocabulary::standard(),
        &mut sources,
    );
    (policy.unwrap(), sources)
}

fn widened(base: &str, child: &str) -> Vec<String> {
    let (policy, _) = merged(base, child);
    policy
        .widenings
        .into_iter()
        .map(|widening| widening.key)
        .collect()
}

#[test]
fn a_widening_has_both_places_and_no_effect() {
    let (policy, sources) = merged("limits: {memory: 32MiB}\n", "limits: {memory: 64MiB}\n");
    assert_eq!(policy.limits.memory.unwrap().value, 32 << 20);
    let widening = &policy.widenings[0];
    assert_eq!(
        (widening.key.as_str(), widening.ceiling),
        ("limits.memory", true)
    );
    assert_eq!(
        (widening.asked.as_str(), widening.base.as_str()),
        ("64MiB", "32MiB")
    );
    let places: Vec<_> = widening
        .labels
        .iter()
        .map(|label| {
            (
                sources.name(label.span).rsplit('/').next().unwrap(),
                sources.slice(label.span),
            )
        })
        .collect();
    assert_eq!(places, [("child.yaml", "64MiB"), ("base.yaml", "32MiB")]);
}

#[test]
fn what_asks_for_more_is_told() {
    let host = |tail: &str| format!("imports: {{host: [{{module: e, name: f{tail}}}]}}");
    let args = |tail: &str| {
        host(&format!(
            ", args: [{{name: p, role: path, ptr: 0, len: 1{tail}}}]"
        ))
    };
    let cases = [
        (
            "module: {kind: core}",
            "module: {kind: wasip1}",
            "module.kind",
        ),
        (
            "module: {memory: {allow_shared: false}}",
            "module: {memory: {allow_shared: true}}",
            "module.memory.allow_shared",
        ),
        (
            "module: {memory: {require_maximum: true}}",
            "module: {memory: {require_maximum: false}}",
            "module.memory.require_maximum",
        ),
        (
            "module: {proposals: {allow: [simd]}}",
            "module: {proposals: {allow: [simd, gc]}}",
            "module.proposals.allow",
        ),
        (
            "module: {start_section: deny}",
            "module: {start_section: allow}",
            "module.start_section",
        ),
        (
            "module: {max_section_size: {code: 1}}",
            "module: {max_section_size: {code: 2}}",
            "module.max_section_size.code",
        ),
        (
            "imports: {memory: deny}",
            "imports: {memory: allow}",
            "imports.memory",
        ),
        (
            "imports: {wasi: {allow: [fs.read]}}",
            "imports: {wasi: {allow: [fs.write]}}",
            "imports.wasi.allow",
        ),
        (
            "imports: {wasi: {allow: []}}",
            "imports: {wasi: {allow: [fd_read]}}",
            "imports.wasi.allow",
        ),
        ("imports: {host: []}", &host(""), "imports.host e f"),
        (
            &args(", allow: [/data/**]"),
            &args(", allow: [/etc/passwd]"),
            "imports.host e f.args p.allow",
        ),
        (
            &args(", allow: [/data/*]"),
            &args(", allow: [/data/a/b]"),
            "imports.host e f.args p.allow",
        ),
        (
            &args(", allow: [/data/x]"),
            &args(", allow: [/data/*]"),
            "imports.host e f.args p.allow",
        ),
        (
            &args(", allow: [/data/*]"),
            &args(", allow: ['/**']"),
            "imports.host e f.args p.allow",
        ),
        (
            &args(", max: 1KiB"),
            &args(", max: 2KiB"),
            "imports.host e f.args p.max",
        ),
        (
            &host(", provider: {stub: {return: 0}}"),
            &host(", provider: {builtin: config}"),
            "imports.host e f.provider.builtin",
        ),
        (
            &host(", provider: {builtin: read_file, root: data}"),
            &host(", provider: {builtin: read_file, root: .}"),
            "imports.host e f.provider.root",
        ),
        (
            &host(", provider: {builtin: kv}"),
            &host(", provider: {builtin: kv, scope: tenant}"),
            "imports.host e f.provider.scope",
        ),
        (
            "grants: {preopens: []}",
            "grants: {preopens: [{guest: /a, host: x}]}",
            "grants.preopens /a",
        ),
        (
            "grants: {preopens: [{guest: /a, host: x}]}",
            "grants: {preopens: [{guest: /a/, host: x, mode: rw}]}",
            "grants.preopens /a.mode",
        ),
        (
            "grants: {preopens: [{guest: /a, host: x}]}",
            "grants: {preopens: [{guest: /a, host: x/../y}]}",
            "grants.preopens /a.host",
        ),
        (
            "grants: {preopens: [{guest: /a, host: x}]}",
            "grants: {preopens: [{guest: /a, scratch: {}}]}",
            "grants.preopens /a.scratch",
        ),
        (
            "grants: {env: {pass: [LANG]}}",
            "grants: {env: {set: {A: b}}}",
            "grants.env.set",
        ),
        (
            "grants: {env: {set: {A: b}}}",
            "grants: {env: {set: {A: c}}}",
            "grants.env.set.A",
        ),
        (
            "grants: {env: {pass: [LC_ALL]}}",
            "grants: {env: {pass: ['*']}}",
            "grants.env.pass",
        ),
        (
            "grants: {args: {allow: [--a]}}",
            "grants: {args: {allow: [--b]}}",
            "grants.args.allow",
        ),
        (
            "grants: {network: {connect: [a.org:443]}}",
            "grants: {network: {connect: ['a.org:*']}}",
            "grants.network.connect",
        ),
        (
            "grants: {network: {connect: [a.org:443]}}",
            "grants: {network: {connect: [a.org:80]}}",
            "grants.network.connect",
        ),
        (
            "grants: {network: {connect: ['*.org:443']}}",
            "grants: {network: {listen: [x:1]}}",
            "grants.network.listen",
        ),
        (
            "grants: {clock: {wall: fixed}}",
            "grants: {clock: {wall: real}}",
            "grants.clock.wall",
        ),
        (
            "grants: {clock: {wall: fixed}}",
            "grants: {clock: {monotonic: step}}",
            "grants.clock.monotonic",
        ),
        (
            "grants: {random: {source: seeded}}",
            "grants: {random: {source: os}}",
            "grants.random.source",
        ),
        (
            "grants: {stdout: {max: 1, on_limit: trap}}",
            "grants: {stdout: {max: 1, on_limit: truncate}}",
            "grants.stdout.on_limit",
        ),
        (
            "rules: {a: {max: 5}}",
            "rules: {a: {max: 6}}",
            "rules.a.max",
        ),
        ("version: 1", "waivable: [a]", "waivable"),
    ];
    for (base, child, key) in cases {
        assert_eq!(widened(base, child), [key], "{base} | {child}");
    }
}

#[test]
fn what_asks_for_less_is_silent() {
    let args = |allow: &str| {
        format!(
            "imports: {{host: [{{module: e, name: f, args: [{{name: p, role: path, ptr: 0, len: 1, allow: [{allow}]}}]}}]}}"
        )
    };
    let cases = [
        ("limits: {memory: 2}", "limits: {memory: 1, fuel: 9}"),
        (
            "module: {max_section_size: {code: 1}}",
            "module: {max_section_size: {data: 2}}",
        ),
        (
            "imports: {wasi: {allow: [fs.read]}}",
            "imports: {wasi: {allow: [path_open], stub: [path_link], deny: [fd_read]}}",
        ),
        (&args("/data/**"), &args("/data/a/b, '/data/*.txt'")),
        (
            "grants: {preopens: [{guest: /a, host: ./x, mode: rw}]}",
            "grants: {preopens: [{guest: /a, host: x/y, mode: ro}]}",
        ),
        (
            "grants: {network: {connect: ['*.org:443']}}",
            "grants: {network: {connect: [a.org:443], listen: []}}",
        ),
        (
            "grants: {env: {pass: ['LC_*']}}",
            "grants: {env: {pass: [LC_ALL]}}",
        ),
        (
            "grants: {clock: {wall: real}}",
            "grants: {clock: {wall: fixed, monotonic: deny}}",
        ),
        (
            "grants: {clock: {wall: fixed}}",
            "grants: {clock: {at: 2026-01-01T00:00:00Z}}",
        ),
        (
            "grants: {stdout: {}}",
            "grants: {preopens: [{guest: /a, host: x}]}",
        ),
        (
            "imports: {host: [{module: e, name: f, provider: {builtin: read_file, root: x}}]}",
            "imports: {host: [{module: e, name: f, provider: {stub: {return: 0}}}]}",
        ),
        ("waivable: [a, b]", "waivable: [a]"),
    ];
    for (base, child) in cases {
        assert_eq!(widened(base, child), [""; 0], "{base} | {child}");
    }
}

#[test]
fn lists_of_bases_stay_layers() {
    let (policy, _) = merged(
        "imports: {wasi: {allow: [fs.read, stdin]}}",
        "imports: {wasi: {allow: [path_open]}}",
    );
    let layers: Vec<Vec<&str>> = policy
        .imports
        .wasi_allow
        .0
        .iter()
        .map(|layer| layer.iter().map(|name| name.value.as_str()).collect())
        .collect();
    assert_eq!(layers, [vec!["path_open"], vec!["fs.read", "stdin"]]);
}

#[test]
fn a_stub_stands_for_the_bases_provider() {
    let host = |provider: &str| {
        format!("imports: {{host: [{{module: e, name: f, provider: {provider}}}]}}")
    };
    let (policy, _) = merged(
        &host("{builtin: log, max_messages: 5}"),
        &host("{stub: {return: 7}}"),
    );
    assert!(
        matches!(policy.imports.host[0].provider, Some(Provider::Stub(value)) if value.value == 7)
    );
}

#[test]
fn severities_only_rise_unless_waivable() {
    let severity = |base: &str, child: &str| {
        let (policy, _) = merged(base, &format!("rules: {{a: {{severity: {child}}}}}"));
        let rule = policy.rules["a"].clone();
        (
            rule.severity.unwrap().value,
            rule.lowered_from.map(|from| from.value),
        )
    };
    let warned = "rules: {a: {severity: warning}}\n";
    assert_eq!(severity(warned, "error"), ("error".into(), None));
    assert_eq!(
        severity(warned, "off"),
        ("warning".into(), Some("warning".into()))
    );
    let waivable = format!("{warned}waivable: [a]\n");
    assert_eq!(
        severity(&waivable, "note"),
        ("note".into(), Some("warning".into()))
    );
}

#[test]
fn waivers_know_whether_a_base_says_them() {
    let (policy, _) = merged(
        "waivers: [{rule: a}]\nwaivable: [b]",
        "waivers: [{rule: b}]\n",
    );
    let from: Vec<(&str, bool)> = policy
        .waivers
        .iter()
        .map(|waiver| (waiver.rule.value.as_str(), waiver.from_base))
        .collect();
    assert_eq!(from, [("b", false), ("a", true)]);
    assert_eq!(policy.waivable[0].value, "b");
    let (alone, _) = read("waivers: [{rule: a}]").unwrap();
    assert!(alone.waivers[0].from_base);
}

#[test]
fn a_files_waivable_is_for_its_children_not_for_itself() {
    let (policy, _) = merged("waivable: [a, b]", "waivable: [a]\nwaivers: [{rule: b}]");
    let names: Vec<&str> = policy
        .waivable
        .iter()
        .map(|rule| rule.value.as_str())
        .collect();
    assert_eq!(names, ["a", "b"]);
}
