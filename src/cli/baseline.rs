//! `check --baseline` and `--write-baseline`: what is no longer found is told, and all that is found is written down.

use std::path::Path;

use crate::audit::{Baseline, Finding, Report, Severity};
use crate::rule::RuleSet;

use super::outcome::Outcome;
use super::terminal;

/// How many findings are listed.
const MOST: usize = 20;

/// Findings that a baseline still lists are to be taken out: it should only ever get shorter.
pub fn tell_fixed(baseline: &Baseline) {
    let fixed: Vec<String> = baseline.fixed().collect();
    if fixed.is_empty() {
        return;
    }
    let mut lines = vec!["in the baseline and no longer found; take them out:".to_owned()];
    lines.extend(fixed.iter().take(MOST).cloned());
    if fixed.len() > MOST {
        lines.push(format!("… {} more", fixed.len() - MOST));
    }
    terminal::remark(&lines.join("\n"));
}

/// Writes a baseline. What cannot be known (a malformed module, a missing approval, what could not be judged) still fails.
pub fn adopt(path: &Path, report: &Report, rules: &RuleSet) -> Result<Outcome, String> {
    if report.unjudged().next().is_some() {
        return Err("no baseline was written, since not everything could be judged".to_owned());
    }
    let text = Baseline::text(report, rules);
    terminal::file(path, |out| out.write_all(text.as_bytes()))?;
    let stays = |finding: &Finding| {
        let waivable = rules.get(&finding.rule).is_some_and(|rule| rule.waivable);
        finding.waived.is_none() && finding.severity == Severity::Error && !waivable
    };
    if report.findings.iter().any(stays) {
        terminal::say("findings that no baseline can cover remain");
        return Ok(Outcome::Findings);
    }
    Ok(Outcome::Clean)
}
