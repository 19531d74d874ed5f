//! What the system goes through to a file: whoever may replace one name on the way chooses what is at its end.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The system's own bound on the links of one way.
const MOST_LINKS: usize = 40;

/// The way to a path, which need not be there yet.
#[derive(Debug)]
pub(crate) struct Way {
    /// Every name that is looked up, links in all of them followed.
    names: Vec<PathBuf>,
    /// Where it leads, or will once that is there: a link to nothing is followed as well.
    pub(crate) end: PathBuf,
}

impl Way {
    /// Of a path; what is beyond the bound on links leads nowhere.
    pub(crate) fn to(path: &Path) -> Self {
        let parts = |path: &Path| -> VecDeque<OsString> {
            path.components()
                .map(|part| part.as_os_str().to_owned())
                .collect()
        };
        let mut left = parts(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
        let (mut end, mut names, mut links) = (PathBuf::from("/"), Vec::new(), 0);
        while let Some(part) = left.pop_front() {
            match Path::new(&part).components().next() {
                Some(Component::ParentDir) => {
                    end.pop();
                }
                Some(Component::Normal(name)) => {
                    let name = end.join(name);
                    names.push(name.clone());
                    match fs::read_link(&name) {
                        Ok(target) if links < MOST_LINKS => {
                            links += 1;
                            let mut target = parts(&target);
                            target.append(&mut left);
                            left = target;
                        }
                        Ok(_) => return Self { names, end: name },
                        Err(_) => end = name,
                    }
                }
                Some(Component::RootDir | Component::Prefix(_)) => end = PathBuf::from("/"),
                Some(Component::CurDir) | None => {}
            }
        }
        Self { names, end }
    }

    /// Whether it ends in this folder, or goes by a name in it: who may write there can lead it elsewhere. The folder's own name
    /// lies above it.
    pub(crate) fn leads_through(&self, folder: &Path) -> bool {
        let inside = |name: &PathBuf| name != folder && name.starts_with(folder);
        self.end.starts_with(folder) || self.names.iter().any(inside)
    }
}
