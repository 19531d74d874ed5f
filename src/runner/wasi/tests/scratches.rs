//! What a scratch holds is what its account says, whatever a guest does and however it fails.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;

use super::*;

/// Bytes and entries below a folder, as the account counts them.
fn held(folder: &Path) -> (u64, u64) {
    fn walk(folder: &Path, files: &mut BTreeMap<u64, u64>) -> u64 {
        let mut entries = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            entries += 1;
            if meta.is_dir() {
                entries += walk(&path, files);
            } else {
                files.insert(meta.ino(), meta.len());
            }
        }
        entries
    }
    let mut files = BTreeMap::new();
    let entries = walk(folder, &mut files);
    (files.values().sum(), entries)
}

impl Bench {
    fn account(&mut self) -> (u64, u64) {
        self.guest.wasi.ledger(0).unwrap().held()
    }
}

/// A small generator, so that a run can be repeated by its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

const PATHS: &[&str] = &[
    "a", "b", "a/", "b/", "a/c", "a/d", "b/c", "b/d", "a/c/e", "./a", "a/.", "b/..", "a/../b", "l",
    "l/", "l/c", "a/l", "a/c/", "..", "", "/a",
];

/// What the scratch may hold: little, so that it is full at times.
const BYTES: u64 = 400;
const ENTRIES: u64 = 6;

fn step(bench: &mut Bench, dice: &mut Dice, open: &mut Vec<u32>) -> Result<(), Bad> {
    let (one, two) = (dice.of(PATHS), dice.of(PATHS));
    match dice.below(14) {
        0 | 1 => {
            let oflags = dice.of(&[
                Oflags::CREAT,
                Oflags::CREAT | Oflags::EXCL,
                Oflags::CREAT | Oflags::TRUNC,
                Oflags::TRUNC,
            ]);
            let flags = dice.of(&[Fdflags::empty(), Fdflags::APPEND]);
            let follow = dice.below(2) == 0;
            let rights = Rights::FD_READ | Rights::FD_WRITE;
            open.push(bench.open_by(3, one, follow, oflags, rights, flags)?);
        }
        2 => bench.make_folder(one)?,
        3 => bench.remove_folder(one)?,
        4 => bench.unlink(one)?,
        5 => bench.link(one, two)?,
        6 | 7 => bench.rename(one, two)?,
        8 => bench.symlink(dice.of(&["a", "b", "a/c", "nowhere", "l"]), one)?,
        9 if !open.is_empty() => {
            let fd = open.swap_remove(dice.below(open.len()));
            bench.close(fd)?;
        }
        10 if !open.is_empty() => {
            let fd = dice.of(open);
            bench.set_size(fd, dice.below(300) as u64)?;
        }
        _ if !open.is_empty() => {
            let fd = dice.of(open);
            let bytes = vec![7; dice.below(40)];
            if dice.below(2) == 0 {
                bench.write_at(fd, &bytes, dice.below(300) as u64)?;
            } else {
                bench.write(fd, &bytes)?;
            }
        }
        _ => {}
    }
    Ok(())
}

#[test]
fn the_account_agrees_with_the_disk_after_any_calls() {
    let (mut done, mut failed, mut full) = (0, 0, 0);
    for seed in 1..=60 {
        let here = folder();
        let mut bench = Bench::over(Grant::scratch(here.path(), BYTES, ENTRIES));
        let (mut dice, mut open) = (Dice(seed), Vec::new());
        for turn in 0..150 {
            match step(&mut bench, &mut dice, &mut open) {
                Ok(()) => done += 1,
                Err(Bad::Errno(_)) => failed += 1,
                Err(Bad::Stop(Stop::Spent(Budget::ScratchBytes | Budget::ScratchEntries))) => {
                    full += 1;
                }
                Err(other) => panic!("seed {seed} turn {turn}: {other:?}"),
            }
            let (bytes, entries) = bench.account();
            let (real_bytes, real_entries) = held(here.path());
            assert_eq!(entries, real_entries, "seed {seed} turn {turn}");
            // Files that are open and have no name any more count, and are on no path.
            assert!(bytes >= real_bytes, "seed {seed} turn {turn}");
            assert!(
                bytes <= BYTES && entries <= ENTRIES,
                "seed {seed} turn {turn}"
            );
            if open.is_empty() {
                assert_eq!(bytes, real_bytes, "seed {seed} turn {turn}");
            }
        }
        for fd in open {
            bench.close(fd).unwrap();
        }
        assert_eq!(bench.account(), held(here.path()), "seed {seed}");
        assert_eq!(bench.guest.meter.spent().open_files, 0);
    }
    // Each kind of outcome has to be among them, or the test says little.
    assert!(
        done > 500 && failed > 500 && full > 50,
        "{done} {failed} {full}"
    );
}

