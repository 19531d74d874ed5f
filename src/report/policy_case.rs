//! What `policy test` shows: lines for people, JSON, and `JUnit`'s XML, which CI systems draw.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::audit::{CaseEnd, CaseResult};

use super::{escape, json as json_report, wording};

/// One line a case that did not hold, then the count.
pub fn text(results: &[CaseResult], out: &mut dyn Write) -> io::Result<()> {
    let mut lines = String::new();
    for result in results {
        let (word, reason) = match &result.end {
            CaseEnd::Held => continue,
            CaseEnd::Broke(reason) => ("failed", reason),
            CaseEnd::Failed(reason) => ("error", reason),
        };
        let (file, name) = (escape::name(&result.file), escape::name(&result.name));
        let _ = writeln!(lines, "{word}  {file}: {name}: {}", escape::text(reason));
    }
    let count = Count::of(results);
    let _ = writeln!(
        lines,
        "{} held, {} failed{}",
        wording::count(count.held, "case"),
        wording::number(count.broke),
        match count.failed {
            0 => String::new(),
            failed => format!(", {} could not be judged", wording::number(failed)),
        }
    );
    out.write_all(escape::log_lines(&lines).as_bytes())
}

/// `{version, cases: [{file, name, outcome, reason}], summary}`.
pub fn json(results: &[CaseResult], out: &mut dyn Write) -> io::Result<()> {
    let one = |result: &CaseResult| {
        let (outcome, reason) = match &result.end {
            CaseEnd::Held => ("held", None),
            CaseEnd::Broke(reason) => ("failed", Some(reason)),
            CaseEnd::Failed(reason) => ("error", Some(reason)),
        };
        json!({"file": result.file, "name": result.name, "outcome": outcome, "reason": reason})
    };
    let count = Count::of(results);
    let value = json!({
        "version": 1,
        "cases": results.iter().map(one).collect::<Vec<Value>>(),
        "summary": {"held": count.held, "failed": count.broke, "error": count.failed},
    });
    json_report::value(&value, out)
}

/// One suite a file.
pub fn junit(results: &[CaseResult], out: &mut dyn Write) -> io::Result<()> {
    let all = Count::of(results);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        text,
        "<testsuites name=\"ringfence policy test\" {}>",
        all.attributes()
    );
    for suite in results.chunk_by(|one, other| one.file == other.file) {
        let file = escape::xml(suite.first().map_or("", |first| first.file.as_str()));
        let count = Count::of(suite).attributes();
        let _ = writeln!(text, "  <testsuite name=\"{file}\" {count}>");
        for result in suite {
            text.push_str(&case(result, &file));
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    out.write_all(text.as_bytes())
}

fn case(result: &CaseResult, file: &str) -> String {
    let name = escape::xml(&result.name);
    let head = format!("    <testcase name=\"{name}\" classname=\"{file}\"");
    let (element, reason) = match &result.end {
        CaseEnd::Held => return format!("{head}/>\n"),
        CaseEnd::Broke(reason) => ("failure", reason),
        CaseEnd::Failed(reason) => ("error", reason),
    };
    let reason = escape::xml(reason);
    format!("{head}>\n      <{element} message=\"{reason}\"/>\n    </testcase>\n")
}

#[derive(Default)]
struct Count {
    held: usize,
    broke: usize,
    failed: usize,
}

impl Count {
    fn of(results: &[CaseResult]) -> Self {
        let mut count = Self::default();
        for result in results {
            match result.end {
                CaseEnd::Held => count.held += 1,
                CaseEnd::Broke(_) => count.broke += 1,
                CaseEnd::Failed(_) => count.failed += 1,
            }
        }
        count
    }

    fn attributes(&self) -> String {
        let all = self.held + self.broke + self.failed;
        format!(
            "tests=\"{all}\" failures=\"{}\" errors=\"{}\"",
            self.broke, self.failed
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_names_in_junit() {
        let results = [CaseEnd::Held, CaseEnd::Broke("a<b".to_owned())].map(|end| CaseResult {
            file: "\"><x".to_owned(),
            name: "a&\u{1b}[31m".to_owned(),
            end,
        });
        let mut out = Vec::new();
        junit(&results, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("tests=\"2\" failures=\"1\" errors=\"0\""));
        assert!(text.contains("&quot;&gt;&lt;x") && text.contains("a&lt;b"));
        assert!(!text.contains('\u{1b}') && !text.contains("<x"));
    }
}
