//! Every pointer and length of every function, at the end of memory, beyond it and around it: a trap or an error number, and
//! neither a panic nor an allocation of the guest's size.

use wasmtime_wasi::p1::types::{Advice, Clockid, Sdflags};

use super::*;

/// The end of the memory, exclusive.
const END: u32 = MEMORY;

const STARTS: &[u32] = &[0, 1, END - 1, END, END + 1, u32::MAX - 23, u32::MAX];
const LENGTHS: &[u32] = &[0, 1, 25, END, END + 1, 1 << 31, u32::MAX];

/// Whether a range lies in the memory.
fn within(start: u32, length: u32) -> bool {
    u64::from(start) + u64::from(length) <= u64::from(END)
}

fn bench() -> (TempDir, Bench) {
    let here = folder();
    std::fs::write(here.path().join("file"), "content").unwrap();
    std::os::unix::fs::symlink("file", here.path().join("link")).unwrap();
    let mut terms = generous();
    terms.random = crate::runner::terms::RandomSource::Seeded(1);
    let mut bench = Bench::new(terms, vec![Grant::read_write(here.path())]);
    bench.open("file", Oflags::empty()).unwrap();
    (here, bench)
}

#[test]
fn ranges_are_checked_in_every_function_that_takes_one() {
    let (_here, mut bench) = bench();
    let (read, none) = (Rights::FD_READ, Rights::empty());
    for &start in STARTS {
        for &length in LENGTHS {
            let path = || GuestPtr::<str>::new((start, length));
            let place = || GuestPtr::<u8>::new(start);
            let (oflags, flags) = (Oflags::empty(), Fdflags::empty());
            let results = [
                bench.call(async |guest, memory| {
                    let follow = lookup(true);
                    guest
                        .path_open(memory, 3.into(), follow, path(), oflags, read, none, flags)
                        .await
                        .map(drop)
                }),
                bench.call(async |guest, memory| {
                    guest.path_create_directory(memory, 3.into(), path()).await
                }),
                bench.call(async |guest, memory| {
                    guest.path_remove_directory(memory, 3.into(), path()).await
                }),
                bench.call(async |guest, memory| {
                    guest.path_unlink_file(memory, 3.into(), path()).await
                }),
                bench.call(async |guest, memory| {
                    let stat = guest.path_filestat_get(memory, 3.into(), lookup(true), path());
                    stat.await.map(drop)
                }),
                bench.call(async |guest, memory| {
                    let which = Fstflags::MTIM;
                    guest
                        .path_filestat_set_times(
                            memory,
                            3.into(),
                            lookup(true),
                            path(),
                            1,
                            1,
                            which,
                        )
                        .await
                }),
                bench.call(async |guest, memory| {
                    let rename = guest.path_rename(memory, 3.into(), path(), 3.into(), path());
                    rename.await
                }),
                bench.call(async |guest, memory| {
                    let none = lookup(false);
                    guest
                        .path_link(memory, 3.into(), none, path(), 3.into(), path())
                        .await
                }),
                bench.call(async |guest, memory| {
                    guest.path_symlink(memory, path(), 3.into(), path()).await
                }),
                bench.call(async |guest, memory| {
                    let link = guest.path_readlink(memory, 3.into(), path(), place(), length);
                    link.await.map(drop)
                }),
                bench.call(async |guest, memory| {
                    guest
                        .fd_readdir(memory, 3.into(), place(), length, 0)
                        .await
                        .map(drop)
                }),
                bench.call(async |guest, memory| guest.random_get(memory, place(), length)),
            ];
            for (at, result) in results.into_iter().enumerate() {
                let (fits, trapped) = (within(start, length), result == Err(Bad::Trap));
                assert_eq!(!fits, trapped, "{at}: {start} {length} {result:?}");
                assert!(
                    !matches!(result, Err(Bad::Stop(_))),
                    "{at}: {start} {length}"
                );
            }
        }
    }
}

#[test]
fn lists_of_buffers_and_the_buffers_are_checked() {
    let (here, mut bench) = bench();
    let before = tree(here.path());
    for fd in [0, 1, 4] {
        for &start in STARTS {
            for &length in LENGTHS {
                let list = || (start, length);
                bench.memory.fill(0);
                // The list itself: of zeros where it lies in memory, so that all its buffers are empty.
                let read = bench.call(async |guest, memory| {
                    guest
                        .fd_read(memory, fd.into(), GuestPtr::new(list()))
                        .await
                });
                let write = bench.call(async |guest, memory| {
                    guest
                        .fd_write(memory, fd.into(), GuestPtr::new(list()))
                        .await
                });
                let offset = bench.call(async |guest, memory| {
                    guest
                        .fd_pread(memory, fd.into(), GuestPtr::new(list()), u64::MAX)
                        .await
                });
                let whole = length
                    .checked_mul(8)
                    .is_some_and(|bytes| within(start, bytes));
                let beyond = length > 0 && (start % 4 != 0 || !whole);
                // An empty list may lie anywhere or nowhere.
                for result in [read, write, offset] {
                    assert!(length > 0 || result != Ok(1));
                    if length == 0 {
                        continue;
                    }
                    assert_ne!(
                        beyond,
                        result != Err(Bad::Trap),
                        "{start} {length} {result:?}"
                    );
                }
                // And a buffer.
                let pair = [start.to_le_bytes(), length.to_le_bytes()].concat();
                bench.put(BUFFERS, &pair);
                let write = bench.call(async |guest, memory| {
                    guest
                        .fd_pwrite(memory, fd.into(), GuestPtr::new((BUFFERS, 1)), 1 << 62)
                        .await
                });
                let read = bench.call(async |guest, memory| {
                    guest
                        .fd_pread(memory, fd.into(), GuestPtr::new((BUFFERS, 1)), 100)
                        .await
                });
                for result in [read, write] {
                    let trapped = result == Err(Bad::Trap);
                    assert_eq!(
                        !within(start, length),
                        trapped,
                        "{start} {length} {result:?}"
                    );
                }
            }
        }
    }
    assert_eq!(tree(here.path()), before);
}

