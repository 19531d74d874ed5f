//! `poll_oneoff` against hostile arrays, and what it tells of clocks and descriptors.

use std::future::ready;
use std::time::Instant;

use wasmtime_wasi::p1::types::{Clockid, SubscriptionClock, SubscriptionFdReadwrite};

use super::*;
use crate::runner::sample::tokio;
use crate::runner::terms::{MonotonicClock, StreamTerms, Terms, WallClock};
use crate::runner::wasi::Input;
use crate::runner::wasi::sample::{guest, is_trap, terms};

/// The size of the memory, two pages.
const SIZE: usize = 128 << 10;
/// Where its subscriptions and events begin.
const IN: u32 = 0;
const OUT: u32 = 50_000;
const HOUR: u64 = 3_600_000_000_000;

fn clock(id: Clockid, timeout: u64, flags: Subclockflags) -> SubscriptionU {
    SubscriptionU::Clock(SubscriptionClock {
        id,
        timeout,
        precision: 0,
        flags,
    })
}

fn sleep(timeout: u64) -> SubscriptionU {
    clock(Clockid::Monotonic, timeout, Subclockflags::empty())
}

fn until(timeout: u64) -> SubscriptionU {
    let absolute = Subclockflags::SUBSCRIPTION_CLOCK_ABSTIME;
    clock(Clockid::Monotonic, timeout, absolute)
}

fn reading(descriptor: u32) -> SubscriptionU {
    let file_descriptor = Fd::from(descriptor);
    SubscriptionU::FdRead(SubscriptionFdReadwrite { file_descriptor })
}

fn writing(descriptor: u32) -> SubscriptionU {
    let file_descriptor = Fd::from(descriptor);
    SubscriptionU::FdWrite(SubscriptionFdReadwrite { file_descriptor })
}

fn real() -> Terms {
    let mut terms = terms();
    (terms.wall, terms.monotonic) = (WallClock::Real, MonotonicClock::Real);
    terms
}

fn stepping() -> Terms {
    let mut terms = terms();
    (terms.wall, terms.monotonic) = (WallClock::Fixed(1_000), MonotonicClock::Step(10));
    terms
}

/// Waits for these; each event as its subscription's index, its error and its bytes.
async fn poll(guest: &mut Guest, subscriptions: &[SubscriptionU]) -> Vec<(u64, Errno, u64)> {
    let mut bytes = vec![0; SIZE];
    let mut memory = GuestMemory::Unshared(&mut bytes);
    let start = GuestPtr::<Subscription>::new(IN);
    for (index, u) in (0..).zip(subscriptions) {
        let subscription = Subscription {
            userdata: u64::from(index) | 1 << 63,
            u: u.clone(),
        };
        memory
            .write(start.add(index).unwrap(), subscription)
            .unwrap();
    }
    let events = GuestPtr::<Event>::new(OUT);
    let count = u32::try_from(subscriptions.len()).unwrap();
    let written = oneoff(guest, &mut memory, start, events, count).await;
    let events = events.as_array(written.unwrap());
    let events = events.iter().map(|event| memory.read(event.unwrap()));
    let told = events.map(Result::unwrap).map(|event| {
        assert_eq!(event.userdata >> 63, 1);
        let index = event.userdata & !(1 << 63);
        let kind = match subscriptions[usize::try_from(index).unwrap()] {
            SubscriptionU::Clock(_) => Eventtype::Clock,
            SubscriptionU::FdRead(_) => Eventtype::FdRead,
            SubscriptionU::FdWrite(_) => Eventtype::FdWrite,
        };
        assert_eq!(event.type_, kind);
        (index, event.error, event.fd_readwrite.nbytes)
    });
    told.collect()
}

fn polled(terms: Terms, subscriptions: &[SubscriptionU]) -> Vec<(u64, Errno, u64)> {
    tokio().block_on(poll(&mut guest(terms, Input::Empty), subscriptions))
}

/// The engine moves invocations between threads.
fn is_send(_: &impl Send) {}

fn refused(start: u32, events: u32, count: Size) -> Error {
    let mut bytes = vec![0; SIZE];
    let mut memory = GuestMemory::Unshared(&mut bytes);
    let mut guest = guest(real(), Input::Empty);
    let (start, events) = (GuestPtr::new(start), GuestPtr::new(events));
    let refused = oneoff(&mut guest, &mut memory, start, events, count);
    is_send(&refused);
    tokio().block_on(refused).unwrap_err()
}

#[test]
fn none_and_too_many_are_refused_before_anything_is_looked_at() {
    for count in [0, MOST + 1, 1_000_000, u32::MAX] {
        let error = refused(0xffff_fff0, 0xffff_fff0, count);
        assert!(matches!(error.downcast(), Ok(Errno::Inval)), "{count}");
    }
}

