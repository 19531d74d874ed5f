//! Random policies for properties.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn one_of(values: &[Json]) -> impl Strategy<Value = Option<Json>> + use<> {
    prop::option::of(prop::sample::select(values.to_vec()))
}

fn some_of(values: &[Json]) -> impl Strategy<Value = Option<Json>> + use<> {
    let most = values.len();
    prop::option::of(prop::sample::subsequence(values.to_vec(), 0..=most).prop_map(Json::Array))
}

/// Random policies: each key absent or one of a few values.
pub fn any_policy() -> impl Strategy<Value = Json> {
    let words = |words: &[&str]| words.iter().map(|word| json!(word)).collect::<Vec<_>>();
    let numbers = [json!(1), json!(2), json!(3)];
    let host = |allow: &str, max: u64, provider: Json| {
        json!({"module": "e", "name": "f", "provider": provider,
            "args": [{"name": "p", "role": "path", "ptr": 0, "len": 1, "max": max, "allow": [allow]}]})
    };
    let hosts = [
        host("/a/*", 1, json!({"stub": {"return": 0}})),
        host(
            "/a/**",
            2,
            json!({"builtin": "read_file", "root": "x", "max": 5}),
        ),
        host(
            "**",
            3,
            json!({"builtin": "read_file", "root": "x/y", "max": 9}),
        ),
        host(
            "/a/b",
            9,
            json!({"builtin": "kv", "scope": "tenant", "max_bytes": 4}),
        ),
    ];
    let preopen = |host: &str, mode: &str| json!([{"guest": "/a", "host": host, "mode": mode}]);
    let preopens = [
        json!([]),
        preopen("x", "ro"),
        preopen("x/y", "rw"),
        preopen("z", "rw"),
        json!([{"guest": "/a", "scratch": {"bytes": 5}}, {"guest": "/b", "host": "q"}]),
    ];
    let keys: Vec<(&str, BoxedStrategy<Option<Json>>)> = vec![
        ("/limits/memory", one_of(&numbers).boxed()),
        ("/limits/fuel", one_of(&numbers).boxed()),
        ("/module/max_size", one_of(&numbers).boxed()),
        (
            "/module/memory/allow_shared",
            one_of(&[json!(true), json!(false)]).boxed(),
        ),
        (
            "/module/memory/require_maximum",
            one_of(&[json!(true), json!(false)]).boxed(),
        ),
        (
            "/module/start_section",
            one_of(&words(&["deny", "allow"])).boxed(),
        ),
        (
            "/module/proposals/allow",
            some_of(&words(&["simd", "gc", "threads"])).boxed(),
        ),
        (
            "/imports/memory",
            one_of(&words(&["deny", "allow"])).boxed(),
        ),
        (
            "/imports/wasi/allow",
            some_of(&words(&["stdin", "fs.read", "path_open"])).boxed(),
        ),
        (
            "/imports/wasi/deny",
            some_of(&words(&["fd_read", "path_link"])).boxed(),
        ),
        (
            "/imports/host",
            one_of(&hosts.map(|host| json!([host]))).boxed(),
        ),
        ("/grants/preopens", one_of(&preopens).boxed()),
        (
            "/grants/env/pass",
            some_of(&words(&["LANG", "LC_*", "*"])).boxed(),
        ),
        ("/grants/env/set/A", one_of(&words(&["1", "2"])).boxed()),
        (
            "/grants/network/connect",
            some_of(&words(&["a.org:443", "*.org:443", "a.org:*"])).boxed(),
        ),
        ("/grants/network/listen", some_of(&words(&["x:1"])).boxed()),
        (
            "/grants/clock/wall",
            one_of(&words(&["deny", "fixed", "real"])).boxed(),
        ),
        (
            "/grants/clock/monotonic",
            one_of(&words(&["deny", "step", "real"])).boxed(),
        ),
        (
            "/grants/random/source",
            one_of(&words(&["deny", "seeded", "os"])).boxed(),
        ),
        (
            "/rules/a/severity",
            one_of(&words(&["off", "note", "error"])).boxed(),
        ),
        ("/determinism", one_of(&words(&["required"])).boxed()),
    ];
    let (paths, values): (Vec<&str>, Vec<_>) = keys.into_iter().unzip();
    values.prop_map(move |values| {
        let mut policy = json!({"version": 1});
        for (path, value) in paths
            .iter()
            .zip(values)
            .filter_map(|(path, value)| Some((path, value?)))
        {
            let mut at = &mut policy;
            for step in path.split('/').skip(1) {
                at = at.as_object_mut().unwrap().entry(step).or_insert(json!({}));
            }
            *at = value;
        }
        policy
    })
}
