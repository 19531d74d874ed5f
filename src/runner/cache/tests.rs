mod ahead;
mod bounded;
mod key;
mod refused;
mod setting;

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;
use std::time::{Duration, SystemTime};

use wasmtime::{Config, Engine, Instance, Module, Store};

use super::*;

const DIGEST: [u8; 32] = [7; 32];

fn wasm() -> Vec<u8> {
    crate::wasm::encode_text(r#"(module (func (export "answer") (result i32) i32.const 42))"#)
        .unwrap()
}

fn engine(set: impl FnOnce(&mut Config)) -> Engine {
    let mut config = Config::new();
    set(&mut config);
    Engine::new(&config).unwrap()
}

fn answer(engine: &Engine, module: &Module) -> i32 {
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, module, &[]).unwrap();
    let answer = instance.get_typed_func::<(), i32>(&mut store, "answer");
    answer.unwrap().call(&mut store, ()).unwrap()
}

fn private_place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    chmod(place.path(), 0o700);
    place
}

/// A cache with one entry in it.
struct Filled {
    place: tempfile::TempDir,
    engine: Engine,
    cache: Cache,
}

impl Filled {
    fn new() -> Self {
        let place = private_place();
        let cache = Cache::open(Some(place.path())).unwrap();
        let filled = Self {
            place,
            engine: Engine::default(),
            cache,
        };
        assert_eq!(filled.ask(), CacheUse::Miss);
        filled
    }

    fn entry(&self) -> PathBuf {
        let name = Name::new(&self.engine, &DIGEST);
        self.place.path().join(name.file())
    }

    /// Whatever the cache does, the module is the right one.
    fn ask(&self) -> CacheUse {
        let (module, cache_use) = self.cache.module(&self.engine, &DIGEST, &wasm()).unwrap();
        assert_eq!(answer(&self.engine, &module), 42);
        cache_use
    }

    /// Refused for this reason, and replaced by a good entry.
    fn refuses(&self, refusal: &Refusal) {
        assert_eq!(self.ask(), CacheUse::Refused(refusal.clone()));
        assert_eq!(self.ask(), CacheUse::Hit);
    }
}

fn files(place: &Path) -> Vec<String> {
    let mut files: Vec<String> = std::fs::read_dir(place)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    files
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_hit_comes_after_a_miss_also_in_another_process() {
    let filled = Filled::new();
    assert_eq!(filled.ask(), CacheUse::Hit);
    let again = Cache::open(Some(filled.place.path())).unwrap();
    let engine = Engine::default();
    let (module, cache_use) = again.module(&engine, &DIGEST, &wasm()).unwrap();
    assert_eq!(cache_use, CacheUse::Hit);
    assert_eq!(answer(&engine, &module), 42);
    assert_eq!(files(filled.place.path()).len(), 2);
    for file in files(filled.place.path()) {
        let metadata = filled.place.path().join(file).metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_hit_takes_the_code_from_the_entry_and_not_from_the_bytes() {
    let filled = Filled::new();
    let other = crate::wasm::encode_text("(module)").unwrap();
    let hit = filled.cache.module(&filled.engine, &DIGEST, &other);
    assert_eq!(answer(&filled.engine, &hit.unwrap().0), 42);
}

#[test]
fn what_does_not_compile_is_an_error_and_leaves_no_entry() {
    let place = private_place();
    let cache = Cache::open(Some(place.path())).unwrap();
    let compiled = cache.module(&Engine::default(), &DIGEST, b"\0asm\x01\0\0\0\xff");
    assert!(compiled.is_err());
    assert_eq!(files(place.path()), ["key"]);
}

#[test]
fn a_precompiled_module_is_not_taken_for_a_module() {
    let place = private_place();
    let cache = Cache::open(Some(place.path())).unwrap();
    let engine = Engine::default();
    let compiled = engine.precompile_module(&wasm()).unwrap();
    assert!(cache.module(&engine, &DIGEST, &compiled).is_err());
}

#[test]
fn what_cannot_be_stored_is_compiled_and_said() {
    let filled = Filled::new();
    std::fs::remove_file(filled.entry()).unwrap();
    std::fs::create_dir_all(filled.entry().join("below")).unwrap();
    let CacheUse::NotStored { why, refused } = filled.ask() else {
        panic!("stored over a folder");
    };
    assert!(!why.is_empty());
    assert_eq!(refused, Some(Refusal::NotPlain));
    assert_eq!(files(filled.place.path()).len(), 2, "nothing half-written");
    let Filled { place, .. } = &filled;
    std::fs::remove_dir_all(place.path()).unwrap();
    assert!(matches!(
        filled.ask(),
        CacheUse::NotStored { refused: None, .. }
    ));
}

#[test]
fn a_folder_that_is_open_to_others_is_no_cache() {
    let place = private_place();
    for mode in [0o755, 0o644, 0o666, 0o777] {
        chmod(place.path(), mode);
        Cache::open(Some(place.path())).unwrap_err();
        assert_eq!(files(place.path()), [""; 0]);
    }
    chmod(place.path(), 0o700);
}

#[test]
fn two_threads_at_once_both_get_the_module() {
    let place = private_place();
    let (caches, engine) = (
        [(); 2].map(|()| Cache::open(Some(place.path())).unwrap()),
        Engine::default(),
    );
    std::thread::scope(|threads| {
        for cache in &caches {
            threads.spawn(|| {
                for round in 0..100_u8 {
                    let digest = [round; 32];
                    let (module, cache_use) = cache.module(&engine, &digest, &wasm()).unwrap();
                    assert_eq!(answer(&engine, &module), 42);
                    assert!(
                        matches!(cache_use, CacheUse::Hit | CacheUse::Miss),
                        "{cache_use:?}"
                    );
                }
            });
        }
    });
    assert_eq!(files(place.path()).len(), 101);
}

#[test]
fn the_place_is_among_this_users_caches() {
    let place = |caches: &'static str, home: &'static str| {
        default_place(move |name| match name {
            "XDG_CACHE_HOME" => Some(caches.into()),
            "HOME" => Some(home.into()),
            _ => None,
        })
    };
    assert_eq!(place("/c", "/h").unwrap(), Path::new("/c/ringfence"));
    let below_home = if cfg!(target_os = "macos") {
        "/h/Library/Caches/ringfence"
    } else {
        "/h/.cache/ringfence"
    };
    assert_eq!(place("", "/h").unwrap(), Path::new(below_home));
    assert_eq!(place("relative", "/h").unwrap(), Path::new(below_home));
    place("", "").unwrap_err();
    let error = default_place(|_| None).unwrap_err();
    assert!(matches!(error, FolderError::NoPlace { .. }));
}
