//! `fd_readdir`: snapshots, sorted and bounded, whatever the buffers and cookies.

use std::os::unix::ffi::OsStrExt as _;

use super::*;

/// One entry as the guest reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    next: u64,
    number: u64,
    kind: u8,
    name: String,
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// The whole entries in a buffer.
fn entries(mut bytes: &[u8]) -> Vec<Entry> {
    let mut found = Vec::new();
    while bytes.len() >= 24 {
        let length = usize::try_from(number(&bytes[16..20])).unwrap();
        let Some(name) = bytes.get(24..24 + length) else {
            break;
        };
        found.push(Entry {
            next: number(&bytes[..8]),
            number: number(&bytes[8..16]),
            kind: bytes[20],
            name: String::from_utf8(name.to_vec()).unwrap(),
        });
        bytes = &bytes[24 + length..];
    }
    found
}

impl Bench {
    fn read_folder(&mut self, fd: u32, room: u32, cookie: u64) -> Result<Vec<u8>, Bad> {
        let used = self.call(async |guest, memory| {
            guest
                .fd_readdir(memory, fd.into(), GuestPtr::new(BYTES), room, cookie)
                .await
        })?;
        Ok(self.bytes(used))
    }

    /// Lists as a C library does: on from the last whole entry, until a buffer is not filled; grown if it held none.
    fn list(&mut self, fd: u32, mut room: u32) -> Vec<Entry> {
        let mut all = Vec::<Entry>::new();
        loop {
            let cookie = all.last().map_or(0, |last| last.next);
            let bytes = self.read_folder(fd, room, cookie).unwrap();
            let found = entries(&bytes);
            let (none, end) = (found.is_empty(), bytes.len() < room as usize);
            all.extend(found);
            if end {
                return all;
            }
            if none {
                room *= 2;
            }
        }
    }

    fn names(&mut self, fd: u32, room: u32) -> Vec<String> {
        self.list(fd, room)
            .into_iter()
            .map(|entry| entry.name)
            .collect()
    }
}

fn full(count: usize) -> TempDir {
    let here = folder();
    for at in 0..count {
        std::fs::write(here.path().join(format!("{at:05}")), "").unwrap();
    }
    here
}

#[test]
fn entries_are_sorted_typed_and_numbered_as_elsewhere() {
    let here = folder();
    for name in ["b", "a", "c\u{e9}", "B"] {
        std::fs::write(here.path().join(name), "").unwrap();
    }
    std::fs::create_dir(here.path().join("sub")).unwrap();
    std::os::unix::fs::symlink("a", here.path().join("link")).unwrap();
    std::fs::hard_link(here.path().join("a"), here.path().join("same")).unwrap();
    let foreign = std::ffi::OsStr::from_bytes(b"bad\xff");
    std::fs::write(here.path().join(foreign), "").unwrap();
    let mut bench = Bench::over(Grant::read_only(here.path()));
    let listed = bench.list(3, 4096);
    let names: Vec<_> = listed.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(
        names,
        [".", "..", "B", "a", "b", "c\u{e9}", "link", "same", "sub"]
    );
    let kinds: Vec<_> = listed.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [3, 3, 4, 4, 4, 4, 7, 4, 3]);
    let cookies: Vec<_> = listed.iter().map(|entry| entry.next).collect();
    assert_eq!(cookies, (1..=9).collect::<Vec<_>>());
    for entry in &listed[2..] {
        let stat = bench.stat_at(&entry.name, false).unwrap();
        assert_eq!(stat.ino, entry.number, "{}", entry.name);
    }
    let own = bench.stat(3).unwrap().ino;
    assert_eq!((listed[0].number, listed[1].number), (own, own));
    assert_eq!(listed[3].number, listed[7].number);
}

#[test]
fn every_size_of_buffer_gives_the_same() {
    let here = full(300);
    let mut bench = Bench::over(Grant::read_only(here.path()));
    let whole = bench.list(3, 1 << 20);
    assert_eq!(whole.len(), 302);
    for room in [1, 2, 24, 25, 26, 29, 30, 100, 4096, 65_536] {
        assert_eq!(bench.list(3, room), whole, "{room}");
    }
    assert_eq!(bench.read_folder(3, 0, 0).unwrap(), b"");
    for cookie in [302, 303, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
        assert_eq!(bench.read_folder(3, 4096, cookie).unwrap(), b"", "{cookie}");
    }
}

