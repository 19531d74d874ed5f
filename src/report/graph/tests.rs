//! Graphs of ordinary modules and of hostile ones, read back by a reader that takes nothing it does not know.

use super::*;
use crate::audit::{CapabilityRow, Verdict};
use crate::report::sample::EVIL;
use crate::wasm::{Uses, decode, encode_text};

const TEXT: &str = r#"(module
    (import "env" "read_file" (func (param i32 i32)))
    (import "env" "exec" (func))
    (import "env" "log" (func))
    (func $main.run (export "run")) (func $main.readHost) (func $handle (export "handle")))"#;

fn step(function: u32, may: Option<Why>) -> Step {
    Step {
        function,
        offset: Some(9),
        may,
    }
}

fn usage(function: u32, reach: Reach, paths: Vec<Path>) -> ImportUse {
    ImportUse {
        reach,
        paths,
        ..ImportUse::unknown(function)
    }
}

fn report(text: &str, uses: Vec<ImportUse>) -> ModuleReport {
    let mut module = decode(&encode_text(text).unwrap());
    let rows = module.imports.iter().map(|import| CapabilityRow {
        capability: format!("host:{}/{}", import.module, import.name),
        imports: vec![import.full_name()],
        reachable: None,
        granted: None,
        paths: Vec::new(),
    });
    let capabilities = rows.collect();
    module.uses = Some(Uses {
        imports: uses,
        bounded: None,
    });
    ModuleReport {
        path: "plugin.wasm".to_owned(),
        policy: None,
        module: Some(module),
        abi_version: None,
        capabilities,
        readings: Vec::new(),
        changes: None,
        verdict: Verdict::Pass,
        errors: Vec::new(),
    }
}

fn ordinary() -> ModuleReport {
    let direct = Path {
        root: Root::Export(0),
        steps: vec![step(3, None), step(4, None), step(0, None)],
    };
    let indirect = Path {
        root: Root::Export(1),
        steps: vec![step(5, None), step(0, Some(Why::IndirectCall))],
    };
    let log = Path {
        root: Root::Host(Why::SharedTable),
        steps: vec![step(4, None), step(2, None)],
    };
    let uses = vec![
        usage(0, Reach::Likely, vec![direct, indirect]),
        usage(1, Reach::Unreachable, Vec::new()),
        usage(2, Reach::May(Why::SharedTable), vec![log]),
    ];
    report(TEXT, uses)
}

