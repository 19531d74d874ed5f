mod swept;

use std::os::fd::AsFd as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::process::Command;

use rustix::fs::OFlags;

use super::*;

fn place() -> (tempfile::TempDir, Scratches) {
    place_at(tempfile::tempdir().unwrap())
}

/// In memory where the system has such a place, for what would take a disk long.
fn fast_place() -> (tempfile::TempDir, Scratches) {
    let place = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    place_at(place.unwrap())
}

fn place_at(place: tempfile::TempDir) -> (tempfile::TempDir, Scratches) {
    let scratches = Scratches::open(Some(&place.path().join("scratches"))).unwrap();
    (place, scratches)
}

impl Scratch {
    fn path(&self) -> PathBuf {
        self.parent.path().join(&self.name)
    }
}

fn names(scratches: &Scratches) -> Vec<String> {
    let entries = std::fs::read_dir(scratches.parent.path()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Folders each in the other, `depth` of them; `beside` puts more into each.
fn dig(top: &File, depth: usize, beside: impl Fn(&OwnedFd)) {
    let mut folder = top.as_fd().try_clone_to_owned().unwrap();
    for _ in 0..depth {
        beside(&folder);
        rustix::fs::mkdirat(&folder, "d", Mode::RWXU).unwrap();
        folder = open_folder(&folder, "d").unwrap();
    }
}

fn touch(folder: &OwnedFd, name: &str) {
    let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
    rustix::fs::openat(folder, name, flags, Mode::RWXU).unwrap();
}

#[test]
fn is_fresh_private_and_gone_after_use() {
    let (_place, scratches) = place();
    let (one, other) = (scratches.fresh().unwrap(), scratches.fresh().unwrap());
    assert_ne!(one.name, other.name);
    let (path, metadata) = (one.path(), one.folder().metadata().unwrap());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o700);
    assert_eq!(metadata.ino(), path.metadata().unwrap().ino());
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0);
    std::fs::write(path.join("file"), "text").unwrap();
    drop(one);
    assert!(!path.exists());
    other.remove().unwrap();
    assert_eq!(names(&scratches), [""; 0]);
}

#[test]
fn is_gone_after_a_panic() {
    let (_place, scratches) = place();
    let inner = scratches.clone();
    let panicked = std::thread::spawn(move || {
        let scratch = inner.fresh().unwrap();
        std::fs::write(scratch.path().join("file"), "text").unwrap();
        panic!("as a host function might");
    });
    panicked.join().unwrap_err();
    assert_eq!(names(&scratches), [""; 0]);
}

#[test]
fn a_chain_of_12_000_folders_is_removed() {
    let (_place, scratches) = fast_place();
    let scratch = scratches.fresh().unwrap();
    dig(&scratch.folder(), 12_000, |_| {});
    scratch.remove().unwrap();
    assert_eq!(names(&scratches), [""; 0]);
}

#[test]
fn a_deep_comb_with_files_and_side_folders_is_removed() {
    let (_place, scratches) = fast_place();
    let scratch = scratches.fresh().unwrap();
    dig(&scratch.folder(), 1000, |folder| {
        for name in ["a", "e"] {
            rustix::fs::mkdirat(folder, name, Mode::RWXU).unwrap();
            touch(&open_folder(folder, name).unwrap(), "below");
        }
        touch(folder, "file");
    });
    scratch.remove().unwrap();
    assert_eq!(names(&scratches), [""; 0]);
}

#[test]
fn a_hundred_thousand_entries_are_removed() {
    let (_place, scratches) = fast_place();
    let scratch = scratches.fresh().unwrap();
    let folder = scratch.folder().as_fd().try_clone_to_owned().unwrap();
    for number in 0..100_000 {
        touch(&folder, &number.to_string());
    }
    scratch.remove().unwrap();
    assert_eq!(names(&scratches), [""; 0]);
}

#[test]
fn links_are_removed_and_not_followed() {
    let (place, scratches) = place();
    let outside = place.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("kept"), "text").unwrap();
    let scratch = scratches.fresh().unwrap();
    std::fs::create_dir(scratch.path().join("below")).unwrap();
    for at in [scratch.path(), scratch.path().join("below")] {
        symlink(&outside, at.join("folder")).unwrap();
        symlink(outside.join("kept"), at.join("file")).unwrap();
        symlink("..", at.join("up")).unwrap();
        symlink("nowhere", at.join("dangling")).unwrap();
        std::fs::hard_link(outside.join("kept"), at.join("hard")).unwrap();
    }
    scratch.remove().unwrap();
    assert_eq!(names(&scratches), [""; 0]);
    assert_eq!(
        std::fs::read_to_string(outside.join("kept")).unwrap(),
        "text"
    );
}

#[test]
fn pipes_sockets_and_odd_names_are_removed() {
    use std::os::unix::ffi::OsStrExt as _;
    let (_place, scratches) = place();
    let scratch = scratches.fresh().unwrap();
    let path = scratch.path();
    let _socket = std::os::unix::net::UnixListener::bind(path.join("socket")).unwrap();
    let pipe = Command::new("mkfifo").arg(path.join("pipe")).status();
    assert!(pipe.unwrap().success());
    for name in [&b"\xff\xfe"[..], b"\n", b"-rf", b" ", &[b'n'; 255]] {
        std::fs::create_dir(path.join(std::ffi::OsStr::from_bytes(name))).unwrap();
    }
    scratch.remove().unwrap();
    assert_eq!(names(&scratches), [""; 0]);
}

#[test]
fn folders_without_rights_are_removed() {
    let (_place, scratches) = place();
    let scratch = scratches.fresh().unwrap();
    let path = scratch.path();
    std::fs::create_dir_all(path.join("a/b/c")).unwrap();
    std::fs::write(path.join("a/b/c/file"), "").unwrap();
    for closed in ["a/b/c", "a/b", "a", ""] {
        let none = std::fs::Permissions::from_mode(0o000);
        std::fs::set_permissions(path.join(closed), none).unwrap();
    }
    scratch.remove().unwrap();
    assert_eq!(names(&scratches), [""; 0]);
}

#[test]
fn a_failure_is_reported_and_nothing_else_is_removed() {
    let (_place, scratches) = place();
    let scratch = scratches.fresh().unwrap();
    let path = scratch.path();
    std::fs::rename(&path, path.with_extension("moved")).unwrap();
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("kept"), "").unwrap();
    let error = scratch.remove().unwrap_err();
    assert!(matches!(error, FolderError::ScratchLeft { .. }), "{error}");
    assert!(path.join("kept").exists());
}

#[test]
fn the_runtime_folder_comes_first_if_it_is_private() {
    let place = tempfile::tempdir().unwrap();
    let (runtime, temporary) = (place.path().join("run"), place.path().join("tmp"));
    std::fs::create_dir(&temporary).unwrap();
    let open = || {
        let opened = open_default(|name| match name {
            "XDG_RUNTIME_DIR" => Some(runtime.clone().into()),
            "TMPDIR" => Some(temporary.clone().into()),
            _ => None,
        });
        opened.unwrap().path().to_owned()
    };
    let user = rustix::process::geteuid().as_raw();
    let among_temporary = temporary.join(format!("ringfence-{user}"));
    assert_eq!(open(), among_temporary);
    assert!(!runtime.exists());
    Private::open(&runtime).unwrap();
    assert_eq!(open(), runtime.join("ringfence"));
    std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(open(), among_temporary);
}
