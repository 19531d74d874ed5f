//! Injections, format by format: what a name in a module may hold and no report may pass on.

use super::*;

const EVIL: &str = "a\u{1b}[31m\u{7}\u{9b}2J\u{202e}\u{200b}\u{2066}\u{e0041}\r\n::error::x%0A`b` ```\n<script>@mention](http://e.example)|{0}[x](1)##[group]\r";

fn is_inert(shown: &str) {
    assert!(!shown.chars().any(deceives), "{shown:?}");
}

#[test]
fn text_spells_out_what_deceives() {
    let shown = text(EVIL);
    is_inert(&shown);
    assert!(shown.starts_with(
        "a\\u{1b}[31m\\u{7}\\u{9b}2J\\u{202e}\\u{200b}\\u{2066}\\u{e0041}\\r\\n::error::x"
    ));
    assert!(!shown.contains("##"));
}

#[test]
fn a_long_name_is_cut() {
    let long = "é".repeat(1 << 20);
    assert_eq!(name(&long).chars().count(), MAX_NAME + 1);
    assert!(text(&long).ends_with('…'));
    assert!(github(&long).len() < 4096 && github_property(&long).len() < 4096);
    assert!(markdown(&long, MAX_TEXT).len() < 4096 && markdown_code(&long).len() < 4096);
    assert!(uri(&long).len() <= MAX_PATH * 3 && MAX_PATH * 3 <= MAX_EXACT);
}

#[test]
fn no_line_of_text_is_a_workflow_command() {
    let block =
        "  ::error::x\nfine :: y\n\u{1b}[31m\u{1b}[1m ::warning::z\u{1b}[0m\n::stop-commands::t";
    let safe = log_lines(block);
    for line in safe.lines() {
        assert!(
            !line
                .replace("\u{1b}[31m", "")
                .replace("\u{1b}[1m", "")
                .trim_start()
                .starts_with("::"),
            "{line:?}"
        );
    }
    assert!(safe.contains("fine :: y") && safe.starts_with("  \\x3a:error"));
}

#[test]
fn lines_keep_their_ends_and_nothing_else() {
    assert_eq!(lines("a\r\nb\rc\n\u{1b}[2Jd\n"), "a\nb\\rc\n\\u{1b}[2Jd");
}

#[test]
fn json_keeps_the_value_and_prints_nothing_that_acts() {
    let plain: String = EVIL
        .chars()
        .filter(|char| !char.is_ascii_control() && *char != '"')
        .collect();
    let shown = json(&plain);
    is_inert(&shown);
    assert!(!shown.contains("##"));
    assert_eq!(
        serde_json::from_str::<String>(&format!("\"{shown}\"")).unwrap(),
        plain
    );
}

#[test]
fn xml_has_no_markup_and_no_forbidden_character() {
    let shown = xml(&format!("{EVIL}\u{fffe}'\"&"));
    is_inert(&shown);
    assert!(!shown.contains(['<', '>', '"', '\'', '\u{fffe}']));
    assert!(shown.ends_with("\\u{fffe}&apos;&quot;&amp;"), "{shown}");
}

#[test]
fn sarif_has_neither_links_nor_placeholders() {
    assert_eq!(sarif("[x](1) {0} \\"), "\\[x\\](1) {{0}} \\\\");
}

#[test]
fn github_commands_end_where_they_should() {
    let shown = github(EVIL);
    is_inert(&shown);
    assert!(shown.contains("x%250A"));
    assert_eq!(github_lines("a\n::error::b%0A"), "a%0A::error::b%250A");
    let property = github_property("a,line=1::b\r\n%");
    assert_eq!(property, "a%2Cline=1%3A%3Ab\\r\\n%25");
}

#[test]
fn markdown_is_only_text() {
    let shown = markdown(EVIL, MAX_TEXT);
    is_inert(&shown);
    for bad in ["<script", "@", "](", "`", "|", "://", "##", "\n", "[x]"] {
        assert!(!shown.contains(bad), "{bad} in {shown}");
    }
    assert_eq!(markdown("see `a|b", 99), "see <code>a&#124;b</code>");
    assert_eq!(markdown_code("`@a`"), "<code>'&#64;<!-- -->a'</code>");
    assert_eq!(markdown("WWW.e.example", 99), "WWW<!-- -->.e.example");
}

#[test]
fn a_uri_has_only_safe_characters() {
    assert_eq!(uri("-"), "stdin");
    assert_eq!(uri("a b\\c#?é:\n.wasm"), "a%20b/c%23%3F%C3%A9%3A%0A.wasm");
}

proptest::proptest! {
    #[test]
    fn whatever_the_text_each_format_is_inert(evil in "\\PC*|(?s).*") {
        is_inert(&text(&evil));
        is_inert(&github(&evil));
        is_inert(&markdown(&evil, MAX_TEXT));
        proptest::prop_assert!(!markdown(&evil, MAX_TEXT).contains(['`', '@', '|', '\n']));
        proptest::prop_assert!(!github_property(&evil).contains([':', ',', '\n', '\r']));
        proptest::prop_assert!(uri(&evil).is_ascii());
    }
}
