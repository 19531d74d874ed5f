//! Which grants lie in one another, held against the plain definition, and which are reached through links.

use super::*;
use crate::audit::context::Surroundings;
use crate::policy::{Date, Vocabulary};
use crate::source::Sources;

/// Folders that nobody has; each has its place in the order of paths, in which `/no/a b` lies between `/no/a` and its own.
const PLACES: [&str; 7] = [
    "/no/a/b/c",
    "/no/a",
    "/no/a/b",
    "/no/a b",
    "/no/d",
    "/no/a",
    "/no/a/b/c/d",
];

/// What is found of a policy in a folder.
fn of_policy<T>(folder: &Path, preopens: &str, find: impl Fn(&Ground<'_>) -> T) -> T {
    let text = format!("version: 1\ngrants:\n  preopens:\n{preopens}");
    let name = folder.join("p.yaml").display().to_string();
    let mut sources = Sources::default();
    let policy = crate::policy::parse(&name, &text, &Vocabulary::standard(), &mut sources);
    let policy = policy.expect("the policy reads");
    let surroundings = Surroundings {
        working: Some(PathBuf::from("/no/work")),
        home: None,
        today: Date {
            year: 2026,
            month: 6,
            day: 1,
        },
    };
    find(&Ground {
        policy: &policy,
        judged: true,
        rules: None,
        sources: &sources,
        surroundings: &surroundings,
    })
}

fn overlaps_of(writable: &[bool]) -> Vec<String> {
    let entries = PLACES.iter().zip(writable).enumerate();
    let entries: String = entries
        .map(|(at, (place, writable))| {
            let mode = if *writable { "rw" } else { "ro" };
            format!("    - {{guest: /{at}, host: \"{place}\", mode: {mode}}}\n")
        })
        .collect();
    of_policy(Path::new("/no"), &entries, |ground| {
        let roots = roots(ground);
        let found = overlaps(ground, &roots);
        found.into_iter().map(str::to_owned).collect()
    })
}

/// The nearest at or above with the other mode; else the first below, in the order of paths; of equals the first listed.
fn expected(at: usize, writable: &[bool]) -> String {
    let place = Path::new(PLACES[at]);
    let others = (0..PLACES.len()).filter(|other| writable[*other] != writable[at]);
    let others: Vec<(&Path, usize)> = others
        .map(|other| (Path::new(PLACES[other]), other))
        .collect();
    let above = others.iter().filter(|(tree, _)| place.starts_with(tree));
    let above =
        above.min_by_key(|(tree, other)| (std::cmp::Reverse(tree.as_os_str().len()), *other));
    let below = others.iter().filter(|(tree, _)| tree.starts_with(place));
    above
        .or_else(|| below.min())
        .map(|(_, other)| format!("/{other}"))
        .unwrap_or_default()
}

#[test]
fn every_tree_is_held_against_those_of_the_other_mode() {
    for modes in 0..1_u32 << PLACES.len() {
        let writable: Vec<bool> = (0..PLACES.len()).map(|at| modes >> at & 1 == 1).collect();
        let wanted: Vec<String> = (0..PLACES.len())
            .map(|at| expected(at, &writable))
            .collect();
        assert_eq!(overlaps_of(&writable), wanted, "{writable:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_on_the_way_to_what_is_not_there_yet_is_a_link() {
    use std::os::unix::fs::symlink;
    let scratch = tempfile::tempdir().unwrap();
    let root = scratch.path().canonicalize().unwrap();
    std::fs::create_dir_all(root.join("data/sub")).unwrap();
    symlink("data", root.join("link")).unwrap();
    symlink("absent", root.join("data/dangling")).unwrap();
    let absolute = root.join("link/new").display().to_string();
    for (host, linked) in [
        ("data/sub", false),
        ("data/new/deep", false),
        ("new/../data/new", false),
        ("link/sub", true),
        ("link/new", true),
        ("link/../new", true),
        ("new/../link/new", true),
        ("link/sub/../../new", true),
        ("data/dangling/new/deep", true),
        (absolute.as_str(), true),
    ] {
        let entry = format!("    - {{guest: /data, host: \"{host}\"}}\n");
        let found = of_policy(&root, &entry, |ground| {
            let host = roots(ground).first()?.host?;
            let real = ground.host_path(&host.value, host.span).canonicalize();
            Some(through_link(ground, host, real.ok().as_deref()))
        });
        assert_eq!(found, Some(linked), "{host}");
    }
}
