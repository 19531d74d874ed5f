//! `builtin: read_file`: regular files below one folder, reached from its handle name by name, with no symlink followed.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};

use crate::audit::Approval;
use crate::source::Spanned;

use super::super::super::root;
use super::super::super::stop::Stop;
use super::super::answer::Answer;
use super::super::call::GuardedCall;
use super::super::guard::Guard;
use super::{DOES_NOT_FIT, NOTHING, first_text, only_room, output};

/// Files below a root.
pub struct ReadFile {
    root: Arc<File>,
    most: u64,
    path: usize,
    room: usize,
}

/// Why nothing was read.
#[derive(Debug, PartialEq, Eq)]
enum Unread {
    /// No regular file is there that can be opened without following a link.
    Absent,
    /// It is larger than what may be read, or than the room for it.
    TooLarge,
}

impl ReadFile {
    /// That of a policy's entry, its root opened now. The path is the first text, the content goes to the out-buffer.
    ///
    /// # Errors
    /// An argument is missing, or the root cannot be opened.
    pub fn of(
        root: Option<&Spanned<String>>,
        most: Option<Spanned<u64>>,
        guards: &[Guard],
        approval: &Approval,
    ) -> Result<Self, String> {
        let root = root.ok_or("its provider has no `root`")?;
        let path = first_text(guards)?;
        if !guards.get(path).is_some_and(Guard::is_path) {
            return Err("`read_file` needs a first text of role `path`".to_owned());
        }
        let real = approval.real_root(&root.value, root.span);
        let real = real.ok_or_else(|| format!("its root `{}` is a symbolic link", root.value))?;
        let folder = root::open(real)
            .map_err(|error| format!("its root `{}` cannot be opened: {error}", root.value))?;
        Ok(Self {
            root: Arc::new(folder),
            most: most.map_or(0, |most| most.value),
            path,
            room: only_room(guards)?,
        })
    }

    /// The content's length, -1 where no regular file is there, -2 where it does not fit.
    pub async fn answer(&self, call: &GuardedCall) -> Result<Answer, Stop> {
        let folder = Arc::clone(&self.root);
        let path = call.text_at(self.path).to_owned();
        let room = call.room_at(self.room).map_or(0, |room| room.len() as u64);
        let most = self.most.min(room);
        let read = tokio::task::spawn_blocking(move || read(folder.as_fd(), &path, most)).await;
        let read = read.map_err(|error| Stop::Failed(format!("a file cannot be read: {error}")))?;
        Ok(match read {
            Ok(content) => output(call, self.room, content),
            Err(Unread::Absent) => Answer::number(NOTHING),
            Err(Unread::TooLarge) => Answer::number(DOES_NOT_FIT),
        })
    }
}

