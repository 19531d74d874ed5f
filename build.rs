//! Embeds the built-in YAML files as packed trees, so that start-up parses no YAML. A file that does not parse ends the
//! build with its place.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest as _, Sha256};

#[allow(
    dead_code,
    unused_imports,
    reason = "only parsing and packing are used here"
)]
#[path = "src/source/mod.rs"]
mod source;

#[allow(dead_code, reason = "only packing is used here")]
#[path = "src/rule/ast.rs"]
mod ast;

use source::{Entry, Mistake, Node, Sources, Span, Text, Value};

/// Folders whose files become a constant each: file stem, and each top-level key with its packed value, so that a value
/// is unpacked when it is needed.
const BY_KEY: &[(&str, &str)] = &[
    ("rules/capabilities", "capabilities"),
    ("rules/engines", "engines"),
];

fn main() -> Result<(), String> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=rules");
    println!("cargo:rerun-if-changed=src/source");
    println!("cargo:rerun-if-changed=src/rule/ast.rs");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(|error| error.to_string())?);
    let rules = read_folder(Path::new("rules"))?;
    write(&out.join("conditions.bin"), &pack_conditions(&rules)?)?;
    let (rules, examples) = part_examples(rules);
    write(&out.join("examples.bin"), &packed(&examples))?;
    list("rules", &rules, &out, |rule, digest| {
        pack_rule(rule, &out, digest)
    })?;
    for (folder, name) in BY_KEY {
        let folder = read_folder(Path::new(folder))?;
        list(name, &folder, &out, |file, digest| {
            pack_by_key(file, name, &out, digest)
        })?;
    }
    Ok(())
}

/// The rules without their examples, and the examples: both maps from a file's stem.
fn part_examples(mut rules: Node) -> (Node, Node) {
    let mut examples = Vec::new();
    if let Value::Map(files) = &mut rules.value {
        for file in files {
            let Value::Map(entries) = &mut file.node.value else {
                continue;
            };
            let parted = entries.extract_if(.., |entry| entry.key == "examples");
            examples.extend(parted.map(|entry| Entry {
                key: file.key.clone(),
                ..entry
            }));
        }
    }
    let span = Span::default();
    (
        rules,
        Node {
            span,
            value: Value::Map(examples),
        },
    )
}

/// Every condition of the rules, parsed: the length of its source, the source, the length of its packed expression, and that.
fn pack_conditions(rules: &Node) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for entry in rules.map().unwrap_or_default() {
        let raises = entry.node.get("raise").and_then(Node::list);
        let holders = raises.unwrap_or_default().iter().chain([&entry.node]);
        for source in holders.filter_map(|holder| holder.get("when")?.text()) {
            let program = cel::Env::stdlib().compile(source);
            let program = program.map_err(|errors| format!("{}.yaml: {errors}", entry.key))?;
            let mut packed = Vec::new();
            ast::pack(program.expression(), &mut packed).ok_or_else(|| {
                format!("{}.yaml: a part that conditions have no use for", entry.key)
            })?;
            for part in [source.as_bytes(), &packed] {
                bytes.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
                bytes.extend(part);
            }
        }
    }
    Ok(bytes)
}

/// Hands a digest to the crate, in hexadecimal: hashing what is embedded again at each start would cost a tenth of it.
fn tell(name: &str, digest: &[u8]) {
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo:rustc-env=RINGFENCE_{name}_SHA256={digest}");
}

fn packed(tree: &Node) -> Vec<u8> {
    let mut bytes = Vec::new();
    source::pack(tree, &mut bytes);
    bytes
}

/// Adds parts to a digest so that none can pass for the end of another.
fn hash(parts: &[&[u8]], digest: &mut Sha256) {
    for part in parts {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        digest.update(part);
    }
}

/// Writes the list of a folder's files, a line each by `pack`, and tells the digest of what was packed.
fn list(
    name: &str,
    folder: &Node,
    out: &Path,
    pack: impl Fn(&Entry, &mut Sha256) -> Result<String, String>,
) -> Result<(), String> {
    let mut digest = Sha256::new();
    let files = folder.map().unwrap_or_default().iter();
    let lines: Result<String, String> = files.map(|file| pack(file, &mut digest)).collect();
    tell(&name.to_uppercase(), &digest.finalize());
    write(
        &out.join(format!("{name}.rs")),
        format!("&[\n{}]\n", lines?).as_bytes(),
    )
}

/// Writes a rule, adds it to the digest, and gives its line in the list: its id, what it walks, and where the rest is.
fn pack_rule(rule: &Entry, out: &Path, digest: &mut Sha256) -> Result<String, String> {
    let over = rule.node.get("over").and_then(Node::text);
    let over = over.ok_or_else(|| format!("{}.yaml has no `over`", rule.key))?;
    let bytes = packed(&rule.node);
    hash(&[rule.key.as_bytes(), &bytes], digest);
    let name = format!("rule.{}.bin", rule.key);
    write(&out.join(&name), &bytes)?;
    Ok(format!(
        "({:?}, {over:?}, {}),\n",
        &*rule.key,
        included(&name)
    ))
}

fn included(name: &str) -> String {
    format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))")
}

/// Writes each top-level value of a file, adds it to the digest, and gives the file's line in the list.
fn pack_by_key(
    file: &Entry,
    name: &str,
    out: &Path,
    digest: &mut Sha256,
) -> Result<String, String> {
    let mut listed = Vec::new();
    for entry in file.node.map().unwrap_or_default() {
        let name = format!("{name}.{}.{}.bin", file.key, entry.key);
        let bytes = packed(&entry.node);
        write(&out.join(&name), &bytes)?;
        hash(&[file.key.as_bytes(), entry.key.as_bytes(), &bytes], digest);
        listed.push(format!("({:?}, {})", entry.key, included(&name)));
    }
    Ok(format!("({:?}, &[{}]),\n", file.key, listed.join(", ")))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(file, bytes).map_err(|error| format!("{}: {error}", file.display()))
}

/// One map: file stem to tree, sorted by stem.
fn read_folder(folder: &Path) -> Result<Node, String> {
    let mut files = yaml_files(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    files.sort();
    let entries: Result<_, String> = files.iter().map(|file| read_file(file)).collect();
    Ok(Node {
        span: Span::default(),
        value: Value::Map(entries?),
    })
}

fn yaml_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let paths: io::Result<Vec<PathBuf>> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect();
    let mut paths = paths?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    Ok(paths)
}

fn read_file(file: &Path) -> Result<Entry, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut sources = Sources::default();
    let id = sources.add(file.display().to_string(), text.as_str());
    let node = source::parse(&text, id).map_err(|mistakes| describe(&sources, &mistakes))?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Entry {
        key: Text::Owned(stem.into_owned()),
        key_span: Span::default(),
        node,
    })
}

fn describe(sources: &Sources, mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes
        .iter()
        .map(|mistake| {
            let span = mistake
                .labels
                .first()
                .map(|label| label.span)
                .unwrap_or_default();
            let place = sources.places(span).map(|(start, _)| start);
            let (line, column) = place.map_or((0, 0), |start| (start.line, start.column));
            format!(
                "{}:{line}:{column}: {}",
                sources.name(span),
                mistake.message
            )
        })
        .collect();
    lines.join("\n")
}
