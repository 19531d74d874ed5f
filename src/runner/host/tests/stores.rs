//! `builtin: kv` and `builtin: config` from the guest's side.

use super::*;
use crate::runner::sample;

/// A guest with `set`, `get` and `del` over the bytes at [`AT`], each with the scope of `provider`.
fn store(bounds: &str) -> Runner {
    stores(bounds, bounds)
}

/// The same, where `get` and `del` have another scope than `set`.
fn stores(set: &str, get: &str) -> Runner {
    let module = "(module
        (import \"kv\" \"set\" (func $set (param i32 i32 i32 i32) (result i32)))
        (import \"kv\" \"get\" (func $get (param i32 i32 i32 i32) (result i32)))
        (import \"kv\" \"del\" (func $del (param i32 i32) (result i32)))
        (memory (export \"memory\") 1 1) (data (i32.const 1024) \"alphabeta\")
        (func (export \"peek\") (param i32) (result i32) (i32.load8_u (local.get 0)))
        (func (export \"set\") (param i32 i32 i32 i32) (result i32)
            (call $set (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
        (func (export \"get\") (param i32 i32 i32 i32) (result i32)
            (call $get (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
        (func (export \"del\") (param i32 i32) (result i32) (call $del (local.get 0) (local.get 1))))";
    let provider = |keys: &str| format!("provider: {{builtin: kv{keys}}}");
    let (set, get) = (provider(set), provider(get));
    let key = "{name: key, role: text, ptr: 0, len: 1}";
    let policy = format!(
        "module: {{kind: core}}
imports:
  host:
    - {{module: kv, name: set, args: [{key}, {{name: value, role: buffer, ptr: 2, len: 3}}], {set}}}
    - {{module: kv, name: get, args: [{key}, {{name: out, role: out-buffer, ptr: 2, len: 3}}], {get}}}
    - {{module: kv, name: del, args: [{key}], {get}}}
{LIMITS}"
    );
    sample::runner(module, &policy)
}

async fn begin<'r>(runner: &'r Runner, tenant: Option<&str>) -> Instance<'r> {
    let invocation = Invocation {
        tenant: tenant.map(str::to_owned),
        ..Invocation::default()
    };
    match runner.start(invocation).await {
        Ok(instance) => instance,
        Err(outcome) => panic!("{outcome:?}"),
    }
}

const A: [i32; 2] = [AT, 5];
const B: [i32; 2] = [AT + 5, 4];

async fn set(guest: &mut Instance<'_>, key: [i32; 2], length: i32) -> i32 {
    word(guest, "set", &[key[0], key[1], AT, length]).await
}

async fn get(guest: &mut Instance<'_>, key: [i32; 2], room: i32) -> i32 {
    word(guest, "get", &[key[0], key[1], OUT, room]).await
}

#[test]
fn entries_are_set_got_and_removed() {
    let runner = store(", max_entries: 2, max_bytes: 64");
    tokio().block_on(async {
        let guest = &mut begin(&runner, None).await;
        assert_eq!(get(guest, A, 16).await, -1);
        assert_eq!(set(guest, A, 9).await, 0);
        assert_eq!(get(guest, A, 8).await, -2);
        assert_eq!(peek(guest, OUT, 1).await, [0]);
        assert_eq!(get(guest, A, 9).await, 9);
        assert_eq!(peek(guest, OUT, 10).await, b"alphabeta\0");
        assert_eq!(word(guest, "del", &A).await, 0);
        assert_eq!(word(guest, "del", &A).await, -1);
        assert_eq!(get(guest, A, 9).await, -1);
    });
}

#[test]
fn a_store_is_bounded() {
    let runner = store(", max_entries: 1, max_bytes: 10");
    tokio().block_on(async {
        let guest = &mut begin(&runner, None).await;
        assert_eq!(set(guest, A, 6).await, -1, "11 bytes with its key");
        assert_eq!(set(guest, A, 5).await, 0);
        assert_eq!(set(guest, B, 0).await, -1, "a second entry");
        assert_eq!(set(guest, A, 1).await, 0);
        assert_eq!(get(guest, A, 9).await, 1);
    });
    for bounds in ["", ", max_entries: 9", ", max_bytes: 99"] {
        let runner = store(bounds);
        tokio().block_on(async {
            let guest = &mut begin(&runner, None).await;
            assert_eq!(set(guest, A, 1).await, -1, "{bounds}");
        });
    }
}

#[test]
fn entries_live_as_long_as_their_scope_and_no_other_tenant_sees_them() {
    let bounds = ", max_entries: 9, max_bytes: 99";
    for (scope, tenant, kept) in [
        ("", Some("acme"), false),
        (", scope: invocation", Some("acme"), false),
        (", scope: tenant", Some("acme"), true),
        (", scope: tenant", None, false),
    ] {
        let runner = store(&format!("{bounds}{scope}"));
        tokio().block_on(async {
            let first = &mut begin(&runner, tenant).await;
            assert_eq!(set(first, A, 3).await, 0);
            let again = &mut begin(&runner, tenant).await;
            let found = get(again, A, 9).await;
            assert_eq!(found, if kept { 3 } else { -1 }, "{scope} {tenant:?}");
            for other in [Some("bank"), Some(""), None] {
                let other = &mut begin(&runner, other).await;
                assert_eq!(get(other, A, 9).await, -1, "{scope}");
            }
        });
    }
}

#[test]
fn one_scope_does_not_see_the_other() {
    let bounds = ", max_entries: 9, max_bytes: 99";
    let shared = format!("{bounds}, scope: tenant");
    for (first, second) in [(bounds, shared.as_str()), (&shared, bounds)] {
        let runner = stores(first, second);
        tokio().block_on(async {
            let guest = &mut begin(&runner, Some("acme")).await;
            assert_eq!(set(guest, A, 3).await, 0);
            assert_eq!(get(guest, A, 9).await, -1);
        });
    }
}

#[test]
fn a_value_of_the_policy_is_found_by_name() {
    let arguments =
        "{name: key, role: text, ptr: 0, len: 1}, {name: out, role: out-buffer, ptr: 2, len: 3}";
    let more = ", provider: {builtin: config, values: {mode: fast}}";
    for (key, room, number) in [
        ("mode", 4, 4),
        ("mode", 3, -2),
        ("Mode", 4, -1),
        ("", 4, -1),
    ] {
        let runner = sample::runner(&guest(4, key.as_bytes()), &policy(arguments, more));
        tokio().block_on(async {
            let guest = &mut begin(&runner, None).await;
            let numbers = [AT, length(key.as_bytes()), OUT, room];
            assert_eq!(word(guest, "run", &numbers).await, number, "{key}");
            let found = peek(guest, OUT, 5).await;
            let expected: &[u8] = if number == 4 { b"fast\0" } else { &[0; 5] };
            assert_eq!(found, expected);
        });
    }
}

#[test]
fn no_provider_without_a_value_answers() {
    let arguments =
        "{name: key, role: text, ptr: 0, len: 1}, {name: out, role: out-buffer, ptr: 2, len: 3}";
    let more = ", provider: {builtin: config}";
    let runner = sample::runner(&guest(4, b"mode"), &policy(arguments, more));
    assert!(returned(&run(&runner, &[AT, 4, OUT, 9]), -1));
}

/// The same calls give the same answers, fuel included.
#[test]
fn two_runs_are_the_same() {
    let of = || {
        let runner = store(", max_entries: 2, max_bytes: 64");
        tokio().block_on(async {
            let mut guest = begin(&runner, None).await;
            let mut answers = Vec::new();
            for key in [A, B, A] {
                answers.push(set(&mut guest, key, 7).await);
                answers.push(get(&mut guest, key, 9).await);
            }
            let outcome = guest.finish(Ending::Returned(Vec::new()));
            (answers, outcome.usage.fuel, outcome.usage.host_calls)
        })
    };
    assert_eq!(of(), of());
}
