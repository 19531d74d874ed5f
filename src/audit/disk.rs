//! A bounded look at a granted directory on disk: is it there, is it a link, do links inside lead out. Follows nothing.

use std::collections::VecDeque;
use std::path::{Component, Path, PathBuf};

/// The most directory entries that one look takes in.
const MOST_ENTRIES: u64 = 20_000;
/// The deepest folder that one look enters.
const MOST_DEPTH: usize = 32;

/// What a look found.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// The directory with links resolved, if it exists.
    pub real: Option<PathBuf>,
    /// Whether it exists.
    pub exists: bool,
    /// Whether it is a directory, links followed.
    pub directory: bool,
    /// Whether the root itself is a symbolic link.
    pub link: bool,
    /// The first symbolic link inside that leads out, relative to the root, with its target.
    pub escape: Option<String>,
    /// How many entries were looked at.
    pub looked: u64,
    /// Whether that was all.
    pub complete: bool,
}

/// Looks at a directory.
pub fn survey(root: &Path) -> Survey {
    let Ok(meta) = std::fs::symlink_metadata(root) else {
        return Survey {
            complete: true,
            ..Survey::default()
        };
    };
    let real = root.canonicalize().ok();
    let mut survey = Survey {
        exists: true,
        directory: root.is_dir(),
        link: meta.file_type().is_symlink(),
        complete: true,
        real: real.clone(),
        ..Survey::default()
    };
    if let Some(real) = real.filter(|real| real.is_dir()) {
        walk(&real, &mut survey);
    }
    survey
}

/// Breadth first and in name order, so that what is found first does not depend on the file system.
fn walk(root: &Path, survey: &mut Survey) {
    let mut folders = VecDeque::from([(root.to_path_buf(), 0)]);
    while let Some((folder, depth)) = folders.pop_front() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            survey.complete = false;
            continue;
        };
        let room =
            usize::try_from(MOST_ENTRIES.saturating_sub(survey.looked)).unwrap_or(usize::MAX);
        let mut paths: Vec<PathBuf> = entries
            .flatten()
            .take(room + 1)
            .map(|entry| entry.path())
            .collect();
        if paths.len() > room {
            paths.truncate(room);
            survey.complete = false;
        }
        paths.sort();
        survey.looked += paths.len() as u64;
        for path in paths {
            let Ok(meta) = std::fs::symlink_metadata(&path) else {
                continue;
            };
            if meta.file_type().is_symlink() {
                if let Some(escape) = leads_out(root, &path) {
                    survey.escape = Some(escape);
                    return;
                }
            } else if meta.is_dir() && depth < MOST_DEPTH {
                folders.push_back((path, depth + 1));
            } else if meta.is_dir() {
                survey.complete = false;
            }
        }
        if !survey.complete {
            return;
        }
    }
}

/// `link -> target`, if the link's target lies outside of the root; a dangling target is judged as written.
fn leads_out(root: &Path, link: &Path) -> Option<String> {
    let target = std::fs::read_link(link).ok()?;
    let computed = lexical(&link.parent()?.join(&target));
    let real = link.canonicalize().unwrap_or_else(|_| computed.clone());
    let name = link.strip_prefix(root).unwrap_or(link);
    let out = target.is_absolute() || !computed.starts_with(root) || !real.starts_with(root);
    out.then(|| format!("{} -> {}", name.display(), target.display()))
}

/// A path with `.` and `..` taken out by its text alone.
pub fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_leave_are_found_and_others_are_not() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("data/sub")).unwrap();
        std::os::unix::fs::symlink("sub", root.join("data/inside")).unwrap();
        let look = survey(&root.join("data"));
        assert_eq!(
            (look.escape, look.looked, look.complete, look.link),
            (None, 2, true, false)
        );
        std::os::unix::fs::symlink("../../outside", root.join("data/sub/leak")).unwrap();
        assert_eq!(
            survey(&root.join("data")).escape.as_deref(),
            Some("sub/leak -> ../../outside")
        );
        std::os::unix::fs::symlink("data", root.join("alias")).unwrap();
        assert!(survey(&root.join("alias")).link);
        assert!(!survey(&root.join("absent")).exists);
    }

    #[test]
    fn paths_are_made_plain() {
        assert_eq!(lexical(Path::new("/a/./b/../../..")), Path::new("/"));
        assert_eq!(lexical(Path::new("/a/b/../c")), Path::new("/a/c"));
    }
}
