//! Texts: paths, URLs, hosts and plain ones against hostile spellings.

use super::*;

const PATHS: &str = ", allow: [\"/data/**\"], deny: [\"**/.*\", \"**/.*/**\", \"/data/secret/**\"]";

#[test]
fn a_path_is_normalised_before_it_is_judged_and_used() {
    for (path, normal) in [
        ("/data/x", "/data/x"),
        ("//data///x", "/data/x"),
        ("/data/./x/", "/data/x"),
        ("/etc/../data/x", "/data/x"),
        ("/data/a/../b", "/data/b"),
        ("/data/a b\n", "/data/a b\n"),
    ] {
        let found = judged("path", PATHS, path.as_bytes());
        assert_eq!(found.as_deref(), Ok(normal), "{path:?}");
    }
}

#[test]
fn no_spelling_of_a_path_slips_past_its_guard() {
    for path in [
        "",
        "/",
        "/data",
        "data/x",
        "/data/../etc/passwd",
        "/data/../../etc/passwd",
        "/data/x/../../etc/passwd",
        "../data/x",
        "/data//../etc",
        "/data/./../etc",
        "/data/.env",
        "/data/a/.git/config",
        "/data/secret/key",
        "/data//secret/./key",
        "/data/x/../secret/key",
        "/DATA/x",
        "/data\\x",
        "/data/..\\..\\etc",
        "/data/x\0.txt",
        "/data/\0",
        "/data\u{2215}x",
    ] {
        let found = judged("path", PATHS, path.as_bytes());
        assert!(found.is_err(), "{path:?} is {found:?}");
    }
    let long = "/data/".to_owned() + &"x".repeat(5000);
    assert!(judged("path", &format!("{PATHS}, max: 8KiB"), long.as_bytes()).is_err());
}

/// A provider may resolve `data/x` and `/data/x` to one file, so a deny means both.
#[test]
fn a_denied_path_is_denied_in_relative_form_too() {
    let keys = ", allow: [\"**\"], deny: [\"/secret/**\", \"keys/**\"]";
    for path in ["/secret/x", "secret/x", "./secret/x", "keys/x", "/keys/x"] {
        assert!(judged("path", keys, path.as_bytes()).is_err(), "{path}");
    }
    assert_eq!(judged("path", keys, b"public/x").as_deref(), Ok("public/x"));
}

#[test]
fn bytes_that_are_no_text_are_denied() {
    for role in [
        "path", "url", "host", "command", "query", "secret", "user", "tenant", "text",
    ] {
        for bytes in [&b"a\xff"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"a\0b", b"\0"] {
            assert!(judged(role, "", bytes).is_err(), "{role} {bytes:?}");
        }
    }
    assert_eq!(
        judged("text", "", "é\u{202e}".as_bytes()).as_deref(),
        Ok("é\u{202e}")
    );
}

#[test]
fn a_url_is_parsed_before_it_is_judged() {
    let keys = ", allow: [\"https://*.example.com/**\"], deny: [\"https://admin.example.com/**\"]";
    for (url, normal) in [
        (
            "https://api.example.com/v1/x",
            "https://api.example.com/v1/x",
        ),
        (
            "HTTPS://API.EXAMPLE.COM:443/v1/../v2",
            "https://api.example.com/v2",
        ),
        (
            "https://api.example.com./v1?q=https://evil.test/",
            "https://api.example.com/v1?q=https://evil.test/",
        ),
    ] {
        assert_eq!(judged("url", keys, url.as_bytes()).as_deref(), Ok(normal));
    }
    for url in [
        "https://evil.test?.example.com/",
        "https://evil.test#.example.com/",
        "https://evil.test\\.example.com/",
        "https://evil.test/.example.com/",
        "https://evil.test%2f.example.com/",
        "https://a@evil.test/",
        "https://api.example.com@evil.test/",
        "https://api.example.com:443@evil.test/",
        "https://user@api.example.com/",
        "https://evil.test/https://api.example.com/",
        "http://api.example.com/",
        "https://example.com/",
        "https://api.example.com:8443/",
        "https://api.example.com.evil.test/",
        "https://api.example.com/\r\nHost: evil.test",
        "https://api.example.com\t/x",
        "https://.example.com/",
        "https:///api.example.com/",
        "https://ADMIN.example.com/x",
        "https://admin.example.com:443/x",
        "https://admin.example.com./%78",
        "//api.example.com/",
        "",
    ] {
        let found = judged("url", keys, url.as_bytes());
        assert!(found.is_err(), "{url:?} is {found:?}");
    }
}

