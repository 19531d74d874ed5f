//! Patterns that scope too little or can never match, and their look-alikes.

use super::*;

#[test]
fn paths_that_scope_nothing_are_seen_in_any_spelling() {
    for pattern in [
        "**",
        "/**",
        "*",
        "**/*",
        "/**/*",
        "**/**",
        "?*",
        "/*",
        "/*/*",
        "/*/**",
        "**/[a-z]*",
        "**/*.*",
        "[a-z]*",
        "/[a-z]*/**",
        "/{etc,root,home,proc}/**",
        "*/*/*",
        "{*,a}",
        "**/?*",
    ] {
        assert_eq!(
            breadth(Role::Path, pattern),
            "anything of its kind",
            "{pattern}"
        );
    }
    for pattern in [
        "/data/**",
        "/data/*",
        "*.txt",
        "**/*.txt",
        "data/**",
        "/data/{a,b}/**",
        "/data/[a-z]*",
        "notes-*",
        "**/.*",
    ] {
        assert_eq!(breadth(Role::Path, pattern), "", "{pattern}");
    }
}

#[test]
fn urls_that_leave_the_host_open_are_seen() {
    for pattern in [
        "**",
        "*",
        "https://*",
        "https://**",
        "*://*",
        "h*tps://**",
        "https:/**",
        "https://*.com/**",
        "https://*.co.uk/**",
        "https://*example.com/**",
        "https://api.example.com*/**",
        "https://api.example.com:*/**",
        "https://api.example.com?*/**",
        "**/api.example.com/**",
        "{http,https}://**",
        "https://[a-z]*/**",
        "https://*/hook",
    ] {
        assert!(
            breadth(Role::Url, pattern).contains("any host"),
            "{pattern}"
        );
    }
    for pattern in [
        "https://chat.example.com/rooms/*",
        "https://*.example.com/**",
        "{http,https}://api.example.com/**",
        "https://{a,b}.example.com/**",
        "https://api.example.com:8443/**",
    ] {
        assert_eq!(breadth(Role::Url, pattern), "", "{pattern}");
    }
    assert_eq!(
        breadth(Role::Url, "http://169.254.169.254/**"),
        "a cloud's metadata service"
    );
    assert_eq!(
        breadth(Role::Host, "2852039166"),
        "a cloud's metadata service"
    );
    assert_eq!(breadth(Role::Url, "http://10.*/**"), "any host");
    assert_eq!(breadth(Role::Host, "api.example.com:443"), "");
}

#[test]
fn other_texts_are_scoped_by_what_is_fixed() {
    for (role, pattern) in [
        (Role::Secret, "*"),
        (Role::Secret, "[A-Z]*"),
        (Role::Tenant, "?*"),
        (Role::User, "[0-9]*"),
        (Role::Command, "*"),
    ] {
        assert_eq!(breadth(role, pattern), "anything of its kind", "{pattern}");
    }
    for (role, pattern) in [
        (Role::Command, "convert *"),
        (Role::Query, "SELECT * FROM a"),
        (Role::Command, "/bin/sh"),
    ] {
        assert_eq!(
            breadth(role, pattern),
            "anything after its fixed part",
            "{pattern}"
        );
    }
    for (role, pattern) in [
        (Role::Command, "convert"),
        (Role::Secret, "APP_*"),
        (Role::Tenant, "team-*"),
    ] {
        assert_eq!(breadth(role, pattern), "", "{pattern}");
    }
}

fn path_argument(allow: &[&str]) -> Argument {
    let spanned = |text: &str| Spanned::new(text.to_owned(), crate::source::Span::default());
    Argument {
        span: crate::source::Span::default(),
        name: spanned("path"),
        role: Spanned::new(Role::Path, crate::source::Span::default()),
        ptr: None,
        len: None,
        index: None,
        max: None,
        min: None,
        values: None,
        allow: crate::policy::Layers(vec![allow.iter().map(|text| spanned(text)).collect()]),
        deny: Vec::new(),
    }
}

#[test]
fn a_denial_that_never_matches_is_seen() {
    let argument = path_argument(&["/data/**"]);
    for pattern in [
        "/data/../x",
        "/data//x",
        "/data/secret/",
        "./x",
        "..\\x",
        ".env",
        "*.env",
        "secret/**",
    ] {
        assert!(never(&argument, pattern), "{pattern}");
    }
    for pattern in ["**/.*", "**/.*/**", "/data/.env", "/etc/**", "**"] {
        assert!(!never(&argument, pattern), "{pattern}");
    }
    let relative = path_argument(&["data/**"]);
    assert!(
        never(&relative, "/data/x") && !never(&relative, "data/x") && !never(&relative, "*.env")
    );
}

proptest::proptest! {
    #[test]
    fn no_pattern_panics(pattern in "[a-z*?{},\\[\\]/:.@ é-]{0,24}") {
        for role in [Role::Path, Role::Url, Role::Host, Role::Command, Role::Secret] {
            let _ = breadth(role, &pattern);
        }
    }

    #[test]
    fn a_literal_admits_only_itself(path in "/[a-z]{1,8}/[a-z]{1,8}", host in "[a-z]{3,8}\\.[a-z]{3,8}\\.org") {
        proptest::prop_assert_eq!(breadth(Role::Path, &path), "");
        proptest::prop_assert_eq!(breadth(Role::Url, &format!("https://{host}{path}")), "");
    }
}
