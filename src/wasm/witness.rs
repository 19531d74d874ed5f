//! A witness path as one line: `run → main.run → main.readHost → env.read_file`.

use std::collections::BTreeMap;
use std::fmt;

use super::limit::cut;
use super::{Call, ImportUse, Labels, Path, Root, Step, Why};

/// The most functions of a path that are told; the others are counted.
const MAX_STEPS: usize = 8;
/// How many of them stand before the gap.
const BEFORE_GAP: usize = 3;
/// The longest name in a path, in bytes.
const MAX_LABEL: usize = 100;

/// One word of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// A name, in quotes where it could be taken for something else.
    pub text: String,
    /// The function behind it, if it is one.
    pub function: Option<u32>,
    /// Whether the call that leads to it may go elsewhere.
    pub indirect: bool,
}

/// A path in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// From the root to the import.
    pub words: Vec<Word>,
    /// Why it may not be taken, each reason once.
    pub reasons: Vec<Why>,
}

impl fmt::Display for Told {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.words.iter().enumerate() {
            if at > 0 {
                out.write_str(if word.indirect { " ⇢ " } else { " → " })?;
            }
            out.write_str(&word.text)?;
        }
        if self.reasons.is_empty() {
            return Ok(());
        }
        let reasons: Vec<&str> = self.reasons.iter().map(|why| why.words()).collect();
        write!(out, " (⇢ because {})", reasons.join(", "))
    }
}

impl Labels<'_> {
    /// A path in one line. The arrow of a call that may not go there is `⇢`, and why stands at the end. The text is raw: a
    /// name in it may hold anything but what passes for an arrow or for another function of the path.
    pub fn path(&self, path: &Path) -> String {
        self.told(path).to_string()
    }

    /// A path in words.
    pub fn told(&self, path: &Path) -> Told {
        let mut words = vec![self.root(path)];
        let (before, hidden, after) = parts(&path.steps);
        words.extend(before.iter().map(|step| self.word(step)));
        if !hidden.is_empty() {
            words.push(Word {
                text: format!("… {} more …", hidden.len()),
                function: None,
                indirect: hidden.iter().any(|step| step.may.is_some()),
            });
        }
        words.extend(after.iter().map(|step| self.word(step)));
        if let (Root::Host(_), Some(first)) = (path.root, words.get_mut(1)) {
            first.indirect = true;
        }
        if let [root, first, ..] = words.as_slice()
            && (&root.text, root.function) == (&first.text, first.function)
        {
            words.remove(0);
        }
        self.tell_apart(&mut words);
        Told {
            words,
            reasons: reasons(path),
        }
    }

    /// How a way of calling an import is reached: by a witness path through the places where its arguments are passed on, or
    /// from the first of them on where none is known.
    pub fn call(&self, usage: &ImportUse, call: &Call) -> String {
        let through = |path: &&Path| {
            let before = path.steps.iter().rev().skip(1).map(|step| step.function);
            let callers = call.sites.iter().rev().map(|site| site.caller);
            before.take(call.sites.len()).eq(callers)
        };
        if let Some(path) = usage.paths.iter().find(through) {
            return self.path(path);
        }
        let mut steps: Vec<Step> = Vec::with_capacity(call.sites.len() + 1);
        let functions = call.sites.iter().map(|site| site.caller);
        for function in functions.chain([usage.function]) {
            steps.push(Step {
                function,
                offset: None,
                may: None,
            });
        }
        let first = call.sites.first().and_then(|site| self.export(site.caller));
        let path = Path {
            root: first.map_or(Root::Start, Root::Export),
            steps,
        };
        let line = self.path(&path);
        match line.strip_prefix(START).filter(|_| first.is_none()) {
            Some(rest) => format!("…{rest}"),
            None => line,
        }
    }

    fn root(&self, path: &Path) -> Word {
        let (text, function) = match path.root {
            Root::Export(at) => (
                self.module()
                    .exports
                    .get(at)
                    .map_or_else(|| format!("export[{at}]"), |export| quoted(&export.name)),
                path.steps.first().map(|step| step.function),
            ),
            Root::Start => (START.to_owned(), None),
            Root::Host(_) => (HOST.to_owned(), None),
        };
        Word {
            text,
            function,
            indirect: false,
        }
    }

    fn word(&self, step: &Step) -> Word {
        Word {
            text: quoted(&self.label(step.function)),
            function: Some(step.function),
            indirect: step.may.is_some(),
        }
    }

    /// Puts the index behind a name that two functions of one path share.
    fn tell_apart(&self, words: &mut [Word]) {
        let mut first: BTreeMap<&str, Option<u32>> = BTreeMap::new();
        let mut shared: Vec<String> = Vec::new();
        for word in words.iter() {
            if *first.entry(&word.text).or_insert(word.function) != word.function {
                shared.push(word.text.clone());
            }
        }
        for word in words.iter_mut().filter(|word| shared.contains(&word.text)) {
            if let Some(function) = word.function.filter(|one| self.import(*one).is_none()) {
                word.text.push_str(&format!(" (func[{function}])"));
            }
        }
    }
}

const START: &str = "(start section)";
const HOST: &str = "(host)";

/// The steps before the gap, those in it, and those after it.
fn parts(steps: &[Step]) -> (&[Step], &[Step], &[Step]) {
    // A gap of one step would be as long as its name.
    if steps.len() <= MAX_STEPS + 1 {
        return (steps, &[], &[]);
    }
    let (before, rest) = steps.split_at(BEFORE_GAP);
    let (hidden, after) = rest.split_at(steps.len() - MAX_STEPS);
    (before, hidden, after)
}

