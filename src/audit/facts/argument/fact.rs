//! The fact of a constant argument: one for each import, argument and value.

use std::collections::HashMap;

use super::coverage::{Outside, outside};
use super::described::{Described, Passed, is_wide};
use super::guarded::{Guard, Guarded};
use crate::audit::context::Audit;
use crate::audit::fact::{Element, ModulePlace, fact};
use crate::audit::link::Link;
use crate::audit::witness::Witness;
use crate::capability::Place;
use crate::rule::shorten;
use crate::source::Span;
use crate::source::credential::redact;
use crate::wasm::{Call, Image, Tier};

fact! { "literal-argument" / "A constant that reachable code passes to a function of the host or of WASI, for an argument that the policy's `args` or the taxonomy describes." struct LiteralArgument {
    import: String = "The import, `env.read_file`.",
    wasi: bool = "Whether it is a function under a name of WASI.",
    argument: String = "The argument's name in the policy, or in its interface.",
    role: String = "The argument's role.",
    value: String = "The text, the number or the size in bytes; a credential is redacted.",
    number: Option<i64> = "The number; null for texts and sizes.",
    tier: String = "`proved`: each time that the call is made it passes this; or `recovered`: it was read from memory as compiled, where the code could have written first. Texts are always recovered.",
    path: String = "How code gets to the call: `run → main.run → env.read_file`; it begins with `…` where only the last part is known.",
    function: String = "The function in which the constant stands.",
    ways: u64 = "How many ways of calling pass it.",
    admitted: Option<bool> = "Whether the policy's guard admits it; null where none describes the argument.",
    covered: Option<bool> = "Whether a grant may cover it, for paths and hosts of WASI functions that the policy allows; else null.",
    reason: String = "Why it is refused, or not covered; else empty.",
    instead: String = "What could be written in the policy, if it is refused or not covered; else empty.",
} }

/// The most constants of a module that are told, of those that are refused and of the others.
const MOST: usize = 1000;
/// The most bytes of long constants that are read for one module.
const MOST_READ: usize = 16 << 20;
/// How many bytes are not long: these are read however many long ones stand before, which would hide them.
const SHORT: usize = 512;
/// How much of a text is told.
const MOST_TOLD: usize = 400;

/// A constant with all the ways in which it is passed.
struct Found<'a> {
    argument: usize,
    passed: Passed,
    tier: Tier,
    /// The first of them, or the first that no grant covers.
    shown: &'a Call,
    covered: Covered,
    ways: u64,
}

/// What grants say of it; nothing where they do not decide.
type Covered = Option<Result<(), Outside>>;

/// One import with what is known of its arguments.
struct Callee<'a, 'l> {
    audit: &'l Audit<'a>,
    link: &'l Link<'a>,
    described: Vec<Described<'a>>,
}

/// Every constant once, by import, argument and value.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let image = Image::of(audit.module, audit.bytes);
    let witness = Witness::new(audit.module);
    let mut told = Told {
        left: MOST_READ,
        ..Told::default()
    };
    for link in audit.links.iter().filter(|link| !link.is_unreachable()) {
        let callee = Callee {
            audit,
            link,
            described: Described::of(link),
        };
        callee.collect(&image, &witness, &mut told);
    }
    let mut elements = told.elements;
    number_alike(&mut elements);
    elements
}

/// What is told, within bounds.
#[derive(Default)]
struct Told {
    elements: Vec<Element>,
    refused: usize,
    others: usize,
    /// How many bytes may still be read.
    left: usize,
}

impl Told {
    /// Whether there is room for one more.
    fn takes(&mut self, refused: bool) -> bool {
        let count = if refused {
            &mut self.refused
        } else {
            &mut self.others
        };
        *count += 1;
        *count <= MOST
    }
}

