use super::*;

#[test]
fn every_setting_that_changes_code_has_entries_of_its_own() {
    let engines = [
        engine(|_| {}),
        engine(|config| {
            config.consume_fuel(true);
        }),
        engine(|config| {
            config.epoch_interruption(true);
        }),
        engine(|config| {
            config.cranelift_nan_canonicalization(true);
        }),
        engine(|config| {
            config.wasm_simd(false).wasm_relaxed_simd(false);
        }),
        engine(|config| {
            config.wasm_bulk_memory(false);
        }),
        engine(|config| {
            config.wasm_memory64(false);
        }),
        engine(|config| {
            config.relaxed_simd_deterministic(true);
        }),
        engine(|config| {
            config.memory_reservation(1 << 20);
        }),
        engine(|config| {
            config.memory_guard_size(1 << 16);
        }),
        engine(|config| {
            config.cranelift_opt_level(wasmtime::OptLevel::None);
        }),
        engine(|config| {
            config.signals_based_traps(false);
        }),
    ];
    let mut names: Vec<String> = engines
        .iter()
        .map(|engine| Name::new(engine, &DIGEST).file().to_owned())
        .collect();
    assert_eq!(names[0], Name::new(&Engine::default(), &DIGEST).file());
    names.sort();
    names.dedup();
    assert_eq!(names.len(), engines.len());
}

#[cfg(target_arch = "x86_64")]
#[test]
fn a_processor_with_other_features_has_entries_of_its_own() {
    // Of a named target, only the features that are named count as there.
    let name = |features: &[&str]| {
        let engine = engine(|config| {
            config.target("x86_64-unknown-linux-gnu").unwrap();
            for feature in features {
                #[allow(unsafe_code, reason = "nothing runs on this engine")]
                // SAFETY: a wrong feature matters to code that runs.
                unsafe {
                    config.cranelift_flag_enable(feature);
                }
            }
        });
        Name::new(&engine, &DIGEST)
    };
    assert_eq!(name(&[]), name(&[]));
    assert_ne!(name(&[]), name(&["has_popcnt"]));
    if std::is_x86_feature_detected!("popcnt") && cfg!(all(target_os = "linux", target_env = "gnu"))
    {
        assert_ne!(name(&[]), Name::new(&Engine::default(), &DIGEST));
    }
}

#[test]
fn an_entry_of_another_engine_is_not_found_and_not_loaded() {
    let filled = Filled::new();
    let fuel = engine(|config| {
        config.consume_fuel(true);
    });
    let ask = || filled.cache.module(&fuel, &DIGEST, &wasm()).unwrap().1;
    let name = Name::new(&fuel, &DIGEST);
    std::fs::copy(filled.entry(), filled.place.path().join(name.file())).unwrap();
    assert_eq!(ask(), CacheUse::Refused(Refusal::Header));
    assert_eq!(ask(), CacheUse::Hit);
}
