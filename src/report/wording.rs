//! What several formats say in the same words: the summary line, sizes, places in a module, a finding's help.

use crate::audit::{Finding, FuelRecord, Location, Report, Summary};
use crate::source::Span;

use super::escape;

/// `3 errors, 2 warnings, 1 note (1 waived) in 2 modules`.
pub fn summary(report: &Report) -> String {
    let counts = counts(report.summary());
    match report.modules.len() {
        0 => counts,
        modules => format!("{counts} in {}", count(modules, "module")),
    }
}

/// `3 errors, 2 warnings, 1 note (1 waived)`.
pub fn counts(summary: Summary) -> String {
    let parts: Vec<String> = [
        (summary.error, "error"),
        (summary.warning, "warning"),
        (summary.note, "note"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, noun)| count(number, noun))
    .collect();
    let found = if parts.is_empty() {
        "no findings".to_owned()
    } else {
        parts.join(", ")
    };
    match summary.waived {
        0 => found,
        waived => format!("{found} ({} waived)", number(waived)),
    }
}

/// `1 module`, `2,000 modules`.
pub fn count(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", number(count))
}

/// A number with its thousands parted: `1,950`.
pub fn number(number: usize) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Bytes for people: `512 B`, `64 KiB`, `2.6 MiB`.
pub fn size(bytes: u64) -> String {
    let mut unit = 1u64;
    let names = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut name = "B";
    for next in names {
        if bytes / unit < 1024 {
            break;
        }
        unit *= 1024;
        name = next;
    }
    let tenths = u128::from(bytes) * 10 / u128::from(unit);
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} {name}"),
        (whole, tenth) => format!("{whole}.{tenth} {name}"),
    }
}

/// How a hardened module counts its fuel.
pub fn fuel(fuel: &FuelRecord) -> String {
    format!(
        "fuel is counted: {} at first, {} more for a call of the host (cost model {})",
        fuel.budget, fuel.host_call, fuel.model
    )
}

/// A place in a module: `@ 0x1234 (function run, import env.log)`; raw names are escaped as text.
pub fn module_place(location: &Location) -> Option<String> {
    let Location::Module {
        offset,
        function,
        import,
        export,
        ..
    } = location
    else {
        return None;
    };
    let parts: Vec<String> = [
        ("function", function),
        ("import", import),
        ("export", export),
    ]
    .into_iter()
    .filter_map(|(word, name)| Some((word, name.as_deref().filter(|name| !name.is_empty())?)))
    .map(|(word, name)| format!("{word} {}", escape::name(name)))
    .collect();
    let place = offset.map(|offset| format!("@ {offset:#x}"));
    let names = (!parts.is_empty()).then(|| format!("({})", parts.join(", ")));
    let shown: Vec<String> = place.into_iter().chain(names).collect();
    (!shown.is_empty()).then(|| shown.join(" "))
}

/// A finding's help in lines. A help with more lines than its rule's template got them from a name: it stays one line.
pub fn help(finding: &Finding, report: &Report) -> Option<String> {
    let help = finding.help.as_deref()?.trim_end();
    let template = report
        .rules
        .get(&finding.rule)
        .map(|rule| rule.help.trim_end());
    let ends = |text: &str| text.matches('\n').count();
    Some(
        if template.is_some_and(|template| ends(template) >= ends(help)) {
            escape::lines(help)
        } else {
            escape::text(help)
        },
    )
}

/// What waives a finding: `reason (until 2027-03-31)`.
pub fn waiver(finding: &Finding) -> Option<String> {
    let waived = finding.waived.as_ref()?;
    let reason = escape::text(&waived.reason);
    Some(match &waived.until {
        Some(until) => format!("{reason} (until {})", escape::name(until)),
        None => reason,
    })
}

/// The module that a finding belongs to; `None` if it is about the policy alone.
pub fn module_index(finding: &Finding, report: &Report) -> Option<usize> {
    finding.module.filter(|index| *index < report.modules.len())
}

/// The first place of a finding in a policy, lock or rule file.
pub fn text_span(finding: &Finding) -> Option<Span> {
    finding
        .locations
        .iter()
        .find_map(|location| match location {
            Location::Text { span, .. } => Some(*span),
            Location::Module { .. } => None,
        })
}

/// The module of a finding whose place is in a policy that may judge others too; none where there is one module alone.
pub fn which_module<'r>(finding: &Finding, report: &'r Report) -> Option<&'r str> {
    let module = report.modules.get(finding.module?)?;
    let shared = report.modules.len() > 1 && text_span(finding).is_some();
    shared.then_some(module.path.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn sizes_and_counts_read_well() {
        let sizes = [0, 1023, 1024, 2_716_342, 64 << 20, u64::MAX].map(size);
        assert_eq!(
            sizes,
            ["0 B", "1023 B", "1 KiB", "2.5 MiB", "64 MiB", "15.9 EiB"]
        );
        assert_eq!(count(1, "module"), "1 module");
        assert_eq!(count(1_234_567, "module"), "1,234,567 modules");
        assert_eq!(counts(Summary::default()), "no findings");
    }

    #[test]
    fn a_name_cannot_add_lines_to_a_help() {
        let mut report = sample::report();
        report.findings[0].help = Some("a\nerror: b".to_owned());
        assert_eq!(
            help(&report.findings[0], &report).as_deref(),
            Some("a\\nerror: b")
        );
        let rule = report.rules.get_mut("confused-deputy-path").unwrap();
        rule.help = "a\n{b}".to_owned();
        assert_eq!(
            help(&report.findings[0], &report).as_deref(),
            Some("a\nerror: b")
        );
    }
}
