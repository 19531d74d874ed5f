//! Snapshots of every format, and what must hold for all of them.

use std::io;

use super::*;
use crate::report::sample;

const PLAIN: Style = Style {
    color: false,
    width: 90,
    quiet: false,
    summary: true,
};

fn written(report: &Report, format: Format, style: &Style) -> String {
    let mut out = Vec::new();
    write(report, format, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn snapshots() {
    for (name, format) in Format::ALL {
        insta::assert_snapshot!(name, written(&sample::with_checklist(), format, &PLAIN));
        insta::assert_snapshot!(
            format!("{name}-hostile"),
            written(&sample::hostile(), format, &PLAIN)
        );
    }
    let colored = Style {
        color: true,
        ..PLAIN
    };
    insta::assert_snapshot!(
        "text-color",
        written(&sample::report(), Format::Text, &colored)
    );
}

#[test]
fn no_format_prints_what_deceives() {
    for (name, format) in Format::ALL {
        let shown = written(&sample::hostile(), format, &PLAIN);
        let bad = shown
            .chars()
            .find(|char| *char != '\n' && escape::deceives(*char));
        assert_eq!(bad, None, "{name}");
        assert!(!shown.contains("##["), "{name}");
    }
}

#[test]
fn every_format_is_the_same_from_run_to_run() {
    for (_, format) in Format::ALL {
        assert_eq!(
            written(&sample::hostile(), format, &PLAIN),
            written(&sample::hostile(), format, &PLAIN)
        );
    }
}

#[test]
fn a_closed_pipe_is_an_error_in_every_format() {
    struct Closed;
    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    for (name, format) in Format::ALL {
        let error = write(&sample::report(), format, &PLAIN, &mut Closed).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{name}");
    }
}

#[test]
fn quiet_says_nothing_of_what_passes() {
    let quiet = Style {
        quiet: true,
        ..PLAIN
    };
    for format in [Format::Text, Format::Short] {
        assert_eq!(
            written(&sample::report(), format, &quiet),
            "3 errors, 1 warning, 1 note (1 waived) in 2 modules: ERROR\n"
        );
        assert_eq!(written(&Report::default(), format, &quiet), "");
    }
}

fn text(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn pages_and_screens() {
    let report = sample::report();
    let mut alone = sample::module_report();
    for row in &mut alone.capabilities {
        row.granted = None;
    }
    let screen = text(|out| inspect(&alone, 1, &PLAIN, out));
    assert!(screen.lines().count() <= 40);
    insta::assert_snapshot!("inspect", screen);
    let hostile = sample::hostile();
    insta::assert_snapshot!(
        "inspect-hostile",
        text(|out| inspect(&hostile.modules[0], 1, &PLAIN, out))
    );
    insta::assert_snapshot!(
        "inspect-json",
        text(|out| json::modules(&[alone.clone()], false, out))
    );
    let examples: [Example; 2] = [
        (
            "a path without a guard",
            true,
            vec![
                ("policy", "version: 1\nimports:\n  host: []\n".to_owned()),
                (
                    "module",
                    "(module\n  (import \"env\" \"read_file\" (func))\n)\n".to_owned(),
                ),
            ],
        ),
        ("no imports", false, vec![("module", "(module)".to_owned())]),
    ];
    let rule = &report.rules["confused-deputy-path"];
    insta::assert_snapshot!("explain", text(|out| explain(rule, &examples, &PLAIN, out)));
}

#[test]
fn mistakes_are_drawn_at_their_places() {
    let mut sources = Sources::default();
    let policy = sources.add(
        "policy.yaml",
        "version: 1\nlimits:\n  deadlin: 2s\n  fuel: 1\n  set: {API_TOKEN: hunter2}\n  fuel: 2\n",
    );
    let list = [
        Mistake::new(
            "unknown-key",
            "`limits` has no key `deadlin`",
            sample::span(&sources, policy, "deadlin"),
        )
        .help("did you mean `deadline`?"),
        Mistake::new(
            "duplicate-key",
            "`fuel` is written twice",
            sample::span(&sources, policy, "fuel: 2"),
        )
        .label("again here")
        .also(sample::span(&sources, policy, "fuel"), "first here"),
    ];
    let drawn = mistakes(&list, &sources, &PLAIN);
    assert!(!drawn.contains("hunter2"));
    insta::assert_snapshot!("mistakes", drawn);
    insta::assert_snapshot!(
        "mistakes-json",
        text(|out| json::value(&mistakes_json(&list, &sources), out))
    );
}

#[test]
fn thousands_of_findings_in_a_large_policy_are_quick() {
    let mut report = sample::report();
    let line = "    - {name: read_file, module: env, role: path, allow: [\"/data/**\"]}\n";
    let policy = report
        .sources
        .add("large.yaml", line.repeat((1 << 20) / line.len()));
    let first = report.findings[0].clone();
    report.findings = (0..2000u32)
        .map(|index| {
            let start = index * u32::try_from(line.len()).unwrap() * 7;
            let mut finding = first.clone();
            finding.rule = format!("rule-{}", index / 50);
            finding.locations = vec![crate::audit::Location::Text {
                artifact: crate::audit::Artifact::Policy,
                span: crate::source::Span {
                    source: policy,
                    start: start + 7,
                    end: start + 11,
                },
                label: "here".to_owned(),
            }];
            finding
        })
        .collect();
    for (name, format) in Format::ALL {
        let start = std::time::Instant::now();
        let shown = written(&report, format, &PLAIN);
        assert!(
            start.elapsed().as_secs() < 5,
            "{name}: {:?}",
            start.elapsed()
        );
        println!("{name}: {:?}, {} bytes", start.elapsed(), shown.len());
    }
}

#[test]
fn no_line_for_people_is_a_workflow_command() {
    let mut report = sample::hostile();
    let at_front = |text: &mut String| *text = format!("::error::x {}::warning::y", "z".repeat(70));
    for finding in &mut report.findings {
        at_front(&mut finding.subject);
        at_front(&mut finding.message);
        finding.help.as_mut().map(at_front);
    }
    for module in &mut report.modules {
        at_front(&mut module.path);
    }
    for color in [false, true] {
        let style = Style { color, ..PLAIN };
        let mut shown = text(|out| inspect(&report.modules[0], 1, &style, out));
        for format in [Format::Text, Format::Short, Format::Markdown] {
            shown.push_str(&written(&report, format, &style));
        }
        let bad = shown.lines().find(|line| {
            let bare = line.replace("\u{1b}[", "").replace(['m', ' '], "");
            bare.trim_start_matches(|char: char| char.is_ascii_digit())
                .starts_with("::")
        });
        assert_eq!(bad, None);
    }
}

#[test]
fn github_has_one_command_a_finding_and_no_more() {
    let shown = written(&sample::hostile(), Format::Github, &PLAIN);
    let commands = shown.lines().filter(|line| line.starts_with("::")).count();
    assert_eq!((commands, shown.lines().count()), (2 + 5, 2 + 5 + 1));
}

#[test]
fn many_findings_of_one_rule_are_cut_in_text_alone() {
    let mut report = sample::report();
    report.findings = vec![report.findings[0].clone(); 1234];
    let shown = written(&report, Format::Text, &PLAIN);
    assert_eq!(
        shown.matches("error[confused-deputy-path]").count(),
        super::text::MAX_OF_ONE_RULE
    );
    assert!(shown.contains("… and 1,184 more of confused-deputy-path; --format json has all"));
    let json: serde_json::Value =
        serde_json::from_str(&written(&report, Format::Json, &PLAIN)).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 1234);
}

#[test]
fn json_holds_the_raw_texts() {
    let json: serde_json::Value =
        serde_json::from_str(&written(&sample::hostile(), Format::Json, &PLAIN)).unwrap();
    for pointer in [
        "/findings/0/message",
        "/modules/0/path",
        "/findings/2/waived/reason",
    ] {
        assert_eq!(json.pointer(pointer).unwrap(), sample::EVIL, "{pointer}");
    }
    assert_eq!(
        json["summary"],
        serde_json::json!({"error": 3, "warning": 1, "note": 1, "waived": 1})
    );
    let place = &json["findings"][0]["locations"][0];
    assert_eq!(
        (&place["artifact"], &place["span"]["start"]["line"]),
        (&"policy".into(), &4.into())
    );
}

#[test]
fn a_finding_in_a_policy_of_many_modules_names_its_module() {
    let report = sample::report();
    let path = format!("(in {}", report.modules[0].path);
    for format in [Format::Short, Format::Github] {
        let shown = written(&report, format, &PLAIN);
        let line = shown.lines().find(|line| line.contains("policy.yaml"));
        assert!(line.unwrap().contains(&path), "{shown}");
    }
    let sarif: serde_json::Value =
        serde_json::from_str(&written(&report, Format::Sarif, &PLAIN)).unwrap();
    for (finding, result) in report.findings.iter().zip(0..) {
        let result = sarif["runs"][0]["results"][result].to_string();
        let module = finding
            .module
            .map(|module| escape::uri(&report.modules[module].path));
        assert!(module.is_none_or(|uri| result.contains(&uri)), "{result}");
    }
}
