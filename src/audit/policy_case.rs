//! Cases of a policy: modules with the verdict that the policy must come to, so that it can be changed safely.

use std::collections::BTreeSet;

use crate::rule::RuleSet;
use crate::source::{Fields, Mistake, Node, SourceId, Spanned, parse};

use super::model::{Report, Severity, Verdict};

/// A file of cases.
#[derive(Debug, Clone)]
pub struct PolicyCases {
    /// The policy of those that name none, relative to the file.
    pub policy: Option<Spanned<String>>,
    /// The cases in order.
    pub cases: Vec<PolicyCase>,
}

/// One case.
#[derive(Debug, Clone)]
pub struct PolicyCase {
    /// What it shows.
    pub name: Spanned<String>,
    /// The module, relative to the file.
    pub module: Spanned<String>,
    /// Its policy, if it is not the file's.
    pub policy: Option<Spanned<String>>,
    /// Whether the module must pass.
    pub passes: bool,
    /// The rules whose errors must be what fails it, all of them; none stated is any.
    pub rules: Option<Vec<Spanned<String>>>,
}

impl PolicyCases {
    /// Reads a file of cases.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(text: &str, source: SourceId) -> Result<Self, Vec<Mistake>> {
        let root = parse(text, source)?;
        let mut mistakes = Vec::new();
        let read = Self::from_node(&root, &mut mistakes);
        match read {
            Some(cases) if mistakes.is_empty() => Ok(cases),
            _ => Err(mistakes),
        }
    }

    fn from_node(root: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let mut fields = Fields::open(root, "a file of cases", mistakes)?;
        let version = fields.need("version", mistakes);
        if let Some(version) = version.filter(|version| version.integer() != Some(1)) {
            mistakes.push(
                Mistake::new("cases-version", "cases of another version", version.span)
                    .help("this ringfence reads `version: 1`"),
            );
        }
        let policy = fields.text("policy", mistakes);
        let cases = fields.need("cases", mistakes);
        fields.finish(mistakes);
        let cases = cases?;
        let Some(items) = cases.list().filter(|items| !items.is_empty()) else {
            mistakes.push(
                Mistake::new("wrong-type", "`cases` must list one at least", cases.span)
                    .help("write `- {name: …, module: plugin.wasm, verdict: pass}`"),
            );
            return None;
        };
        let cases: Vec<PolicyCase> = items
            .iter()
            .filter_map(|item| PolicyCase::read(item, policy.is_some(), mistakes))
            .collect();
        unique(&cases, mistakes);
        Some(Self { policy, cases })
    }
}

impl PolicyCases {
    /// A mistake for each rule that nobody knows.
    pub fn unknown_rules(&self, rules: &RuleSet) -> Vec<Mistake> {
        let named = self
            .cases
            .iter()
            .flat_map(|case| case.rules.iter().flatten());
        named
            .filter(|rule| rules.get(&rule.value).is_none())
            .map(|rule| {
                let message = format!("no rule `{}`", rule.value);
                let mistake = Mistake::new("unknown-rule", message, rule.span);
                match rules.suggest(&rule.value) {
                    Some(help) => mistake.help(help),
                    None => mistake.help("`ringfence rules list` names them all"),
                }
            })
            .collect()
    }
}

fn unique(cases: &[PolicyCase], mistakes: &mut Vec<Mistake>) {
    let mut seen = std::collections::BTreeMap::new();
    for case in cases {
        if let Some(first) = seen.insert(case.name.value.as_str(), case.name.span) {
            mistakes.push(
                Mistake::new("duplicate-case", "two cases of one name", case.name.span)
                    .also(first, "first here")
                    .help("say in each name what the case shows"),
            );
        }
    }
}

impl PolicyCase {
    fn read(node: &Node, has_policy: bool, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let mut fields = Fields::open(node, "a case", mistakes)?;
        let name = fields.need_text("name", mistakes);
        let module = fields.need_text("module", mistakes);
        let policy = if has_policy {
            fields.text("policy", mistakes)
        } else {
            fields.need_text("policy", mistakes)
        };
        let passes = fields
            .need_text("verdict", mistakes)
            .and_then(|verdict| passes(&verdict, mistakes));
        let stated = node
            .map()
            .is_some_and(|entries| entries.iter().any(|entry| entry.key == "rules"));
        let rules = fields.texts("rules", mistakes);
        let rules = stated.then_some(rules);
        fields.finish(mistakes);
        let passes = passes?;
        if let (true, Some(first)) = (passes, rules.as_ref().and_then(|rules| rules.first())) {
            mistakes.push(
                Mistake::new("bad-case", "a module that passes fails no rule", first.span)
                    .help("leave `rules` out, or write `verdict: fail`"),
            );
        }
        Some(Self {
            name: name?,
            module: module?,
            policy,
            passes,
            rules,
        })
    }