fn drawn(report: &ModuleReport, paths: usize, drawing: Drawing) -> String {
    let mut out = Vec::new();
    write(report, paths, drawing, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_graph_leads_from_exports_to_imports() {
    let report = ordinary();
    insta::assert_snapshot!("dot", drawn(&report, 8, Drawing::Dot));
    insta::assert_snapshot!("mermaid", drawn(&report, 8, Drawing::Mermaid));
    let dot = drawn(&report, 8, Drawing::Dot);
    let read = Dot::read(&dot);
    assert_eq!(read.labels.len(), 8, "{dot}");
    assert!(drawn(&report, 1, Drawing::Dot).len() < dot.len());
    assert_eq!(dot, drawn(&report, 8, Drawing::Dot));
}

#[test]
fn a_module_that_was_not_analysed_has_its_imports() {
    let mut report = ordinary();
    report.module.as_mut().unwrap().uses = None;
    assert_eq!(Dot::read(&drawn(&report, 1, Drawing::Dot)).labels.len(), 3);
    report.module = None;
    assert_eq!(Dot::read(&drawn(&report, 1, Drawing::Dot)).labels.len(), 0);
    assert!(drawn(&report, 1, Drawing::Mermaid).starts_with("flowchart LR\n"));
}

/// Names that would leave their quotes, or act.
const HOSTILE: [&str; 12] = [
    EVIL,
    "a\"]; evil [label=\"x",
    "a\\",
    "\\N\\G\\l",
    "&lt;b&gt; &#39;",
    "<img src=x onerror=alert(1)>",
    "\"]\n  click i0 href \"javascript:alert(1)\"",
    "%% comment\n%%{init: {\"securityLevel\": \"loose\"}}%%",
    "end",
    "1. list",
    "`**bold**`",
    "#quot;]#35;",
];

#[test]
fn no_name_leaves_its_quotes() {
    for name in HOSTILE {
        let mut report = ordinary();
        let module = report.module.as_mut().unwrap();
        module.names = vec![(3, name.to_owned()), (4, name.to_owned())];
        module.imports[0].name = name.to_owned();
        module.exports[0].name = name.to_owned();
        report.capabilities[0].capability = name.to_owned();
        report.capabilities[0].imports = vec![module.imports[0].full_name()];
        let dot = drawn(&report, 8, Drawing::Dot);
        let read = Dot::read(&dot);
        assert!(read.labels.len() >= 6, "{dot}");
        let shown = escape::line(name, MAX_LABEL);
        assert!(
            read.labels.iter().any(|(_, label)| *label == shown),
            "{shown}\n{dot}"
        );
        let mermaid = drawn(&report, 8, Drawing::Mermaid);
        check_mermaid(&mermaid);
        for text in [&dot, &mermaid] {
            let acts = |char: char| char != '\n' && escape::deceives(char);
            assert!(!text.chars().any(acts), "{text}");
        }
    }
}

#[test]
fn a_large_module_is_cut_and_says_so() {
    let imports: String = (0..400)
        .map(|at| format!(r#"(import "env" "f{at}" (func))"#))
        .collect();
    let long = Path {
        root: Root::Start,
        steps: (500..5000)
            .map(|at| step(at, None))
            .chain([step(7, None)])
            .collect(),
    };
    let uses = (0..400)
        .map(|at| {
            let mut path = long.clone();
            path.steps
                .iter_mut()
                .for_each(|step| step.function += at * 5000);
            path.steps.last_mut().unwrap().function = at;
            usage(at, Reach::Likely, vec![path])
        })
        .collect();
    let report = report(&format!("(module {imports})"), uses);
    for drawing in [Drawing::Dot, Drawing::Mermaid] {
        let text = drawn(&report, 32, drawing);
        assert!(text.len() < 100_000 && text.contains("250"), "{text}");
        assert!(text.contains("more …"), "{text}");
    }
    let dot = drawn(&report, 32, Drawing::Dot);
    assert!(Dot::read(&dot).labels.len() <= MAX_NODES);
    assert!(dot.contains("left out: 250 imports, "), "{dot}");
}

/// What a strict reader finds in a drawing for Graphviz: only statements of the forms that are written.
struct Dot {
    labels: Vec<(String, String)>,
}

impl Dot {
    fn read(text: &str) -> Self {
        let mut labels = Vec::new();
        let mut names = Vec::new();
        let mut depth = 0;
        for line in text.lines().map(str::trim) {
            if let Some(open) = line.strip_suffix('{') {
                let open = open.trim();
                assert!(open == "digraph capabilities" || is_cluster(open), "{line}");
                depth += 1;
            } else if line == "}" {
                depth -= 1;
            } else {
                let statement = line.strip_suffix(';').unwrap_or_else(|| panic!("{line}"));
                if statement.starts_with("label=") {
                    assert_eq!(attributes_of(statement).len(), 1, "{line}");
                    continue;
                }
                let (head, attributes) = match statement.split_once(" [") {
                    Some((head, rest)) => (head, Some(rest.strip_suffix(']').unwrap())),
                    None => (statement, None),
                };
                let label = attributes.and_then(|text| {
                    let found = attributes_of(text);
                    found
                        .into_iter()
                        .find(|(key, _)| key == "label")
                        .map(|(_, label)| label)
                });
                if let Some((from, to)) = head.split_once(" -> ") {
                    assert!(names.contains(&from) && names.contains(&to), "{line}");
                } else if is_name(head) {
                    names.push(head);
                    labels.push((head.to_owned(), label.unwrap()));
                } else {
                    assert!(["node", "edge", "rankdir=LR"].contains(&head), "{line}");
                }
            }
        }
        assert_eq!(depth, 0);
        Self { labels }
    }
}

fn is_name(text: &str) -> bool {
    let number = text.strip_prefix(['e', 'f', 'i']);
    number.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_cluster(text: &str) -> bool {
    text.strip_prefix("subgraph cluster_")
        .is_some_and(|rest| rest == "roots" || rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `key=word` and `key="text"`, with what the text stands for.
fn attributes_of(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let (key, value) = rest.split_once('=').unwrap_or_else(|| panic!("{text}"));
        assert!(key.bytes().all(|byte| byte.is_ascii_lowercase()), "{text}");
        if let Some(quoted) = value.strip_prefix('"') {
            let mut label = String::new();
            let mut chars = quoted.char_indices();
            let end = loop {
                match chars.next().unwrap_or_else(|| panic!("{text}")) {
                    (at, '"') => break at,
                    (_, '\\') => {
                        let (_, next) = chars.next().unwrap();
                        assert!(next == '\\' || next == '"', "{text}");
                        label.push(next);
                    }
                    (_, char) => label.push(char),
                }
            };
            assert!(!label.replace("&amp;", "").contains('&'), "{text}");
            found.push((key.to_owned(), label.replace("&amp;", "&")));
            rest = &quoted[end + 1..];
        } else {
            let end = value.find(',').unwrap_or(value.len());
            assert!(
                value[..end]
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
                "{text}"
            );
            found.push((key.to_owned(), value[..end].to_owned()));
            rest = &value[end..];
        }
        match rest.strip_prefix(", ") {
            Some(more) => rest = more,
            None => break,
        }
    }
    assert_eq!(rest, "", "{text}");
    found
}

/// Each line is one of the forms that are written, and each label is of harmless characters alone.
fn check_mermaid(text: &str) {
    for line in text.lines().skip(1).map(str::trim) {
        let parts: Vec<&str> = line.split('"').collect();
        assert!(parts.len() == 1 || parts.len() == 3, "{line}");
        let bare = if parts.len() == 3 {
            let safe = |char: char| char.is_alphanumeric() || " ,._/…#;".contains(char);
            assert!(parts[1].chars().all(safe) && !parts[1].is_empty(), "{line}");
            for entity in parts[1].split('#').skip(1) {
                let number = entity.split_once(';').unwrap().0;
                assert!(number.bytes().all(|byte| byte.is_ascii_digit()), "{line}");
            }
            format!("{}\"\"{}", parts[0], parts[2])
        } else {
            line.to_owned()
        };
        let form: String = bare.split(|char: char| char.is_ascii_digit()).collect();
        let known = [
            "end",
            "subgraph roots[\"\"]",
            "subgraph g[\"\"]",
            "e[\"\"]",
            "f(\"\")",
            "i[[\"\"]]",
            "i[[\"\"]]:::unreachable",
            "rest[\"\"]:::unreachable",
        ];
        let edge = [" --> ", " -.->|\"\"| "].iter().any(|arrow| {
            bare.split_once(arrow)
                .is_some_and(|(from, to)| is_name(from) && is_name(to))
        });
        let class = bare.starts_with("classDef unreachable ");
        assert!(known.contains(&form.as_str()) || edge || class, "{line}");
    }
}
