//! A bounded look at a granted directory on disk: is it there, is it a link, do links inside lead out, does it hold what
//! must not be granted. Follows nothing.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::FileType;
use std::path::{Component, Path, PathBuf};

/// The most directory entries that the looks of one policy take in together.
pub const MOST_ENTRIES: usize = 50_000;
/// The deepest folder that one look enters.
const MOST_DEPTH: usize = 64;

/// What a look found.
#[derive(Debug, Clone, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own"
)]
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
    /// The first entry with a telling name, or the first socket or device, relative to the root.
    pub holds: Option<String>,
    /// How many entries were looked at.
    pub looked: u64,
    /// Whether that was all.
    pub complete: bool,
}

/// Looks at a directory; `tells` knows telling names, and `budget` is what is left of [`MOST_ENTRIES`].
pub fn survey(root: &Path, tells: fn(&OsStr) -> bool, budget: &mut usize) -> Survey {
    // A slash at the end would have the system follow the link that is asked about.
    let root: PathBuf = root.components().collect();
    let Ok(meta) = std::fs::symlink_metadata(&root) else {
        return Survey {
            complete: true,
            ..Survey::default()
        };
    };
    let mut survey = Survey {
        exists: true,
        directory: root.is_dir(),
        link: meta.file_type().is_symlink(),
        complete: true,
        real: root.canonicalize().ok(),
        ..Survey::default()
    };
    if let Some(real) = survey.real.clone().filter(|real| real.is_dir()) {
        let walk = Walk {
            root: &real,
            tells,
            budget,
        };
        walk.run(&mut survey);
    }
    survey
}

struct Walk<'a> {
    root: &'a Path,
    tells: fn(&OsStr) -> bool,
    budget: &'a mut usize,
}

impl Walk<'_> {
    /// Breadth first and in name order, so that what is found first does not depend on the file system.
    fn run(mut self, survey: &mut Survey) {
        let mut folders = VecDeque::from([(self.root.to_path_buf(), 0)]);
        while let Some((folder, depth)) = folders.pop_front() {
            for (path, kind) in self.entries(&folder, survey) {
                self.judge(&path, kind, survey);
                if kind.is_dir() && depth < MOST_DEPTH {
                    folders.push_back((path, depth + 1));
                } else if kind.is_dir() {
                    survey.complete = false;
                }
            }
            if survey.escape.is_some() && survey.holds.is_some() {
                return;
            }
        }
    }

    /// One folder's entries, sorted; one that cannot be read makes the look incomplete and hides no other.
    fn entries(&mut self, folder: &Path, survey: &mut Survey) -> Vec<(PathBuf, FileType)> {
        let Ok(entries) = std::fs::read_dir(folder) else {
            survey.complete = false;
            return Vec::new();
        };
        let mut found = Vec::new();
        for entry in entries {
            let Some(room) = self.budget.checked_sub(1) else {
                survey.complete = false;
                break;
            };
            *self.budget = room;
            match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                Ok(entry) => found.push(entry),
                Err(_) => survey.complete = false,
            }
        }
        survey.looked += found.len() as u64;
        found.sort_by(|one, other| one.0.cmp(&other.0));
        found
    }

    fn judge(&self, path: &Path, kind: FileType, survey: &mut Survey) {
        if survey.holds.is_none()
            && (is_special(kind) || path.file_name().is_some_and(|name| (self.tells)(name)))
        {
            let inside = path.strip_prefix(self.root).unwrap_or(path);
            survey.holds = Some(inside.to_string_lossy().into_owned());
        }
        if survey.escape.is_none() && kind.is_symlink() {
            survey.escape = leads_out(self.root, path);
        }
    }
}

#[cfg(unix)]
fn is_special(kind: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_socket() || kind.is_block_device() || kind.is_char_device()
}