#[test]
fn a_denied_part_of_a_url_is_denied_in_every_spelling() {
    let keys = ", allow: [\"https://a.test/**\"], deny: [\"https://a.test/admin/**\", \"https://a.test/login\"]";
    for url in [
        "https://a.test/admin/x",
        "https://a.test/%61dmin/x",
        "https://a.test//admin//x",
        "https://a.test/x/../admin/x",
        "https://a.test/x/%2e%2e/admin/x",
        "https://a.test/x%2f..%2fadmin/x",
        "https://a.test:443/admin/x",
        "https://a.test/login?x",
        "https://a.test/login?",
        "https://a.test/login#x",
    ] {
        let found = judged("url", keys, url.as_bytes());
        assert!(found.is_err(), "{url:?} is {found:?}");
    }
    assert!(judged("url", keys, b"https://a.test/logins").is_ok());
}

#[test]
fn a_host_is_judged_in_one_spelling() {
    let keys =
        ", allow: [\"*.example.com\", \"10.*\"], deny: [\"admin.example.com\", \"10.0.0.1\"]";
    assert_eq!(
        judged("host", keys, b"API.example.com.").as_deref(),
        Ok("api.example.com")
    );
    for host in [
        "admin.example.com",
        "ADMIN.EXAMPLE.COM",
        "admin.example.com.",
        "admin.example.com:443",
        "10.0.0.1",
        "10.0.1",
        "167772161",
        "0xa.0.0.1",
        "::ffff:10.0.0.1",
        "10.0.0.1.",
        "10.evil.test:x",
        "evil.test/.example.com",
        "evil.test?.example.com",
        "a@b.example.com",
        "example.com",
        "",
    ] {
        let found = judged("host", keys, host.as_bytes());
        assert!(found.is_err(), "{host:?} is {found:?}");
    }
}

#[test]
fn plain_texts_are_matched_as_they_are() {
    for role in ["command", "query", "secret", "user", "tenant", "text"] {
        let keys = ", allow: [\"get *\", \"put\"], deny: [\"*;*\"]";
        assert_eq!(judged(role, keys, b"get a/b").as_deref(), Ok("get a/b"));
        for text in ["get", "GET x", " put", "put ", "get a; rm", "xget a"] {
            assert!(
                judged(role, keys, text.as_bytes()).is_err(),
                "{role} {text:?}"
            );
        }
    }
}

#[test]
fn a_list_that_is_empty_allows_nothing() {
    assert!(judged("text", ", allow: []", b"x").is_err());
    assert_eq!(judged("text", "", b"x").as_deref(), Ok("x"));
}

/// What the guest writes after a call began cannot change what was judged: the provider has a copy.
#[test]
fn a_parameter_that_no_argument_names_is_never_seen() {
    let argument = "{name: a, role: text, ptr: 0, len: 1}";
    let (runner, seen) = observed(&guest(4, b"ab"), &policy(argument, ""), false);
    assert!(returned(&run(&runner, &[AT, 1, AT, SIZE]), 7));
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].given.len(), 1);
    assert_eq!(seen[0].text("a"), Some("a"));
    for name in ["b", "", "ptr", "2"] {
        assert!(seen[0].text(name).is_none() && seen[0].bytes(name).is_none());
        assert!(seen[0].number(name).is_none() && seen[0].capacity(name).is_none());
    }
}
