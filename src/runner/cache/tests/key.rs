use super::*;

#[test]
fn a_damaged_key_is_replaced_and_its_entries_are_stale() {
    let filled = Filled::new();
    let key = filled.place.path().join("key");
    let damages: [&dyn Fn(); 7] = [
        &|| std::fs::write(&key, "").unwrap(),
        &|| std::fs::write(&key, [1; 31]).unwrap(),
        &|| std::fs::write(&key, [1; 33]).unwrap(),
        &|| std::fs::write(&key, [0; 32]).unwrap(),
        &|| chmod(&key, 0o644),
        &|| {
            std::fs::rename(&key, key.with_extension("moved")).unwrap();
            symlink(key.with_extension("moved"), &key).unwrap();
        },
        &|| std::fs::remove_file(&key).unwrap(),
    ];
    for (number, damage) in damages.iter().enumerate() {
        let before = Cache::open(Some(filled.place.path())).unwrap();
        before.module(&filled.engine, &DIGEST, &wasm()).unwrap();
        damage();
        let after = Cache::open(Some(filled.place.path())).unwrap();
        let ask = || after.module(&filled.engine, &DIGEST, &wasm()).unwrap().1;
        assert_eq!(ask(), CacheUse::Refused(Refusal::Hash), "damage {number}");
        assert_eq!(ask(), CacheUse::Hit, "damage {number}");
        let metadata = key.symlink_metadata().unwrap();
        assert!(metadata.is_file() && metadata.len() == 32);
        assert_ne!(std::fs::read(&key).unwrap(), [0; 32]);
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn caches_opened_at_once_agree_on_one_key() {
    let place = private_place();
    let opened: Vec<[u8; 32]> = std::thread::scope(|threads| {
        let open = || Cache::open(Some(place.path())).unwrap().secret;
        let threads: Vec<_> = (0..8).map(|_| threads.spawn(open)).collect();
        let secrets = threads.into_iter().map(|thread| thread.join().unwrap());
        secrets
            .map(|secret| *secret.hasher().finalize().as_bytes())
            .collect()
    });
    assert!(opened.iter().all(|hash| *hash == opened[0]));
    assert_eq!(files(place.path()), ["key"]);
}
