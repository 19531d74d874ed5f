//! Which literals are found in what compilers make of `sample-modules/recall`: none that is not there, and as many of those
//! that are there as `docs/recall.md` says.

mod case;
mod subject;

use libtest_mimic::{Failed, Trial};

use super::program::{compare, ensure, entries, root};
use case::{Case, FORMS, cases, folder};
use subject::{Count, Subject};

/// The kinds of passing a literal, as the table has them.
const KINDS: [&str; 12] = [
    "direct",
    "inlined",
    "one wrapper",
    "two wrappers",
    "global",
    "mutable global",
    "table, constant index",
    "table, unknown index",
    "branch",
    "slice",
    "function value",
    "library",
];

/// One trial a module, and the document.
pub fn trials() -> Vec<Trial> {
    let modules = ["assemblyscript", "c", "go", "rust", "zig"].map(|language| {
        Trial::test(format!("recall::{language}"), move || {
            nothing_is_made_up(language).map_err(Failed::from)
        })
    });
    let document = Trial::test("recall::document", || document().map_err(Failed::from));
    modules.into_iter().chain([document]).collect()
}

/// The modules of a language, by name.
fn subjects(language: &str) -> Vec<Subject> {
    let cases = cases();
    let paths = entries(&folder().join(language));
    let modules = paths.iter().filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "wasm")
    });
    modules.map(|path| Subject::read(path, &cases)).collect()
}

/// No literal is reported that is not passed, and what may be something else is not called complete.
fn nothing_is_made_up(language: &str) -> Result<(), String> {
    let subjects = subjects(language);
    ensure(subjects.len() >= 2, || "there are no modules".to_owned())?;
    let errors: Vec<String> = subjects
        .iter()
        .flat_map(|subject| {
            let level = &subject.level;
            let errors = subject.errors().into_iter();
            errors.map(move |error| format!("{level}: {error}"))
        })
        .collect();
    ensure(errors.is_empty(), || errors.join("\n"))
}

fn document() -> Result<(), String> {
    let subjects: Vec<Subject> = ["rust", "c", "zig", "go", "assemblyscript"]
        .iter()
        .flat_map(|language| subjects(language))
        .collect();
    let unknown = cases()
        .into_iter()
        .find(|case| !KINDS.contains(&case.kind.as_str()) && !case.literals.is_empty());
    ensure(unknown.is_none(), || format!("no such kind: {unknown:?}"))?;
    let text = [
        INTRODUCTION.to_owned(),
        by_kind(&subjects),
        by_form(&subjects),
        misses(&subjects),
    ];
    compare(&root().join("docs/recall.md"), &text.concat())
}

const INTRODUCTION: &str = "# Which literals are found

Generated from `sample-modules/recall`: sources that hand known texts and numbers to functions of the host, built by their compilers at each level. Its [README](../sample-modules/recall/README.md) lists what each passes. A cell says how many of the literals that are there are found. None was found that is not there, in any of the modules; the tests fail otherwise.";

/// The counts of those cases that are asked for.
fn count(subject: &Subject, asked: impl Fn(&Case) -> bool) -> Count {
    let cases = subject.cases.iter().filter(|case| asked(case));
    cases.map(|case| subject.count(case)).sum()
}

fn cell(count: Count) -> String {
    match count.there {
        0 => String::new(),
        there => format!("{}/{there}", count.found),
    }
}

/// A line of a table, first what it is of.
fn line(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().collect();
    format!("| {} |\n", cells.join(" | "))
}

fn head(columns: &[&str]) -> String {
    let names = columns.iter().map(|name| (*name).to_owned());
    line(names) + "|" + &"---|".repeat(columns.len()) + "\n"
}

fn name(subject: &Subject) -> String {
    format!("{}/{}", subject.language, subject.level)
}

fn by_kind(subjects: &[Subject]) -> String {
    let columns: Vec<&str> = [&["module"], &KINDS[..], &["all"]].concat();
    let mut text = "\n\n## By the way to the call\n\n".to_owned() + &head(&columns);
    for subject in subjects {
        let kinds = KINDS.map(|kind| cell(count(subject, |case| case.kind == kind)));
        let all = cell(count(subject, |_| true));
        text += &line([name(subject)].into_iter().chain(kinds).chain([all]));
    }
    text
}

fn by_form(subjects: &[Subject]) -> String {
    let mut text = "\n## By the form of the argument

A number is proved if no execution can pass another by that way of calling; a text stands in memory, and is never more than what was compiled. The last column counts the exports which call the function themselves, and from which a witness path to it starts.\n\n".to_owned();
    let columns: Vec<&str> = [
        &["module"],
        &FORMS[..],
        &["numbers that are proved", "witness paths"],
    ]
    .concat();
    text += &head(&columns);
    for subject in subjects {
        let forms = FORMS.map(|form| cell(count(subject, |case| case.form.name() == form)));
        let numbers = count(subject, |case| case.form.name() == "number");
        let proved = format!("{}/{}", numbers.proved, numbers.there);
        text += &line(
            [name(subject)]
                .into_iter()
                .chain(forms)
                .chain([proved, paths(subject)]),
        );
    }
    text
}

/// How many of the exports that call an import themselves are the start of one of its paths.
fn paths(subject: &Subject) -> String {
    let cases: Vec<&Case> = subject
        .cases
        .iter()
        .filter(|case| case.kind == "direct")
        .collect();
    let found = cases.iter().filter(|case| subject.has_path(case)).count();
    format!("{found}/{}", cases.len())
}

fn misses(subjects: &[Subject]) -> String {
    let mut text = "\n## What is not found\n\n".to_owned();
    for subject in subjects {
        let missed: Vec<String> = subject
            .cases
            .iter()
            .filter_map(|case| {
                let count = subject.count(case);
                (count.found < count.there).then(|| {
                    let form = case.form.name();
                    format!("`{}` ({form}, {})", case.name, cell(count))
                })
            })
            .collect();
        let missed = match missed.as_slice() {
            [] => "nothing".to_owned(),
            missed => missed.join(", "),
        };
        text += &format!("- {}: {missed}\n", name(subject));
    }
    text
}
