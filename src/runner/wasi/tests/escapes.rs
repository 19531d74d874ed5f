//! No path leads out of a granted folder, nothing in a read-only one changes, and nothing but files and folders is opened.

use std::os::unix::fs::symlink;

use rustix::fs::{CWD, FileType, Mode};

use super::*;

/// A secret beside the granted folder, and links to it that the host left inside.
struct Ground {
    outer: TempDir,
}

impl Ground {
    fn new() -> Self {
        let outer = folder();
        let inner = outer.path().join("inner");
        std::fs::create_dir_all(inner.join("sub/deep")).unwrap();
        std::fs::create_dir(outer.path().join("beside")).unwrap();
        std::fs::write(outer.path().join("secret"), "secret").unwrap();
        std::fs::write(outer.path().join("beside/secret"), "secret").unwrap();
        std::fs::write(inner.join("file"), "content").unwrap();
        std::fs::write(inner.join("sub/file"), "content").unwrap();
        symlink("../secret", inner.join("out")).unwrap();
        symlink(outer.path().join("secret"), inner.join("absolute")).unwrap();
        symlink("../beside", inner.join("folder-out")).unwrap();
        symlink("sub/../../beside", inner.join("winding")).unwrap();
        symlink("/", inner.join("everything")).unwrap();
        symlink("file", inner.join("to-file")).unwrap();
        symlink("sub", inner.join("to-sub")).unwrap();
        symlink("loop", inner.join("loop")).unwrap();
        Self { outer }
    }

    fn inner(&self) -> std::path::PathBuf {
        self.outer.path().join("inner")
    }

    /// What lies outside the granted folder.
    fn outside(&self) -> Vec<String> {
        let inner = self.inner().display().to_string();
        let mut outside = tree(self.outer.path());
        outside.retain(|line| !line.starts_with(&inner));
        outside
    }
}

/// The result of every function that takes a path, called with this one; those that take two get it in either place.
fn every(bench: &mut Bench, path: &str) -> Vec<(&'static str, Result<(), Bad>)> {
    let both = Fstflags::ATIM | Fstflags::MTIM;
    vec![
        ("open", bench.open_to_read(path).map(drop)),
        ("open a folder", bench.open_folder(path).map(drop)),
        ("write", bench.open(path, Oflags::empty()).map(drop)),
        ("create", bench.open(path, Oflags::CREAT).map(drop)),
        ("truncate", bench.open(path, Oflags::TRUNC).map(drop)),
        ("stat", bench.stat_at(path, true).map(drop)),
        ("set times", bench.set_times_at(path, (1, 2), both)),
        ("mkdir", bench.make_folder(path)),
        ("rmdir", bench.remove_folder(path)),
        ("unlink", bench.unlink(path)),
        ("link from", bench.link(path, "fresh")),
        ("link to", bench.link("file", path)),
        ("rename from", bench.rename(path, "fresh")),
        ("rename to", bench.rename("file", path)),
        ("symlink", bench.symlink("file", path)),
        ("readlink", bench.read_link(path, 4096).map(drop)),
    ]
}

#[test]
fn no_function_takes_a_path_that_leaves() {
    let ground = Ground::new();
    let before = tree(ground.outer.path());
    let secret = ground.outer.path().join("secret").display().to_string();
    let mut bench = Bench::over(Grant::read_write(&ground.inner()));
    for path in [
        "..",
        "../",
        "../secret",
        "../fresh",
        "../inner/file",
        "./../secret",
        "sub/../../secret",
        "sub/deep/../../../secret",
        "sub/deep/../../../inner/file",
        "../../../../../../../../etc/passwd",
        "/etc/passwd",
        "//etc/passwd",
        "/",
        secret.as_str(),
        "folder-out/secret",
        "folder-out/fresh",
        "folder-out/.",
        "folder-out/..",
        "winding/secret",
        "winding/fresh",
        "everything/etc/passwd",
        "to-sub/../../secret",
    ] {
        for (function, result) in every(&mut bench, path) {
            assert_eq!(result, errno(Errno::Perm), "{function} {path}");
        }
    }
    assert_eq!(tree(ground.outer.path()), before);
}