    /// In a sentence, how a report of the module differs from what the case says; `None` if it does not.
    pub fn broken(&self, report: &Report) -> Option<String> {
        let failing = report
            .findings
            .iter()
            .filter(|finding| finding.waived.is_none() && finding.severity == Severity::Error);
        let found: BTreeSet<&str> = failing.map(|finding| finding.rule.as_str()).collect();
        let listed = |rules: &BTreeSet<&str>| {
            let rules: Vec<&str> = rules.iter().copied().collect();
            rules.join(", ")
        };
        let passed = report.verdict == Verdict::Pass;
        match (self.passes, passed) {
            (true, true) => None,
            (true, false) => Some(format!("must pass and fails: {}", listed(&found))),
            (false, true) => Some("must fail and passes".to_owned()),
            (false, false) => {
                let rules = self.rules.as_ref()?;
                let wanted: BTreeSet<&str> = rules.iter().map(|rule| rule.value.as_str()).collect();
                (wanted != found).then(|| {
                    format!(
                        "must fail by {} and fails by {}",
                        listed(&wanted),
                        listed(&found)
                    )
                })
            }
        }
    }
}

fn passes(verdict: &Spanned<String>, mistakes: &mut Vec<Mistake>) -> Option<bool> {
    match verdict.value.as_str() {
        "pass" => Some(true),
        "fail" => Some(false),
        _ => {
            mistakes.push(
                Mistake::new("bad-verdict", "a verdict is `pass` or `fail`", verdict.span)
                    .help("write `pass`, or `fail` with the `rules` that must find something"),
            );
            None
        }
    }
}

/// What came of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseResult {
    /// The file that it stands in.
    pub file: String,
    /// Its name.
    pub name: String,
    /// How it ended.
    pub end: CaseEnd,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseEnd {
    /// The verdict is the one that it says.
    Held,
    /// It is another; in a sentence.
    Broke(String),
    /// It could not be judged; in a sentence.
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<PolicyCases, Vec<String>> {
        let messages = |mistakes: Vec<Mistake>| {
            let messages = mistakes.into_iter().map(|mistake| mistake.message);
            messages.collect::<Vec<_>>()
        };
        PolicyCases::read(text, SourceId::default()).map_err(messages)
    }

    #[test]
    fn a_file_of_cases_reads() {
        let cases = read(
            "version: 1\npolicy: p.yaml\ncases:\n  - {name: a, module: a.wasm, verdict: pass}\n  - {name: b, module: b.wat, verdict: fail, rules: [no-deadline]}\n",
        )
        .unwrap();
        assert_eq!(cases.cases.len(), 2);
        assert!(cases.cases[0].passes && cases.cases[0].rules.is_none());
        assert_eq!(cases.cases[1].rules.as_ref().map(Vec::len), Some(1));
    }

    #[test]
    fn every_mistake_is_told() {
        let mistakes = read(
            "version: 2\ncases:\n  - {name: a, module: a.wasm, verdict: maybe, rule: [x]}\n  - {name: a, module: a.wasm, verdict: pass, policy: p, rules: [x]}\n",
        )
        .unwrap_err();
        for part in [
            "another version",
            "needs `policy`",
            "`pass` or `fail`",
            "no key `rule`",
            "fails no rule",
        ] {
            assert!(
                mistakes.iter().any(|one| one.contains(part)),
                "{part}: {mistakes:?}"
            );
        }
        assert!(read("version: 1\ncases: []\n").is_err());
    }

    #[test]
    fn a_case_breaks_by_another_verdict_or_other_rules() {
        let case = |passes, rules: Option<&[&str]>| PolicyCase {
            name: Spanned::new("a".to_owned(), crate::source::Span::default()),
            module: Spanned::new("a.wasm".to_owned(), crate::source::Span::default()),
            policy: None,
            passes,
            rules: rules.map(|rules| {
                let at =
                    |rule: &&str| Spanned::new((*rule).to_owned(), crate::source::Span::default());
                rules.iter().map(at).collect()
            }),
        };
        let clean = Report::default();
        let mut failed = Report {
            verdict: Verdict::Fail,
            ..Report::default()
        };
        failed.findings.push(super::super::Finding {
            rule: "no-deadline".to_owned(),
            severity: Severity::Error,
            subject: String::new(),
            message: String::new(),
            help: None,
            module: None,
            locations: Vec::new(),
            waived: None,
        });
        assert_eq!(case(true, None).broken(&clean), None);
        assert!(case(true, None).broken(&failed).is_some());
        assert!(case(false, None).broken(&clean).is_some());
        assert_eq!(case(false, None).broken(&failed), None);
        assert_eq!(case(false, Some(&["no-deadline"])).broken(&failed), None);
        assert!(case(false, Some(&["wide-abi"])).broken(&failed).is_some());
        assert!(case(false, Some(&[])).broken(&failed).is_some());
    }
}
