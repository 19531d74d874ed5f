//! Reports for the tests of the formats: an ordinary one, and one in which every text attacks.

mod module;

use crate::audit::{
    Artifact, CapabilityRow, ChecklistPoint, Finding, Listing, Location, ModuleReport, Report,
    RuleInfo, Severity, Verdict, WaivedBy,
};
use crate::source::{SourceId, Sources, Span};

pub use module::module;
use module::poison;

/// A policy with a guardless path argument.
pub const POLICY: &str = "version: 1
name: thumbnailer
imports:
  wasi: {allow: [stdout]}
  host:
    - module: env
      name: read_file
      signature: \"(i32, i32) -> i32\"
      args:
        - {name: path, role: path, ptr: 0, len: 1}
grants:
  preopens:
    - {guest: /data, host: /, mode: ro}
  env: {pass: [\"*\"]}
  stdout: {max: 1MiB}
limits:
  memory: 64MiB
waivers:
  - {rule: missing-memory-maximum, subject: memory 0, reason: \"Go's linker declares none\", until: 2027-03-31}
";

/// Everything that a name can do to a report.
pub const EVIL: &str = "x\u{1b}[2J\u{9b}31m\u{202e}\u{200b}\r\n::error::pwned%0A`b` ```\n<script>alert(1)</script> @octocat ![i](http://e.example/) |c| {0} [x](1) ##[error]y\r";

/// The place of `needle` in the `source`'s text.
pub fn span(sources: &Sources, source: SourceId, needle: &str) -> Span {
    let start = sources.get(source).unwrap().text.find(needle).unwrap();
    Span {
        source,
        start: u32::try_from(start).unwrap(),
        end: u32::try_from(start + needle.len()).unwrap(),
    }
}

fn capability(name: &str, imports: &[&str], granted: bool) -> CapabilityRow {
    CapabilityRow {
        capability: name.to_owned(),
        imports: imports.iter().map(|import| (*import).to_owned()).collect(),
        reachable: None,
        granted: Some(granted),
        paths: Vec::new(),
    }
}

/// The judged Go plugin.
pub fn module_report() -> ModuleReport {
    ModuleReport {
        path: "plugins/thumbnail.wasm".to_owned(),
        policy: Some("plugins/thumbnail.policy.yaml".to_owned()),
        module: Some(module()),
        abi_version: Some("1.2".to_owned()),
        changes: None,
        capabilities: vec![
            capability("fs.read", &["wasi_snapshot_preview1.path_open"], false),
            capability("host:env/log", &["env.log"], false),
            capability("host:env/read_file", &["env.read_file"], true),
            capability("stdout", &["wasi_snapshot_preview1.fd_write"], true),
        ],
        readings: Vec::new(),
        verdict: Verdict::Fail,
        errors: Vec::new(),
    }
}

/// A rule's page.
pub fn rule(id: &str, title: &str, severity: Severity) -> RuleInfo {
    RuleInfo {
        id: id.to_owned(),
        title: title.to_owned(),
        severity,
        confidence: "high".to_owned(),
        tags: vec!["CWE-441".to_owned(), "confused-deputy".to_owned()],
        explanation: "A host import that opens paths does so with the host's authority, not with the plugin's. Without a guard the plugin reads whatever the host process can read.\n\n- `preopens` do not help: the host opens the file itself.\n- A guard is checked on a copy of the bytes.\n".to_owned(),
        help: "give `{it.argument}` an `allow` guard".to_owned(),
    }
}

fn finding(rule: &str, severity: Severity, subject: &str, message: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity,
        subject: subject.to_owned(),
        message: message.to_owned(),
        help: None,
        module: Some(0),
        locations: Vec::new(),
        waived: None,
    }
}

fn text(span: Span, label: &str) -> Location {
    Location::Text {
        artifact: Artifact::Policy,
        span,
        label: label.to_owned(),
    }
}

/// The place of an import.
pub fn at_import(offset: usize, import: &str) -> Location {
    Location::Module {
        offset: Some(offset),
        function: None,
        import: Some(import.to_owned()),
        export: None,
        listing: None,
    }
}

/// Two modules, one of which could not be read; findings of every severity, one waived.
pub fn report() -> Report {
    let mut sources = Sources::default();
    let policy = sources.add("plugins/thumbnail.policy.yaml", POLICY);
    let at = |needle: &str| span(&sources, policy, needle);
    let listing = "i32.const 1024\ni32.const 12\ncall $env.read_file\ndrop\n".to_owned();
    let findings = vec![
        Finding {
            help: Some(
                "list what the plugin may open, for instance `allow: [\"/data/**\"]`".to_owned(),
            ),
            locations: vec![
                text(at("role: path"), "opened with the host's authority"),
                at_import(200, "env.read_file"),
            ],
            ..finding(
                "confused-deputy-path",
                Severity::Error,
                "import env.read_file",
                "`env.read_file` opens any path that the guest passes: its argument `path` has no `allow` guard",
            )
        },
        Finding {
            help: Some("pass the names that the plugin needs, one by one".to_owned()),
            locations: vec![text(at("\"*\""), "matches every name")],
            ..finding(
                "env-forwarding",
                Severity::Error,
                "env *",
                "the host's whole environment reaches the plugin",
            )
        },
        Finding {
            help: Some("declare a maximum: `--max-memory` for wasm-ld".to_owned()),
            waived: Some(WaivedBy {
                reason: "Go's linker declares none".to_owned(),
                until: Some("2027-03-31".to_owned()),
                span: at("rule: missing-memory-maximum"),
            }),
            ..finding(
                "missing-memory-maximum",
                Severity::Warning,
                "memory 0",
                "memory 0 has no declared maximum",
            )
        },
        Finding {
            locations: vec![text(at("limits"), "")],
            help: Some("add `host_calls:`".to_owned()),
            ..finding(
                "no-host-call-limit",
                Severity::Note,
                "limit host_calls",
                "nothing bounds the number of host calls",
            )
        },
        Finding {
            locations: vec![Location::Module {
                offset: Some(0x4d4),
                function: Some("main.run".to_owned()),
                import: Some("env.log".to_owned()),
                export: None,
                listing: Some(Listing {
                    start: 28,
                    end: 47,
                    text: listing,
                }),
            }],
            help: Some("add it to `imports.host`, or build the plugin without it".to_owned()),
            ..finding(
                "undeclared-host-import",
                Severity::Error,
                "import env.log",
                "`env.log` is imported and `imports.host` does not list it",
            )
        },
        Finding {
            locations: vec![at_import(960, "")],
            ..finding(
                "start-section",
                Severity::Warning,
                "start",
                "code runs at instantiation, before any check of the ABI version",
            )
        },
    ];
    Report {
        errors: Vec::new(),
        verdict: Verdict::Error,
        modules: vec![
            module_report(),
            ModuleReport {
                path: "plugins/broken.wasm".to_owned(),
                policy: None,
                module: None,
                abi_version: None,
                changes: None,
                capabilities: Vec::new(),
                readings: Vec::new(),
                verdict: Verdict::Error,
                errors: vec!["cannot read plugins/broken.wasm: permission denied".to_owned()],
            },
        ],
        findings,
        rules: [
            rule(
                "confused-deputy-path",
                "A host import opens paths that the guest chooses",
                Severity::Error,
            ),
            rule(
                "env-forwarding",
                "The whole environment is forwarded",
                Severity::Error,
            ),
            rule(
                "missing-memory-maximum",
                "A memory has no maximum",
                Severity::Warning,
            ),
            rule(
                "no-host-call-limit",
                "Host calls are not bounded",
                Severity::Note,
            ),
            rule(
                "start-section",
                "Code runs at instantiation",
                Severity::Warning,
            ),
            rule(
                "undeclared-host-import",
                "A host import is not declared",
                Severity::Error,
            ),
        ]
        .map(|rule| (rule.id.clone(), rule))
        .into(),
        sources,
        checklist: None,
    }
}

/// The report with a checklist.
pub fn with_checklist() -> Report {
    let point = |title: &str, met, rules: &[&str]| ChecklistPoint {
        title: title.to_owned(),
        met,
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
    };
    let points = vec![
        point(
            "Is every host import declared and guarded?",
            Some(false),
            &["confused-deputy-path", "undeclared-host-import"],
        ),
        point("Is memory bounded?", Some(true), &["no-memory-limit"]),
        point(
            "Does it behave the same on every run?",
            None,
            &["nondeterministic-clock"],
        ),
    ];
    Report {
        checklist: Some(vec![points, Vec::new()]),
        ..report()
    }
}

/// The report in which every text that can come from outside is [`EVIL`].
pub fn hostile() -> Report {
    let mut report = report();
    let policy = report
        .sources
        .add(EVIL, format!("{EVIL}\n- {EVIL}: {EVIL}\n"));
    let inside = span(&report.sources, policy, "- x");
    for module in &mut report.modules {
        module.path = EVIL.to_owned();
        module.policy = Some(EVIL.to_owned());
        module.abi_version = Some(EVIL.to_owned());
        module.errors = vec![EVIL.to_owned()];
        for row in &mut module.capabilities {
            row.capability = EVIL.to_owned();
            row.imports = vec![EVIL.to_owned()];
            row.paths = vec![vec![EVIL.to_owned()]];
        }
        if let Some(module) = &mut module.module {
            poison(module);
        }
    }
    for finding in &mut report.findings {
        finding.subject = EVIL.to_owned();
        finding.message = EVIL.to_owned();
        finding.help = Some(EVIL.to_owned());
        finding.locations = vec![
            text(inside, EVIL),
            at_import(1, EVIL),
            Location::Module {
                offset: Some(2),
                function: Some(EVIL.to_owned()),
                import: None,
                export: Some(EVIL.to_owned()),
                listing: Some(Listing {
                    text: EVIL.to_owned(),
                    start: 1,
                    end: 40,
                }),
            },
        ];
        if let Some(waived) = &mut finding.waived {
            waived.reason = EVIL.to_owned();
        }
    }
    report
}
