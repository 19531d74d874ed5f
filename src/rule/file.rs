//! One rule file, read and checked.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::source::{Fields, Mistake, Node, Spanned, did_you_mean};

use super::condition::{Condition, Params, Scope};
use super::example::Example;
use super::reading::Reading;
use super::schema::Kind;
use super::template::Template;

/// A finding's severity, as rule files and policies write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Level {
    Off,
    Note,
    Warning,
    Error,
}

impl Level {
    /// All levels' names, from the mildest.
    pub const NAMES: [&str; 4] = ["off", "note", "warning", "error"];

    /// The level of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "off" => Some(Self::Off),
            "note" => Some(Self::Note),
            "warning" => Some(Self::Warning),
            "error" => Some(Self::Error),
            _ => None,
        }
    }
}

/// A condition under which a finding is worse than the rule's default.
#[derive(Debug)]
pub struct Raise {
    /// How bad it is then.
    pub to: Level,
    /// When.
    pub when: Condition,
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its id, which is the file's name.
    pub id: String,
    /// One line for lists.
    pub title: String,
    /// Default severity.
    pub severity: Level,
    /// `high`, `medium` or `low`: how sure a finding is.
    pub confidence: String,
    /// CWE numbers and other tags.
    pub tags: Vec<String>,
    /// The version of ringfence that brought it.
    pub since: String,
    /// Whether a waiver can cover it.
    pub waivable: bool,
    /// What it walks.
    pub over: &'static Kind,
    /// When it fires.
    pub when: Condition,
    /// When it is worse.
    pub raise: Vec<Raise>,
    /// What it says.
    pub message: Template,
    /// What to write instead.
    pub help: Template,
    /// The help as written, for lists.
    pub help_text: String,
    /// Why it matters, in markdown.
    pub explanation: String,
    /// Numbers that a policy can tune.
    pub params: BTreeMap<String, i64>,
    /// Examples that must and must not fire; `None` if they are embedded.
    pub(super) examples: Option<Vec<Example>>,
}

impl Rule {
    /// How bad a finding is in this scope: the default, or the worst raise that holds.
    pub fn level(&self, scope: &Scope<'_>) -> Result<Level, String> {
        let mut level = self.severity;
        for raise in &self.raise {
            if raise.to > level && raise.when.holds(scope)? {
                level = raise.to;
            }
        }
        Ok(level)
    }

    /// Its examples; those of a built-in rule are read now.
    pub fn examples(&self) -> Cow<'_, [Example]> {
        match &self.examples {
            Some(examples) => Cow::Borrowed(examples),
            None => Cow::Owned(Example::embedded(&self.id)),
        }
    }

    /// The parameters with a policy's values in place of the defaults.
    pub fn tuned(&self, tuning: &BTreeMap<String, i64>) -> Params {
        let mut values = self.params.clone();
        values.extend(tuning.iter().map(|(name, number)| (name.clone(), *number)));
        Params::new(values)
    }

    /// Reads a rule; `trusted` skips the check of conditions, which a test has made.
    pub(super) fn read(
        name: &str,
        root: &Node,
        trusted: bool,
        reading: &mut Reading<'_>,
    ) -> Option<Self> {
        let mut fields = Fields::open(root, "a rule", &mut reading.mistakes)?;
        let id = fields.need_text("id", &mut reading.mistakes)?;
        let mut mistakes = std::mem::take(&mut reading.mistakes);
        if id.value != name {
            mistakes.push(
                Mistake::new(
                    "rule-name",
                    format!("the rule `{}` is in the file `{name}.yaml`", id.value),
                    id.span,
                )
                .help("a rule's file name is its id"),
            );
        }
        if !is_id(&id.value) {
            mistakes.push(
                Mistake::new(
                    "rule-id",
                    "an id is lower-case letters, digits and `-`, at most 64",
                    id.span,
                )
                .help("name it like `no-deadline`: policies and reports tell rules apart by it"),
            );
        }
        let title = fields.need_text("title", &mut mistakes);
        let severity = level(fields.need_text("severity", &mut mistakes), &mut mistakes);
        let confidence = fields.text("confidence", &mut mistakes);
        let tags = fields.texts("tags", &mut mistakes);
        let since = fields.text("since", &mut mistakes);
        let waivable = fields.flag("waivable", &mut mistakes).unwrap_or(true);
        let params = read_params(fields.take("params"), &mut mistakes);
        let over = kind(
            fields.need_text("over", &mut mistakes),
            reading,
            &mut mistakes,
        );
        let when = fields.need_text("when", &mut mistakes);
        let raise = fields.take("raise");
        let message = fields.need_text("message", &mut mistakes);
        let help = fields.need_text("help", &mut mistakes);
        let explanation = fields.need_text("explanation", &mut mistakes);
        let examples = fields.take("examples");
        let examples = (!trusted).then(|| read_examples(examples, &id, &mut mistakes));
        fields.finish(&mut mistakes);
        reading.mistakes = mistakes;

        let (over, when, message, help) = (over?, when?, message?, help?);
        let names: Vec<&str> = params.keys().map(String::as_str).collect();
        let help_text = help.value.clone();
        let when = condition(&when, over, &names, trusted, reading);
        let raise = read_raises(raise, over, &names, trusted, reading);
        let message = Template::read(&message, over, &names, reading);
        let help = Template::read(&help, over, &names, reading);
        Some(Self {
            id: id.value,
            title: title?.value,
            severity: severity?,
            confidence: confidence.map_or_else(|| "high".to_owned(), |confidence| confidence.value),
            tags: tags.into_iter().map(|tag| tag.value).collect(),
            since: since.map_or_else(|| "0.1.0".to_owned(), |since| since.value),
            waivable,
            over,
            when,
            raise,
            message,
            help,
            help_text,
            explanation: explanation?.value,
            params,
            examples,
        })
    }
}

