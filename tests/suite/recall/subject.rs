//! A module that a compiler made, and which literals the library finds in it.

use std::collections::BTreeSet;
use std::path::Path;

use ringfence::wasm::{Call, Extern, Image, ImportUse, Module, Root, Tier, decode};

use super::case::{Case, Form};

/// A module with the cases of its language.
pub struct Subject {
    /// The folder's name.
    pub language: String,
    /// The file's name without `.wasm`.
    pub level: String,
    /// What its source passes.
    pub cases: Vec<Case>,
    module: Module,
    bytes: Vec<u8>,
}

/// A literal that a call is said to pass.
#[derive(Debug)]
struct Claim {
    literal: String,
    /// How the values are known that it was found by.
    tier: Tier,
    /// The function that is said to fix them.
    function: Option<u32>,
}

/// What is found of the literals of one case.
#[derive(Debug, Default, Clone, Copy)]
pub struct Count {
    /// How many there are.
    pub there: usize,
    /// How many of them are found.
    pub found: usize,
    /// How many are found by values that are all proved.
    pub proved: usize,
}

impl std::iter::Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, count| Self {
            there: sum.there + count.there,
            found: sum.found + count.found,
            proved: sum.proved + count.proved,
        })
    }
}

impl Subject {
    /// A module by its path.
    pub fn read(path: &Path, cases: &[Case]) -> Self {
        let name = |path: Option<&Path>| {
            let name = path.and_then(Path::file_stem).unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        let language = name(path.parent());
        let bytes = std::fs::read(path).expect("a module");
        Self {
            cases: cases
                .iter()
                .filter(|case| case.languages.contains(&language))
                .cloned()
                .collect(),
            module: decode(&bytes),
            level: name(Some(path)),
            language,
            bytes,
        }
    }

    /// What of a case's literals is found.
    pub fn count(&self, case: &Case) -> Count {
        let claims = self.claims(case);
        let found = |tier: Option<Tier>| {
            let claimed = |literal: &&String| {
                claims.iter().any(|claim| {
                    claim.literal == **literal && tier.is_none_or(|tier| tier == claim.tier)
                })
            };
            case.literals.iter().filter(claimed).count()
        };
        Count {
            there: case.literals.len(),
            found: found(None),
            proved: found(Some(Tier::Proved)),
        }
    }

    /// Whether a witness path of a case's import starts at the case's export.
    pub fn has_path(&self, case: &Case) -> bool {
        let export = case.export();
        self.use_of(case).is_some_and(|import| {
            import.paths.iter().any(|path| match path.root {
                Root::Export(index) => self
                    .module
                    .exports
                    .get(index)
                    .is_some_and(|found| found.name == export),
                _ => false,
            })
        })
    }

    /// What is wrong with what is said of the module; nothing of what is merely not found.
    pub fn errors(&self) -> Vec<String> {
        let mut errors = self.unlisted_exports();
        for case in &self.cases {
            let Some(import) = self.use_of(case) else {
                errors.push(format!("{}: its import is not there", case.name));
                continue;
            };
            if !import.reach.is_reachable() || import.calls.is_empty() && import.others.is_none() {
                errors.push(format!("{}: its import is called by nobody", case.name));
            }
            if case.others && import.values(case.form.first()).are_proved() {
                errors.push(format!("{}: said to pass nothing but literals", case.name));
            }
            if case.import.0 == "env" {
                errors.extend(self.made_up(case));
            }
        }
        errors.sort();
        errors.dedup();
        errors
    }

    /// The exports of which the table says nothing, and the lines of which the module says nothing.
    fn unlisted_exports(&self) -> Vec<String> {
        let exports = self.module.exports.iter().map(|export| export.name.clone());
        let there: BTreeSet<String> = exports.filter(|name| name.starts_with("case_")).collect();
        let listed = self.cases.iter().map(Case::export).collect();
        there
            .symmetric_difference(&listed)
            .map(|name| format!("{name} is not in both the table and the module"))
            .collect()
    }

    /// What is said to be passed where a case passes something, and is not, or by another function than the export's.
    fn made_up(&self, case: &Case) -> Vec<String> {
        let wrong = |claim: Claim| {
            let cases = self.cases.iter();
            let owner = cases
                .filter(|other| other.import == case.import && other.form == case.form)
                .find(|other| other.literals.contains(&claim.literal));
            let function = claim.function;
            match owner {
                None => Some(format!("{:?} is passed by nobody", claim.literal)),
                Some(owner) if function.is_none() || function != self.function_of(owner) => {
                    let literal = &claim.literal;
                    Some(format!(
                        "{literal:?} is not passed by function {function:?}"
                    ))
                }
                Some(_) => None,
            }
        };
        let claims = self.claims(case).into_iter();
        claims
            .filter_map(wrong)
            .map(|error| format!("{} in {:?}: {error}", case.import.1, case.form))
            .collect()
    }

    /// The function that is written for a case. Go's exports start a goroutine with it, which its name tells.
    fn function_of(&self, case: &Case) -> Option<u32> {
        if self.language == "go" {
            let name = case.export().replace('_', "");
            let named = |found: &str| {
                let own = found.strip_prefix("main.");
                own.is_some_and(|own| own.eq_ignore_ascii_case(&name))
            };
            let mut names = self.module.names.iter();
            return names
                .find(|(_, found)| named(found))
                .map(|(index, _)| *index);
        }
        let export = case.export();
        let mut exports = self.module.exports.iter();
        exports
            .find(|found| found.name == export)
            .map(|found| found.index)
    }

    fn use_of(&self, case: &Case) -> Option<&ImportUse> {
        let functions = self
            .module
            .imports
            .iter()
            .filter(|import| matches!(import.ty, Extern::Function(_)));
        let index = functions
            .map(|import| (&import.module, &import.name))
            .position(|names| names == (&case.import.0, &case.import.1))?;
        self.module.uses.as_ref()?.of(u32::try_from(index).ok()?)
    }

    /// The literals that are said to be passed in a case's argument, by any call.
    fn claims(&self, case: &Case) -> Vec<Claim> {
        let calls = self.use_of(case).map(|import| import.calls.as_slice());
        let image = Image::of(&self.module, &self.bytes);
        let calls = calls.unwrap_or_default().iter();
        calls
            .filter_map(|call| {
                let (literal, tier) = literal(&image, call, case.form)?;
                let function = call.sites.first().map(|site| site.caller);
                Some(Claim {
                    literal,
                    tier,
                    function,
                })
            })
            .collect()
    }
}

/// The literal that one way of calling passes.
fn literal(image: &Image, call: &Call, form: Form) -> Option<(String, Tier)> {
    let constant = |index: usize| call.arguments.get(index)?.constant();
    let (first, tier) = constant(form.first())?;
    let with_length = |length: usize| {
        let (length, weakest) = constant(length)?;
        Some((image.text(first, length)?.text, tier.max(weakest)))
    };
    let terminated = || Some((image.terminated(first)?.text, tier));
    match form {
        Form::Number(_) => Some((first.to_string(), tier)),
        Form::Text(_, length) => with_length(length),
        Form::Measured(_, length) => match constant(length) {
            Some(_) => with_length(length),
            None => terminated(),
        },
        Form::Terminated(_) => terminated(),
        Form::Utf16(_) => Some((image.utf16(first, None)?.text, tier)),
        Form::MeasuredUtf16(_, length) => {
            let (length, weakest) = constant(length)?;
            let text = image.utf16(first, Some(length))?.text;
            Some((text, tier.max(weakest)))
        }
    }
}
