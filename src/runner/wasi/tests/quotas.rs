//! Nothing is written beyond the quotas, in whichever way a file could grow.

use super::*;

const QUOTA: u64 = 1000;

/// With an empty `file`, as a new one would cost something itself.
fn bench(here: &TempDir) -> Bench {
    std::fs::write(here.path().join("file"), "").unwrap();
    let mut terms = generous();
    terms.written_bytes = QUOTA;
    Bench::new(terms, vec![Grant::read_write(here.path())])
}

fn size(here: &TempDir, name: &str) -> u64 {
    std::fs::metadata(here.path().join(name)).unwrap().len()
}

#[test]
fn writes_are_counted_before_they_are_made() {
    let here = folder();
    let mut bench = bench(&here);
    let fd = bench.open("file", Oflags::CREAT).unwrap();
    assert_eq!(bench.write(fd, &[1; 600]), Ok(600));
    // The same place again: what is written counts, also where nothing grows.
    assert_eq!(bench.write_at(fd, &[2; 300], 0), Ok(300));
    assert_eq!(bench.write(fd, &[3; 101]), spent(Budget::WrittenBytes));
    assert_eq!(size(&here, "file"), 600);
    assert_eq!(bench.write(fd, &[3; 100]), Ok(100));
    assert_eq!(bench.write(fd, &[3; 1]), spent(Budget::WrittenBytes));
    assert_eq!(size(&here, "file"), 700);
    assert_eq!(bench.guest.meter.spent().written_bytes, QUOTA);
}

#[test]
fn sparse_files_count_by_their_length() {
    let here = folder();
    let mut bench = bench(&here);
    let fd = bench.open("file", Oflags::CREAT).unwrap();
    for offset in [QUOTA, 1 << 40, i64::MAX as u64 - 1] {
        assert_eq!(
            bench.write_at(fd, b"x", offset),
            spent(Budget::WrittenBytes)
        );
    }
    assert_eq!(bench.write_at(fd, b"x", u64::MAX), errno(Errno::Fbig));
    for length in [QUOTA + 1, 1 << 40, u64::MAX] {
        assert_eq!(bench.set_size(fd, length), spent(Budget::WrittenBytes));
    }
    assert_eq!(bench.seek(fd, i64::MAX, Whence::Set), Ok(i64::MAX as u64));
    assert_eq!(bench.write(fd, b"x"), spent(Budget::WrittenBytes));
    assert_eq!(size(&here, "file"), 0);
    assert_eq!(bench.write_at(fd, b"x", QUOTA - 1), Ok(1));
    assert_eq!(size(&here, "file"), QUOTA);
}

#[test]
fn shrinking_and_emptying_give_nothing_back() {
    let here = folder();
    let mut bench = bench(&here);
    let fd = bench.open("file", Oflags::CREAT).unwrap();
    bench.set_size(fd, 600).unwrap();
    bench.set_size(fd, 0).unwrap();
    assert_eq!(bench.set_size(fd, 401), spent(Budget::WrittenBytes));
    bench.set_size(fd, 300).unwrap();
    bench.open("file", Oflags::TRUNC).unwrap();
    assert_eq!(size(&here, "file"), 0);
    assert_eq!(bench.set_size(fd, 101), spent(Budget::WrittenBytes));
    bench.unlink("file").unwrap();
    std::fs::write(here.path().join("file"), "").unwrap();
    let fd = bench.open("file", Oflags::empty()).unwrap();
    assert_eq!(bench.write(fd, &[1; 101]), spent(Budget::WrittenBytes));
}

#[test]
fn appending_counts_whatever_the_position_says() {
    let here = folder();
    std::fs::write(here.path().join("log"), [0; 5000]).unwrap();
    let mut bench = bench(&here);
    let (none, rights) = (Oflags::empty(), Rights::FD_WRITE);
    let fd = bench
        .open_by(3, "log", true, none, rights, Fdflags::APPEND)
        .unwrap();
    assert_eq!(bench.write_at(fd, &[1; 400], 0), Ok(400));
    assert_eq!(bench.write(fd, &[1; 400]), Ok(400));
    assert_eq!(bench.seek(fd, 0, Whence::Cur), Ok(5800));
    assert_eq!(bench.write(fd, &[1; 201]), spent(Budget::WrittenBytes));
    assert_eq!(size(&here, "log"), 5800);
}

#[test]
fn what_others_append_meanwhile_stays_whole() {
    use std::io::Write as _;
    let here = folder();
    let mut bench = bench(&here);
    let (made, rights) = (Oflags::CREAT, Rights::FD_WRITE);
    let fd = bench
        .open_by(3, "log", true, made, rights, Fdflags::APPEND)
        .unwrap();
    let mut other = File::options()
        .append(true)
        .open(here.path().join("log"))
        .unwrap();
    for _ in 0..3 {
        bench.write(fd, b"guest\n").unwrap();
        other.write_all(b"host\n").unwrap();
    }
    let flags = |bench: &mut Bench, flags| {
        bench.call(async |guest, memory| guest.fd_fdstat_set_flags(memory, fd.into(), flags))
    };
    flags(&mut bench, Fdflags::empty()).unwrap();
    bench.write_at(fd, b"GUEST", 0).unwrap();
    flags(&mut bench, Fdflags::APPEND).unwrap();
    bench.write_at(fd, b"end", 0).unwrap();
    let log = std::fs::read_to_string(here.path().join("log")).unwrap();
    assert_eq!(log, "GUEST\nhost\nguest\nhost\nguest\nhost\nend");
}

#[test]
fn links_cost_what_they_say() {
    let here = folder();
    let mut bench = bench(&here);
    bench.guest.meter.write(QUOTA - 512 - 100).unwrap();
    assert_eq!(
        bench.symlink(&"a".repeat(101), "one"),
        spent(Budget::WrittenBytes)
    );
    assert!(here.path().join("one").symlink_metadata().is_err());
    let mut bench = self::bench(&here);
    bench.guest.meter.write(QUOTA - 512 - 100).unwrap();
    bench.symlink(&"a".repeat(100), "one").unwrap();
    assert_eq!(bench.guest.meter.spent().written_bytes, QUOTA);
}

/// In a folder of the host nothing else bounds how many empty files there are.
#[test]
fn a_new_entry_in_a_folder_of_the_host_counts_as_512_bytes() {
    type Make = fn(&mut Bench) -> Result<(), Bad>;
    let makes: [(&str, Make); 4] = [
        ("file", |bench| bench.open("new", Oflags::CREAT).map(drop)),
        ("folder", |bench| bench.make_folder("new")),
        ("hard link", |bench| bench.link("file", "new")),
        ("link", |bench| bench.symlink("f", "new")),
    ];
    for (what, make) in makes {
        for (left, made) in [(511, false), (513, true)] {
            let here = folder();
            let mut bench = bench(&here);
            bench.guest.meter.write(QUOTA - left).unwrap();
            let result = make(&mut bench);
            let new = here.path().join("new").symlink_metadata().is_ok();
            assert_eq!((result.is_ok(), new), (made, made), "{what} {result:?}");
            if !made {
                assert_eq!(result, spent(Budget::WrittenBytes), "{what}");
            }
        }
    }
    // What is there already adds nothing.
    let here = folder();
    let mut bench = bench(&here);
    bench.guest.meter.write(QUOTA).unwrap();
    bench.open("file", Oflags::CREAT).unwrap();
    bench.rename("file", "moved").unwrap();
    assert_eq!(bench.make_folder("moved"), errno(Errno::Exist));
}
