//! Names of variables that hold credentials.

/// Words that tell by themselves, wherever they stand in a name.
const WORDS: &[&str] = &[
    "TOKEN",
    "SECRET",
    "SECRETS",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASS",
    "PGPASSWORD",
    "PGPASSFILE",
    "APIKEY",
    "AUTHTOKEN",
    "ACCESSKEY",
    "SECRETKEY",
    "PRIVATEKEY",
    "ACCOUNTKEY",
    "SHAREDACCESSKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "CREDS",
    "AUTHORIZATION",
    "KUBECONFIG",
    "DSN",
    "JWT",
];

/// Pairs of words that tell together.
const PAIRS: &[(&str, &str)] = &[
    ("API", "KEY"),
    ("APP", "KEY"),
    ("AUTH", "KEY"),
    ("ACCESS", "KEY"),
    ("ACCOUNT", "KEY"),
    ("PRIVATE", "KEY"),
    ("SIGNING", "KEY"),
    ("ENCRYPTION", "KEY"),
    ("DEPLOY", "KEY"),
    ("MASTER", "KEY"),
    ("SSH", "KEY"),
    ("AUTH", "SOCK"),
    ("DATABASE", "URL"),
    ("DATABASE", "URI"),
    ("DB", "URL"),
    ("REDIS", "URL"),
    ("MONGO", "URL"),
    ("MONGODB", "URI"),
    ("AMQP", "URL"),
    ("CONNECTION", "STRING"),
    ("WEBHOOK", "URL"),
    ("MYSQL", "PWD"),
    ("DB", "PWD"),
];

/// Whether a variable of this name usually holds a credential: `GITHUB_TOKEN`, `AWS_SECRET_ACCESS_KEY`, `DATABASE_URL`, `apiKey`.
pub fn is_name(name: &str) -> bool {
    let words = words(name);
    let tells = |word: &String| WORDS.contains(&word.as_str());
    words.iter().any(tells) || words.windows(2).any(is_pair) || is_cloud_key(&words)
}

fn is_pair(pair: &[String]) -> bool {
    match pair {
        [first, second] => PAIRS.contains(&(first.as_str(), second.as_str())),
        _ => false,
    }
}

/// `AWS_*KEY*`.
fn is_cloud_key(words: &[String]) -> bool {
    words.first().is_some_and(|word| word == "AWS") && words.iter().any(|word| word == "KEY")
}

/// A name's words in capitals, split at what is no letter or digit and where camel case turns.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for character in name.chars() {
        let turns = lower_before && character.is_uppercase();
        if turns || !character.is_alphanumeric() {
            words.push(String::new());
        }
        lower_before = character.is_lowercase();
        if character.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_uppercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials() {
        for name in [
            "GITHUB_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID",
            "DATABASE_URL",
            "password",
            "DB_PASS",
            "PGPASSWORD",
            "apiKey",
            "client-secret",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "SSH_AUTH_SOCK",
            "STRIPE_API_KEY",
            "OPENAI_APIKEY",
            "MYSQL_PWD",
        ] {
            assert!(is_name(name), "{name}");
        }
    }

    #[test]
    fn names_of_other_things() {
        for name in [
            "PATH",
            "HOME",
            "PWD",
            "OLDPWD",
            "MAX_TOKENS",
            "TOKENIZERS_PARALLELISM",
            "LANG",
            "KEYBOARD",
            "COMPASS_DIRECTION",
            "AWS_REGION",
            "KEY",
            "BASE_URL",
            "",
            "__",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}