/// What a policy can name; anything else could pass for another rule on a screen.
fn is_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&id.len()) && id.bytes().all(plain)
}

fn condition(
    text: &Spanned<String>,
    over: &Kind,
    params: &[&str],
    trusted: bool,
    reading: &mut Reading<'_>,
) -> Condition {
    if trusted {
        Condition::trusted(&text.value)
    } else {
        Condition::read(text, over, params, reading)
    }
}

fn level(name: Option<Spanned<String>>, mistakes: &mut Vec<Mistake>) -> Option<Level> {
    let name = name?;
    let level = Level::named(&name.value);
    if level.is_none() {
        let mistake = Mistake::new(
            "unknown-severity",
            format!("no severity `{}`", name.value),
            name.span,
        );
        mistakes.push(match did_you_mean(&name.value, Level::NAMES) {
            Some(help) => mistake.help(help),
            None => mistake,
        });
    }
    level
}

fn kind(
    name: Option<Spanned<String>>,
    reading: &Reading<'_>,
    mistakes: &mut Vec<Mistake>,
) -> Option<&'static Kind> {
    let name = name?;
    let kind = reading.schema.kind(&name.value);
    if kind.is_none() {
        let known = reading.schema.kinds.iter().map(|kind| kind.name);
        let mistake = Mistake::new(
            "unknown-kind",
            format!("nothing to walk is called `{}`", name.value),
            name.span,
        );
        mistakes.push(match did_you_mean(&name.value, known) {
            Some(help) => mistake.help(help),
            None => mistake.help("`ringfence rules list --facts` names what rules can walk"),
        });
    }
    kind
}

fn read_params(node: Option<&Node>, mistakes: &mut Vec<Mistake>) -> BTreeMap<String, i64> {
    let mut params = BTreeMap::new();
    for entry in node.and_then(Node::map).unwrap_or_default() {
        match entry.node.integer() {
            Some(number) => {
                params.insert(entry.key.to_string(), number);
            }
            None => mistakes.push(
                Mistake::new(
                    "wrong-type",
                    format!("the parameter `{}` must be a whole number", entry.key),
                    entry.node.span,
                )
                .help("write digits without quotes"),
            ),
        }
    }
    params
}

fn read_raises(
    node: Option<&Node>,
    over: &Kind,
    params: &[&str],
    trusted: bool,
    reading: &mut Reading<'_>,
) -> Vec<Raise> {
    let mut raises = Vec::new();
    for item in node.and_then(Node::list).unwrap_or_default() {
        let mut mistakes = std::mem::take(&mut reading.mistakes);
        let parts = Fields::open(item, "a raise", &mut mistakes).map(|mut fields| {
            let to = level(fields.need_text("to", &mut mistakes), &mut mistakes);
            let when = fields.need_text("when", &mut mistakes);
            fields.finish(&mut mistakes);
            (to, when)
        });
        reading.mistakes = mistakes;
        if let Some((Some(to), Some(when))) = parts {
            let when = condition(&when, over, params, trusted, reading);
            raises.push(Raise { to, when });
        }
    }
    raises
}

fn read_examples(
    node: Option<&Node>,
    id: &Spanned<String>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<Example> {
    let examples = Example::read_all(node, mistakes);
    for fires in [true, false] {
        if !examples.iter().any(|example| example.fires == fires) {
            let wanted = if fires { "fires" } else { "stays silent" };
            mistakes.push(
                Mistake::new(
                    "missing-example",
                    format!("the rule has no example where it {wanted}"),
                    id.span,
                )
                .help(format!("add one under `examples:` with `fires: {fires}`")),
            );
        }
    }
    examples
}
