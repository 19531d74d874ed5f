use super::*;

#[test]
fn what_was_used_longest_ago_goes_first() {
    let mut filled = Filled::new();
    let size = filled.entry().metadata().unwrap().len();
    filled.cache.bound.bytes = 3 * size;
    let now = SystemTime::now();
    let path = |number: u8| {
        let name = Name::new(&filled.engine, &[number; 32]);
        filled.place.path().join(name.file())
    };
    let ask = |number: u8| {
        let module = filled.cache.module(&filled.engine, &[number; 32], &wasm());
        module.unwrap().1
    };
    std::fs::remove_file(filled.entry()).unwrap();
    for number in 0..3_u8 {
        ask(number);
        let file = std::fs::File::open(path(number)).unwrap();
        let days = 10 - u64::from(number);
        file.set_modified(now - Duration::from_hours(24 * days))
            .unwrap();
    }
    // The oldest is used again, so the second is the one to go.
    assert_eq!(ask(0), CacheUse::Hit);
    assert!(path(0).metadata().unwrap().modified().unwrap() > now - Duration::from_mins(1));
    assert_eq!(ask(3), CacheUse::Miss);
    let left: Vec<bool> = (0..4).map(|number| path(number).exists()).collect();
    assert_eq!(left, [true, false, true, true]);
    assert!(filled.place.path().join("key").exists());

    filled.cache.bound = Bound {
        bytes: u64::MAX,
        entries: 2,
    };
    let again = filled.cache.module(&filled.engine, &[9; 32], &wasm());
    assert_eq!(again.unwrap().1, CacheUse::Miss);
    assert_eq!(files(filled.place.path()).len(), 3);
}

#[test]
fn a_hit_writes_no_more_than_once_a_day() {
    let filled = Filled::new();
    let used = SystemTime::now() - Duration::from_hours(23);
    let file = std::fs::File::open(filled.entry()).unwrap();
    file.set_modified(used).unwrap();
    assert_eq!(filled.ask(), CacheUse::Hit);
    assert_eq!(file.metadata().unwrap().modified().unwrap(), used);
}

#[test]
fn what_a_killed_run_left_half_written_goes_and_other_files_stay() {
    let filled = Filled::new();
    let old = filled.place.path().join("new-0");
    let young = filled.place.path().join("new-1");
    let other = filled.place.path().join("notes.txt");
    for path in [&old, &young, &other] {
        std::fs::write(path, "").unwrap();
    }
    let days_ago = SystemTime::now() - Duration::from_hours(48);
    for path in [&old, &other] {
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(days_ago).unwrap();
    }
    std::fs::remove_file(filled.entry()).unwrap();
    assert_eq!(filled.ask(), CacheUse::Miss);
    assert!(!old.exists() && young.exists() && other.exists());
}
