//! The property behind `extends`: whatever a child says, it gets nothing that its base denies.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::random::any_policy;
use super::*;
use crate::source::Spanned;

/// Whether `new` lets through `text` where `old` states a list that does not.
fn escapes(new: &Layers<String>, old: &Layers<String>, text: &str, path: bool) -> bool {
    let passes = |layers: &Layers<String>| {
        layers.0.iter().all(|layer| {
            layer.iter().any(|pattern| {
                let pattern = if path {
                    Pattern::path(&pattern.value)
                } else {
                    Pattern::name(&pattern.value)
                };
                pattern.unwrap().matches(text)
            })
        })
    };
    !old.0.is_empty() && (new.0.is_empty() || (passes(new) && !passes(old)))
}

fn over<T: PartialOrd>(new: Option<Spanned<T>>, old: Option<Spanned<T>>) -> bool {
    match (new, old) {
        (new, Some(old)) => new.is_none_or(|new| new.value > old.value),
        _ => false,
    }
}

/// What `new` allows and `old` denies, written without a look at the merge.
#[allow(
    clippy::too_many_lines,
    clippy::match_same_arms,
    reason = "one line a power reads better whole"
)]
fn allowed_beyond(new: &Policy, old: &Policy) -> Vec<&'static str> {
    let names = |list: &[Spanned<String>]| {
        list.iter()
            .map(|name| name.value.clone())
            .collect::<BTreeSet<_>>()
    };
    let paths = ["/a/b", "/a/b/c", "/x"];
    let (new_host, old_host) = (new.imports.host.first(), old.imports.host.first());
    let stated = |key: &str| old.keys.iter().any(|written| written.value == key);
    let preopen_beyond = new.grants.preopens.iter().any(|preopen| {
        !old.grants.preopens.iter().any(|base| {
            let writes =
                |preopen: &Preopen| preopen.writable.is_some_and(|writable| writable.value);
            let host = |preopen: &Preopen| preopen.host.as_ref().map(|host| host.value.clone());
            base.guest.value == preopen.guest.value
                && (writes(base) || !writes(preopen))
                && match (host(preopen), host(base)) {
                    (Some(inner), Some(outer)) => {
                        inner == outer || inner.starts_with(&format!("{outer}/"))
                    }
                    (None, None) => true,
                    _ => false,
                }
        })
    });
    let guard = |find: fn(&Argument, &Argument, &[&str]) -> bool| {
        let (Some(new), Some(old)) = (new_host, old_host) else {
            return false;
        };
        find(&new.args[0], &old.args[0], &paths)
    };
    let provider = |host: Option<&HostImport>| host.and_then(|host| host.provider.clone());
    let provider_beyond = match (provider(new_host), provider(old_host)) {
        (_, None) | (Some(Provider::Stub(_)), _) => false,
        (
            Some(Provider::ReadFile { root, max }),
            Some(Provider::ReadFile {
                root: old_root,
                max: old_max,
            }),
        ) => over(max, old_max) || !root.unwrap().value.starts_with(&old_root.unwrap().value),
        (Some(Provider::Kv { .. }), Some(Provider::Kv { .. })) => false,
        _ => true,
    };
    let checks = [
        ("memory", over(new.limits.memory, old.limits.memory)),
        ("fuel", over(new.limits.fuel, old.limits.fuel)),
        ("size", over(new.module.max_size, old.module.max_size)),
        (
            "shared",
            over(new.module.allow_shared, old.module.allow_shared),
        ),
        (
            "maximum",
            old.module.require_maximum.is_some_and(|old| old.value)
                && !new.module.require_maximum.unwrap().value,
        ),
        (
            "start",
            over(new.module.start_section, old.module.start_section),
        ),
        (
            "proposals",
            old.module.proposals.as_ref().is_some_and(|old| {
                !names(new.module.proposals.as_ref().unwrap()).is_subset(&names(old))
            }),
        ),
        (
            "imported memory",
            over(new.imports.memory, old.imports.memory),
        ),
        (
            "wasi",
            ["stdin", "fs.read", "path_open"].iter().any(|name| {
                escapes(
                    &new.imports.wasi_allow,
                    &old.imports.wasi_allow,
                    name,
                    false,
                )
            }),
        ),
        (
            "wasi deny",
            !names(&old.imports.wasi_deny).is_subset(&names(&new.imports.wasi_deny)),
        ),
        (
            "host",
            stated("imports.host") && new_host.is_some() && old_host.is_none(),
        ),
        (
            "guard",
            guard(|new, old, paths| {
                paths
                    .iter()
                    .any(|path| escapes(&new.allow, &old.allow, path, true))
                    || over(new.max, old.max)
            }),
        ),
        ("provider", provider_beyond),
        ("preopens", stated("grants.preopens") && preopen_beyond),
        (
            "env",
            ["LANG", "LC_ALL", "X"]
                .iter()
                .any(|name| escapes(&new.grants.env_pass, &old.grants.env_pass, name, false)),
        ),
        (
            "set",
            stated("grants.env")
                && new.grants.env_set.get("A").map(|a| &a.value)
                    != old.grants.env_set.get("A").map(|a| &a.value),
        ),
        (
            "connect",
            ["a.org:443", "b.org:443", "a.org:80"]
                .iter()
                .any(|name| escapes(&new.grants.connect, &old.grants.connect, name, false)),
        ),
        (
            "listen",
            stated("grants.network")
                && old.grants.listen.0.is_empty()
                && new.grants.listen.0.iter().any(|layer| !layer.is_empty()),
        ),
        ("wall", over(new.grants.clock_wall, old.grants.clock_wall)),
        (
            "monotonic",
            over(new.grants.clock_monotonic, old.grants.clock_monotonic),
        ),
        (
            "clock",
            stated("grants.clock")
                && old.grants.clock_wall.is_none()
                && new
                    .grants
                    .clock_wall
                    .is_some_and(|wall| wall.value != Clock::Deny),
        ),
        ("random", over(new.grants.random, old.grants.random)),
        (
            "determinism",
            old.determinism.is_some() && new.determinism.is_none(),
        ),
        (
            "severity",
            old.rules.get("a").is_some_and(|old| {
                let rank = |setting: &RuleSetting| {
                    ["off", "note", "error"]
                        .iter()
                        .position(|word| *word == setting.severity.as_ref().unwrap().value)
                };
                rank(&new.rules["a"]) < rank(old)
            }),
        ),
    ];
    checks
        .into_iter()
        .filter_map(|(name, beyond)| beyond.then_some(name))
        .collect()
}

