//! Environment variables that the policy hands to the guest: patterns of names, and values in the policy itself.

use crate::audit::context::Ground;
use crate::audit::fact::{Element, fact};
use crate::policy::{self, Layers, Pattern, is_literal};
use crate::source::{Spanned, credential};

fact! { "env" / "One pattern of `grants.env.pass`." struct Env {
    pattern: String = "The pattern.",
    wildcard: bool = "Whether it lets names pass that no list of the policy spells out.",
    everything: bool = "Whether it matches both `PATH` and `a_b1`, or passes (with the list's other wildcards) every usual variable.",
    credential: bool = "Whether a name that it spells out looks like a credential, or it matches a well-known one.",
} }

fact! { "env-value" / "One entry of `grants.env.set`, or of a provider's configuration." struct EnvValue {
    name: String = "The variable.",
    credential: bool = "Whether its value looks like a credential.",
} }

/// Names that have nothing in common but that most hosts have them; the last one stands for all others.
const USUAL: &[&str] = &["HOME", "LANG", "PATH", "SHELL", "USER", "ZQ7_XJ"];

/// Well-known names of credentials, for patterns that do not spell one out.
#[rustfmt::skip]
const KNOWN_CREDENTIALS: &[&str] = &[
    "ANTHROPIC_API_KEY", "ARM_CLIENT_SECRET", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_CLIENT_SECRET",
    "CI_JOB_TOKEN", "CLOUDFLARE_API_TOKEN", "DATABASE_URL", "DB_PASSWORD", "DOCKER_PASSWORD", "GH_TOKEN",
    "GITHUB_TOKEN", "GITLAB_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS", "HEROKU_API_KEY", "KUBECONFIG", "MYSQL_PWD",
    "NPM_TOKEN", "OPENAI_API_KEY", "PGPASSWORD", "REDIS_URL", "SENTRY_DSN", "SLACK_TOKEN", "SMTP_PASSWORD",
    "SSH_AUTH_SOCK", "STRIPE_SECRET_KEY", "TWILIO_AUTH_TOKEN", "VAULT_TOKEN",
];

/// The most names that one pattern's braces are written out to.
const MOST_NAMES: usize = 256;

/// Patterns, then values.
pub fn collect(ground: &Ground<'_>) -> Vec<Element> {
    let grants = &ground.policy.grants;
    let mut elements: Vec<Element> = passed(&grants.env_pass)
        .into_iter()
        .map(|(pattern, fact)| {
            Element::new(format!("env {}", pattern.value), fact).at(Some(pattern.span), "")
        })
        .collect();
    let set = grants.env_set.iter();
    elements.extend(set.map(|(name, text)| value("env", name, text)));
    for host in &ground.policy.imports.host {
        if let Some(policy::Provider::Config { values }) = &host.provider {
            let values = values.iter();
            elements.extend(values.map(|(name, text)| value("config", name, text)));
        }
    }
    elements
}

/// Patterns that hand out a credential or names that nobody listed.
pub fn secret_patterns(ground: &Ground<'_>) -> Vec<String> {
    let passed = passed(&ground.policy.grants.env_pass).into_iter();
    let secret = passed.filter(|(_, env)| env.credential || env.wildcard);
    secret.map(|(pattern, _)| pattern.value.clone()).collect()
}

/// Every pattern with what it passes: a name passes if each list has a pattern for it.
fn passed(layers: &Layers<String>) -> Vec<(&Spanned<String>, Env)> {
    let compiled: Vec<Vec<Option<Pattern>>> = layers.0.iter().map(|layer| compile(layer)).collect();
    let closed: Vec<bool> = layers.0.iter().map(|layer| is_closed(layer)).collect();
    let passes = |name: &str| compiled.iter().all(|layer| any(layer, name));
    let whole = ["PATH", "a_b1"].iter().all(|name| passes(name));
    let usual = USUAL.iter().all(|name| passes(name));
    let mut facts = Vec::new();
    for (at, (layer, patterns)) in layers.0.iter().zip(&compiled).enumerate() {
        let elsewhere = closed
            .iter()
            .enumerate()
            .any(|(other, closed)| *closed && other != at);
        for (text, pattern) in layer.iter().zip(patterns) {
            let matches =
                |name: &&str| pattern.as_ref().is_none_or(|pattern| pattern.matches(name));
            let wildcard = !elsewhere && is_open(&text.value);
            let everything = wildcard
                && ((whole && ["PATH", "a_b1"].iter().all(matches))
                    || (usual && USUAL.iter().any(matches)));
            let fact = Env {
                pattern: text.value.clone(),
                wildcard,
                everything,
                credential: spells_credential(&text.value)
                    || (wildcard && KNOWN_CREDENTIALS.iter().any(matches)),
            };
            facts.push((text, fact));
        }
    }
    facts
}

fn compile(layer: &[Spanned<String>]) -> Vec<Option<Pattern>> {
    let patterns = layer.iter();
    patterns
        .map(|text| Pattern::name(&text.value).ok())
        .collect()
}

fn any(layer: &[Option<Pattern>], name: &str) -> bool {
    let matches = |pattern: &Option<Pattern>| pattern.as_ref().is_none_or(|one| one.matches(name));
    layer.iter().any(matches)
}

