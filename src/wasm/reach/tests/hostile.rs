//! Input that means harm: as much work as there is code, and bounded memory.

use super::super::Room;
use super::graph::{analysed, analysed_within};
use crate::wasm::tests::{leb, module, section};
use crate::wasm::{Reach, Why, decode};

/// A module of one import, one exported function and `count` others of the same type, all in one table.
fn table(count: usize, body: &[u8]) -> Vec<u8> {
    let all = count + 1;
    let content = [&[0][..], body, &[0x0b]].concat();
    let one = [leb(content.len()), content].concat();
    module(&[
        section(1, b"\x01\x60\0\0"),
        section(2, b"\x01\x01a\x01b\0\0"),
        section(3, &[leb(all), vec![0; all]].concat()),
        section(4, &[b"\x01\x70\0".to_vec(), leb(all)].concat()),
        section(7, b"\x01\x03run\0\x01"),
        section(
            9,
            &[
                b"\x01\0\x41\0\x0b".to_vec(),
                leb(all),
                (1..=all).flat_map(leb).collect(),
            ]
            .concat(),
        ),
        section(10, &[leb(all), one.repeat(all)].concat()),
    ])
}

fn work(bytes: &[u8]) -> u64 {
    let (_, graph) = analysed(bytes);
    graph.work()
}

#[test]
fn work_grows_as_the_code_does() {
    // i32.const 0, call_indirect; and a call of the import.
    let body = b"\x41\0\x11\0\0\x10\0";
    let (small, large) = (work(&table(1000, body)), work(&table(10_000, body)));
    assert!(large <= 10 * small + 100, "{small} and {large}");
    assert!(large >= 9 * small, "{small} and {large}");
}

#[test]
fn many_indirect_calls_of_many_functions_end_soon() {
    let bytes = table(200_000, b"\x41\0\x11\0\0");
    let start = std::time::Instant::now();
    let module = decode(&bytes);
    assert_eq!(module.malformed, None);
    let uses = module.uses.unwrap();
    assert_eq!(uses.imports[0].reach, Reach::Unreachable);
    assert!(start.elapsed() < std::time::Duration::from_mins(1));
}

#[test]
fn subtypes_of_subtypes_are_met_once_each() {
    // A chain of subtypes, as deep as the validator allows, a function of each type, a call by each.
    let depth = 60;
    let types = [
        leb(depth),
        (0..depth)
            .flat_map(|at| match at {
                0 => b"\x50\0\x60\0\0".to_vec(),
                at => [b"\x50\x01".to_vec(), leb(at - 1), b"\x60\0\0".to_vec()].concat(),
            })
            .collect(),
    ]
    .concat();
    let count = 50 * depth;
    let bodies: Vec<u8> = (0..count)
        .flat_map(|at| {
            let content = [
                b"\0\x41\0\x11".to_vec(),
                leb(at % depth),
                b"\0\x0b".to_vec(),
            ]
            .concat();
            [leb(content.len()), content].concat()
        })
        .collect();
    let bytes = module(&[
        section(1, &types),
        section(
            3,
            &[
                leb(count),
                (0..count).flat_map(|at| leb(at % depth)).collect(),
            ]
            .concat(),
        ),
        section(4, &[b"\x01\x70\0".to_vec(), leb(count)].concat()),
        section(7, b"\x01\x03run\0\0"),
        section(
            9,
            &[
                b"\x01\0\x41\0\x0b".to_vec(),
                leb(count),
                (0..count).flat_map(leb).collect(),
            ]
            .concat(),
        ),
        section(10, &[leb(count), bodies].concat()),
    ]);
    assert!(work(&bytes) < 10 * count as u64);
}

#[test]
fn too_many_calls_are_a_may_with_a_reason() {
    let bytes = table(100, b"\x10\0\x10\x02\x10\x03");
    let entries = 101 * 3;
    let (uses, graph) = analysed_within(&bytes, Room::of(entries));
    assert_eq!((uses.imports[0].reach, uses.bounded), (Reach::Likely, None));
    assert!(!graph.is_reached(50));
    let (uses, graph) = analysed_within(&bytes, Room::of(entries - 1));
    assert_eq!(uses.imports[0].reach, Reach::May(Why::Bounded));
    assert_eq!(uses.imports[0].others, Some(Why::Bounded));
    assert!(uses.bounded.is_some());
    assert!(graph.is_reached(50));
}

#[test]
fn too_many_types_are_a_may_with_a_reason() {
    let (types, tables) = (11_000, 100);
    let content: Vec<u8> = (0..tables)
        .flat_map(|table| {
            let calls = (0..types).map(|ty| [b"\x41\0\x11".to_vec(), leb(ty), leb(table)].concat());
            let content = [vec![0, 0], calls.flatten().collect(), vec![0x0b]].concat();
            [leb(content.len()), content].concat()
        })
        .collect();
    // Each type differs from the others by its parameters, which the calls leave out: they come after an `unreachable`.
    let list = (0..types).flat_map(|ty| {
        let parameters: Vec<u8> = (0..14)
            .map(|bit| if ty >> bit & 1 == 0 { 0x7f } else { 0x7e })
            .collect();
        [b"\x60\x0e".to_vec(), parameters, vec![0]].concat()
    });
    let exports =
        (0..tables).flat_map(|at| [format!("\u{2}{at:02}\0").into_bytes(), leb(at)].concat());
    let bytes = module(&[
        section(1, &[leb(types), list.collect()].concat()),
        section(3, &[leb(tables), vec![0; tables]].concat()),
        section(4, &[leb(tables), b"\x70\0\0".repeat(tables)].concat()),
        section(7, &[leb(tables), exports.collect()].concat()),
        section(10, &[leb(tables), content].concat()),
    ]);
    let module = decode(&bytes);
    assert_eq!(module.malformed, None);
    assert!(module.uses.unwrap().bounded.is_some());
}

#[test]
fn repeated_calls_are_kept_once() {
    let bytes = table(10, &b"\x10\x02".repeat(100_000));
    let (uses, graph) = analysed(&bytes);
    assert_eq!(uses.imports[0].reach, Reach::Unreachable);
    assert_eq!(graph.callers(2).len(), 2);
    assert!(graph.work() < 100);
}
