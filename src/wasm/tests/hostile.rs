//! Input that means harm: it ends soon, in little memory, with a fault that has its place.

use proptest::prelude::*;

use super::{bytes, leb, module, section};
use crate::wasm::{
    MAX_EXPORTS, MAX_IMPORTS, MAX_NAME, MAX_SECTIONS, MAX_WORK, Malformed, body, decode,
};

/// A module with a bit of everything.
const SMALL: &str = r#"(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32) (result i32)))
    (table 2 funcref) (memory (export "memory") 1 2) (global (export "g") (mut i32) (i32.const 1))
    (func (export "run") (local i64) (block (br_if 0 (call 0 (i32.const 3)))) i64.const 4 local.set 0)
    (func $other (param externref) (result i32) i32.const 3)
    (start 1) (elem (i32.const 0) func 1 2) (data (i32.const 4) "https://example.com/ text") (data "more")
    (@custom "producers" "\01\08language\01\02Go\041.26"))"#;

fn fault(binary: &[u8]) -> Malformed {
    decode(binary).malformed.expect("a fault")
}

fn is_own_limit(fault: &Malformed) -> bool {
    fault.reason.contains("ringfence's own limit")
}

#[test]
fn a_module_cut_anywhere_is_malformed_or_shorter() {
    let binary = bytes(SMALL);
    let whole = decode(&binary);
    assert_eq!(whole.malformed, None);
    for end in 0..binary.len() {
        let cut = decode(&binary[..end]);
        let shorter = cut.sections.len() < whole.sections.len();
        assert!(cut.malformed.is_some() || shorter, "{end}");
        assert!(
            cut.malformed.is_none_or(|fault| fault.offset <= end),
            "{end}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_mutated_module_never_panics(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let mut binary = bytes(SMALL);
        for (index, byte) in changes {
            let place = index.index(binary.len());
            binary[place] = byte;
        }
        let module = decode(&binary);
        if let Some(fault) = &module.malformed {
            prop_assert!(fault.offset <= binary.len());
            prop_assert!(!fault.reason.is_empty() && !fault.reason.contains('\n'));
            prop_assert!(module.proposals.iter().all(|usage| usage.offset < fault.offset));
        }
        prop_assert_eq!(&decode(&binary), &module);
    }

    #[test]
    fn any_bytes_after_the_header_are_read(content in proptest::collection::vec(any::<u8>(), 0..200)) {
        decode(&module(&[content]));
    }
}

#[test]
fn trailing_bytes_are_a_fault() {
    let mut binary = bytes(SMALL);
    let end = binary.len();
    binary.extend(b"trailing");
    assert!(fault(&binary).offset >= end);
}

#[test]
fn unknown_and_doubled_sections_are_faults() {
    assert!(fault(&module(&[section(77, b"x")])).offset >= 8);
    let memory = section(5, b"\x01\x00\x01");
    let first = decode(&module(std::slice::from_ref(&memory)));
    assert_eq!(first.malformed, None);
    let twice = decode(&module(&[memory.clone(), memory]));
    assert!(twice.malformed.is_some());
    assert_eq!(twice.memories.len(), 1);
}

#[test]
fn too_many_imports_and_exports_are_our_limit() {
    let imports = |count: usize| {
        let types = section(1, b"\x01\x60\0\0");
        let list = b"\x01a\x01b\0\0".repeat(count);
        module(&[types, section(2, &[leb(count), list].concat())])
    };
    assert_eq!(decode(&imports(MAX_IMPORTS)).imports.len(), MAX_IMPORTS);
    assert!(is_own_limit(&fault(&imports(100_000))));
    let list: Vec<u8> = (0..=MAX_EXPORTS)
        .flat_map(|index| {
            [
                b"\x05".to_vec(),
                format!("{index:05}").into_bytes(),
                vec![2, 0],
            ]
            .concat()
        })
        .collect();
    let exports = section(7, &[leb(MAX_EXPORTS + 1), list].concat());
    let binary = module(&[section(5, b"\x01\x00\x01"), exports]);
    assert!(is_own_limit(&fault(&binary)));
}

#[test]
fn long_names_together_are_our_limit() {
    let name = |index: usize, length: usize| {
        let name = format!("{index:0length$}");
        [leb(length), name.into_bytes()].concat()
    };
    let types = section(1, b"\x01\x60\0\0");
    let imports = |count: usize| {
        let list = (0..count).map(|at| [name(at, 1000), name(at, 1000), vec![0, 0]].concat());
        let list: Vec<u8> = list.flatten().collect();
        module(&[types.clone(), section(2, &[leb(count), list].concat())])
    };
    assert_eq!(decode(&imports(2000)).malformed, None);
    assert!(is_own_limit(&fault(&imports(3000))));
    let list: Vec<u8> = (0..5000)
        .flat_map(|at| [name(at, 1000), vec![2, 0]].concat())
        .collect();
    let exports = section(7, &[leb(5000), list].concat());
    let memory = section(5, b"\x01\x00\x01");
    assert!(is_own_limit(&fault(&module(&[memory, exports]))));
    let customs: Vec<_> = (0..5000).map(|at| section(0, &name(at, 1000))).collect();
    assert!(is_own_limit(&fault(&module(&customs))));
}

#[test]
fn nested_modules_share_our_limits() {
    let component = |inner: &[u8], count: usize| {
        let nested = section(1, inner).repeat(count);
        [b"\0asm\x0d\0\x01\0".to_vec(), nested].concat()
    };
    let customs = module(&vec![section(0, b"\x01x"); 60_000]);
    let segments = [leb(90_000), b"\x01\0".repeat(90_000)].concat();
    let data = module(&[section(11, &segments)]);
    let functions = module(&[
        section(1, b"\x01\x60\0\0"),
        section(3, &[leb(900_000), vec![0; 900_000]].concat()),
        section(10, &[leb(900_000), b"\x02\0\x0b".repeat(900_000)].concat()),
    ]);
    for (inner, fits) in [(customs, 1), (data, 4), (functions, 2)] {
        assert_eq!(decode(&component(&inner, fits)).malformed, None);
        assert!(is_own_limit(&fault(&component(&inner, fits + 1))));
    }
}

#[test]
fn huge_counts_end_at_once() {
    for id in [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13] {
        let binary = module(&[section(id, &leb(u32::MAX as usize))]);
        fault(&binary);
    }
}

#[test]
fn many_sections_are_our_limit() {
    let binary = module(&vec![section(0, b"\x01x"); MAX_SECTIONS + 1]);
    let module = decode(&binary);
    assert!(is_own_limit(&module.malformed.unwrap()));
    assert_eq!(module.sections.len(), MAX_SECTIONS);
}

#[test]
fn wide_signatures_are_our_limit() {
    let wide = [b"\x01\x60".to_vec(), leb(1000), vec![0x7f; 1000], vec![0]].concat();
    let list = b"\x01a\x01b\0\0".repeat(700);
    let imports = section(2, &[leb(700), list].concat());
    let fault = fault(&module(&[section(1, &wide), imports]));
    assert!(is_own_limit(&fault), "{fault:?}");
}

#[test]
fn work_in_wide_operators_is_our_limit() {
    let types = b"\x02\x60\0\0\x60".to_vec();
    let wide = [leb(1000), vec![0x7f; 1000], vec![0]].concat();
    let body = [vec![0, 0], b"\x10\x01".repeat(200_000), vec![0x0b]].concat();
    let bodies = [leb(2), leb(body.len()), body, leb(3), vec![0, 0, 0x0b]].concat();
    let binary = module(&[
        section(1, &[types, wide].concat()),
        section(3, b"\x02\x00\x01"),
        section(10, &bodies),
    ]);
    assert!(is_own_limit(&fault(&binary)));
    ends_at_the_limit(&binary, 1000);
}

/// Whether no batch of bodies went on once the work was over the limit: none adds more than its last operator's, which is at
/// most `widest`. All of the module's work is more than that.
fn ends_at_the_limit(binary: &[u8], widest: u64) {
    let (spent, batches) = body::spent(binary);
    assert!(spent > MAX_WORK, "{spent}");
    assert!(spent <= MAX_WORK + batches * widest, "{spent} in {batches}");
}

#[test]
fn many_locals_end_soon() {
    let body = [vec![1], leb(50_000), vec![0x7f, 0x0b]].concat();
    let count = 200_000;
    let bodies = [leb(body.len()), body].concat().repeat(count);
    let binary = module(&[
        section(1, b"\x01\x60\0\0"),
        section(3, &[leb(count), vec![0; count]].concat()),
        section(10, &[leb(count), bodies].concat()),
    ]);
    assert!(is_own_limit(&fault(&binary)));
    ends_at_the_limit(&binary, 50_000 / 32);
}

#[test]
fn deep_blocks_are_read_without_recursion() {
    let depth = 100_000;
    let body = [vec![0], b"\x02\x40".repeat(depth), vec![0x0b; depth + 1]].concat();
    let bodies = [leb(1), leb(body.len()), body].concat();
    let binary = module(&[
        section(1, b"\x01\x60\0\0"),
        section(3, b"\x01\x00"),
        section(10, &bodies),
    ]);
    let module = decode(&binary);
    assert_eq!(module.malformed, None);
    assert!(module.listing(&binary, binary.len() / 2).is_some());
}

#[test]
fn long_names_are_cut_or_refused() {
    let name = vec![b'n'; 1 << 20];
    let long = [leb(name.len()), name.clone()].concat();
    fault(&module(&[section(0, &long)]));
    let import = [leb(1), long, b"\x01b\0\0".to_vec()].concat();
    fault(&module(&[section(1, b"\x01\x60\0\0"), section(2, &import)]));
    let name = &name[..50_000];
    let map = [leb(1), leb(0), leb(name.len()), name.to_vec()].concat();
    let names = [b"\x04name\x01".to_vec(), leb(map.len()), map].concat();
    let module = decode(&module(&[section(0, &names)]));
    assert_eq!(module.malformed, None);
    assert_eq!(module.names[0].1.len(), MAX_NAME);
}

#[test]
fn names_that_are_no_text_are_faults() {
    let import = section(2, b"\x01\x02\xff\xfe\x01b\0\0");
    fault(&module(&[section(1, b"\x01\x60\0\0"), import]));
    fault(&module(&[section(0, b"\x02\xff\xfe")]));
    let broken = decode(&module(&[section(
        0,
        b"\x04name\x01\x05\x01\x00\x02\xff\xfe",
    )]));
    assert_eq!((broken.malformed, broken.names), (None, Vec::new()));
}

#[test]
fn the_earliest_fault_is_told_however_work_is_shared() {
    let good = b"\x03\0\x01\x0b".to_vec();
    let bad = b"\x03\0\x1a\x0b".to_vec();
    let count = 100_000;
    let mut bodies = vec![good; count];
    bodies[40_000].clone_from(&bad);
    bodies[90_000] = bad;
    let binary = module(&[
        section(1, b"\x01\x60\0\0"),
        section(3, &[leb(count), vec![0; count]].concat()),
        section(10, &[leb(count), bodies.concat()].concat()),
        section(77, b"unknown"),
    ]);
    let module = decode(&binary);
    assert_eq!(module.functions.complexity.len(), 40_000);
    let place = module.malformed.unwrap().offset;
    assert_eq!(binary[place], 0x1a);
}

#[test]
fn a_fault_keeps_the_facts_before_it() {
    let mut binary =
        bytes(r#"(module (import "env" "f" (func)) (memory 1) (func i32.const 1 drop))"#);
    let drop = binary.iter().rposition(|byte| *byte == 0x1a).unwrap();
    binary[drop] = 0xff;
    let module = decode(&binary);
    assert_eq!((module.imports.len(), module.memories.len()), (1, 1));
    assert_eq!(module.malformed.unwrap().offset, drop);
}
