//! The layers: imports go downward only, peers do not see each other, and each outside crate has one home.

use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

use super::program::{entries, root};

/// Each layer with what it may see.
const LAYERS: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("wasm", &["source"]),
    ("capability", &["source"]),
    ("policy", &["wasm", "capability", "source"]),
    ("rule", &["wasm", "capability", "source"]),
    ("audit", &["policy", "rule", "wasm", "capability", "source"]),
    (
        "report",
        &["audit", "policy", "rule", "wasm", "capability", "source"],
    ),
    (
        "runner",
        &["audit", "policy", "rule", "wasm", "capability", "source"],
    ),
    (
        "rewrite",
        &["audit", "policy", "rule", "wasm", "capability", "source"],
    ),
    (
        "cli",
        &[
            "report",
            "runner",
            "rewrite",
            "audit",
            "policy",
            "rule",
            "wasm",
            "capability",
            "source",
        ],
    ),
];

/// Each crate with the one layer that may name it.
const HOMES: &[(&str, &str)] = &[
    ("granit_parser", "source"),
    ("strsim", "source"),
    ("wasmparser", "wasm"),
    ("wat", "wasm"),
    ("wasmprinter", "wasm"),
    ("wasm_encoder", "rewrite"),
    ("rustc_demangle", "wasm"),
    ("globset", "policy"),
    ("cel", "rule"),
    ("ssh_key", "audit"),
    ("rpassword", "cli"),
    ("clap", "cli"),
    ("clap_complete", "cli"),
    ("clap_mangen", "cli"),
    ("wasmtime", "runner"),
    ("wasmtime_wasi", "runner"),
    ("wiggle", "runner"),
    ("blake3", "runner"),
    ("chacha20", "runner"),
];

/// The trials.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("layers::every_form_of_import_is_read", || {
            none(&reads_every_form())
        }),
        Trial::test("layers::imports_go_downward", || none(&imports())),
        Trial::test("layers::crates_have_one_home", || none(&homes())),
        Trial::test("layers::every_folder_is_a_layer", || none(&folders())),
    ]
}

fn none(complaints: &[String]) -> Result<(), Failed> {
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(complaints.join("\n").into())
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in entries(folder) {
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Every file of a layer with its code lines.
fn code(layer: &str) -> Vec<(PathBuf, String)> {
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let code: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        (path, code.join("\n"))
    };
    files(&root().join("src").join(layer))
        .into_iter()
        .map(read)
        .collect()
}

/// The first names behind `crate::`, also those of a group: `crate::{audit::Report, wasm}`.
fn seen(text: &str) -> Vec<&str> {
    let name = |text: &'_ str| {
        text.find(|one: char| !one.is_alphanumeric() && one != '_')
            .unwrap_or(text.len())
    };
    let mut seen = Vec::new();
    for rest in text.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            seen.push(&rest[..name(rest)]);
            continue;
        };
        let mut depth = 0_usize;
        let mut fresh = true;
        for (at, one) in group.char_indices() {
            match one {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => fresh = true,
                one if fresh && !one.is_whitespace() => {
                    seen.push(&group[at..at + name(&group[at..])]);
                    fresh = false;
                }
                _ => {}
            }
        }
    }
    seen
}

fn reads_every_form() -> Vec<String> {
    let text = "use crate::audit::Run;\nuse crate::{\n    cli::{A, report},\n    wasm,\n};\npub(crate) fn f() { crate::source::g() }";
    let seen = seen(text);
    if seen == ["audit", "cli", "wasm", "source"] {
        Vec::new()
    } else {
        vec![format!("{seen:?}")]
    }
}

fn imports() -> Vec<String> {
    let mut complaints = Vec::new();
    for (layer, sees) in LAYERS {
        for (path, text) in code(layer) {
            for seen in seen(&text) {
                let known = LAYERS.iter().any(|(name, _)| *name == seen);
                if known && seen != *layer && !sees.contains(&seen) {
                    complaints.push(format!(
                        "{} names crate::{seen}, which {layer} may not see",
                        path.display()
                    ));
                }
            }
        }
    }
    complaints
}

fn homes() -> Vec<String> {
    let mut complaints = Vec::new();
    for (layer, _) in LAYERS {
        for (path, text) in code(layer) {
            for (name, home) in HOMES {
                let named = [
                    format!("use {name}::"),
                    format!(" {name}::"),
                    format!("({name}::"),
                    format!("<{name}::"),
                    format!("&{name}::"),
                    format!("[{name}::"),
                    format!("use {name} as"),
                    format!("use {name};"),
                ];
                if layer != home && named.iter().any(|named| text.contains(named.as_str())) {
                    complaints.push(format!(
                        "{} names {name}, whose home is {home}",
                        path.display()
                    ));
                }
            }
        }
    }
    complaints
}

fn folders() -> Vec<String> {
    entries(&root().join("src"))
        .into_iter()
        .filter(|path| path.is_dir())
        .filter_map(|path| {
            path.file_name()
                .map(|name| name.to_string_lossy().into_owned())
        })
        .filter(|name| !LAYERS.iter().any(|(layer, _)| layer == name))
        .map(|name| format!("src/{name} is in no layer"))
        .collect()
}
