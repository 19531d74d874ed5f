//! `grants` of the draft: nothing of the host's files or variables.

use super::Least;
use super::page::Page;

/// Writes it.
pub(super) fn write(least: &Least, page: &mut Page) {
    page.section(
        "grants",
        "what each run gets; nothing of the host's files or variables",
    );
    let mut any = false;
    let mut give = |needed: bool, line: &str, reason: &str, page: &mut Page| {
        if needed {
            any = true;
            page.line(line, reason);
        }
    };
    let files = ["fs.read", "fs.write", "fs.metadata"]
        .iter()
        .any(|one| least.needs(one));
    give(
        files,
        "  preopens: [{guest: /scratch, scratch: {bytes: 16MiB, entries: 1000}}]",
        "an empty folder of its own; for one of yours write {guest: /data, host: ./data, mode: ro}",
        page,
    );
    let arguments = "  args: {max: 16, allow: [\"*\"]}";
    give(
        least.needs("args"),
        arguments,
        "whoever starts it chooses them",
        page,
    );
    give(least.needs("stdin"), "  stdin: {max: 1MiB}", "", page);
    give(
        least.needs("stdout"),
        "  stdout: {max: 1MiB, on_limit: truncate}",
        "",
        page,
    );
    give(
        least.needs("stderr"),
        "  stderr: {max: 64KiB, on_limit: truncate}",
        "",
        page,
    );
    let clocks = (least.needs("clock.wall"), least.needs("clock.monotonic"));
    let word = |needed: bool| if needed { "real" } else { "deny" };
    let clock = format!(
        "  clock: {{wall: {}, monotonic: {}}}",
        word(clocks.0),
        word(clocks.1)
    );
    give(
        clocks.0 || clocks.1,
        &clock,
        "`fixed` and `step` repeat from run to run",
        page,
    );
    give(
        least.needs("random"),
        "  random: {source: os}",
        "`seeded` repeats from run to run",
        page,
    );
    if !any {
        page.line("  preopens: []", "it asks for nothing");
    }
}
