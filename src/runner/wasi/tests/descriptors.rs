//! Numbers of descriptors: the lowest free one, moved and closed as the guest likes, and worth nothing by themselves.

use super::*;

fn bench() -> (TempDir, TempDir, Bench) {
    let (readable, writable) = (folder(), folder());
    std::fs::write(readable.path().join("file"), "read").unwrap();
    std::fs::write(writable.path().join("file"), "write").unwrap();
    let grants = vec![
        Grant::read_only(readable.path()),
        Grant::read_write(writable.path()),
    ];
    let bench = Bench::new(generous(), grants);
    (readable, writable, bench)
}

impl Bench {
    fn renumber(&mut self, from: u32, to: u32) -> Result<(), Bad> {
        self.call(async |guest, memory| guest.fd_renumber(memory, from.into(), to.into()).await)
    }

    fn preopen(&mut self, fd: u32) -> Result<String, Bad> {
        self.call(async |guest, memory| {
            let name = guest.fd_prestat_get(memory, fd.into())?;
            let wasmtime_wasi::p1::types::Prestat::Dir(folder) = name;
            let place = GuestPtr::new(BYTES);
            guest.fd_prestat_dir_name(memory, fd.into(), place, folder.pr_name_len)?;
            Ok(folder.pr_name_len)
        })
        .map(|length| String::from_utf8(self.bytes(length)).unwrap())
    }
}

#[test]
fn the_lowest_free_number_is_given() {
    let (_readable, _writable, mut bench) = bench();
    let fds: Vec<u32> = (0..4)
        .map(|_| bench.open_to_read("file").unwrap())
        .collect();
    assert_eq!(fds, [5, 6, 7, 8]);
    bench.close(6).unwrap();
    bench.close(0).unwrap();
    assert_eq!(bench.open_to_read("file"), Ok(0));
    assert_eq!(bench.open_to_read("file"), Ok(6));
    assert_eq!(bench.open_to_read("file"), Ok(9));
    assert_eq!(bench.close(100), errno(Errno::Badf));
    assert_eq!(bench.close(u32::MAX), errno(Errno::Badf));
}

#[test]
fn preopens_are_told_by_name_and_end_with_badf() {
    let (_readable, _writable, mut bench) = bench();
    assert_eq!(bench.preopen(3), Ok("/data".to_owned()));
    assert_eq!(bench.preopen(4), Ok("/data".to_owned()));
    for fd in [0, 1, 2, 5, u32::MAX] {
        assert_eq!(bench.preopen(fd), errno(Errno::Badf));
    }
    let short = bench.call(async |guest, memory| {
        guest.fd_prestat_dir_name(memory, 3.into(), GuestPtr::new(0), 4)
    });
    assert_eq!(short, errno(Errno::Nametoolong));
    bench.close(3).unwrap();
    assert_eq!(bench.preopen(3), errno(Errno::Badf));
}

#[test]
fn renumbering_moves_what_a_descriptor_may_do_and_nothing_else() {
    let (readable, writable, mut bench) = bench();
    let before = tree(readable.path());
    // The read-only folder under the number of the writable one, and the other way round.
    bench.renumber(3, 4).unwrap();
    assert_eq!(bench.open_by_any(4, "file"), errno(Errno::Rofs));
    assert_eq!(bench.open_by_any(3, "file"), errno(Errno::Badf));
    // A file under the number of the folder below which it was opened, and under those of the streams.
    let file = bench.open_by(
        4,
        "file",
        true,
        Oflags::empty(),
        Rights::FD_READ,
        Fdflags::empty(),
    );
    let file = file.unwrap();
    bench.renumber(file, 4).unwrap();
    assert_eq!(bench.preopen(4), errno(Errno::Badf));
    assert_eq!(bench.open_by_any(4, "file"), errno(Errno::Notdir));
    assert_eq!(bench.read(4, 10).unwrap(), b"read");
    bench.renumber(4, 1).unwrap();
    assert_eq!(bench.write(1, b"x"), errno(Errno::Badf));
    assert_eq!(bench.renumber(1, 77), errno(Errno::Badf));
    assert_eq!(bench.renumber(77, 1), errno(Errno::Badf));
    bench.renumber(1, 1).unwrap();
    assert_eq!(bench.guest.meter.spent().open_files, 1);
    bench.renumber(2, 1).unwrap();
    assert_eq!(bench.guest.meter.spent().open_files, 0);
    assert_eq!(tree(readable.path()), before);
    assert_eq!(
        std::fs::read(writable.path().join("file")).unwrap(),
        b"write"
    );
}