fn is_closed(layer: &[Spanned<String>]) -> bool {
    layer.iter().all(|text| !is_open(&text.value))
}

/// Whether a pattern matches more names than it spells out: braces alone only list them.
fn is_open(pattern: &str) -> bool {
    !is_literal(pattern) && pattern.contains(['*', '?', '[', '\\'])
}

fn spells_credential(pattern: &str) -> bool {
    spelt_out(pattern).iter().any(|name| {
        credential::is_name(name) || credential::is_name(name.trim_matches(['*', '?', '_']))
    })
}

/// The alternatives of a pattern's braces, each written out; bounded, since braces multiply.
fn spelt_out(pattern: &str) -> Vec<String> {
    let (mut done, mut open) = (Vec::new(), vec![pattern.to_owned()]);
    while let Some(text) = open.pop() {
        match innermost(&text) {
            Some((before, inside, after)) if done.len() + open.len() < MOST_NAMES => {
                open.extend(inside.split(',').map(|one| format!("{before}{one}{after}")));
            }
            _ => done.push(text),
        }
    }
    done
}

/// The text around and inside the first pair of braces that has no braces in it.
fn innermost(text: &str) -> Option<(&str, &str, &str)> {
    let (head, after) = text.split_once('}')?;
    let (before, inside) = head.rsplit_once('{')?;
    Some((before, inside, after))
}

fn value(what: &str, name: &str, text: &Spanned<String>) -> Element {
    let looks = !credential::find(text.value.as_bytes()).is_empty();
    let named = credential::is_name(name) && !is_placeholder(name, &text.value);
    let fact = EnvValue {
        name: name.to_owned(),
        credential: looks || named,
    };
    Element::new(format!("{what} {name}"), fact).at(Some(text.span), "")
}

/// Whether a value under a credential's name is none: nothing, a switch, or the place of a file that holds it.
fn is_placeholder(name: &str, value: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let place = ["_FILE", "_PATH", "_DIR"]
        .iter()
        .any(|end| upper.ends_with(end));
    let switch = [
        "", "0", "1", "true", "false", "yes", "no", "none", "off", "on",
    ];
    place || switch.contains(&value.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn judge(layers: &[&[&str]]) -> Vec<(String, bool, bool, bool)> {
        let spanned = |text: &&str| Spanned::new((*text).to_owned(), Span::default());
        let layers = layers
            .iter()
            .map(|layer| layer.iter().map(spanned).collect())
            .collect();
        passed(&Layers(layers))
            .into_iter()
            .map(|(text, env)| {
                (
                    text.value.clone(),
                    env.wildcard,
                    env.everything,
                    env.credential,
                )
            })
            .collect()
    }

    fn everything(layer: &[&str]) -> bool {
        judge(&[layer])
            .iter()
            .any(|(_, _, everything, _)| *everything)
    }

    #[test]
    fn the_whole_environment_has_many_spellings() {
        for layer in [
            &["*"][..],
            &["?*"],
            &["*?"],
            &["{PATH,*}"],
            &["[A-Za-z]*"],
            &["[A-Z]*"],
            &["[A-Z_]*", "[a-z]*"],
            &["[A-M]*", "[N-Z]*"],
            &["LANG", "*_*", "?????*", "*[A-Z]*"],
        ] {
            assert!(everything(layer), "{layer:?}");
        }
        for layer in [
            &["LC_*"][..],
            &["PATH", "HOME", "LANG", "USER", "SHELL", "APP_*"],
            &["{LANG,TZ}"],
            &["a_*", "PATH"],
        ] {
            assert!(!everything(layer), "{layer:?}");
        }
    }

    #[test]
    fn names_that_are_listed_are_no_wildcard() {
        assert!(!judge(&[&["{LANG,TZ}"]])[0].1);
        assert!(judge(&[&["{LANG,T*}"]])[0].1);
        assert!(judge(&[&["LC_*"]])[0].1);
        assert!(!judge(&[&["LANG"], &["*"]])[1].1, "the child lists names");
        assert!(judge(&[&["L*"], &["*"]])[1].1);
    }

    #[test]
    fn credentials_are_seen_behind_patterns() {
        for pattern in [
            "GITHUB_TOKEN",
            "*_TOKEN",
            "{LANG,AWS_SECRET_ACCESS_KEY}",
            "AWS_{REGION,SECRET}_ACCESS_KEY",
            "AWS_*",
            "G?THUB_T*",
            "{A,{B,DB_PASSWORD}}",
        ] {
            assert!(judge(&[&[pattern]])[0].3, "{pattern}");
        }
        for pattern in ["LANG", "LC_*", "APP_MODE", "{LANG,TZ}"] {
            assert!(!judge(&[&[pattern]])[0].3, "{pattern}");
        }
    }

    #[test]
    fn braces_do_not_multiply_without_end() {
        assert!(spelt_out(&"{a,b,c,d}".repeat(20)).len() <= MOST_NAMES + 4);
    }

    #[test]
    fn short_passwords_and_phrases_are_values_too() {
        assert!(!is_placeholder("DB_PASSWORD", "hunter2"));
        assert!(!is_placeholder("DB_PASSWORD", "correct horse battery"));
        assert!(is_placeholder("DB_PASSWORD_FILE", "/run/x"));
        assert!(is_placeholder("DB_PASSWORD", ""));
    }
}
