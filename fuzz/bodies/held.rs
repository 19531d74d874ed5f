//! What holds of every judgement, whatever was judged: each format is what it says it is, nothing in one acts on its reader,
//! and the same input gives the same report.

use std::sync::LazyLock;

use ringfence::audit::{
    LoadedPolicy, Lock, ModuleReport, Report, Run, SCHEMA, Severity, Surroundings, Verdict,
};
use ringfence::policy::{self, Date, Vocabulary};
use ringfence::report::{self, Drawing, Format, Style};
use ringfence::rule::RuleSet;
use ringfence::source::Sources;
use ringfence::wasm::{self, Input};

/// The built-in rules, read once.
pub static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin(&SCHEMA));

/// A machine that no disk or day changes.
pub fn surroundings() -> Surroundings {
    Surroundings {
        working: Some("/srv/fuzz/work".into()),
        home: Some("/home/user".into()),
        today: Date {
            year: 2026,
            month: 6,
            day: 1,
        },
    }
}

/// A policy that comes with the program.
pub fn builtin(name: &str, sources: &mut Sources) -> LoadedPolicy {
    let read = policy::builtin(name, &Vocabulary::standard(), sources);
    let policy = read.and_then(Result::ok).unwrap_or_default();
    LoadedPolicy::new(format!("builtin:{name}"), policy, name != "baseline")
}

/// Judges bytes as a module under a policy and holds what comes of it.
pub fn judge(
    bytes: &[u8],
    policy: LoadedPolicy,
    sources: &Sources,
    rules: &RuleSet,
    lock: Option<&Lock>,
) -> Report {
    let input = Input::binary(bytes.to_vec());
    let around = surroundings();
    let policies = [policy];
    let run = Run {
        rules,
        policies: &policies,
        sources,
        surroundings: &around,
        lock,
        fail_on: Severity::Error,
        checklist: true,
        confirm: None,
    };
    let report = run.judge(&input, wasm::decode_input(&input));
    let again = run.judge(&input, wasm::decode_input(&input));
    assert_eq!(
        json(&report),
        json(&again),
        "two reports of the same module differ"
    );
    passes_only_if_valid(bytes, &report);
    formats(&report);
    report
}

/// What does not validate in the engine's own reader never passes.
fn passes_only_if_valid(bytes: &[u8], report: &Report) {
    let mut validator = wasmparser::Validator::new_with_features(wasm::features());
    let valid = validator.validate_all(bytes).is_ok();
    for module in &report.modules {
        assert!(
            valid || module.verdict != Verdict::Pass,
            "a module that is not valid passes"
        );
    }
}

/// A report in every format.
pub fn formats(report: &Report) {
    for (name, format) in Format::ALL {
        let coloured = matches!(format, Format::Text | Format::Short);
        for color in [false, true].into_iter().take(1 + usize::from(coloured)) {
            let style = Style {
                color,
                width: 40,
                ..Style::default()
            };
            let mut out = Vec::new();
            report::write(report, format, &style, &mut out).expect("a vector takes all");
            let text = String::from_utf8(out).expect("reports are UTF-8");
            match format {
                Format::Json | Format::Sarif | Format::Gitlab => parses(name, &text),
                _ => quiet(name, &text, color),
            }
            if format == Format::Github {
                commands(&text);
            }
        }
    }
    for module in &report.modules {
        screens(module);
    }
}

/// What `inspect` makes of a module.
pub fn screens(module: &ModuleReport) {
    let style = Style::default();
    let mut out = Vec::new();
    report::inspect(module, 3, &style, &mut out).expect("a vector takes all");
    quiet("inspect", &String::from_utf8_lossy(&out), false);
    for drawing in [Drawing::Dot, Drawing::Mermaid] {
        let mut out = Vec::new();
        report::graph(module, 3, drawing, &mut out).expect("a vector takes all");
        quiet("graph", &String::from_utf8_lossy(&out), false);
    }
    let mut out = Vec::new();
    report::json::modules(std::slice::from_ref(module), false, &mut out)
        .expect("a vector takes all");
    parses("inspect", &String::from_utf8_lossy(&out));
}

fn json(report: &Report) -> String {
    let mut out = Vec::new();
    let style = Style::default();
    report::write(report, Format::Json, &style, &mut out).expect("a vector takes all");
    String::from_utf8(out).expect("reports are UTF-8")
}

/// JSON, and none that acts on a terminal that shows it.
pub fn parses(name: &str, text: &str) {
    let read: Result<serde_json::Value, _> = serde_json::from_str(text);
    assert!(read.is_ok(), "{name} is no JSON: {:?}", read.err());
    quiet(name, text, false);
}

/// No character that acts on its reader; colours are our own, and are as we write them.
pub fn quiet(name: &str, text: &str, color: bool) {
    let plain = if color {
        without_colours(text)
    } else {
        text.to_owned()
    };
    let loud = plain.chars().find(|char| acts(*char));
    assert_eq!(loud, None, "{name} lets {loud:?} through");
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = |char: char| char.is_ascii_digit() || char == ';';
        let rest = part.trim_start_matches(digits);
        match rest.strip_prefix('m') {
            Some(rest) => plain.push_str(rest),
            None => plain.push_str("\u{1b}["),
        }
    }
    plain
}

/// Control characters but the end of a line, and what turns the direction of writing or hides.
fn acts(char: char) -> bool {
    (char.is_control() && char != '\n')
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A line that a job's log takes for a command is one of ours.
fn commands(text: &str) {
    for line in text
        .lines()
        .filter(|line| line.trim_start().starts_with("::"))
    {
        let own = [
            "::error ",
            "::warning ",
            "::notice ",
            "::error::",
            "::warning::",
            "::notice::",
        ];
        assert!(own.iter().any(|start| line.starts_with(start)), "{line}");
    }
}
