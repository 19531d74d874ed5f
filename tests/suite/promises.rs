//! `docs/threat-model.md` names the tests that hold each promise: trials of this suite, or unit tests by their path.

use std::collections::BTreeSet;
use std::path::Path;

use libtest_mimic::{Failed, Trial};

use super::program::{ensure, entries, root};

/// The trials.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("promises::every_promise_names_tests_that_exist", || {
            named().map_err(Failed::from)
        }),
        Trial::test("promises::every_key_names_tests_that_exist", || {
            keys().map_err(Failed::from)
        }),
        Trial::test("promises::a_test_that_is_gone_is_missed", || {
            missed().map_err(Failed::from)
        }),
    ]
}

/// The rows of the promises: what is promised, and the tests that are said to hold it.
fn promises(text: &str) -> Vec<(String, Vec<String>)> {
    let section = text
        .split("\n## What we promise")
        .nth(1)
        .unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1);
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let tests = cells.last().copied().unwrap_or_default();
        let tests = tests.split('`').skip(1).step_by(2).map(str::to_owned);
        (cells[0].trim().to_owned(), tests.collect())
    })
    .collect()
}

fn named() -> Result<(), String> {
    let text = std::fs::read_to_string(root().join("docs/threat-model.md"));
    let text = text.map_err(|error| error.to_string())?;
    let rows = promises(&text);
    ensure(rows.len() > 20, || format!("only {} promises", rows.len()))?;
    let known = Known::look();
    let mut wrong = Vec::new();
    for (promise, tests) in &rows {
        if tests.is_empty() {
            wrong.push(format!("nothing holds: {promise}"));
        }
        let gone = tests.iter().filter(|test| !known.has(test));
        wrong.extend(gone.map(|test| format!("no test {test}, which is said to hold: {promise}")));
    }
    ensure(wrong.is_empty(), || wrong.join("\n"))
}

/// `docs/policy.md`: the tests in the last column of the keys, which is made from the table.
fn keys() -> Result<(), String> {
    let text = std::fs::read_to_string(root().join("docs/policy.md"));
    let text = text.map_err(|error| error.to_string())?;
    let known = Known::look();
    let (mut held, mut wrong) = (0, Vec::new());
    for row in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_end_matches('|').split(" | ").collect();
        let [.., _, _, _, _, tests] = cells.as_slice() else {
            continue; // A table of other things.
        };
        for test in tests.split('`').skip(1).step_by(2) {
            held += 1;
            if !known.has(test) && !known.has_case_of(test) {
                wrong.push(format!("no test {test}"));
            }
        }
    }
    ensure(held > 100, || {
        format!("only {held} tests in docs/policy.md")
    })?;
    ensure(wrong.is_empty(), || wrong.join("\n"))
}

fn missed() -> Result<(), String> {
    let known = Known::look();
    let here = "hostile::empty_and_truncated_files";
    ensure(known.has(here) && known.has("hostile::*"), || {
        here.to_owned()
    })?;
    for gone in [
        "hostile::no_such_trial",
        "nothing::*",
        "wasm::tests::hostile::no_such_test",
        "wasm::no_such_file::a_mutated_module_never_panics",
        "a_mutated_module_never_panics",
        "src/wasm/limit.rs",
        "",
    ] {
        ensure(!known.has(gone), || format!("`{gone}` is taken for a test"))?;
    }
    let rows = promises(
        "x\n## What we promise\n| a | b | c |\n|---|---|---|\n| one | how | `x::y` `z` |\n\n## Next\n| two | | `q` |\n",
    );
    let expected = [("one".to_owned(), vec!["x::y".to_owned(), "z".to_owned()])];
    // The line under the head is no row.
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|(name, _)| !name.starts_with('-'))
        .collect();
    ensure(rows == expected, || format!("{rows:?}"))
}

/// All tests that there are.
struct Known {
    trials: BTreeSet<String>,
    units: BTreeSet<String>,
}

impl Known {
    fn look() -> Self {
        let trials = super::trials()
            .iter()
            .map(|trial| trial.name().to_owned())
            .collect();
        let mut units = BTreeSet::new();
        collect(&root().join("src"), "", &mut units);
        Self { trials, units }
    }

    /// A trial or unit test of this name; `part::*` is any trial of that part.
    fn has(&self, test: &str) -> bool {
        if let Some(part) = test.strip_suffix('*').filter(|part| part.ends_with("::")) {
            return self.trials.iter().any(|trial| trial.starts_with(part));
        }
        self.trials.contains(test) || self.units.contains(test)
    }
}

impl Known {
    /// Cases beyond the first of a key are called `enforcement::KEY, about what`.
    fn has_case_of(&self, key: &str) -> bool {
        let start = format!("{key}, ");
        self.trials.iter().any(|trial| trial.starts_with(&start))
    }
}

/// The unit tests of a folder, by their paths: `wasm::limit::tests::cut_keeps_characters_whole`.
fn collect(folder: &Path, module: &str, units: &mut BTreeSet<String>) {
    for path in entries(folder) {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let below = if module.is_empty() {
            name.clone()
        } else {
            format!("{module}::{name}")
        };
        if path.is_dir() {
            collect(&path, &below, units);
            continue;
        }
        let own = if name == "mod" || name == "lib" {
            module
        } else {
            &below
        };
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let inline = text
            .split_once("\nmod tests {")
            .map(|(before, _)| before.len());
        for (at, _) in text.match_indices("#[test]") {
            let after = text.get(at..).unwrap_or_default();
            let Some(name) = after
                .split("fn ")
                .nth(1)
                .and_then(|rest| rest.split('(').next())
            else {
                continue;
            };
            let tests = inline.filter(|start| at > *start).map_or("", |_| "::tests");
            units.insert(format!("{own}{tests}::{name}"));
        }
    }
}
