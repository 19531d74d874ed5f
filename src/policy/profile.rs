//! The policies that come with the program: `builtin:<profile>`.

/// Names and texts, sorted by name.
const PROFILES: &[(&str, &str)] = &[
    (
        "baseline",
        include_str!("../../rules/profiles/baseline.yaml"),
    ),
    (
        "cli-filter",
        include_str!("../../rules/profiles/cli-filter.yaml"),
    ),
    (
        "function",
        include_str!("../../rules/profiles/function.yaml"),
    ),
    ("strict", include_str!("../../rules/profiles/strict.yaml")),
];

/// The names of the profiles.
pub fn profiles() -> impl Iterator<Item = &'static str> {
    PROFILES.iter().map(|(name, _)| *name)
}

/// A profile's text.
pub fn profile(name: &str) -> Option<&'static str> {
    PROFILES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}
