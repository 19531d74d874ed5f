//! A rule's page in text: what `ringfence explain RULE` prints.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::audit::RuleInfo;

use super::style::Style;
use super::{escape, wrap};

/// An example of a rule: its name, whether it fires, and what it is made of, each part with what it is.
pub type Example<'e> = (&'e str, bool, Vec<(&'static str, String)>);

/// Writes the page.
pub fn write(
    rule: &RuleInfo,
    examples: &[Example],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = head(rule, style);
    page.push_str(&wrap::markdown(&rule.explanation, style.columns()));
    let _ = writeln!(page, "\n{}", style.bold("What to write instead"));
    page.push_str(&wrap::markdown(&rule.help, style.columns()));
    for example in examples {
        page.push_str(&self::example(example, style));
    }
    out.write_all(escape::log_lines(&page).as_bytes())
}

fn head(rule: &RuleInfo, style: &Style) -> String {
    let id = style.bold(&escape::name(&rule.id));
    let title = escape::text(&rule.title);
    let severity = style.severity(rule.severity, rule.severity.name());
    let confidence = escape::name(&rule.confidence);
    let tags: Vec<String> = rule.tags.iter().map(|tag| escape::name(tag)).collect();
    let tags = if tags.is_empty() {
        String::new()
    } else {
        format!(" · {}", tags.join(", "))
    };
    format!("{id}: {title}\n{severity} · {confidence} confidence{tags}\n\n")
}

fn example((name, fires, parts): &Example, style: &Style) -> String {
    let word = if *fires { "fires" } else { "stays silent" };
    let head = format!("Example that {word}: {}", escape::text(name));
    let mut text = format!("\n{}\n", style.bold(&head));
    for (kind, source) in parts {
        let _ = writeln!(text, "  {}", style.dim(kind));
        text.push_str(&indented(source));
    }
    text
}

fn indented(source: &str) -> String {
    let lines = source.trim_end().lines();
    lines
        .map(|line| {
            format!("    {}", escape::line(line, escape::MAX_TEXT))
                .trim_end()
                .to_owned()
                + "\n"
        })
        .collect()
}