#[test]
fn an_array_outside_the_memory_or_crooked_is_a_trap_before_any_wait() {
    let end = u32::try_from(SIZE).unwrap();
    // Zeroed memory is a timer that has run out, so none of these would wait.
    for count in [1, 2, MOST] {
        let subscriptions = end - count * Subscription::guest_size();
        let events = end - count * Event::guest_size();
        for (start, out) in [
            (subscriptions + 8, 0),
            (0, events + 8),
            (end, 0),
            (0, end),
            (0xffff_fff8, 0),
            (0, 0xffff_fff8),
            (1, 0),
            (0, 4),
        ] {
            let error = refused(start, out, count);
            assert!(is_trap(&error), "{start} {out} {count}: {error}");
        }
    }
    // An hour of sleep with nowhere to tell of it.
    let mut bytes = vec![0; SIZE];
    let mut memory = GuestMemory::Unshared(&mut bytes);
    let start = GuestPtr::new(0);
    let subscription = Subscription {
        userdata: 0,
        u: sleep(HOUR),
    };
    memory.write(start, subscription).unwrap();
    let mut guest = guest(real(), Input::Empty);
    let events = GuestPtr::new(end);
    let refused = oneoff(&mut guest, &mut memory, start, events, 1);
    assert!(is_trap(&tokio().block_on(refused).unwrap_err()));
}

#[test]
fn the_last_bytes_of_memory_can_hold_the_arrays() {
    let mut bytes = vec![0; SIZE];
    let mut memory = GuestMemory::Unshared(&mut bytes);
    let end = u32::try_from(SIZE).unwrap();
    let start = GuestPtr::new(end - Subscription::guest_size());
    let events = GuestPtr::new(end - Event::guest_size());
    // The event may lie over the subscription.
    let subscription = Subscription {
        userdata: 7,
        u: sleep(0),
    };
    memory.write(start, subscription).unwrap();
    let mut guest = guest(real(), Input::Empty);
    let written = oneoff(&mut guest, &mut memory, start, events, 1);
    assert_eq!(tokio().block_on(written).unwrap(), 1);
    assert_eq!(memory.read(events).unwrap().userdata, 7);
}

#[test]
fn a_subscription_of_an_unknown_kind_or_clock_is_refused() {
    for (at, value) in [(8, 3), (8, 255), (16, 4), (40, 2)] {
        let mut bytes = vec![0; SIZE];
        bytes[at] = value;
        let mut memory = GuestMemory::Unshared(&mut bytes);
        let mut guest = guest(real(), Input::Empty);
        let (start, events) = (GuestPtr::new(0), GuestPtr::new(OUT));
        let refused = oneoff(&mut guest, &mut memory, start, events, 1);
        let error = tokio().block_on(refused).unwrap_err();
        assert!(matches!(error.downcast(), Ok(Errno::Inval)), "{at}");
    }
}

#[test]
fn the_most_that_may_be_polled_are_all_told_of_in_order() {
    let told = polled(real(), &vec![writing(1); MOST as usize]);
    assert_eq!(told.len(), MOST as usize);
    assert!((0..).zip(&told).all(|(index, event)| event.0 == index));
}

#[test]
fn an_hour_of_sleep_can_be_dropped() {
    let begun = Instant::now();
    let mut guest = guest(real(), Input::Empty);
    for timeout in [HOUR, u64::MAX] {
        for subscription in [sleep(timeout), until(timeout)] {
            let subscriptions = [subscription];
            let late = tokio().block_on(async {
                let polled = poll(&mut guest, &subscriptions);
                tokio::time::timeout(Duration::from_millis(20), polled).await
            });
            assert!(late.is_err());
        }
    }
    assert!(begun.elapsed() < Duration::from_mins(1));
}

#[test]
fn a_real_sleep_takes_its_time_and_ends_at_the_earliest() {
    let begun = Instant::now();
    let told = polled(
        real(),
        &[
            sleep(HOUR),
            sleep(20_000_000),
            clock(Clockid::Realtime, 20_000_000, Subclockflags::empty()),
            until(HOUR),
        ],
    );
    assert!(begun.elapsed() >= Duration::from_millis(20));
    assert_eq!(told, [(1, Errno::Success, 0), (2, Errno::Success, 0)]);
}

#[test]
fn a_time_that_has_passed_is_ready_at_once_with_everything_else_that_is() {
    let absolute = Subclockflags::SUBSCRIPTION_CLOCK_ABSTIME;
    let told = polled(
        real(),
        &[
            sleep(HOUR),
            clock(Clockid::Realtime, 5, absolute),
            reading(0),
            writing(2),
        ],
    );
    let done = Errno::Success;
    assert_eq!(told, [(1, done, 0), (2, done, 1), (3, done, 1)]);
}

