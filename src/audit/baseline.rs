//! A baseline: the findings that were there when an old fleet came under the gate. Known ones pass, new ones fail. It counts
//! for `check` alone: nothing is approved or run by it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::rule::RuleSet;
use crate::source::ascii::yaml as quoted;
use crate::source::credential::redact;
use crate::source::{Fields, Mistake, Node, SourceId, Span, parse};

use super::model::{Finding, Report, Severity, WaivedBy};

/// What a finding is known by: no offset, so that it survives a rebuild.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    /// The module's path as the check names it; `None` for a finding about the policy alone.
    module: Option<String>,
    rule: String,
    subject: String,
}

/// How often a finding is known, and at what severity.
#[derive(Debug, Clone, Copy)]
struct Entry {
    severity: Severity,
    left: u64,
    span: Span,
}

/// The findings that pass, each until it was met as often as it is known.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    entries: BTreeMap<Known, Entry>,
}

const HEAD: &str = "\
# Findings that were there when this baseline was written, by `ringfence check --write-baseline`. They pass `check`, and
# nothing else: `approve` and `run` do not read it. Mend them and take them out; add none by hand.
version: 1
findings:";

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(text: &str, source: SourceId) -> Result<Self, Vec<Mistake>> {
        let root = parse(text, source)?;
        let mut mistakes = Vec::new();
        let read = Self::from_node(&root, &mut mistakes);
        match read {
            Some(baseline) if mistakes.is_empty() => Ok(baseline),
            _ => Err(mistakes),
        }
    }

    fn from_node(root: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let mut fields = Fields::open(root, "a baseline", mistakes)?;
        let version = fields.need("version", mistakes);
        if let Some(version) = version.filter(|version| version.integer() != Some(1)) {
            mistakes.push(
                Mistake::new(
                    "baseline-version",
                    "a baseline of another version",
                    version.span,
                )
                .help("this ringfence reads `version: 1`"),
            );
        }
        let findings = fields.need("findings", mistakes);
        fields.finish(mistakes);
        let findings = findings?;
        let Some(items) = findings.list() else {
            mistakes.push(Mistake::new(
                "wrong-type",
                "`findings` must be a list",
                findings.span,
            ));
            return None;
        };
        let mut entries = BTreeMap::new();
        for item in items {
            let Some((known, entry)) = known(item, mistakes) else {
                continue;
            };
            let span = entry.span;
            if let Some(first) = entries.insert(known, entry) {
                mistakes.push(
                    Mistake::new("baseline-duplicate", "one finding twice", span)
                        .also(first.span, "first here")
                        .help("keep one of the two, with a `count` if it is found several times"),
                );
            }
        }
        Some(Self { entries })
    }

    /// Marks what is known among the findings of a module, or among those about a policy alone. What no policy may waive is
    /// never known.
    pub(super) fn mark(&mut self, findings: &mut [Finding], module: Option<&str>, rules: &RuleSet) {
        for finding in findings {
            let waivable = rules.get(&finding.rule).is_some_and(|rule| rule.waivable);
            if finding.waived.is_some() || !waivable {
                continue;
            }
            let Some(entry) = self.entries.get_mut(&key(finding, module)) else {
                continue;
            };
            if entry.left > 0 && finding.severity <= entry.severity {
                entry.left -= 1;
                finding.waived = Some(WaivedBy {
                    reason: "known: it stands in the baseline".to_owned(),
                    until: None,
                    span: entry.span,
                });
            }
        }
    }

    /// What stands in the baseline and was not found, in words: it is to be taken out.
    pub fn fixed(&self) -> impl Iterator<Item = String> {
        let left = self.entries.iter().filter(|(_, entry)| entry.left > 0);
        left.map(|(known, _)| match &known.module {
            Some(module) => format!("{module}: {} {}", known.rule, known.subject),
            None => format!("{} {}", known.rule, known.subject),
        })
    }

    /// The text of a baseline that knows every finding of a report that is not waived and that a policy could waive.
    pub fn text(report: &Report, rules: &RuleSet) -> String {
        let mut entries: BTreeMap<Known, (Severity, u64)> = BTreeMap::new();
        for finding in report.findings.iter().filter(|one| one.waived.is_none()) {
            if !rules.get(&finding.rule).is_some_and(|rule| rule.waivable) {
                continue;
            }
            let module = finding.module.and_then(|at| report.modules.get(at));
            let module = module.map(|module| module.path.as_str());
            let entry = entries
                .entry(key(finding, module))
                .or_insert((finding.severity, 0));
            *entry = (entry.0.max(finding.severity), entry.1 + 1);
        }
        let mut text = HEAD.to_owned();
        text.push_str(if entries.is_empty() { " []\n" } else { "\n" });
        for (known, (severity, count)) in entries {
            text.push_str("  - {");
            if let Some(module) = &known.module {
                let _ = write!(text, "module: {}, ", quoted(module));
            }
            let (severity, subject) = (severity.name(), quoted(&known.subject));
            let _ = write!(
                text,
                "rule: {}, severity: {severity}, subject: {subject}",
                known.rule
            );
            if count > 1 {
                let _ = write!(text, ", count: {count}");
            }
            text.push_str("}\n");
        }
        text
    }
}