#[test]
fn links_that_lead_out_can_be_removed_and_moved_and_never_followed() {
    let ground = Ground::new();
    let before = ground.outside();
    let mut bench = Bench::over(Grant::read_write(&ground.inner()));
    for link in ["out", "absolute", "folder-out", "winding", "everything"] {
        for (function, result) in [
            ("open", bench.open_to_read(link).map(drop)),
            ("write", bench.open(link, Oflags::TRUNC).map(drop)),
            ("create", bench.open(link, Oflags::CREAT).map(drop)),
            ("stat", bench.stat_at(link, true).map(drop)),
            (
                "set times",
                bench.set_times_at(link, (1, 2), Fstflags::MTIM),
            ),
        ] {
            assert_eq!(result, errno(Errno::Perm), "{function} {link}");
        }
        let none = (Oflags::empty(), Rights::FD_READ);
        let unfollowed = bench.open_by(3, link, false, none.0, none.1, Fdflags::empty());
        assert_eq!(unfollowed, errno(Errno::Loop), "{link}");
        let filetype = bench.stat_at(link, false).unwrap().filetype;
        assert_eq!(filetype as u8, 7, "{link}");
        bench.rename(link, "moved").unwrap();
        bench.unlink("moved").unwrap();
    }
    assert_eq!(ground.outside(), before);
    assert_eq!(bench.open_to_read("loop"), errno(Errno::Loop));
}

#[test]
fn what_an_absolute_link_of_the_host_says_is_not_told() {
    let ground = Ground::new();
    let mut bench = Bench::over(Grant::read_only(&ground.inner()));
    for link in ["absolute", "everything"] {
        assert_eq!(bench.read_link(link, 4096), errno(Errno::Perm), "{link}");
    }
    assert_eq!(bench.read_link("to-sub", 4096).unwrap(), b"sub");
    assert_eq!(bench.read_link("to-sub", 2).unwrap(), b"su");
    assert_eq!(bench.read_link("to-sub", 0).unwrap(), b"");
    assert_eq!(bench.read_link("file", 9), errno(Errno::Inval));
}

/// A process of the host that follows what a guest made must stay in the folder, however the guest moves it about.
#[test]
fn a_guest_makes_no_link_that_could_lead_out() {
    let ground = Ground::new();
    let mut bench = Bench::over(Grant::scratch(&ground.inner(), 1 << 20, 1000));
    let before = tree(&ground.inner());
    for target in [
        "..",
        "../secret",
        "/etc/passwd",
        "sub/../../secret",
        "sub/..",
        "here/../secret",
        "./../secret",
        "",
    ] {
        assert_eq!(
            bench.symlink(target, "fresh"),
            errno(Errno::Notcapable),
            "{target}"
        );
        assert_eq!(
            bench.symlink(target, "sub/deep/fresh"),
            errno(Errno::Notcapable),
            "{target}"
        );
    }
    assert_eq!(tree(&ground.inner()), before);
    bench.symlink(".", "here").unwrap();
    bench.symlink("here/here/sub", "there").unwrap();
    let led = std::fs::canonicalize(ground.inner().join("there/file")).unwrap();
    assert!(
        led.starts_with(ground.inner().canonicalize().unwrap()),
        "{led:?}"
    );
}