#[test]
fn structures_are_written_within_the_memory() {
    let (_here, mut bench) = bench();
    for &start in STARTS {
        let named = bench.call(async |guest, memory| {
            guest.fd_prestat_dir_name(memory, 3.into(), GuestPtr::new(start), u32::MAX)
        });
        assert_eq!(named.is_err(), !within(start, 5), "{start} {named:?}");
        let listed = bench.call(async |guest, memory| {
            guest.args_get(memory, GuestPtr::new(start), GuestPtr::new(start))
        });
        assert_eq!(listed.is_err(), start > END, "{start} {listed:?}");
        for count in [0, 1, 1 << 20, u32::MAX] {
            let (subscriptions, events) = (GuestPtr::new(start), GuestPtr::new(start));
            let waited = bench.call(async |guest, memory| {
                guest
                    .poll_oneoff(memory, subscriptions, events, count)
                    .await
            });
            assert!(waited.is_err() || start == 0, "{start} {count} {waited:?}");
        }
    }
}

/// Descriptors that are not open, in every function that takes one.
#[test]
fn descriptors_that_are_not_open_are_told_so() {
    let (_here, mut bench) = bench();
    for fd in [5, 1000, 1 << 31, u32::MAX] {
        let fd = || Fd::from(fd);
        let list = || GuestPtr::new((0, 0));
        let text = || GuestPtr::<str>::new((0, 0));
        let results = bench.call(async |guest, memory| {
            Ok(vec![
                guest.fd_advise(memory, fd(), 0, 0, Advice::Normal).await,
                guest.fd_allocate(memory, fd(), 0, 0),
                guest.fd_close(memory, fd()).await,
                guest.fd_datasync(memory, fd()).await,
                guest.fd_fdstat_get(memory, fd()).await.map(drop),
                guest.fd_fdstat_set_flags(memory, fd(), Fdflags::empty()),
                guest.fd_fdstat_set_rights(memory, fd(), Rights::all(), Rights::all()),
                guest.fd_filestat_get(memory, fd()).await.map(drop),
                guest.fd_filestat_set_size(memory, fd(), 0).await,
                guest
                    .fd_filestat_set_times(memory, fd(), 0, 0, Fstflags::empty())
                    .await,
                guest.fd_pread(memory, fd(), list(), 0).await.map(drop),
                guest.fd_prestat_get(memory, fd()).map(drop),
                guest.fd_prestat_dir_name(memory, fd(), GuestPtr::new(0), 0),
                guest
                    .fd_pwrite(memory, fd(), GuestPtr::new((0, 0)), 0)
                    .await
                    .map(drop),
                guest.fd_read(memory, fd(), list()).await.map(drop),
                guest
                    .fd_readdir(memory, fd(), GuestPtr::new(0), 0, 0)
                    .await
                    .map(drop),
                guest.fd_renumber(memory, fd(), 0.into()).await,
                guest.fd_renumber(memory, 0.into(), fd()).await,
                guest.fd_seek(memory, fd(), 0, Whence::Cur).await.map(drop),
                guest.fd_sync(memory, fd()).await,
                guest.fd_tell(memory, fd()).map(drop),
                guest
                    .fd_write(memory, fd(), GuestPtr::new((0, 0)))
                    .await
                    .map(drop),
                guest.path_create_directory(memory, fd(), text()).await,
                guest
                    .path_readlink(memory, fd(), text(), GuestPtr::new(0), 0)
                    .await
                    .map(drop),
                guest
                    .path_rename(memory, 3.into(), text(), fd(), text())
                    .await,
                guest
                    .path_link(memory, 3.into(), lookup(false), text(), fd(), text())
                    .await,
                guest.path_symlink(memory, text(), fd(), text()).await,
                guest.path_unlink_file(memory, fd(), text()).await,
                guest
                    .sock_send(memory, fd(), GuestPtr::new((0, 0)), 0)
                    .map(drop),
                guest.sock_shutdown(memory, fd(), Sdflags::RD),
            ])
        });
        for (at, result) in results.unwrap().into_iter().enumerate() {
            assert_eq!(result.map_err(Bad::from), errno(Errno::Badf), "{at}");
        }
    }
    let denied =
        bench.call(async |guest, memory| guest.clock_time_get(memory, Clockid::Realtime, 0));
    assert_eq!(denied, errno(Errno::Notcapable));
}

#[test]
fn an_exit_carries_any_code() {
    let (_here, mut bench) = bench();
    for code in [0, 1, 119, 126, 255, 1 << 31, u32::MAX] {
        let mut memory = GuestMemory::Unshared(&mut bench.memory);
        let exit = bench.guest.proc_exit(&mut memory, code);
        assert_eq!(exit.downcast_ref::<Stop>(), Some(&Stop::Exit(code)));
    }
}
