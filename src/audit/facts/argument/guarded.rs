//! What the policy's guard says to a constant: what the runner would say to the call.

use crate::policy::guard::{Denied, NumberRule, SizeRule, TextRule};
use crate::policy::{Argument, MAX_PATTERN};
use crate::source::Span;
use crate::source::credential::redact;

use super::described::Passed;

/// A guard's word on one constant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guarded {
    /// It lets it in; by this place, if one did.
    Admitted(Option<Span>),
    /// It refuses it.
    Refused {
        /// Why, in words that follow "refuses: ".
        reason: String,
        /// What in the policy decided.
        span: Span,
        /// What to write instead.
        instead: String,
    },
}

impl Guarded {
    /// Whether it lets it in.
    pub fn is_admitted(&self) -> bool {
        matches!(self, Self::Admitted(_))
    }
}

/// The guard of one argument, compiled when it is first needed.
#[derive(Debug)]
pub struct Guard<'a> {
    argument: &'a Argument,
    text: Option<TextRule>,
}

impl<'a> Guard<'a> {
    /// That of an argument.
    pub fn new(argument: &'a Argument) -> Self {
        Self {
            argument,
            text: None,
        }
    }

    /// Judges a constant; nothing where the guard does not read, which is a mistake of the policy and told as one.
    pub fn judge(&mut self, passed: &Passed, wide: bool) -> Option<Guarded> {
        let judged = match passed {
            Passed::Number(value) => {
                let rule = NumberRule::of(self.argument);
                let number = rule.read(*value, wide);
                number.and_then(|number| rule.judge(number))
            }
            Passed::Bytes(length) => SizeRule::of(self.argument).judge(*length).map(|()| None),
            Passed::Text(text) => {
                let sized = SizeRule::of(self.argument).judge(text.len() as u64);
                let rule = self.rule()?;
                sized.and_then(|()| rule.judge(&rule.read(text.clone().into_bytes())?))
            }
        };
        Some(match judged {
            Ok(by) => Guarded::Admitted(by),
            Err(denied) => self.refused(passed, denied),
        })
    }

    fn rule(&mut self) -> Option<&TextRule> {
        if self.text.is_none() {
            self.text = TextRule::of(self.argument).ok();
        }
        self.text.as_ref()
    }

    fn refused(&self, passed: &Passed, denied: Denied) -> Guarded {
        Guarded::Refused {
            instead: self.instead(passed, &denied),
            reason: denied.reason,
            span: denied.span,
        }
    }

    fn instead(&self, passed: &Passed, denied: &Denied) -> String {
        let by_deny = self.argument.deny.iter().any(|one| one.span == denied.span);
        match passed {
            _ if by_deny => "`deny` is there to refuse it".to_owned(),
            Passed::Bytes(length) => format!("or raise `max` to {length}, if it may be that much"),
            Passed::Text(_) if denied.unreadable => "no pattern can admit it".to_owned(),
            Passed::Number(_) if denied.unreadable => "no guard can admit it".to_owned(),
            Passed::Text(text) => match self.normal(text).map(|text| escaped(&text)) {
                Some(pattern) if pattern.len() <= MAX_PATTERN && redact(text) == *text => {
                    format!("or add `{pattern}` to `allow`, if it may ask for this")
                }
                _ => {
                    "or add a pattern that matches it to `allow`, if it may ask for this".to_owned()
                }
            },
            Passed::Number(number) if self.argument.values.is_some() => {
                format!("or add {number} to `values`, if it may ask for this")
            }
            Passed::Number(_) => "or move `min` or `max`, if it may ask for this".to_owned(),
        }
    }

    fn normal(&self, text: &str) -> Option<String> {
        self.text.as_ref()?.read(text.as_bytes().to_vec()).ok()
    }
}

/// A text as a pattern that matches it alone.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for symbol in text.chars() {
        if matches!(symbol, '*' | '?' | '[' | ']' | '{' | '}' | '\\') {
            pattern.push('\\');
        }
        pattern.push(symbol);
    }
    pattern
}
