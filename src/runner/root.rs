//! Opens a granted host folder: once, at the start, and checked on the handle that the guest then works through.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

/// Why a folder cannot be granted.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// What it means would depend on where the program was started.
    #[error("{} is no absolute path", .0.display())]
    Relative(PathBuf),
    /// Whoever can replace a link chooses what is granted.
    #[error("{} is a symbolic link, which is not followed; name the folder that it leads to", .0.display())]
    Link(PathBuf),
    /// Only folders are granted.
    #[error("{} is no folder", .0.display())]
    NoFolder(PathBuf),
    /// The whole machine, under whatever name.
    #[error("{} is the root of the file system, which is never granted", .0.display())]
    Everything(PathBuf),
    /// The system refused.
    #[error("{} cannot be opened: {source}", .path.display())]
    System {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// How the folders above it are opened: to go through them is enough.
#[cfg(target_os = "linux")]
const THROUGH: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const THROUGH: OFlags = OFlags::RDONLY;

/// Opens a folder by its absolute path, part by part. No part of it is followed if it is a link: whoever may exchange one
/// would choose what is granted.
///
/// # Errors
/// It is none that can be granted, or the system refused.
pub fn open(path: &Path) -> Result<File, RootError> {
    if !path.is_absolute() {
        return Err(RootError::Relative(path.to_owned()));
    }
    // A slash or `.` at the end would have the system follow a link before it.
    let plain: PathBuf = path.components().collect();
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut handle = rustix::fs::open("/", flags | THROUGH, Mode::empty())
        .map_err(|errno| refused(Path::new("/"), errno))?;
    let mut parts = plain.components().skip(1).peekable();
    let mut so_far = PathBuf::from("/");
    while let Some(part) = parts.next() {
        so_far.push(part);
        let how = if parts.peek().is_some() {
            THROUGH
        } else {
            OFlags::RDONLY
        };
        handle = rustix::fs::openat(&handle, part.as_os_str(), flags | how, Mode::empty())
            .map_err(|errno| refused(&so_far, errno))?;
    }
    let system = |errno: Errno| RootError::System {
        path: plain.clone(),
        source: errno.into(),
    };
    let stat = rustix::fs::fstat(&handle).map_err(system)?;
    if !FileType::from_raw_mode(stat.st_mode).is_dir() {
        return Err(RootError::NoFolder(plain));
    }
    let whole = rustix::fs::stat("/").map_err(system)?;
    if is_same(&stat, &whole) {
        return Err(RootError::Everything(plain));
    }
    Ok(File::from(handle))
}

fn is_same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

/// Says why nothing was opened: systems differ in what they answer for a link.
fn refused(path: &Path, errno: Errno) -> RootError {
    let path = path.to_owned();
    let stat = rustix::fs::statat(CWD, &path, AtFlags::SYMLINK_NOFOLLOW);
    match stat.map(|stat| FileType::from_raw_mode(stat.st_mode)) {
        Ok(FileType::Symlink) => RootError::Link(path),
        Ok(kind) if !kind.is_dir() => RootError::NoFolder(path),
        _ => RootError::System {
            path,
            source: errno.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, symlink};

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_folder_is_opened_by_its_own_handle() {
        let here = folder();
        std::fs::create_dir(here.path().join("data")).unwrap();
        for written in ["data", "data/", "./data/.", "data/../data"] {
            let opened = open(&here.path().join(written)).unwrap();
            let own = std::fs::metadata(here.path().join("data")).unwrap();
            assert_eq!(opened.metadata().unwrap().ino(), own.ino(), "{written}");
        }
    }

    #[test]
    fn a_link_is_not_followed_whatever_comes_after_its_name() {
        let here = folder();
        std::fs::create_dir(here.path().join("data")).unwrap();
        symlink("data", here.path().join("link")).unwrap();
        for written in ["link", "link/", "link/.", "link/./", "link//"] {
            let opened = open(&here.path().join(written));
            assert!(
                matches!(opened, Err(RootError::Link(_))),
                "{written}: {opened:?}"
            );
        }
        symlink("nowhere", here.path().join("dangling")).unwrap();
        let opened = open(&here.path().join("dangling"));
        assert!(matches!(opened, Err(RootError::Link(_))), "{opened:?}");
    }

    #[test]
    fn only_folders_are_granted_and_a_fifo_does_not_keep_us_waiting() {
        let here = folder();
        std::fs::write(here.path().join("file"), "").unwrap();
        let fifo = here.path().join("fifo");
        rustix::fs::mknodat(CWD, &fifo, FileType::Fifo, Mode::RWXU, 0).unwrap();
        for name in ["file", "fifo"] {
            let opened = open(&here.path().join(name));
            assert!(
                matches!(opened, Err(RootError::NoFolder(_))),
                "{name}: {opened:?}"
            );
        }
        let opened = open(&here.path().join("absent"));
        assert!(
            matches!(opened, Err(RootError::System { .. })),
            "{opened:?}"
        );
    }

    #[test]
    fn the_whole_machine_is_never_granted() {
        for written in ["/", "//", "/.", "/..", "/tmp/.."] {
            let opened = open(Path::new(written));
            assert!(
                matches!(opened, Err(RootError::Everything(_))),
                "{written}: {opened:?}"
            );
        }
        assert!(matches!(
            open(Path::new("tmp")),
            Err(RootError::Relative(_))
        ));
    }
}