#[test]
fn from_a_folder_that_was_opened_no_path_climbs_above_it() {
    let ground = Ground::new();
    let mut bench = Bench::over(Grant::read_write(&ground.inner()));
    let sub = bench.open_folder("sub").unwrap();
    let read = (Oflags::empty(), Rights::FD_READ);
    for (path, result) in [("..", errno(Errno::Perm)), ("../file", errno(Errno::Perm))] {
        let opened = bench.open_by(sub, path, true, read.0, read.1, Fdflags::empty());
        assert_eq!(opened, result, "{path}");
    }
    bench
        .open_by(sub, "file", true, read.0, read.1, Fdflags::empty())
        .unwrap();
    bench
        .open_by(sub, "deep/../file", true, read.0, read.1, Fdflags::empty())
        .unwrap();
    let other = folder();
    std::fs::write(other.path().join("file"), "").unwrap();
    // The folder goes elsewhere under the guest's hands: what is above it now is no more within reach than before.
    std::fs::rename(ground.inner().join("sub"), other.path().join("sub")).unwrap();
    let opened = bench.open_by(sub, "../file", true, read.0, read.1, Fdflags::empty());
    assert_eq!(opened, errno(Errno::Perm));
}

#[test]
fn slashes_at_the_end_ask_for_folders_and_follow_nothing_that_is_meant_itself() {
    let ground = Ground::new();
    let mut bench = Bench::over(Grant::read_write(&ground.inner()));
    let before = tree(&ground.inner());
    for (call, result) in [
        ("open a file", bench.open_to_read("file/").map(drop)),
        (
            "open a link to one",
            bench.open_to_read("to-file/").map(drop),
        ),
        ("unlink a file", bench.unlink("file/")),
        ("unlink a link", bench.unlink("to-file/")),
        ("unlink a link to a folder", bench.unlink("to-sub/")),
        ("rmdir a link to a folder", bench.remove_folder("to-sub/")),
        ("rmdir a file", bench.remove_folder("file/")),
        (
            "rename a link to a folder",
            bench.rename("to-sub/", "fresh"),
        ),
        ("rename a file", bench.rename("file/", "fresh")),
        ("rename a file to a folder", bench.rename("file", "fresh/")),
        ("link a file", bench.link("file/", "fresh")),
        ("link a file to a folder", bench.link("file", "fresh/")),
    ] {
        assert_eq!(result, errno(Errno::Notdir), "{call}");
    }
    for path in [
        "file/",
        "file/.",
        "file/..",
        "to-file/",
        "to-file/.",
        "sub/file/./.",
    ] {
        assert_eq!(
            bench.stat_at(path, true).map(drop),
            errno(Errno::Notdir),
            "{path}"
        );
        assert_eq!(
            bench.stat_at(path, false).map(drop),
            errno(Errno::Notdir),
            "{path}"
        );
        let set = bench.set_times_at(path, (1, 2), Fstflags::MTIM);
        assert_eq!(set, errno(Errno::Notdir), "{path}");
        assert_eq!(bench.unlink(path), errno(Errno::Notdir), "{path}");
        assert_eq!(bench.open_to_read(path), errno(Errno::Notdir), "{path}");
    }
    assert_eq!(bench.symlink("file", "fresh/"), errno(Errno::Noent));
    assert!(bench.open("fresh/", Oflags::CREAT).is_err());
    assert_eq!(bench.unlink("sub/"), errno(Errno::Isdir));
    assert_eq!(tree(&ground.inner()), before);
    bench.make_folder("made/").unwrap();
    bench.rename("made/", "moved/").unwrap();
    bench.open_folder("to-sub/").unwrap();
    bench.remove_folder("moved/").unwrap();
    assert_eq!(tree(&ground.inner()).len(), before.len());
}