#[test]
fn a_scratch_holds_no_more_bytes_than_it_may() {
    let here = folder();
    let mut bench = Bench::over(Grant::scratch(here.path(), 100, 10));
    let fd = bench.open("file", Oflags::CREAT).unwrap();
    bench.write(fd, &[1; 60]).unwrap();
    // Over itself: nothing grows.
    for _ in 0..10 {
        bench.write_at(fd, &[2; 60], 0).unwrap();
    }
    assert_eq!(
        bench.write_at(fd, &[1; 60], 41),
        spent(Budget::ScratchBytes)
    );
    assert_eq!(
        bench.write_at(fd, b"x", 1 << 40),
        spent(Budget::ScratchBytes)
    );
    assert_eq!(bench.set_size(fd, 101), spent(Budget::ScratchBytes));
    assert_eq!(
        bench.symlink(&"t".repeat(41), "link"),
        spent(Budget::ScratchBytes)
    );
    assert_eq!(held(here.path()), (60, 1));
    bench.set_size(fd, 100).unwrap();
    let other = bench.open("other", Oflags::CREAT).unwrap();
    assert_eq!(bench.write(other, b"x"), spent(Budget::ScratchBytes));
    // Given back by shrinking, and by unlinking only when the last descriptor goes.
    bench.set_size(fd, 90).unwrap();
    bench.write(other, &[1; 10]).unwrap();
    bench.unlink("file").unwrap();
    assert_eq!(bench.write(other, b"x"), spent(Budget::ScratchBytes));
    bench.close(fd).unwrap();
    bench.write(other, &[1; 90]).unwrap();
    assert_eq!(held(here.path()), (100, 1));
}

#[test]
fn a_scratch_holds_no_more_entries_than_it_may_and_says_first_what_is_there() {
    let here = folder();
    let mut bench = Bench::over(Grant::scratch(here.path(), 100, 3));
    bench.make_folder("folder").unwrap();
    bench.open("file", Oflags::CREAT).unwrap();
    bench.symlink("file", "link").unwrap();
    assert_eq!(bench.make_folder("fresh"), spent(Budget::ScratchEntries));
    assert_eq!(
        bench.open("fresh", Oflags::CREAT),
        spent(Budget::ScratchEntries)
    );
    assert_eq!(
        bench.symlink("file", "fresh"),
        spent(Budget::ScratchEntries)
    );
    assert_eq!(bench.link("file", "fresh"), spent(Budget::ScratchEntries));
    assert_eq!(held(here.path()), (4, 3));
    // A full scratch is no reason to stop whoever adds nothing.
    assert_eq!(bench.make_folder("folder"), errno(Errno::Exist));
    assert_eq!(bench.symlink("x", "file"), errno(Errno::Exist));
    assert_eq!(bench.link("file", "link"), errno(Errno::Exist));
    bench.open("file", Oflags::CREAT).unwrap();
    bench.rename("file", "folder/file").unwrap();
    bench.rename("folder/file", "link").unwrap();
    assert_eq!(held(here.path()), (0, 2));
    bench.make_folder("fresh").unwrap();
    bench.remove_folder("fresh").unwrap();
    bench.unlink("link").unwrap();
    bench.remove_folder("folder").unwrap();
    assert_eq!(bench.account(), (0, 0));
}

/// A chain of folders as deep as the entries allow: each is made below the one before.
#[test]
fn a_chain_of_folders_ends_with_the_entries() {
    let here = folder();
    let mut bench = Bench::over(Grant::scratch(here.path(), 100, 300));
    let mut below = 3;
    let mut depth = 0;
    let ended = loop {
        let path = bench.text(FIRST, "d");
        let made = bench.call(async |guest, memory| {
            guest
                .path_create_directory(memory, below.into(), path)
                .await
        });
        if let Err(ended) = made {
            break ended;
        }
        depth += 1;
        let (folder, none) = (Oflags::DIRECTORY, Rights::empty());
        let next = bench
            .open_by(below, "d", false, folder, none, Fdflags::empty())
            .unwrap();
        if below != 3 {
            bench.close(below).unwrap();
        }
        below = next;
    };
    assert_eq!(ended, Bad::Stop(Stop::Spent(Budget::ScratchEntries)));
    assert_eq!((depth, bench.account()), (300, (0, 300)));
}