#[test]
fn what_cannot_be_waited_for_is_told_as_an_event() {
    let mut terms = terms();
    terms.wall = WallClock::Real;
    let told = polled(
        terms,
        &[
            sleep(0),
            until(HOUR),
            clock(Clockid::Realtime, HOUR, Subclockflags::empty()),
            clock(Clockid::ThreadCputimeId, 0, Subclockflags::empty()),
            reading(99),
            writing(u32::MAX),
            writing(0),
        ],
    );
    let (denied, bad) = (Errno::Notcapable, Errno::Badf);
    assert_eq!(
        told,
        [
            (0, denied, 0),
            (1, denied, 0),
            (3, bad, 0),
            (4, bad, 0),
            (5, bad, 0),
            (6, bad, 0)
        ]
    );
}

#[test]
fn stepping_time_passes_at_once_and_the_same_in_every_run() {
    let run = || {
        let begun = Instant::now();
        let mut guest = guest(stepping(), Input::Empty);
        let mut seen = Vec::new();
        tokio().block_on(async {
            for subscriptions in [
                vec![sleep(2 * HOUR), sleep(HOUR), until(HOUR)],
                vec![until(3 * HOUR), until(HOUR)],
                vec![until(3 * HOUR)],
                vec![clock(Clockid::Realtime, HOUR, Subclockflags::empty())],
                vec![sleep(u64::MAX)],
            ] {
                let told = poll(&mut guest, &subscriptions).await;
                let now = guest.wasi.clocks.now(Clockid::Monotonic).unwrap();
                seen.push((told, now));
            }
        });
        assert!(begun.elapsed() < Duration::from_mins(1));
        seen
    };
    let seen = run();
    let done = Errno::Success;
    assert_eq!(
        seen,
        [
            (vec![(1, done, 0), (2, done, 0)], HOUR),
            (vec![(1, done, 0)], HOUR + 10),
            (vec![(0, done, 0)], 3 * HOUR),
            (vec![(0, done, 0)], 4 * HOUR + 10),
            (vec![(0, done, 0)], u64::MAX),
        ]
    );
    assert_eq!(run(), seen);
}

#[test]
fn input_comes_before_any_made_up_time() {
    let mut guest = guest(stepping(), Input::Bytes(b"hello".to_vec()));
    tokio().block_on(async {
        let told = poll(&mut guest, &[sleep(5), reading(0)]).await;
        assert_eq!(told, [(1, Errno::Success, 1)]);
        assert_eq!(guest.wasi.stdin.read(9).await.unwrap(), b"hello");
        // The end is ready as well.
        let told = poll(&mut guest, &[reading(0), sleep(5), writing(1)]).await;
        assert_eq!(told, [(0, Errno::Success, 1), (2, Errno::Success, 1)]);
    });
    assert_eq!(guest.wasi.clocks.now(Clockid::Monotonic), Ok(0));
}

/// A guest whose standard input is a pipe.
fn piped(terms: Terms) -> (Guest, std::io::PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut guest = guest(terms, Input::Empty);
    let terms = StreamTerms {
        max: 100,
        trap: false,
    };
    guest.wasi.stdin = crate::runner::wasi::stream::piped(reader, terms);
    (guest, writer)
}

#[test]
fn input_that_never_comes_can_be_dropped_and_leaves_timers_alone() {
    let (mut guest, _writer) = piped(real());
    tokio().block_on(async {
        let soon = Duration::from_millis(20);
        let alone = tokio::time::timeout(soon, poll(&mut guest, &[reading(0)])).await;
        assert!(alone.is_err());
        let told = poll(&mut guest, &[reading(0), sleep(1_000_000)]).await;
        assert_eq!(told, [(1, Errno::Success, 0)]);
        let told = poll(&mut guest, &[reading(0), writing(1), sleep(0)]).await;
        assert_eq!(told, [(1, Errno::Success, 1), (2, Errno::Success, 0)]);
    });
}

#[test]
fn input_that_comes_late_is_told_and_still_there() {
    for terms in [real(), stepping()] {
        let (mut guest, mut writer) = piped(terms);
        let late = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(30));
            std::io::Write::write_all(&mut writer, b"late").unwrap();
            writer
        });
        tokio().block_on(async {
            let told = poll(&mut guest, &[sleep(HOUR), reading(0)]).await;
            assert_eq!(told, [(1, Errno::Success, 1)]);
            assert_eq!(guest.wasi.stdin.read(9).await.unwrap(), b"late");
        });
        drop(late.join().unwrap());
    }
}

#[test]
fn where_time_is_made_up_nothing_depends_on_when_input_came() {
    let mut deterministic = terms();
    deterministic.deterministic = true;
    for terms in [stepping(), deterministic] {
        let (mut guest, mut writer) = piped(terms);
        let late = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(30));
            std::io::Write::write_all(&mut writer, b"late").unwrap();
            writer
        });
        let told = tokio().block_on(poll(&mut guest, &[reading(0), writing(1)]));
        assert_eq!(told, [(0, Errno::Success, 1), (1, Errno::Success, 1)]);
        drop(late.join().unwrap());
    }
}

#[test]
fn what_has_happened_is_seen_and_what_has_not_is_not() {
    tokio().block_on(async {
        assert!(once(ready(())).await);
        assert!(!once(std::future::pending()).await);
    });
}
