//! Whether what a policy says today is no wider than what was approved.

use std::collections::BTreeSet;

use crate::policy::quantity;

use super::scope::AND;

/// Words of grants, the narrower one first.
const ORDER: [(&str, &str); 4] = [
    ("ro", "rw"),
    ("fixed", "real"),
    ("step", "real"),
    ("seeded", "os"),
];

/// Whether a grant is no wider than the approved one of its name.
pub fn grant_within(approved: &str, now: &str) -> bool {
    approved == now
        || ORDER.contains(&(now, approved))
        || match (number(approved), number(now)) {
            (Some(approved), Some(now)) => now <= approved,
            (None, Some(_)) => approved == "unbounded",
            _ => false,
        }
}

/// Whether a bound is no wider than the approved one of its name.
pub fn bound_within(name: &str, approved: &str, now: &str) -> bool {
    if approved == now {
        return true;
    }
    match name.rsplit(' ').next() {
        Some("role" | "at") => false,
        Some("deny" | "stub") => words(approved).is_subset(&words(now)),
        Some("min") => number(approved)
            .zip(number(now))
            .is_some_and(|(old, now)| now >= old),
        Some("values") => words(now).is_subset(&words(approved)),
        _ => match (number(approved), number(now)) {
            (Some(approved), Some(now)) => now <= approved,
            (None, None) => layers_within(approved, now),
            _ => false,
        },
    }
}

/// Whether each list that had to match still has a part of it that must.
fn layers_within(approved: &str, now: &str) -> bool {
    let now: Vec<BTreeSet<&str>> = now.split(AND).map(words).collect();
    approved.split(AND).map(words).all(|approved| {
        let mut now = now.iter();
        now.any(|now| now.is_subset(&approved))
    })
}

/// A list with a quoted word in it, which may hold spaces, is compared whole.
fn words(text: &str) -> BTreeSet<&str> {
    if text.contains('"') {
        return BTreeSet::from([text]);
    }
    text.split(' ').collect()
}

/// A count, a size or a duration.
fn number(text: &str) -> Option<i128> {
    let whole = text.parse::<i128>().ok();
    let size = || quantity::size(text).ok().map(i128::from);
    let duration = || quantity::duration(text).ok().map(i128::from);
    whole.or_else(size).or_else(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_ordered() {
        for (approved, now) in [
            ("rw", "ro"),
            ("1MiB", "64KiB"),
            ("unbounded", "1MiB"),
            ("real", "step"),
            ("allow", "allow"),
        ] {
            assert!(grant_within(approved, now), "{approved} {now}");
            assert!(
                approved == now || !grant_within(now, approved),
                "{approved} {now}"
            );
        }
        assert!(!grant_within("scratch", "rw") && !grant_within("rw", "scratch"));
    }

    #[test]
    fn bounds_are_ordered() {
        for (name, approved, now) in [
            ("memory", "64MiB", "1MiB"),
            ("deadline", "1m", "59s"),
            ("env.f path allow", "/a/** /b/**", "/a/**"),
            ("env.f path allow", "/a/**", "/a/** and /b/**"),
            ("env.f path deny", "**/.*", "**/.* /x"),
            ("env.f n min", "-3", "2"),
            ("env.f n max", "7", "-1"),
            ("env.f op values", "1 2", "2"),
            ("env.f max", "4KiB", "1"),
        ] {
            assert!(bound_within(name, approved, now), "{name} {approved} {now}");
            assert!(
                !bound_within(name, now, approved),
                "{name} {approved} {now}"
            );
        }
        assert!(!bound_within("env.f path role", "path", "text"));
        assert!(!bound_within("env.f path at", "2 3", "0 1"));
        assert!(
            !bound_within("env.f mode at", "1", "0"),
            "another argument is no smaller one"
        );
        assert!(
            !bound_within("x", "\"a b\" c", "\"a b\""),
            "quoted lists are compared whole"
        );
    }
}
