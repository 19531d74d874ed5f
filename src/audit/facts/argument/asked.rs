//! Which operations the code asks a dispatcher for. For the reader: none of it makes a guard unneeded.

use std::collections::BTreeSet;

use super::described::{Described, Passed};
use crate::audit::link::Link;
use crate::capability::Place;
use crate::policy::Role;
use crate::rule::shorten;
use crate::source::credential::redact;
use crate::wasm::Image;

/// The most operations that are told.
const MOST: usize = 64;
/// How many of them a message has.
const MOST_IN_WORDS: usize = 12;
/// What is larger may be an address, where nobody says that it is an operation's number.
const LARGEST_GUESS: i64 = 1023;

/// The operations that are asked for.
#[derive(Debug, Default)]
pub struct Asked {
    /// Numbers and names, in order.
    pub operations: Vec<String>,
    /// Whether it is proved that there are no others.
    pub all: bool,
}

impl Asked {
    /// Of a dispatcher: by the arguments that choose; where nobody describes one, by the first parameter.
    pub fn of(link: &Link<'_>, image: &Image<'_>) -> Self {
        let Some(usage) = link.usage.filter(|_| !link.is_unreachable()) else {
            return Self::default();
        };
        let described = Described::of(link);
        let guessed = described.is_empty();
        let choosing: Vec<Described<'_>> = if guessed {
            vec![first_parameter()]
        } else {
            described.into_iter().filter(chooses).collect()
        };
        let mut operations = BTreeSet::new();
        for call in &usage.calls {
            for argument in &choosing {
                if let Some((passed, _)) = argument.passed(call, link, image)
                    && !(guessed && is_large(&passed))
                    && !matches!(passed, Passed::Bytes(_))
                {
                    operations.insert(passed);
                }
            }
        }
        let proved = |argument: &Described<'_>| match argument.place {
            Place::Number { index } => usage.values(index as usize).are_proved(),
            _ => false,
        };
        Self {
            all: !guessed && !choosing.is_empty() && choosing.iter().all(proved),
            operations: operations.iter().take(MOST).map(name).collect(),
        }
    }

    /// In words for the end of a message: `; its code asks for 1, 2 and others that are not constant`.
    pub fn words(&self) -> String {
        if self.operations.is_empty() {
            return String::new();
        }
        let shown = self.operations.iter().take(MOST_IN_WORDS);
        let shown: Vec<String> = shown.map(|one| format!("`{one}`")).collect();
        let more = match self.operations.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown = shown.join(", ");
        if self.all {
            format!("; its code asks for {shown}{more}, and no others")
        } else {
            format!("; its code, as compiled, asks for {shown}{more}, and maybe for others")
        }
    }
}

fn chooses(argument: &Described<'_>) -> bool {
    matches!(argument.role, Role::Opcode | Role::Text | Role::Command)
}

fn first_parameter() -> Described<'static> {
    Described {
        name: "operation",
        role: Role::Opcode,
        place: Place::Number { index: 0 },
        guard: None,
    }
}

fn is_large(passed: &Passed) -> bool {
    !matches!(passed, Passed::Number(0..=LARGEST_GUESS))
}

fn name(passed: &Passed) -> String {
    match passed {
        Passed::Text(text) => shorten(&redact(text), 80),
        Passed::Number(number) => number.to_string(),
        Passed::Bytes(length) => format!("{length} bytes"),
    }
}
