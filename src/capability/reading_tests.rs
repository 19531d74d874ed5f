//! Files that are wrong, each labelled where it is wrong; and any names, which never panic.

use proptest::prelude::*;

use super::*;
use crate::source::{Sources, Text, parse};

const HEAD: &str = "interface: x\ntitle: X\nsource: s\nfamily: host\nmodules: [env]\n";

/// The code of each mistake and the text it points at.
fn mistakes(texts: &[(&'static str, String)]) -> Vec<String> {
    let mut sources = Sources::default();
    let files: Vec<_> = texts
        .iter()
        .map(|(stem, text)| {
            let id = sources.add(*stem, text.as_str());
            (Text::Borrowed(*stem), parse(text, id).unwrap())
        })
        .collect();
    let mistakes = Taxonomy::read(files).err().unwrap_or_default();
    let told = mistakes
        .iter()
        .map(|mistake| format!("{} {}", mistake.code, sources.slice(mistake.labels[0].span)));
    told.collect()
}

fn with(functions: &str) -> Vec<String> {
    mistakes(&[("x", format!("{HEAD}functions: {functions}\n"))])
}

#[test]
fn a_right_file_reads() {
    assert_eq!(
        with("{\"*\": {}, a: {capabilities: [fs.read, env], if_opens: [fs.write], opens: true}}"),
        [""; 0]
    );
}

#[test]
fn a_function_is_labelled_where_it_is_wrong() {
    for (functions, told) in [
        ("{a: {capabilities: [fs.reed]}}", "unknown-name fs.reed"),
        ("{a: {capabilities: [env, fs.read]}}", "unsorted fs.read"),
        ("{a: {capabilities: [env, env]}}", "unsorted env"),
        ("{a: {capabilities: fs.read}}", "wrong-type fs.read"),
        ("{a: {capabilities: [[env]]}}", "wrong-type [env]"),
        ("{a: {if_opens: [no]}}", "unknown-name no"),
        ("{a: {opens: yes}}", "wrong-type yes"),
        ("{a: {sig: x}}", "unknown-key sig"),
        (
            "{a: {signature: (i32) - i32}}",
            "wrong-signature (i32) - i32",
        ),
        ("{a: 1}", "wrong-type 1"),
        ("{b: {}, a: {}}", "unsorted a"),
        ("{a*b: {}}", "wrong-pattern a*b"),
        ("[a]", "wrong-type [a]"),
        ("{}", "wrong-type {}"),
    ] {
        assert_eq!(with(functions), [told], "{functions}");
    }
}

#[test]
fn an_argument_is_labelled_where_it_is_wrong() {
    for (argument, told) in [
        ("{role: paht, ptr: 0, len: 1}", "unknown-name paht"),
        ("{role: path, ptr: 0, len: 2}", "wrong-argument 2"),
        ("{role: path, ptr: -1, len: 1}", "wrong-argument -1"),
        (
            "{role: path, index: 0}",
            "wrong-argument {role: path, index: 0}",
        ),
        (
            "{role: number, ptr: 0}",
            "wrong-argument {role: number, ptr: 0}",
        ),
        (
            "{role: path, len: 0}",
            "wrong-argument {role: path, len: 0}",
        ),
        ("{ptr: 0, len: 1}", "missing-key {ptr: 0, len: 1}"),
    ] {
        let functions = format!("{{a: {{signature: \"(i32, i32) -> ()\", args: [{argument}]}}}}");
        assert_eq!(with(&functions), [told], "{argument}");
    }
}

#[test]
fn a_head_is_labelled_where_it_is_wrong() {
    let text = "interface: y\ntitle: [1]\nsource: s\nfamily: hots\nmodules: [b, a, a*b]\nfunctions: {a: {}}\nextra: 1\n";
    let told = mistakes(&[("x", text.to_owned())]);
    let expected = [
        "unknown-key extra",
        "wrong-name y",
        "wrong-type [1]",
        "unknown-name hots",
        "wrong-pattern a*b",
        "unsorted a",
        "unsorted a*b",
    ];
    assert_eq!(told, expected);
    assert_eq!(mistakes(&[("x", "[]".to_owned())]), ["wrong-type []"]);
}

#[test]
fn one_import_in_two_files_is_a_mistake() {
    let file = |stem: &'static str| {
        (
            stem,
            format!("{HEAD}functions: {{a: {{}}}}\n").replacen('x', stem, 1),
        )
    };
    assert_eq!(mistakes(&[file("x"), file("z")]), ["duplicate a"]);
}

#[test]
fn authority_words_are_labelled_where_they_are_wrong() {
    let text = "authority: a\ntitle: t\nclasses:\n  path: [read file, open, Open, a_b, a b c d e]\n  paths: [x]\n";
    let told = mistakes(&[("authority", text.to_owned())]);
    let expected = [
        "wrong-phrase Open",
        "wrong-phrase a_b",
        "wrong-phrase a b c d e",
        "unsorted open",
        "unsorted Open",
        "unsorted a_b",
        "unsorted a b c d e",
        "unknown-name paths",
    ];
    assert_eq!(told, expected);
    let text = "authority: a\ntitle: t\nclasses: [path]\nwords: 1\n";
    let told = mistakes(&[("authority", text.to_owned())]);
    assert_eq!(told, ["unknown-key words", "wrong-type [path]"]);
}

#[test]
fn the_most_specific_wins() {
    let wide = "interface: wide\ntitle: W\nsource: s\nfamily: host\nmodules: [\"e*\", \"en*\"]\nfunctions: {\"*\": {capabilities: [env]}, ab: {capabilities: [random]}}\n";
    let narrow = "interface: narrow\ntitle: N\nsource: s\nfamily: host\nmodules: [env]\nfunctions: {\"a*\": {}, abc: {capabilities: []}, \"abc*\": {capabilities: [sched]}}\n";
    let files = [("narrow", narrow), ("wide", wide)].map(|(stem, text)| {
        (
            Text::Borrowed(stem),
            parse(text, crate::source::SourceId::default()).unwrap(),
        )
    });
    let taxonomy = Taxonomy::read(files).unwrap();
    let gives = |module, name| taxonomy.capabilities_of(module, name, false).join(" ");
    for (module, name, capabilities) in [
        ("env", "abc", ""),
        ("env", "abcd", "sched"),
        ("env", "ab", "host:env/ab"),
        ("env", "b", "env"),
        ("en", "ab", "random"),
        ("e", "ab", "random"),
        ("f", "ab", "unknown"),
    ] {
        assert_eq!(gives(module, name), capabilities, "{module} {name}");
    }
}

proptest! {
    #[test]
    fn any_names_have_an_answer(module in ".*", name in ".*", opens: bool) {
        let taxonomy = Taxonomy::builtin();
        for capability in taxonomy.capabilities_of(&module, &name, opens) {
            prop_assert!(is_capability(&capability));
        }
        let _ = (taxonomy.authority(&name), is_wasi_module(&module));
    }

    #[test]
    fn any_tree_reads_or_is_refused(text in "[a-z*: ,\\[\\]{}\n]{0,60}") {
        if let Ok(node) = parse(&text, crate::source::SourceId::default()) {
            let _ = Taxonomy::read([(Text::Borrowed("x"), node)]);
        }
    }
}
