use super::*;

#[test]
fn each_changed_byte_is_refused() {
    let filled = Filled::new();
    let good = std::fs::read(filled.entry()).unwrap();
    // All of the header, then a sample of the body, its last byte included.
    let step = good.len() / 150;
    let sampled = (84..good.len()).step_by(step).chain([good.len() - 1]);
    for at in (0..84).chain(sampled) {
        for bit in [0x01, 0x80] {
            let mut bad = good.clone();
            bad[at] ^= bit;
            std::fs::write(filled.entry(), bad).unwrap();
            let refusal = match filled.ask() {
                CacheUse::Refused(refusal) => refusal,
                other => panic!("byte {at}: {other:?}"),
            };
            let expected = match at {
                0..12 | 20..52 => Refusal::Header,
                12..20 => Refusal::Length,
                _ => Refusal::Hash,
            };
            // A version of another number has the right magic and name.
            let version = (8..12).contains(&at) && refusal == Refusal::Length;
            assert!(refusal == expected || version, "byte {at}: {refusal}");
            assert_eq!(
                std::fs::read(filled.entry()).unwrap(),
                good,
                "byte {at} was not replaced"
            );
        }
    }
    assert_eq!(filled.ask(), CacheUse::Hit);
}

#[test]
fn an_entry_cut_short_or_lengthened_is_refused() {
    let filled = Filled::new();
    let good = std::fs::read(filled.entry()).unwrap();
    for length in [0, 1, 51, 83, 84, 85, good.len() / 2, good.len() - 1] {
        std::fs::write(filled.entry(), &good[..length]).unwrap();
        filled.refuses(&Refusal::Length);
    }
    std::fs::write(filled.entry(), [&good[..], b"\0"].concat()).unwrap();
    filled.refuses(&Refusal::Length);
}

#[test]
fn an_entry_that_is_too_large_is_refused_unread() {
    let filled = Filled::new();
    let name = Name::new(&filled.engine, &DIGEST);
    for length in [entry::BODY_MOST + 1, 1 << 40] {
        let header = [&entry::state(length, &name)[..], &[0; 32]].concat();
        std::fs::write(filled.entry(), header).unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(filled.entry());
        file.unwrap().set_len(84 + length).unwrap();
        filled.refuses(&Refusal::Length);
    }
}

#[test]
fn an_entry_of_another_module_under_this_name_is_refused() {
    let filled = Filled::new();
    let other = [8; 32];
    filled
        .cache
        .module(&filled.engine, &other, &wasm())
        .unwrap();
    let foreign = Name::new(&filled.engine, &other);
    std::fs::copy(filled.place.path().join(foreign.file()), filled.entry()).unwrap();
    filled.refuses(&Refusal::Header);
}

#[test]
fn an_entry_of_another_cache_is_refused() {
    let (filled, other) = (Filled::new(), Filled::new());
    std::fs::copy(other.entry(), filled.entry()).unwrap();
    filled.refuses(&Refusal::Hash);
}

#[test]
fn links_pipes_folders_and_second_names_are_refused() {
    let filled = Filled::new();
    let (entry, aside) = (filled.entry(), filled.place.path().join("aside"));
    std::fs::rename(&entry, &aside).unwrap();
    symlink(&aside, &entry).unwrap();
    filled.refuses(&Refusal::NotPlain);
    assert!(entry.symlink_metadata().unwrap().is_file());

    std::fs::remove_file(&entry).unwrap();
    std::fs::hard_link(&aside, &entry).unwrap();
    filled.refuses(&Refusal::NotPlain);

    std::fs::remove_file(&entry).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg("-m600")
            .arg(&entry)
            .status()
            .unwrap()
            .success()
    );
    filled.refuses(&Refusal::NotPlain);

    std::fs::remove_file(&entry).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(&entry).unwrap();
    filled.refuses(&Refusal::NotPlain);
    drop(socket);
}

#[test]
fn an_entry_that_others_may_read_or_own_is_refused() {
    let filled = Filled::new();
    for mode in [0o640, 0o604, 0o620, 0o666, 0o644] {
        chmod(&filled.entry(), mode);
        filled.refuses(&Refusal::NotPrivate);
    }
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(filled.entry(), Some(65534), None).unwrap();
        filled.refuses(&Refusal::NotPrivate);
    }
}

#[test]
fn what_the_engine_refuses_is_compiled_anew_although_the_hash_holds() {
    let filled = Filled::new();
    let name = Name::new(&filled.engine, &DIGEST);
    let Cache { folder, secret, .. } = &filled.cache;
    entry::store(folder, secret, &name, b"\x7fELF no more").unwrap();
    let CacheUse::Refused(Refusal::Engine(_)) = filled.ask() else {
        panic!("loaded");
    };
    assert_eq!(filled.ask(), CacheUse::Hit);
}
