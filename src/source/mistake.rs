//! One mistake in a text: what is wrong, where, and what to write instead.

use super::span::Span;

/// The most mistakes of one file that are told, or looked for.
pub const MAX_MISTAKES: usize = 1000;

/// A place in a text, with a word on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What to say there.
    pub text: String,
}

/// A reason why a policy, rule, capability table or lock does not read. Never a finding: it ends in exit code 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// A stable name for the class of mistake, such as `unknown-key`.
    pub code: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The places concerned; the first is the main one.
    pub labels: Vec<Label>,
    /// What to write instead.
    pub help: Option<String>,
}

impl Mistake {
    /// A mistake at one place.
    pub fn new(code: &'static str, message: impl Into<String>, span: Span) -> Self {
        Self {
            code,
            message: message.into(),
            labels: vec![Label {
                span,
                text: String::new(),
            }],
            help: None,
        }
    }

    /// The same with a word on the main place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.text = text.into();
        }
        self
    }

    /// The same with a further place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// The same with what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The first mistakes in the order of the file, and that there are more.
pub fn first_mistakes(mut mistakes: Vec<Mistake>) -> Vec<Mistake> {
    let place = |mistake: &Mistake| mistake.labels.first().map(|label| label.span);
    mistakes.sort_by_key(place);
    if mistakes.len() > MAX_MISTAKES {
        let last = mistakes
            .get(MAX_MISTAKES)
            .and_then(place)
            .unwrap_or_default();
        mistakes.truncate(MAX_MISTAKES);
        let message = "and further mistakes from here on";
        mistakes.push(Mistake::new("too-many-mistakes", message, last).help("mend these first"));
    }
    mistakes
}
