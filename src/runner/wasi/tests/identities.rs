//! What the guest sees of a file is not the host's: numbers in order of first sight, and times that are no clock.

use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, SystemTime};

use super::*;
use crate::runner::terms::WallClock;

const BOTH: Fstflags = Fstflags::ATIM.union(Fstflags::MTIM);
const NOW: Fstflags = Fstflags::ATIM_NOW.union(Fstflags::MTIM_NOW);

fn with_clock(wall: WallClock, deterministic: bool, here: &TempDir) -> Bench {
    let mut terms = generous();
    (terms.wall, terms.deterministic) = (wall, deterministic);
    Bench::new(terms, vec![Grant::read_write(here.path())])
}

fn times(stat: &Filestat) -> [u64; 3] {
    [stat.atim, stat.mtim, stat.ctim]
}

#[test]
fn files_are_numbered_in_order_of_first_sight_and_links_share() {
    let here = folder();
    for name in ["a", "b", "c"] {
        std::fs::write(here.path().join(name), "").unwrap();
    }
    std::fs::hard_link(here.path().join("b"), here.path().join("same")).unwrap();
    let mut bench = Bench::over(Grant::read_write(here.path()));
    let seen = ["c", "b", "a", "same", "c"].map(|name| bench.stat_at(name, true).unwrap());
    assert_eq!(seen.each_ref().map(|stat| stat.ino), [1, 2, 3, 2, 1]);
    assert!(seen.iter().all(|stat| stat.dev == 1));
    assert_eq!(seen.map(|stat| stat.nlink), [1, 2, 1, 2, 1]);
    let fd = bench.open_to_read("same").unwrap();
    assert_eq!(bench.stat(fd).unwrap().ino, 2);
    bench.rename("a", "b").unwrap();
    assert_eq!(bench.stat_at("b", true).unwrap().ino, 3);
    assert_eq!(bench.stat(fd).unwrap().ino, 2);
    let real = std::fs::metadata(here.path().join("c")).unwrap().ino();
    assert!(
        real > 10,
        "the host's number could be mistaken for ours: {real}"
    );
}

#[test]
fn the_successor_of_a_file_is_another_file() {
    let here = folder();
    let mut bench = Bench::over(Grant::read_write(here.path()));
    let mut numbers = Vec::new();
    for _ in 0..5 {
        let fd = bench.open("file", Oflags::CREAT | Oflags::EXCL).unwrap();
        bench.set_times(fd, (5, 6), BOTH).unwrap();
        numbers.push(bench.stat(fd).unwrap().ino);
        bench.unlink("file").unwrap();
        assert_eq!(bench.stat(fd).unwrap().ino, *numbers.last().unwrap());
        assert_eq!(bench.stat(fd).unwrap().mtim, 6);
        bench.close(fd).unwrap();
    }
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    bench.open("file", Oflags::CREAT).unwrap();
    assert_eq!(bench.stat_at("file", true).unwrap().mtim, 0);
    for _ in 0..3 {
        bench.make_folder("folder").unwrap();
        numbers.push(bench.stat_at("folder", true).unwrap().ino);
        bench.remove_folder("folder").unwrap();
    }
    let mut distinct = numbers.clone();
    distinct.dedup();
    assert_eq!(numbers, distinct);
}