proptest! {
    #[test]
    fn a_child_never_gets_what_its_base_denies(base in any_policy(), child in any_policy()) {
        let (base_text, child_text) = (base.to_string(), child.to_string());
        let (base, _) = read(&base_text).unwrap();
        let child_text = child_text.replacen('{', "{\"extends\": \"base.yaml\", ", 1);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("base.yaml"), &base_text).unwrap();
        let policy = parse_in(folder.path(), "child.yaml", &child_text, &Vocabulary::standard(), &mut Sources::default()).unwrap();
        prop_assert_eq!(allowed_beyond(&policy, &base), Vec::<&str>::new(), "{} over {}", child_text, base_text);
    }

    #[test]
    fn a_copy_of_the_base_widens_nothing(base in any_policy()) {
        let text = base.to_string();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("base.yaml"), &text).unwrap();
        let child = text.replacen('{', "{\"extends\": \"base.yaml\", ", 1);
        let policy = parse_in(folder.path(), "child.yaml", &child, &Vocabulary::standard(), &mut Sources::default()).unwrap();
        prop_assert_eq!(policy.widenings.len(), 0);
    }
}

#[test]
fn what_a_base_leaves_at_its_default_is_not_for_a_child_to_say() {
    let base = "version: 1\nabi: {version: {export: v, major: 1}}\nimports: {host: [{module: env, name: log}]}\n";
    let merged = |child: &str| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("base.yaml"), base).unwrap();
        let path = folder.path().join("child.yaml");
        std::fs::write(&path, format!("version: 1\nextends: base.yaml\n{child}")).unwrap();
        load(&path, &Vocabulary::standard(), &mut Sources::default()).unwrap()
    };
    let relabelled = merged("imports: {host: [{module: env, name: log, capability: stdout}]}\n");
    assert_eq!(relabelled.widenings.len(), 1);
    assert!(relabelled.imports.host[0].capability.is_none());
    let encoded = |how: &str| {
        merged(&format!(
            "abi: {{version: {{export: v, encoding: {how}}}}}\n"
        ))
    };
    assert!(encoded("major").widenings.is_empty());
    assert_eq!(encoded("packed").widenings.len(), 1);
    assert!(!encoded("packed").abi.version.unwrap().value.packed);
}

#[test]
fn a_file_in_between_may_waive_what_its_base_permits_and_pass_nothing_on() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.yaml", "version: 1\nwaivable: [no-table-limit]\n");
    write(
        "b.yaml",
        "version: 1\nextends: a.yaml\nwaivable: []\nwaivers: [{rule: no-table-limit, reason: x}, {rule: long-deadline, reason: x}]\n",
    );
    write(
        "c.yaml",
        "version: 1\nextends: b.yaml\nwaivers: [{rule: no-table-limit, reason: x}]\n",
    );
    let path = folder.path().join("c.yaml");
    let policy = load(&path, &Vocabulary::standard(), &mut Sources::default()).unwrap();
    let by_right: Vec<bool> = policy
        .waivers
        .iter()
        .map(|waiver| waiver.from_base)
        .collect();
    assert_eq!(by_right, [false, true, false]);
    assert!(policy.waivable.is_empty());
}
