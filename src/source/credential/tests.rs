//! Fake credentials, put together at run time so that no scanner trips over this file.

use super::*;

fn only(text: &str) -> Found {
    let mut found = find(text.as_bytes());
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found.remove(0)
}

/// Characters that look random and are the same each time.
fn random(length: usize) -> String {
    let alphabet = b"aB3xK9qR7mZ1pL5tW8vN2yC6dF4gH0jS";
    (0..length)
        .map(|index| char::from(alphabet[(index * 7 + index / 5) % alphabet.len()]))
        .collect()
}

fn upper(length: usize) -> String {
    random(length).to_uppercase()
}

#[test]
fn known_kinds_are_found() {
    let cases = [
        (
            "aws-access-key",
            format!("{}{}", "AK".to_owned() + "IA", upper(16)),
        ),
        ("github-token", "gh".to_owned() + "p_" + &random(36)),
        ("github-token", "github".to_owned() + "_pat_" + &random(82)),
        ("gitlab-token", "gl".to_owned() + "pat-" + &random(20)),
        ("slack-token", "xo".to_owned() + "xb-" + &random(40)),
        ("stripe-key", "sk".to_owned() + "_live_" + &random(24)),
        ("google-api-key", "AI".to_owned() + "za" + &random(35)),
        ("openai-key", "sk".to_owned() + "-proj-" + &random(48)),
        ("anthropic-key", "sk".to_owned() + "-ant-" + &random(48)),
        ("npm-token", "np".to_owned() + "m_" + &random(36)),
        ("pypi-token", "py".to_owned() + "pi-Ag" + &random(60)),
        ("vault-token", "hv".to_owned() + "s." + &random(24)),
    ];
    for (pattern, secret) in cases {
        for text in [
            secret.clone(),
            format!("key=x{secret}"),
            format!("strings{secret} more"),
        ] {
            let found = find(text.as_bytes());
            let hit = found.iter().find(|found| found.pattern == pattern);
            let hit = hit.unwrap_or_else(|| panic!("{pattern} in {text}: {found:?}"));
            assert!(
                text[hit.range.clone()].starts_with(&secret[..8]),
                "{pattern}"
            );
            assert!(!redact(&text).contains(&secret[8..]), "{pattern}");
        }
    }
}

#[test]
fn prefixes_and_placeholders_are_none() {
    for text in [
        "AKIA",
        "AKIAIAIAIAIAIAIAIAIA",
        "ghp_",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "glpat-<token>",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----x509: failed to parse private key (use ParsePKCS8PrivateKey instead for this)",
        "eyJhbGciOiJIUzI1NiJ9",
        "eyJhbGciOiJIUzI1NiJ9.eyJ",
        "https://example.com/user:name@host",
        "https://user@example.com",
        "postgres://user:${PASSWORD}@db",
        "https://%s:%s@%s",
        "token: expected identifier, found",
        "password = os.Getenv(\"PASSWORD\")",
        "tokenizer=a1b2c3d4e5f6g7h8",
        "secret=x509.ParseCertificate",
        "token=unexpected end of input",
        "PASSWORD=changeme",
        "api_key=YOUR_API_KEY_HERE_PLEASE",
    ] {
        assert_eq!(find(text.as_bytes()), [], "{text}");
        assert!(matches!(redact(text), Cow::Borrowed(_)));
    }
}

#[test]
fn a_private_key_needs_its_body() {
    let header = "-----BEGIN ".to_owned() + "EC PRIVATE KEY-----";
    let footer = "-----END ".to_owned() + "EC PRIVATE KEY-----";
    let (first, second) = (random(64), random(40));
    for newline in ["\n", "\r\n", "\\n"] {
        let text = [&header, &first, &second, &footer]
            .map(String::as_str)
            .join(newline);
        let found = only(&text);
        assert_eq!(found.pattern, "private-key");
        let clean = redact(&text);
        assert!(!clean.contains(&first) && !clean.contains(&second));
        assert!(clean.starts_with("-----BEGIN…(redacted"), "{clean}");
    }
}

#[test]
fn a_web_token_has_three_parts() {
    let token = format!("eyJ{}.eyJ{}.{}", random(20), random(30), random(43));
    let text = format!("Bearer {token}\"");
    let found = only(&text);
    assert_eq!(found.pattern, "json-web-token");
    assert_eq!(&text[found.range.clone()], token);
}

#[test]
fn the_password_of_a_url_goes_and_the_rest_stays() {
    let text = "postgres://".to_owned() + "app:" + "hunter22" + "@db.internal:5432/x";
    assert_eq!(only(&text).pattern, "url-password");
    let clean = redact(&text);
    assert_eq!(
        clean,
        "postgres://app:…(redacted, 8 characters)@db.internal:5432/x"
    );
}

#[test]
fn assignments_need_a_telling_name_and_value() {
    let value = random(24);
    for text in [
        format!("password=\"{value}\""),
        format!("\"client_secret\": \"{value}\""),
        format!("API_KEY={value}"),
        format!("apiKey: '{value}'"),
        format!("db_password := `{value}`"),
        format!("{{\\\"access_token\\\":\\\"{value}\\\"}}"),
    ] {
        let found = only(&text);
        assert_eq!(&text[found.range], value, "{text}");
    }
    assert_eq!(find(format!("checksum={value}").as_bytes()), []);
}

#[test]
fn an_aws_pair_is_two_findings() {
    let id = "AK".to_owned() + "IA" + &upper(16);
    let text = format!("{id}\n{}\n", random(40));
    let patterns: Vec<_> = find(text.as_bytes())
        .into_iter()
        .map(|found| found.pattern)
        .collect();
    assert_eq!(patterns, ["aws-access-key", "aws-secret-key"]);
}

#[test]
fn redaction_shows_the_kind_and_the_length() {
    let text = "AK".to_owned() + "IA" + &upper(16);
    assert_eq!(redact(&text), "AKIA…(redacted, 20 characters)");
}

#[test]
fn the_limit_and_the_range_hold() {
    let one = "gh".to_owned() + "p_" + &random(36) + " ";
    let text = one.repeat(50);
    assert_eq!(find_in(text.as_bytes(), 0..text.len(), 7).len(), 7);
    assert_eq!(find_in(text.as_bytes(), 0..one.len(), 99).len(), 1);
}

proptest::proptest! {
    #[test]
    fn any_text_is_redacted_for_good(text in "[A-Za-z0-9_=:/@ .\\-\"é]{0,300}") {
        let once = redact(&text).into_owned();
        proptest::prop_assert_eq!(redact(&once), once.as_str());
    }

    #[test]
    fn any_bytes_are_searched(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
        let found = find(&bytes);
        proptest::prop_assert!(found.is_sorted_by(|a, b| a.range.end <= b.range.start));
        proptest::prop_assert!(found.iter().all(|found| found.range.end <= bytes.len()));
    }
}