/// Without the wall clock a file is none either: neither one that the guest writes nor one that others touch.
#[test]
fn a_guest_that_is_denied_the_clock_does_not_read_it_off_a_file() {
    for (wall, instead) in [(WallClock::Deny, 0), (WallClock::Fixed(42), 42)] {
        let here = folder();
        let old = here.path().join("old");
        std::fs::write(&old, "x").unwrap();
        let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let both = std::fs::FileTimes::new()
            .set_accessed(past)
            .set_modified(past);
        File::options()
            .write(true)
            .open(&old)
            .unwrap()
            .set_times(both)
            .unwrap();
        let mut bench = with_clock(wall, false, &here);
        let shown = bench.stat_at("old", true).unwrap();
        assert_eq!(
            (shown.atim, shown.mtim),
            (1_000_000_000_000_000, 1_000_000_000_000_000)
        );
        let fd = bench.open("new", Oflags::CREAT).unwrap();
        for _ in 0..2 {
            assert_eq!(times(&bench.stat(fd).unwrap()), [instead; 3]);
            assert_eq!(times(&bench.stat_at("new", true).unwrap()), [instead; 3]);
            bench.write(fd, b"x").unwrap();
        }
        bench.set_times(fd, (0, 0), NOW).unwrap();
        assert_eq!(times(&bench.stat(fd).unwrap()), [instead; 3]);
        std::fs::write(&old, "y").unwrap();
        assert_eq!(bench.stat_at("old", true).unwrap().mtim, instead);
        assert_eq!(bench.stat(3).unwrap().mtim, instead);
    }
}

#[test]
fn with_determinism_times_are_fixed_until_the_guest_sets_them() {
    let here = folder();
    std::fs::write(here.path().join("old"), "x").unwrap();
    let mut bench = with_clock(WallClock::Fixed(1_700), true, &here);
    assert_eq!(times(&bench.stat_at("old", true).unwrap()), [1_700; 3]);
    bench
        .set_times_at("old", (0, 9_000), Fstflags::MTIM)
        .unwrap();
    assert_eq!(
        times(&bench.stat_at("old", true).unwrap()),
        [1_700, 9_000, 1_700]
    );
    bench
        .set_times_at("old", (8_000, 0), Fstflags::ATIM)
        .unwrap();
    assert_eq!(
        times(&bench.stat_at("old", true).unwrap()),
        [8_000, 9_000, 1_700]
    );
    bench.link("old", "same").unwrap();
    assert_eq!(
        times(&bench.stat_at("same", true).unwrap()),
        [8_000, 9_000, 1_700]
    );
    let fd = bench.open("old", Oflags::empty()).unwrap();
    bench.write(fd, b"z").unwrap();
    assert_eq!(times(&bench.stat(fd).unwrap()), [8_000, 1_700, 1_700]);
    bench.set_times(fd, (0, 0), NOW).unwrap();
    assert_eq!(times(&bench.stat(fd).unwrap()), [1_700; 3]);
    let real = std::fs::metadata(here.path().join("old"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(real, SystemTime::UNIX_EPOCH + Duration::from_nanos(1_700));
    assert_eq!(bench.set_times(fd, (0, 0), BOTH | NOW), errno(Errno::Inval));
}

#[test]
fn with_the_real_clock_times_are_real() {
    let here = folder();
    std::fs::write(here.path().join("file"), "x").unwrap();
    let mut bench = with_clock(WallClock::Real, false, &here);
    let shown = bench.stat_at("file", true).unwrap().mtim;
    let meta = std::fs::metadata(here.path().join("file")).unwrap();
    let real = meta
        .modified()
        .unwrap()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    assert_eq!(u128::from(shown), real.as_nanos());
    bench
        .set_times_at("file", (5, 7_000_000_000), BOTH)
        .unwrap();
    assert_eq!(bench.stat_at("file", true).unwrap().mtim, 7_000_000_000);
    // As far ahead as the numbers go: an error or a time, and no panic.
    let _ = bench.set_times_at("file", (u64::MAX, u64::MAX), BOTH);
    bench.stat_at("file", true).unwrap();
}

#[test]
fn folders_tell_nothing_of_how_the_file_system_counts() {
    let here = folder();
    std::fs::create_dir_all(here.path().join("a/b/c")).unwrap();
    let mut bench = Bench::over(Grant::read_only(here.path()));
    for path in [".", "a", "a/b"] {
        let stat = bench.stat_at(path, true).unwrap();
        assert_eq!((stat.size, stat.nlink), (0, 1), "{path}");
    }
}
