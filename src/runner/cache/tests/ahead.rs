use super::*;

#[test]
fn what_was_read_ahead_is_what_is_loaded() {
    let filled = Filled::new();
    filled.cache.read_ahead(&filled.engine, &DIGEST);
    // Nothing is left to be read.
    std::fs::remove_file(filled.entry()).unwrap();
    assert_eq!(filled.ask(), CacheUse::Hit);
    // Once only.
    assert_eq!(filled.ask(), CacheUse::Miss);
}

#[test]
fn what_was_read_ahead_for_another_module_or_engine_is_not_used() {
    let other =
        crate::wasm::encode_text("(module (func (export \"answer\") (result i32) i32.const 7))");
    let other = other.unwrap();
    let fuel = engine(|config| {
        config.consume_fuel(true);
    });
    let filled = Filled::new();
    let asked = filled.cache.module(&filled.engine, &[8; 32], &other);
    assert_eq!(asked.unwrap().1, CacheUse::Miss);
    let asked = filled.cache.module(&fuel, &DIGEST, &other);
    assert_eq!(asked.unwrap().1, CacheUse::Miss);
    filled.cache.read_ahead(&filled.engine, &[8; 32]);
    assert_eq!(filled.ask(), CacheUse::Hit);
    filled.cache.read_ahead(&fuel, &DIGEST);
    assert_eq!(filled.ask(), CacheUse::Hit);
}

#[test]
fn what_is_not_proved_is_not_read_ahead() {
    let filled = Filled::new();
    let good = std::fs::read(filled.entry()).unwrap();
    let mut changed = good.clone();
    *changed.last_mut().unwrap() ^= 1;
    std::fs::write(filled.entry(), &changed).unwrap();
    filled.cache.read_ahead(&filled.engine, &DIGEST);
    filled.refuses(&Refusal::Hash);
    // Nor is a later change of the file taken for what was read.
    filled.cache.read_ahead(&filled.engine, &DIGEST);
    std::fs::write(filled.entry(), &changed).unwrap();
    assert_eq!(filled.ask(), CacheUse::Hit);
    filled.refuses(&Refusal::Hash);
}