fn read(root: BorrowedFd<'_>, path: &str, most: u64) -> Result<Vec<u8>, Unread> {
    let file = File::from(find(root, path).ok_or(Unread::Absent)?);
    let size = file.metadata().map_err(|_| Unread::Absent)?.len();
    if size > most {
        return Err(Unread::TooLarge);
    }
    // The file may grow meanwhile: one byte over is enough to know.
    let mut content = Vec::new();
    file.take(most.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(|_| Unread::Absent)?;
    if content.len() as u64 > most {
        return Err(Unread::TooLarge);
    }
    Ok(content)
}

/// Walks down from the root, one name at a time.
fn find(root: BorrowedFd<'_>, path: &str) -> Option<OwnedFd> {
    let mut names = path.split('/').filter(|name| !matches!(*name, "" | "."));
    let mut name = names.next()?;
    let mut folder: Option<OwnedFd> = None;
    loop {
        if name == ".." {
            return None;
        }
        let at = folder.as_ref().map_or(root, AsFd::as_fd);
        let Some(next) = names.next() else {
            return open_file(at, name);
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        folder = Some(rustix::fs::openat(at, name, flags, Mode::empty()).ok()?);
        name = next;
    }
}

/// A pipe or device is not even opened, which may wait or act; what was opened is looked at again, as it may be another by then.
fn open_file(at: BorrowedFd<'_>, name: &str) -> Option<OwnedFd> {
    let seen = rustix::fs::statat(at, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    if !is_regular(&seen) {
        return None;
    }
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(at, name, flags, Mode::empty()).ok()?;
    let opened = rustix::fs::fstat(&file).ok()?;
    is_regular(&opened).then_some(file)
}

fn is_regular(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        std::fs::create_dir_all(root.join("sub/deep")).unwrap();
        std::fs::write(root.join("sub/deep/file"), "content").unwrap();
        std::fs::write(folder.path().join("secret"), "secret").unwrap();
        folder
    }

    fn get(folder: &Path, path: &str) -> Result<Vec<u8>, Unread> {
        let root = File::open(folder.join("root")).unwrap();
        read(root.as_fd(), path, 16)
    }

    #[test]
    fn files_are_found_below_the_root() {
        let folder = folder();
        for path in ["sub/deep/file", "/sub/deep/file", "//sub/./deep//file"] {
            assert_eq!(get(folder.path(), path), Ok(b"content".to_vec()), "{path}");
        }
        for path in [
            "",
            ".",
            "/",
            "sub",
            "sub/deep",
            "nothing",
            "sub/deep/file/x",
            "../secret",
        ] {
            assert_eq!(get(folder.path(), path), Err(Unread::Absent), "{path}");
        }
    }

    #[test]
    fn no_link_is_followed() {
        let folder = folder();
        let root = folder.path().join("root");
        symlink("../secret", root.join("out")).unwrap();
        symlink("sub", root.join("inside")).unwrap();
        symlink("..", root.join("up")).unwrap();
        symlink("file", root.join("sub/deep/alias")).unwrap();
        symlink("/proc/self/root", root.join("slash")).unwrap();
        for path in [
            "out",
            "inside/deep/file",
            "up/secret",
            "sub/deep/alias",
            "slash/etc/passwd",
        ] {
            assert_eq!(get(folder.path(), path), Err(Unread::Absent), "{path}");
        }
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = folder();
        let pipe = folder.path().join("root/pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let begun = std::time::Instant::now();
        assert_eq!(get(folder.path(), "pipe"), Err(Unread::Absent));
        assert_eq!(get(folder.path(), "pipe/x"), Err(Unread::Absent));
        assert!(begun.elapsed().as_secs() < 5);
        let socket = folder.path().join("root/socket");
        let _socket = std::os::unix::net::UnixListener::bind(socket).unwrap();
        assert_eq!(get(folder.path(), "socket"), Err(Unread::Absent));
    }

    /// Whoever waits for a reader at the other end is not let go.
    #[test]
    fn a_pipe_is_not_even_opened() {
        let folder = folder();
        let pipe = folder.path().join("root/pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let other = pipe.clone();
        let writer = std::thread::spawn(move || {
            let _ = File::options().write(true).open(other);
        });
        std::thread::sleep(std::time::Duration::from_millis(50));
        for _ in 0..100 {
            assert_eq!(get(folder.path(), "pipe"), Err(Unread::Absent));
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(!writer.is_finished());
        drop(File::open(&pipe).unwrap());
        writer.join().unwrap();
    }

    #[test]
    fn a_file_is_read_to_its_bound_and_no_further() {
        let folder = folder();
        let file = folder.path().join("root/file");
        for (size, fits) in [(15, true), (16, true), (17, false)] {
            std::fs::write(&file, vec![b'x'; size]).unwrap();
            assert_eq!(get(folder.path(), "file").is_ok(), fits, "{size}");
        }
        assert_eq!(get(folder.path(), "file"), Err(Unread::TooLarge));
    }

    /// A file of no stated size is what a file that grows meanwhile looks like.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_grows_while_it_is_read_stays_bounded() {
        let root = File::open("/proc/self").unwrap();
        assert_eq!(read(root.as_fd(), "status", 16), Err(Unread::TooLarge));
    }

    /// Whatever is swapped meanwhile, the content is never that of what a link leads to, or of a pipe.
    #[test]
    fn a_name_that_is_swapped_never_leads_out() {
        let folder = folder();
        let root = folder.path().join("root");
        let (name, other, pipe) = (root.join("swapped"), root.join("other"), root.join("pipe"));
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        std::fs::write(&name, "content").unwrap();
        assert_eq!(get(folder.path(), "swapped"), Ok(b"content".to_vec()));
        let done = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&done);
        let swapping = std::thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                symlink("../secret", &other).unwrap();
                std::fs::rename(&other, &name).unwrap();
                std::fs::write(&other, "content").unwrap();
                std::fs::rename(&other, &name).unwrap();
                std::fs::hard_link(&pipe, &other).unwrap();
                std::fs::rename(&other, &name).unwrap();
                std::fs::write(&other, "content").unwrap();
                std::fs::rename(&other, &name).unwrap();
            }
        });
        let found: Vec<Vec<u8>> = (0..20_000)
            .filter_map(|_| get(folder.path(), "swapped").ok())
            .collect();
        done.store(true, Ordering::Relaxed);
        swapping.join().unwrap();
        assert!(found.iter().all(|content| content == b"content"));
    }
}
