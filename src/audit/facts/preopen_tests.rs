//! Which grants lie in one another, held against the plain definition.

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

fn overlaps_of(writable: &[bool]) -> Vec<String> {
    let entries = PLACES.iter().zip(writable).enumerate();
    let entries: String = entries
        .map(|(at, (place, writable))| {
            let mode = if *writable { "rw" } else { "ro" };
            format!("    - {{guest: /{at}, host: \"{place}\", mode: {mode}}}\n")
        })
        .collect();
    let text = format!("version: 1\ngrants:\n  preopens:\n{entries}");
    let mut sources = Sources::default();
    let policy = crate::policy::parse("p.yaml", &text, &Vocabulary::standard(), &mut sources);
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
    let ground = Ground {
        policy: &policy,
        judged: true,
        rules: None,
        sources: &sources,
        surroundings: &surroundings,
    };
    let roots = roots(&ground);
    overlaps(&ground, &roots)
        .into_iter()
        .map(str::to_owned)
        .collect()
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