impl<'a> Callee<'a, '_> {
    fn collect(&self, image: &Image<'_>, witness: &Witness<'_>, told: &mut Told) {
        let guards = self.described.iter().map(|one| one.guard.map(Guard::new));
        let mut guards: Vec<Option<Guard<'_>>> = guards.collect();
        for found in self.constants(image, &mut told.left) {
            let guard = guards.get_mut(found.argument).and_then(Option::as_mut);
            let guarded = guard.and_then(|guard| guard.judge(&found.passed, self.is_wide(&found)));
            let refused = matches!(guarded, Some(Guarded::Refused { .. }));
            // A size is of interest only where something bounds it.
            let idle = matches!(found.passed, Passed::Bytes(_)) && guarded.is_none();
            if !idle && told.takes(refused || matches!(found.covered, Some(Err(_)))) {
                let element = self.element(&found, guarded.as_ref(), witness);
                told.elements.extend(element);
            }
        }
    }

    /// The constants of the known calls, in order of argument and value.
    fn constants(&self, image: &Image<'_>, left: &mut usize) -> Vec<Found<'a>> {
        let calls = self.link.usage.map_or(&[][..], |usage| &usage.calls);
        let mut by_value: HashMap<(usize, Passed), usize> = HashMap::new();
        let mut all: Vec<Found<'a>> = Vec::new();
        for call in calls {
            for (argument, one) in self.described.iter().enumerate() {
                let Some((passed, tier)) = one.passed(call, self.link, image) else {
                    continue;
                };
                if passed.size() > SHORT {
                    let Some(rest) = left.checked_sub(passed.size()) else {
                        continue;
                    };
                    *left = rest;
                }
                let covered = outside(self.audit, self.link, &self.described, one, &passed, call);
                let next = all.len();
                let at = *by_value.entry((argument, passed.clone())).or_insert(next);
                if let Some(found) = all.get_mut(at) {
                    found.add(call, tier, covered);
                    continue;
                }
                all.push(Found {
                    argument,
                    passed,
                    tier,
                    shown: call,
                    covered,
                    ways: 1,
                });
            }
        }
        let key = |found: &Found<'_>| (found.argument, found.passed.clone());
        all.sort_by_cached_key(key);
        all
    }

    fn element(
        &self,
        found: &Found<'_>,
        guarded: Option<&Guarded>,
        witness: &Witness<'_>,
    ) -> Option<Element> {
        let argument = self.described.get(found.argument)?;
        let (reason, instead, span) = self.refusal(argument, guarded, &found.covered);
        let (link, value) = (self.link, told(&found.passed));
        let subject = format!("import {} argument {} {value}", link.full, argument.name);
        let site = found.shown.sites.first();
        let fact = LiteralArgument {
            import: link.full.clone(),
            wasi: link.wasi,
            argument: argument.name.to_owned(),
            role: argument.role.name().to_owned(),
            value,
            number: match found.passed {
                Passed::Number(number) => Some(number),
                Passed::Text(_) | Passed::Bytes(_) => None,
            },
            tier: match found.tier {
                Tier::Proved => "proved".to_owned(),
                Tier::Recovered => "recovered".to_owned(),
            },
            path: witness.call_line(link, found.shown),
            function: site.map_or_else(String::new, |site| witness.name(site.caller)),
            ways: found.ways,
            admitted: guarded.map(Guarded::is_admitted),
            covered: found.covered.as_ref().map(Result::is_ok),
            reason,
            instead,
        };
        let element = Element::new(subject, fact).at(span, "");
        Some(element.in_module(ModulePlace {
            offset: site.map(|site| site.offset),
            function: site.map(|site| site.caller),
            import: Some(link.full.clone()),
            export: None,
        }))
    }

    fn is_wide(&self, found: &Found<'_>) -> bool {
        let argument = self.described.get(found.argument);
        argument.is_some_and(|argument| match argument.place {
            Place::Number { index } => is_wide(self.link, index),
            _ => false,
        })
    }

    /// Why a constant is refused, what could be written instead, and where the policy decides.
    fn refusal(
        &self,
        argument: &Described<'_>,
        guarded: Option<&Guarded>,
        covered: &Covered,
    ) -> (String, String, Option<Span>) {
        if let Some(Err(outside)) = covered {
            let span = self.audit.ground.key(outside.key);
            return (
                outside.reason.to_owned(),
                outside.instead.clone(),
                Some(span),
            );
        }
        match guarded {
            Some(Guarded::Refused {
                reason,
                span,
                instead,
            }) => (reason.clone(), instead.clone(), Some(*span)),
            Some(Guarded::Admitted(Some(by))) => (String::new(), String::new(), Some(*by)),
            _ => {
                let stated = argument.guard.map(|guard| guard.name.span);
                (String::new(), String::new(), stated)
            }
        }
    }
}

impl<'a> Found<'a> {
    fn add(&mut self, call: &'a Call, tier: Tier, covered: Covered) {
        self.ways += 1;
        self.tier = self.tier.min(tier);
        if matches!(covered, Some(Err(_))) && !matches!(self.covered, Some(Err(_))) {
            self.covered = covered;
            self.shown = call;
        }
    }
}

/// A constant in words, without credentials.
fn told(passed: &Passed) -> String {
    match passed {
        Passed::Text(text) => shorten(&redact(text), MOST_TOLD),
        Passed::Number(number) => number.to_string(),
        Passed::Bytes(length) => format!("{length} bytes"),
    }
}

/// What looks alike when it is redacted or cut is counted, so that a waiver covers one and not its twins.
fn number_alike(elements: &mut [Element]) {
    let mut seen: HashMap<String, u64> = HashMap::new();
    for element in elements {
        let count = seen.entry(element.subject.clone()).or_default();
        *count += 1;
        if *count > 1 {
            element.subject = format!("{} ({count})", element.subject);
        }
    }
}