#[test]
fn dots_at_the_end_are_no_names() {
    let ground = Ground::new();
    let mut bench = Bench::over(Grant::read_write(&ground.inner()));
    let before = tree(&ground.inner());
    for path in [".", "./", "sub/.", "sub/..", "to-sub/.", "to-sub/deep/.."] {
        for (call, result) in [
            ("rmdir", bench.remove_folder(path)),
            ("unlink", bench.unlink(path)),
            ("rename from", bench.rename(path, "fresh")),
            ("rename to", bench.rename("sub/deep", path)),
        ] {
            assert_eq!(result, errno(Errno::Inval), "{call} {path}");
        }
        assert!(bench.link(path, "fresh").is_err(), "{path}");
        assert_eq!(bench.make_folder(path), errno(Errno::Exist), "{path}");
        assert!(bench.symlink("file", path).is_err(), "{path}");
        assert_eq!(
            bench.stat_at(path, false),
            bench.stat_at(path, true),
            "{path}"
        );
    }
    assert_eq!(tree(&ground.inner()), before);
}

#[test]
fn nothing_in_a_read_only_folder_changes() {
    let ground = Ground::new();
    let before = tree(&ground.inner());
    let mut bench = Bench::over(Grant::read_only(&ground.inner()));
    let rights = Rights::FD_READ | Rights::FD_WRITE;
    let both = Fstflags::ATIM | Fstflags::MTIM;
    for (call, result) in [
        ("write", bench.open("file", Oflags::empty()).map(drop)),
        ("create", bench.open("fresh", Oflags::CREAT).map(drop)),
        ("truncate", bench.open("file", Oflags::TRUNC).map(drop)),
        ("mkdir", bench.make_folder("fresh")),
        ("rmdir", bench.remove_folder("sub/deep")),
        ("unlink", bench.unlink("file")),
        ("link", bench.link("file", "fresh")),
        ("rename", bench.rename("file", "fresh")),
        ("symlink", bench.symlink("file", "fresh")),
        ("set times", bench.set_times_at("file", (1, 2), both)),
    ] {
        assert_eq!(result, errno(Errno::Rofs), "{call}");
    }
    for oflags in [Oflags::CREAT, Oflags::TRUNC, Oflags::CREAT | Oflags::EXCL] {
        for asked in [Rights::FD_READ, Rights::empty(), rights] {
            let opened = bench.open_by(3, "file", true, oflags, asked, Fdflags::empty());
            assert_eq!(opened, errno(Errno::Rofs), "{oflags:?} {asked:?}");
        }
    }
    let fd = bench.open_to_read("file").unwrap();
    assert_eq!(bench.write(fd, b"x"), errno(Errno::Badf));
    assert_eq!(bench.write_at(fd, b"x", 0), errno(Errno::Badf));
    assert_eq!(bench.set_size(fd, 0), errno(Errno::Inval));
    assert_eq!(bench.set_times(fd, (1, 2), both), errno(Errno::Rofs));
    let folder = bench.open_folder("sub").unwrap();
    assert_eq!(bench.set_times(folder, (1, 2), both), errno(Errno::Rofs));
    let made = bench.open_by(
        folder,
        "fresh",
        true,
        Oflags::CREAT,
        rights,
        Fdflags::empty(),
    );
    assert_eq!(made, errno(Errno::Rofs));
    assert_eq!(bench.read(fd, 100).unwrap(), b"content");
    assert_eq!(tree(&ground.inner()), before);
}