#[test]
fn a_snapshot_stays_until_the_guest_begins_again() {
    let here = full(3);
    let mut bench = Bench::over(Grant::read_write(here.path()));
    let folder = bench.open_folder(".").unwrap();
    let first = bench.read_folder(folder, 60, 0).unwrap();
    bench.open("00000a", Oflags::CREAT).unwrap();
    bench.unlink("00002").unwrap();
    let next = entries(&first).last().unwrap().next;
    let rest = bench.read_folder(folder, 4096, next).unwrap();
    let rest: Vec<_> = entries(&rest).into_iter().map(|entry| entry.name).collect();
    assert_eq!(rest, ["00000", "00001", "00002"]);
    assert_eq!(
        bench.names(folder, 4096),
        [".", "..", "00000", "00000a", "00001"]
    );
    // Each descriptor has its own.
    let other = bench.open_folder(".").unwrap();
    bench.read_folder(other, 60, 0).unwrap();
    bench.unlink("00001").unwrap();
    assert_eq!(bench.names(folder, 4096).len(), 4);
    let late = bench.read_folder(other, 4096, 2).unwrap();
    assert_eq!(entries(&late).len(), 3);
}

/// A buffer too small for anything is no reason to list the folder again and again.
#[test]
fn a_buffer_that_holds_nothing_is_answered_from_the_same_snapshot() {
    let here = full(50);
    let mut bench = Bench::over(Grant::read_only(here.path()));
    bench.read_folder(3, 10, 0).unwrap();
    std::fs::write(here.path().join("late"), "").unwrap();
    for _ in 0..1000 {
        assert_eq!(bench.read_folder(3, 24, 0).unwrap().len(), 24);
    }
    assert_eq!(
        entries(&bench.read_folder(3, 1 << 20, 0).unwrap()).len(),
        52
    );
    assert_eq!(
        entries(&bench.read_folder(3, 1 << 20, 0).unwrap()).len(),
        53
    );
}

#[test]
fn a_hundred_thousand_entries_are_listed_and_one_more_is_refused() {
    let here = full(100_000);
    let mut bench = Bench::over(Grant::read_only(here.path()));
    let names = bench.names(3, 1 << 20);
    assert_eq!(names.len(), 100_002);
    assert!(names[2..].is_sorted());
    std::fs::write(here.path().join("more"), "").unwrap();
    assert_eq!(bench.read_folder(3, 4096, 0), errno(Errno::Nomem));
    bench.stat_at("more", true).unwrap();
}

#[test]
fn all_snapshots_together_are_bounded() {
    let here = folder();
    for at in 0..20_000 {
        std::fs::write(here.path().join(format!("{at:0200}")), "").unwrap();
    }
    let mut bench = Bench::over(Grant::read_only(here.path()));
    let mut listing = Vec::new();
    let refused = loop {
        let folder = bench.open_folder(".").unwrap();
        match bench.read_folder(folder, 100, 0) {
            Ok(_) => listing.push(folder),
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused, Bad::Errno(Errno::Nomem));
    assert_eq!(listing.len(), (32 << 20) / (20_000 * 264));
    let last = listing.pop().unwrap();
    bench.close(last).unwrap();
    let folder = bench.open_folder(".").unwrap();
    bench.read_folder(folder, 100, 0).unwrap();
}

#[test]
fn only_folders_are_listed() {
    let here = full(1);
    let mut bench = Bench::over(Grant::read_only(here.path()));
    let file = bench.open_to_read("00000").unwrap();
    assert_eq!(bench.read_folder(file, 100, 0), errno(Errno::Notdir));
    assert_eq!(bench.read_folder(77, 100, 0), errno(Errno::Badf));
    assert!(bench.read_folder(0, 100, 0).is_err());
}