/// A name that may stand between arrows: what could be taken for several, for nothing or for a root is quoted.
fn quoted(name: &str) -> String {
    let shown = if name.len() > MAX_LABEL {
        format!("{}…", cut(name, MAX_LABEL))
    } else {
        name.to_owned()
    };
    let plain = !shown.is_empty()
        && shown.trim() == shown
        && !name.contains(['→', '⇢', '…', '"'])
        && ![START, HOST].contains(&name);
    if plain {
        return shown;
    }
    format!("\"{}\"", shown.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Why the path may not be taken, each reason once.
fn reasons(path: &Path) -> Vec<Why> {
    let host = match path.root {
        Root::Host(why) => Some(why),
        Root::Export(_) | Root::Start => None,
    };
    let mut reasons: Vec<Why> = Vec::new();
    for why in host
        .into_iter()
        .chain(path.steps.iter().filter_map(|step| step.may))
    {
        if !reasons.contains(&why) {
            reasons.push(why);
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::{CallSite, Module, decode, encode_text};

    fn module() -> Module {
        let bytes = encode_text(
            r#"(module (import "env" "read_file" (func)) (type $t (func))
                (func $main.run) (func $main.readHost) (func $run) (func $_ZN3app4load17h0123456789abcdefE)
                (func (@name "a → b")) (func (@name "main.run")) (func (@name "env.read_file")) (func)
                (export "run" (func $main.run)) (export "(host)" (func 0)))"#,
        )
        .unwrap();
        decode(&bytes)
    }

    fn path(root: Root, functions: &[u32]) -> Path {
        let step = |function: &u32| Step {
            function: *function,
            offset: None,
            may: None,
        };
        Path {
            root,
            steps: functions.iter().map(step).collect(),
        }
    }

    fn told(root: Root, functions: &[u32]) -> String {
        Labels::of(&module()).path(&path(root, functions))
    }

    #[test]
    fn a_path_is_one_line_from_the_root_to_the_import() {
        assert_eq!(
            told(Root::Export(0), &[1, 2, 0]),
            "run → main.run → main.readHost → env.read_file"
        );
        assert_eq!(
            told(Root::Start, &[4, 0]),
            "(start section) → app::load → env.read_file"
        );
        assert_eq!(told(Root::Export(1), &[0]), "\"(host)\" → env.read_file");
        assert_eq!(told(Root::Export(9), &[0]), "export[9] → env.read_file");
        assert_eq!(told(Root::Start, &[]), "(start section)");
    }

    #[test]
    fn an_export_named_as_its_function_is_told_once() {
        let bytes = encode_text(r#"(module (import "e" "f" (func)) (func $run (export "run")))"#);
        let module = decode(&bytes.unwrap());
        let told = Labels::of(&module).path(&path(Root::Export(0), &[1, 0]));
        assert_eq!(told, "run → e.f");
    }

    #[test]
    fn no_name_passes_for_an_arrow_or_for_another_function() {
        assert_eq!(
            told(Root::Export(0), &[1, 3, 5, 6, 7, 8, 0]),
            "run (func[1]) → main.run (func[1]) → run (func[3]) → \"a → b\" → main.run (func[6]) \
             → env.read_file (func[7]) → func[8] → env.read_file"
        );
    }

    #[test]
    fn a_call_that_may_go_elsewhere_says_why() {
        let mut one = path(Root::Export(0), &[1, 2, 0]);
        one.steps[1].may = Some(Why::IndirectCall);
        let labels = module();
        let labels = Labels::of(&labels);
        assert_eq!(
            labels.path(&one),
            "run → main.run ⇢ main.readHost → env.read_file (⇢ because it is called indirectly)"
        );
        one.root = Root::Host(Why::SharedTable);
        assert_eq!(
            labels.path(&one),
            "(host) ⇢ main.run ⇢ main.readHost → env.read_file \
             (⇢ because a table is shared with the host, it is called indirectly)"
        );
    }

    #[test]
    fn a_call_is_told_by_the_path_through_its_callers() {
        let module = module();
        let labels = Labels::of(&module);
        let mut usage = ImportUse::unknown(0);
        usage.paths = vec![
            path(Root::Export(0), &[1, 4, 0]),
            path(Root::Start, &[8, 2, 0]),
        ];
        let call = |callers: &[u32]| Call {
            sites: callers
                .iter()
                .map(|caller| CallSite {
                    caller: *caller,
                    offset: 0,
                })
                .collect(),
            arguments: Vec::new(),
        };
        assert_eq!(
            labels.call(&usage, &call(&[2])),
            "(start section) → func[8] → main.readHost → env.read_file"
        );
        assert_eq!(
            labels.call(&usage, &call(&[4])),
            "run → main.run → app::load → env.read_file"
        );
        assert_eq!(
            labels.call(&usage, &call(&[3, 2])),
            "… → run → main.readHost → env.read_file"
        );
        assert_eq!(
            labels.call(&usage, &call(&[1])),
            "run → main.run → env.read_file"
        );
    }

    #[test]
    fn a_long_path_is_cut_in_the_middle() {
        let long: Vec<u32> = [1, 2, 4]
            .into_iter()
            .chain([8; 1000])
            .chain([2, 0])
            .collect();
        let mut one = path(Root::Export(0), &long);
        one.steps[500].may = Some(Why::IndirectCall);
        assert_eq!(
            Labels::of(&module()).path(&one),
            "run → main.run → main.readHost → app::load ⇢ … 997 more … → func[8] → func[8] → func[8] \
             → main.readHost → env.read_file (⇢ because it is called indirectly)"
        );
        let nine: Vec<u32> = [4; 8].into_iter().chain([0]).collect();
        assert!(!told(Root::Start, &nine).contains('…'));
        assert_eq!(quoted(&"é".repeat(99)).chars().count(), 51);
    }
}
