//! Honest use of files: what a C library expects.

use super::*;

#[test]
fn what_was_written_is_read_from_where_the_guest_says() {
    let here = folder();
    let mut bench = Bench::over(Grant::read_write(here.path()));
    let fd = bench.open("file", Oflags::CREAT | Oflags::EXCL).unwrap();
    assert_eq!(bench.write(fd, b"hello world"), Ok(11));
    assert_eq!(bench.read(fd, 10).unwrap(), b"");
    assert_eq!(bench.seek(fd, -5, Whence::End), Ok(6));
    assert_eq!(bench.read(fd, 3).unwrap(), b"wor");
    assert_eq!(bench.seek(fd, 0, Whence::Cur), Ok(9));
    assert_eq!(bench.read_at(fd, 5, 0).unwrap(), b"hello");
    assert_eq!(bench.read(fd, 100).unwrap(), b"ld");
    assert_eq!(bench.seek(fd, -1, Whence::Set), errno(Errno::Inval));
    assert_eq!(bench.seek(fd, -12, Whence::End), errno(Errno::Inval));
    assert_eq!(bench.seek(fd, i64::MIN, Whence::Cur), errno(Errno::Inval));
    assert_eq!(bench.read_at(fd, 5, u64::MAX), errno(Errno::Inval));
    assert_eq!(bench.stat(fd).unwrap().size, 11);
    let synced = bench.call(async |guest, memory| guest.fd_sync(memory, fd.into()).await);
    synced.unwrap();
    let told = bench.call(async |guest, memory| guest.fd_tell(memory, fd.into()));
    assert_eq!(told, Ok(11));
}

#[test]
fn opening_says_what_is_wrong() {
    let here = folder();
    std::fs::create_dir(here.path().join("sub")).unwrap();
    std::fs::write(here.path().join("file"), "").unwrap();
    std::os::unix::fs::symlink("later", here.path().join("dangling")).unwrap();
    let mut bench = Bench::over(Grant::read_write(here.path()));
    let make = Oflags::CREAT | Oflags::EXCL;
    for (path, oflags, told) in [
        ("absent", Oflags::empty(), Errno::Noent),
        ("absent/file", Oflags::CREAT, Errno::Noent),
        ("file", make, Errno::Exist),
        ("sub", make, Errno::Exist),
        ("dangling", make, Errno::Exist),
        ("file", Oflags::DIRECTORY, Errno::Notdir),
        ("file/below", Oflags::CREAT, Errno::Notdir),
        ("sub", Oflags::CREAT, Errno::Isdir),
        ("sub", Oflags::TRUNC, Errno::Isdir),
        ("sub", Oflags::empty(), Errno::Isdir),
        ("sub", Oflags::CREAT | Oflags::DIRECTORY, Errno::Inval),
    ] {
        assert_eq!(bench.open(path, oflags), errno(told), "{path} {oflags:?}");
    }
    let folder = bench.open_by(
        3,
        "sub",
        true,
        Oflags::CREAT,
        Rights::FD_READ,
        Fdflags::empty(),
    );
    assert_eq!(folder, errno(Errno::Isdir));
    assert_eq!(bench.guest.meter.spent().open_files, 0);
    bench.open("dangling", Oflags::CREAT).unwrap();
    assert!(here.path().join("later").is_file());
    for (fdflags, told) in [
        (Fdflags::SYNC, Errno::Notsup),
        (Fdflags::DSYNC, Errno::Notsup),
    ] {
        let opened = bench.open_by(3, "file", true, Oflags::empty(), Rights::FD_READ, fdflags);
        assert_eq!(opened, errno(told));
    }
}

#[test]
fn a_file_does_what_it_was_opened_for() {
    let here = folder();
    std::fs::write(here.path().join("file"), "content").unwrap();
    let mut bench = Bench::over(Grant::read_write(here.path()));
    let (none, flags) = (Oflags::empty(), Fdflags::empty());
    let only = bench
        .open_by(3, "file", true, none, Rights::FD_WRITE, flags)
        .unwrap();
    assert_eq!(bench.read(only, 1), errno(Errno::Badf));
    let reader = bench.open_to_read("file").unwrap();
    assert_eq!(bench.write(reader, b"x"), errno(Errno::Badf));
    assert_eq!(bench.set_size(reader, 0), errno(Errno::Inval));
    let rights = |bench: &mut Bench, fd: u32| {
        let stat = bench.call(async |guest, memory| guest.fd_fdstat_get(memory, fd.into()).await);
        stat.unwrap().fs_rights_base
    };
    assert!(!rights(&mut bench, only).contains(Rights::FD_READ));
    assert!(!rights(&mut bench, reader).contains(Rights::FD_WRITE));
    assert!(rights(&mut bench, 3).contains(Rights::PATH_OPEN));
    let allocated =
        bench.call(async |guest, memory| guest.fd_allocate(memory, only.into(), 0, 1 << 40));
    assert_eq!(allocated, errno(Errno::Notsup));
}

#[test]
fn entries_are_made_moved_and_removed() {
    let here = folder();
    let mut bench = Bench::over(Grant::read_write(here.path()));
    bench.make_folder("a").unwrap();
    assert_eq!(bench.make_folder("a"), errno(Errno::Exist));
    bench.make_folder("a/b").unwrap();
    assert_eq!(bench.remove_folder("a"), errno(Errno::Notempty));
    let fd = bench.open("a/file", Oflags::CREAT).unwrap();
    bench.link("a/file", "a/b/same").unwrap();
    assert_eq!(bench.link("a/file", "a/b/same"), errno(Errno::Exist));
    assert_eq!(bench.link("a", "folder"), errno(Errno::Perm));
    assert_eq!(bench.stat(fd).unwrap().nlink, 2);
    bench.symlink("b/same", "a/link").unwrap();
    assert_eq!(bench.symlink("b/same", "a/link"), errno(Errno::Exist));
    assert_eq!(bench.stat_at("a/link", true), bench.stat(fd));
    bench.rename("a/b", "c").unwrap();
    assert_eq!(bench.rename("a/b", "c"), errno(Errno::Noent));
    assert_eq!(bench.stat_at("a/link", true).map(drop), errno(Errno::Noent));
    bench.unlink("a/link").unwrap();
    assert_eq!(bench.unlink("a/link"), errno(Errno::Noent));
    assert_eq!(bench.unlink("c"), errno(Errno::Isdir));
    assert_eq!(bench.remove_folder("a/file"), errno(Errno::Notdir));
    bench.rename("a/file", "c/same").unwrap();
    bench.unlink("c/same").unwrap();
    bench.unlink("a/file").unwrap();
    bench.write(fd, b"still there").unwrap();
    bench.remove_folder("c").unwrap();
    bench.remove_folder("a").unwrap();
    assert!(tree(here.path()).is_empty());
}

#[test]
fn files_are_ready_and_folders_are_nothing_to_wait_for() {
    use crate::runner::wasi::poll::Readiness;
    let here = folder();
    let mut bench = Bench::over(Grant::read_write(here.path()));
    let fd = bench.open("file", Oflags::CREAT).unwrap();
    let ready = |fd: u32| bench.guest.wasi.readiness(fd.into());
    assert_eq!(ready(0), Readiness::Stdin);
    assert!(matches!(ready(1), Readiness::Now { .. }));
    assert!(matches!(ready(fd), Readiness::Now { .. }));
    assert_eq!(ready(3), Readiness::Bad);
    assert_eq!(ready(99), Readiness::Bad);
}