#[test]
fn fifos_sockets_and_devices_are_never_opened_and_never_waited_for() {
    let ground = Ground::new();
    let inner = ground.inner();
    rustix::fs::mknodat(CWD, inner.join("fifo"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(inner.join("socket")).unwrap();
    symlink("fifo", inner.join("to-fifo")).unwrap();
    let mut bench = Bench::over(Grant::read_write(&inner));
    for path in ["fifo", "socket", "to-fifo"] {
        for oflags in [Oflags::empty(), Oflags::CREAT, Oflags::TRUNC] {
            assert_eq!(bench.open(path, oflags), errno(Errno::Notcapable), "{path}");
        }
        assert_eq!(bench.open_to_read(path), errno(Errno::Notcapable), "{path}");
        assert_eq!(
            bench.set_times_at(path, (1, 2), Fstflags::MTIM),
            errno(Errno::Notcapable)
        );
        bench.stat_at(path, true).unwrap();
    }
    for path in ["fifo/", "fifo/below", "to-fifo/below", "fifo/../file"] {
        assert_eq!(bench.open_to_read(path), errno(Errno::Notdir), "{path}");
    }
    assert_eq!(bench.link("fifo", "fresh"), errno(Errno::Notcapable));
    assert_eq!(bench.rename("fifo", "fresh"), errno(Errno::Notcapable));
    let device = root::open(Path::new("/dev")).unwrap();
    let mut bench = Bench::over(Grant {
        folder: Arc::new(device),
        ..Grant::read_only(&inner)
    });
    for path in ["null", "zero", "tty"] {
        assert_eq!(bench.open_to_read(path), errno(Errno::Notcapable), "{path}");
    }
}

/// Somebody of the host may exchange a file between the look and the opening: what was opened is looked at too.
#[test]
fn what_was_opened_and_is_no_file_is_not_given() {
    use crate::runner::wasi::beneath::{Beneath, Manner};
    use wasmtime_wasi::filesystem::Dir;
    use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
    let here = folder();
    let fifo = here.path().join("fifo");
    rustix::fs::mknodat(CWD, &fifo, FileType::Fifo, Mode::RWXU, 0).unwrap();
    // With somebody at its other end a FIFO opens at once.
    let _other = File::options().read(true).write(true).open(&fifo).unwrap();
    let (permissions, mode) = (
        wasmtime_wasi::FsPerms::ReadWrite,
        wasmtime_wasi::OpenMode::READ,
    );
    let dir = Dir::new(root::open(here.path()).unwrap(), permissions, mode, true);
    let manner = Manner {
        follow: PathFlags::empty(),
        how: OpenFlags::empty(),
        access: DescriptorFlags::READ,
        append: false,
    };
    let opened = Beneath::new(dir).unwrap().open("fifo", manner);
    assert!(matches!(opened, Err(Errno::Notcapable)));
}

#[test]
fn nothing_is_linked_or_moved_from_one_grant_to_another() {
    let (ground, other) = (Ground::new(), folder());
    std::fs::write(other.path().join("file"), "other").unwrap();
    let scratch = folder();
    let before = (tree(&ground.inner()), tree(other.path()));
    let mut bench = Bench::new(
        generous(),
        vec![
            Grant::read_write(&ground.inner()),
            Grant::read_write(other.path()),
            Grant::scratch(scratch.path(), 1 << 20, 10),
            Grant::read_only(other.path()),
        ],
    );
    for (from, to) in [(3, 4), (4, 3), (3, 5), (4, 5)] {
        let (old, new) = ((from, "file"), (to, "fresh"));
        assert_eq!(
            bench.link_between(old, new),
            errno(Errno::Xdev),
            "{from} {to}"
        );
        assert_eq!(
            bench.rename_between(old, new),
            errno(Errno::Xdev),
            "{from} {to}"
        );
    }
    for (from, to) in [(3, 6), (6, 3), (6, 5), (6, 6)] {
        let (old, new) = ((from, "file"), (to, "fresh"));
        assert_eq!(
            bench.link_between(old, new),
            errno(Errno::Rofs),
            "{from} {to}"
        );
        assert_eq!(
            bench.rename_between(old, new),
            errno(Errno::Rofs),
            "{from} {to}"
        );
    }
    assert_eq!((tree(&ground.inner()), tree(other.path())), before);
    assert!(tree(scratch.path()).is_empty());
}

#[test]
fn paths_are_text_of_bounded_length_without_nul() {
    let ground = Ground::new();
    let mut bench = Bench::over(Grant::read_write(&ground.inner()));
    let before = tree(&ground.inner());
    let (long, nul) = ("a/".repeat(2049), "file\0.txt");
    for (path, told) in [
        (long.as_str(), Errno::Nametoolong),
        (nul, Errno::Inval),
        ("\0", Errno::Inval),
    ] {
        for (function, result) in every(&mut bench, path) {
            assert_eq!(result, errno(told), "{function}");
        }
    }
    for (function, result) in every(&mut bench, "") {
        assert_eq!(result, errno(Errno::Noent), "{function}");
    }
    let name = "n".repeat(300);
    assert_eq!(bench.open_to_read(&name), errno(Errno::Nametoolong));
    assert_eq!(tree(&ground.inner()), before);
    bench.put(FIRST, b"fil\xff");
    let opened = bench.call(async |guest, memory| {
        let (path, none) = (GuestPtr::new((FIRST, 4)), Rights::empty());
        let (oflags, flags) = (Oflags::empty(), Fdflags::empty());
        guest
            .path_open(
                memory,
                3.into(),
                lookup(true),
                path,
                oflags,
                none,
                none,
                flags,
            )
            .await
    });
    assert_eq!(opened.map(u32::from), errno(Errno::Ilseq));
}

/// A link of the host's own that stays within where it lies, and would not from elsewhere.
#[test]
fn no_move_makes_a_link_climb_out() {
    let ground = Ground::new();
    let inner = ground.inner();
    symlink("../file", inner.join("sub/up")).unwrap();
    symlink("../../file", inner.join("sub/deep/up")).unwrap();
    symlink("file", inner.join("sub/plain")).unwrap();
    symlink("/etc/passwd", inner.join("sub/absolute")).unwrap();
    std::fs::create_dir_all(inner.join("sub/fine/below")).unwrap();
    let before = tree(&inner);
    let mut bench = Bench::over(Grant::read_write(&inner));
    let sub = bench.open_folder("sub").unwrap();
    for (from, old, new) in [
        (3, "sub/up", "up"),
        (3, "sub/./up", "up"),
        (sub, "up", "up"),
        (sub, "absolute", "to"),
        (3, "sub/deep/up", "sub/up-again"),
        // With all that lies in it.
        (3, "sub/deep", "deep"),
        (sub, "deep", "deep"),
        (3, "sub/deep", "sub/fine/deep"),
    ] {
        let moved = bench.rename_between((from, old), (3, new));
        assert_eq!(moved, errno(Errno::Notcapable), "rename {old} {new}");
        if !old.ends_with("deep") {
            let linked = bench.link_between((from, old), (3, new));
            assert_eq!(linked, errno(Errno::Notcapable), "link {old} {new}");
        }
    }
    assert_eq!(tree(&inner), before);
    // Beside its old name a link leads where it led; what has no such link goes anywhere.
    bench.rename("sub/up", "sub/still-up").unwrap();
    bench.link("sub/still-up", "sub/up").unwrap();
    bench.rename("sub/deep", "sub/deeper").unwrap();
    bench.rename("sub/plain", "plain").unwrap();
    bench.rename("sub/fine", "fine").unwrap();
    assert!(inner.join("fine/below").is_dir());
}

/// Looking into a folder is bounded; one that holds more than is looked at stays where it is.
#[test]
fn a_folder_too_large_to_look_through_is_not_moved_elsewhere() {
    let here = folder();
    std::fs::create_dir_all(here.path().join("a/wide")).unwrap();
    for number in 0..10_001 {
        std::fs::write(here.path().join(format!("a/wide/{number}")), "").unwrap();
    }
    let deep = std::iter::repeat_n("d", 66).collect::<Vec<_>>().join("/");
    std::fs::create_dir_all(here.path().join("a/deep").join(deep)).unwrap();
    let mut bench = Bench::over(Grant::read_write(here.path()));
    for name in ["wide", "deep"] {
        let moved = bench.rename(&format!("a/{name}"), name);
        assert_eq!(moved, errno(Errno::Notcapable), "{name}");
        bench
            .rename(&format!("a/{name}"), &format!("a/{name}-still"))
            .unwrap();
    }
}
