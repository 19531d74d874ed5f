//! Embeds the rules as trees that need no parsing at start-up. A file that does not read fails the build.

use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/source/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    missing_docs,
    reason = "the build needs a part of this layer only"
)]
mod source;

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo:rerun-if-changed=src/source");
    for (folder, file) in [("rules", "rules.bin")] {
        println!("cargo:rerun-if-changed={folder}");
        if let Err(error) = fs::write(out.join(file), pack_folder(Path::new(folder))) {
            fail(&format!("{file}: {error}"));
        }
    }
}

fn pack_folder(folder: &Path) -> Vec<u8> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    files.sort();
    let entries = files.iter().map(|path| source::Entry {
        key: path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
            .into(),
        key_span: source::Span::default(),
        node: parse(path),
    });
    let tree = source::Node {
        span: source::Span::default(),
        value: source::Value::Map(entries.collect()),
    };
    let mut packed = Vec::new();
    source::pack(&tree, &mut packed);
    packed
}

fn parse(path: &Path) -> source::Node {
    let text = fs::read_to_string(path)
        .unwrap_or_else(|error| fail(&format!("{}: {error}", path.display())));
    let mut sources = source::Sources::default();
    let id = sources.add(path.display().to_string(), text.as_str());
    source::parse(&text, id).unwrap_or_else(|mistakes| {
        let lines: Vec<String> = mistakes
            .iter()
            .map(|mistake| {
                let line = mistake
                    .labels
                    .first()
                    .and_then(|label| sources.places(label.span));
                format!(
                    "{}:{}: {}",
                    path.display(),
                    line.map_or(0, |(start, _)| start.line),
                    mistake.message
                )
            })
            .collect();
        fail(&lines.join("\n"))
    })
}

fn fail(message: &str) -> ! {
    eprintln!("{message}");
    std::process::exit(1)
}