fn key(finding: &Finding, module: Option<&str>) -> Known {
    Known {
        module: module.map(str::to_owned),
        rule: finding.rule.clone(),
        subject: redact(&finding.subject).into_owned(),
    }
}

fn known(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<(Known, Entry)> {
    let mut fields = Fields::open(node, "a known finding", mistakes)?;
    let module = fields.text("module", mistakes);
    let rule = fields.need_text("rule", mistakes);
    let severity = fields.need_text("severity", mistakes);
    let subject = fields.need_text("subject", mistakes);
    let count = fields.take("count");
    fields.finish(mistakes);
    let left = match count {
        None => 1,
        Some(count) => match count.integer().and_then(|count| u64::try_from(count).ok()) {
            Some(count) if count > 0 => count,
            _ => {
                mistakes.push(
                    Mistake::new("wrong-type", "`count` is a number from 1", count.span)
                        .help("leave it out for 1"),
                );
                return None;
            }
        },
    };
    let severity = severity?;
    let Some(level) = level(&severity.value) else {
        mistakes.push(
            Mistake::new("bad-severity", "no such severity", severity.span)
                .help("write error, warning or note"),
        );
        return None;
    };
    let rule = rule?;
    let entry = Entry {
        severity: level,
        left,
        span: rule.span,
    };
    let known = Known {
        module: module.map(|module| module.value),
        rule: rule.value,
        subject: subject?.value,
    };
    Some((known, entry))
}

fn level(name: &str) -> Option<Severity> {
    [Severity::Note, Severity::Warning, Severity::Error]
        .into_iter()
        .find(|severity| severity.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::SCHEMA;

    fn finding(rule: &str, subject: &str, severity: Severity) -> Finding {
        Finding {
            rule: rule.to_owned(),
            severity,
            subject: subject.to_owned(),
            message: String::new(),
            help: None,
            module: None,
            locations: Vec::new(),
            waived: None,
        }
    }

    fn report(findings: Vec<Finding>) -> Report {
        Report {
            findings,
            ..Report::default()
        }
    }

    #[test]
    fn what_is_known_passes_as_often_as_it_is_known_and_no_worse() {
        let rules = RuleSet::builtin(&SCHEMA);
        let old = [
            finding("no-deadline", "limits", Severity::Error),
            finding("size-for-edge", "module", Severity::Note),
            finding("malformed-module", "module", Severity::Error),
        ];
        let text = Baseline::text(&report(old.to_vec()), &rules);
        assert!(!text.contains("malformed-module"), "{text}");
        let mut baseline = Baseline::read(&text, SourceId::default()).unwrap();
        let mut now = [
            finding("no-deadline", "limits", Severity::Error),
            finding("no-deadline", "limits", Severity::Error),
            finding("size-for-edge", "module", Severity::Warning),
            finding("malformed-module", "module", Severity::Error),
            finding("no-memory-limit", "limits", Severity::Error),
        ];
        baseline.mark(&mut now, None, &rules);
        let known: Vec<bool> = now.iter().map(|one| one.waived.is_some()).collect();
        assert_eq!(known, [true, false, false, false, false]);
        let fixed: Vec<String> = baseline.fixed().collect();
        assert_eq!(fixed, ["size-for-edge module"]);
    }

    #[test]
    fn a_finding_of_one_module_is_not_known_of_another() {
        let rules = RuleSet::builtin(&SCHEMA);
        let text = "version: 1\nfindings:\n  - {module: a.wasm, rule: wide-abi, severity: warning, subject: abi}\n";
        let mut baseline = Baseline::read(text, SourceId::default()).unwrap();
        let mut here = [finding("wide-abi", "abi", Severity::Warning)];
        baseline.mark(&mut here, Some("b.wasm"), &rules);
        assert!(here[0].waived.is_none());
        baseline.mark(&mut here, Some("a.wasm"), &rules);
        assert!(here[0].waived.is_some());
    }

    #[test]
    fn what_does_not_read_knows_nothing() {
        for text in [
            "",
            "version: 2\nfindings: []\n",
            "version: 1\n",
            "version: 1\nfindings:\n  - {rule: a, severity: bad, subject: b}\n",
            "version: 1\nfindings:\n  - {rule: a, severity: note, subject: b, count: 0}\n",
            "version: 1\nfindings:\n  - {rule: a, severity: note, subject: b}\n  - {rule: a, severity: note, subject: b}\n",
            "version: 1\nfindings:\n  - {rule: a, severity: note, subject: b, until: x}\n",
            "<<<<<<< ours\nversion: 1\nfindings: []\n",
        ] {
            assert!(Baseline::read(text, SourceId::default()).is_err(), "{text}");
        }
    }
}
