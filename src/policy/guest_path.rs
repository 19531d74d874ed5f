//! Guest paths: `/`-separated UTF-8, normalised by text alone before any pattern looks at them.

/// The longest path that is looked at, in bytes.
pub const MAX_PATH: usize = 4096;

/// Why a guest path is refused before any pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathDenied {
    /// `..` climbs out of the root.
    #[error("it leaves its root")]
    LeavesRoot,
    /// NUL or a backslash.
    #[error("it has a NUL or a backslash in it")]
    Character,
    /// Longer than any path may be.
    #[error("it is longer than 4096 bytes")]
    TooLong,
}

/// Resolves `.`, `..` and repeated slashes by text alone. An absolute path stays absolute; the empty path is `.`.
pub fn normalise(path: &str) -> Result<String, PathDenied> {
    if path.len() > MAX_PATH {
        return Err(PathDenied::TooLong);
    }
    if path.contains(['\0', '\\']) {
        return Err(PathDenied::Character);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(PathDenied::LeavesRoot)?;
            }
            name => parts.push(name),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    let joined = format!("{root}{}", parts.join("/"));
    Ok(if joined.is_empty() {
        ".".to_owned()
    } else {
        joined
    })
}

/// Whether host path `inner` is `outer` or lies below it, by text alone; both are relative to the same folder.
pub fn is_within(inner: &str, outer: &str) -> bool {
    let (Some(inner), Some(outer)) = (host_parts(inner), host_parts(outer)) else {
        return false;
    };
    inner.0 == outer.0 && inner.1.starts_with(&outer.1)
}

/// Whether it is absolute, and its parts; `None` where `..` makes the text say too little (a symlink may lie before it).
fn host_parts(path: &str) -> Option<(bool, Vec<&str>)> {
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    let climbs = parts
        .iter()
        .any(|part| *part == ".." || part.contains(['\\', '\0']));
    let home = path.starts_with('~');
    (!climbs && !home).then(|| (path.starts_with('/'), parts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dots_are_resolved_first() {
        let cases = [
            ("/data/./x//y/", "/data/x/y"),
            ("/data/a/../b", "/data/b"),
            ("a/..", "."),
            ("", "."),
            ("/", "/"),
            ("/a/..", "/"),
            ("...", "..."),
        ];
        for (path, normal) in cases {
            assert_eq!(normalise(path).as_deref(), Ok(normal), "{path}");
        }
    }

    #[test]
    fn what_leaves_the_root_is_denied() {
        for path in ["..", "/..", "a/../..", "/data/../../etc", "../data"] {
            assert_eq!(normalise(path), Err(PathDenied::LeavesRoot), "{path}");
        }
        assert_eq!(normalise("a\\b"), Err(PathDenied::Character));
        assert_eq!(normalise("a\0"), Err(PathDenied::Character));
        assert_eq!(
            normalise(&"a".repeat(MAX_PATH + 1)),
            Err(PathDenied::TooLong)
        );
    }

    #[test]
    fn within_is_by_whole_parts() {
        assert!(is_within("./data/x", "data"));
        assert!(is_within("data/", "./data"));
        assert!(is_within("data", "."));
        assert!(is_within("/srv/a", "/"));
        for (inner, outer) in [
            ("data2", "data"),
            ("data/../x", "data"),
            ("/data", "data"),
            ("data", "/"),
            ("~/x", "."),
            (".", "data"),
            ("../x", ".."),
        ] {
            assert!(!is_within(inner, outer), "{inner} in {outer}");
        }
    }

    proptest! {
        #[test]
        fn a_normal_path_has_no_dots_and_stays_itself(path in "[/.a-c]{0,24}") {
            if let Ok(normal) = normalise(&path) {
                prop_assert!(normal.split('/').all(|part| part != ".."));
                prop_assert_eq!(normalise(&normal), Ok(normal.clone()));
            }
        }
    }
}