impl Bench {
    fn open_by_any(&mut self, folder: u32, path: &str) -> Result<u32, Bad> {
        let rights = Rights::FD_READ | Rights::FD_WRITE;
        self.open_by(
            folder,
            path,
            true,
            Oflags::empty(),
            rights,
            Fdflags::empty(),
        )
    }
}

#[test]
fn open_files_are_counted_at_once_and_nothing_is_opened_beyond() {
    let here = folder();
    let mut terms = generous();
    terms.open_files = 3;
    let mut bench = Bench::new(terms, vec![Grant::read_write(here.path())]);
    for name in ["a", "b"] {
        bench.open(name, Oflags::CREAT).unwrap();
    }
    assert_eq!(bench.open("absent", Oflags::empty()), errno(Errno::Noent));
    let folder = bench.open_folder(".").unwrap();
    assert_eq!(bench.open("d", Oflags::CREAT), spent(Budget::OpenFiles));
    assert!(!here.path().join("d").exists());
    bench.close(folder).unwrap();
    bench.open("d", Oflags::CREAT).unwrap();
    let spent = bench.guest.meter.spent();
    assert_eq!((spent.open_files, spent.open_files_peak), (3, 3));
}

#[test]
fn host_calls_are_counted_and_end() {
    let here = folder();
    let mut terms = generous();
    terms.host_calls = 3;
    let mut bench = Bench::new(terms, vec![Grant::read_write(here.path())]);
    for _ in 0..3 {
        assert_eq!(bench.stat_at("absent", true).map(drop), errno(Errno::Noent));
    }
    assert_eq!(bench.make_folder("fresh"), spent(Budget::HostCalls));
    assert!(!here.path().join("fresh").exists());
    assert_eq!(
        bench.guest.wasi.passed().calls,
        [("path_filestat_get".into(), 3)]
    );
}

#[test]
fn streams_are_no_files_and_folders_are_no_streams() {
    let (_readable, _writable, mut bench) = bench();
    for fd in 0..3 {
        assert_eq!(bench.seek(fd, 0, Whence::Cur), errno(Errno::Spipe));
        assert_eq!(bench.read_at(fd, 1, 0), errno(Errno::Spipe));
        assert_eq!(bench.write_at(fd, b"x", 0), errno(Errno::Spipe));
        assert_eq!(bench.set_size(fd, 0), errno(Errno::Badf));
        assert_eq!(bench.open_by_any(fd, "file"), errno(Errno::Notdir));
        let stat = bench.stat(fd).unwrap();
        assert_eq!((stat.dev, stat.ino, stat.filetype as u8), (0, 0, 0));
    }
    assert_eq!(bench.read(3, 1), errno(Errno::Isdir));
    assert_eq!(bench.write(3, b"x"), errno(Errno::Badf));
    assert_eq!(bench.seek(3, 0, Whence::Set), errno(Errno::Badf));
    assert_eq!(bench.read(0, 4).unwrap(), b"some");
    assert_eq!(bench.write(1, b"out").unwrap(), 3);
    assert_eq!(bench.kept.lock().unwrap().as_slice(), b"out");
    assert_eq!(bench.read(1, 1), errno(Errno::Badf));
    assert_eq!(bench.write(0, b"x"), errno(Errno::Badf));
}

#[test]
fn nothing_is_a_socket() {
    let (_readable, _writable, mut bench) = bench();
    for (fd, told) in [(0, Errno::Notsock), (3, Errno::Notsock), (9, Errno::Badf)] {
        let fd = Fd::from(fd);
        let accepted =
            bench.call(async |guest, memory| guest.sock_accept(memory, fd, Fdflags::empty()));
        assert_eq!(accepted.map(u32::from), errno(told));
        let shut = bench.call(async |guest, memory| {
            let both = wasmtime_wasi::p1::types::Sdflags::RD;
            guest.sock_shutdown(memory, fd, both)
        });
        assert_eq!(shut, errno(told));
    }
}