#[cfg(not(unix))]
fn is_special(_: FileType) -> bool {
    false
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

/// Where a path leads: its links resolved as far as it exists, the rest by its text.
pub fn resolve(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let plain = lexical(path);
    // What is above a folder that exists, exists too: the longest is found by halves, not by one look for each part.
    let ancestors: Vec<&Path> = plain.ancestors().collect();
    let at = ancestors.partition_point(|ancestor| ancestor.canonicalize().is_err());
    let found = ancestors.get(at);
    match found.and_then(|ancestor| Some((ancestor, ancestor.canonicalize().ok()?))) {
        Some((ancestor, real)) => real.join(plain.strip_prefix(ancestor).unwrap_or(&plain)),
        None => plain,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn look(root: &Path) -> Survey {
        survey(root, |name| name == ".git", &mut 1000)
    }

    fn scratch() -> (tempfile::TempDir, PathBuf) {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("data/sub")).unwrap();
        (scratch, root)
    }

    #[test]
    fn links_that_leave_are_found_and_others_are_not() {
        let (_scratch, root) = scratch();
        symlink("sub", root.join("data/inside")).unwrap();
        let inside = look(&root.join("data"));
        assert_eq!(
            (inside.escape, inside.looked, inside.complete, inside.link),
            (None, 2, true, false)
        );
        symlink("../../outside", root.join("data/sub/leak")).unwrap();
        assert_eq!(
            look(&root.join("data")).escape.as_deref(),
            Some("sub/leak -> ../../outside")
        );
        assert!(!look(&root.join("absent")).exists);
    }

    #[test]
    fn a_slash_at_the_end_hides_no_link() {
        let (_scratch, root) = scratch();
        symlink("data", root.join("alias")).unwrap();
        for name in ["alias", "alias/", "alias/."] {
            assert!(look(&root.join(name)).link, "{name}");
        }
    }

    #[test]
    fn a_file_named_before_a_leak_does_not_end_the_look() {
        let (_scratch, root) = scratch();
        std::fs::create_dir_all(root.join("data/a/.git")).unwrap();
        symlink("/etc", root.join("data/z")).unwrap();
        let found = look(&root.join("data"));
        assert_eq!(found.holds.as_deref(), Some("a/.git"));
        assert_eq!(found.escape.as_deref(), Some("z -> /etc"));
    }

    #[test]
    fn sockets_are_found() {
        let (_scratch, root) = scratch();
        let _socket =
            std::os::unix::net::UnixListener::bind(root.join("data/sub/control")).unwrap();
        assert_eq!(
            look(&root.join("data")).holds.as_deref(),
            Some("sub/control")
        );
    }

    #[test]
    fn the_budget_is_shared_and_its_end_is_told() {
        let (_scratch, root) = scratch();
        for name in ["a", "b", "c"] {
            std::fs::write(root.join("data").join(name), "").unwrap();
        }
        let mut budget = 5;
        let first = survey(&root.join("data"), |_| false, &mut budget);
        assert_eq!((first.looked, first.complete, budget), (4, true, 1));
        let second = survey(&root.join("data"), |_| false, &mut budget);
        assert_eq!((second.looked, second.complete), (1, false));
    }

    #[test]
    fn paths_are_made_plain() {
        assert_eq!(lexical(Path::new("/a/./b/../../..")), Path::new("/"));
        assert_eq!(lexical(Path::new("/a/b/../c")), Path::new("/a/c"));
    }

    #[test]
    fn what_is_not_there_yet_is_resolved_through_its_parent() {
        let (_scratch, root) = scratch();
        symlink("data", root.join("alias")).unwrap();
        assert_eq!(resolve(&root.join("alias/new")), root.join("data/new"));
        assert_eq!(resolve(&root.join("alias/sub/..")), root.join("data"));
        let deep = "new/".repeat(2000);
        assert_eq!(
            resolve(&root.join("alias/sub").join(&deep)),
            root.join("data/sub").join(&deep)
        );
    }
}
