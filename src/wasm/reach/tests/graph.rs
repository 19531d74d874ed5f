//! The graph itself: callers, and other ways of entering.

use super::super::{Gathered, Graph, Room, Scope, Uses, analyse};
use crate::wasm::body;
use crate::wasm::tests::bytes;
use crate::wasm::walk::Walk;
use crate::wasm::{Kind, Reach, Why};

/// Uses and graph of a valid module.
pub(super) fn analysed(bytes: &[u8]) -> (Uses, Graph) {
    analysed_within(bytes, Room::default())
}

/// As [`analysed`], with so much room.
pub(super) fn analysed_within(bytes: &[u8], room: Room) -> (Uses, Graph) {
    let walk = Walk::over(bytes);
    assert_eq!(
        (walk.module.malformed.as_ref(), walk.module.kind),
        (None, Kind::Core)
    );
    let scope = Scope {
        imported: walk.module.functions.imported,
        ..Scope::default()
    };
    let bodies = body::validate(&walk.codes, bytes, (scope, room), false);
    let gathered = Gathered {
        bytes,
        origins: &walk.origins,
        traces: bodies.traces,
        statics: None,
        resources: walk.codes.first().map(|code| &code.resources),
        defined: walk.codes.first().map_or(0, |code| code.bodies.len()),
    };
    analyse(&walk.module, gathered)
}

#[test]
fn callers_are_the_reached_ones() {
    let (_, graph) = analysed(&bytes(
        r#"(module (import "env" "i" (func $i)) (func $dead call $w) (func $w call $i)
            (func $a (export "a") call $w call $w) (func $b call $w) (func (export "c") call $b call $i) (func $none))"#,
    ));
    let callers = |function| -> Vec<u32> {
        let sites = graph.callers(function);
        sites.iter().map(|site| site.caller).collect()
    };
    assert_eq!(callers(2), [3, 4]);
    assert_eq!(callers(0), [2, 5]);
    assert_eq!(callers(1), [0; 0]);
    assert_eq!(callers(99), [0; 0]);
    let reached: Vec<_> = (0..8)
        .filter(|function| graph.is_reached(*function))
        .collect();
    assert_eq!(reached, [0, 2, 3, 4, 5]);
    assert!((0..7).filter(|at| graph.entered(*at).is_some()).eq([3, 5]));
    let sites = graph.callers(2);
    assert!(sites[0].offset < sites[1].offset);
}

#[test]
fn other_ways_of_entering_are_told() {
    let (_, graph) = analysed(&bytes(
        r#"(module (import "env" "i" (func $i)) (table 3 funcref) (table $u (export "u") 1 funcref)
            (func $exported (export "a") (call_indirect (i32.const 0))) (func $met) (func $other (param i32))
            (func $shared) (func $direct) (elem (i32.const 0) $met $other $i $direct) (elem (table $u) (i32.const 0) func $shared)
            (func $start call $direct call $plain) (func $plain) (start $start))"#,
    ));
    let entered: Vec<_> = (0..8).map(|function| graph.entered(function)).collect();
    assert_eq!(
        entered,
        [
            Some(Why::Exported),
            Some(Why::Exported),
            Some(Why::IndirectCall),
            None,
            Some(Why::SharedTable),
            Some(Why::IndirectCall),
            Some(Why::Exported),
            None,
        ]
    );
    assert!(!graph.is_reached(3));
    assert!(graph.is_reached(7));
}

#[test]
fn a_graph_of_which_nothing_is_known_answers_for_the_worst() {
    let graph = Graph::unknown(2, 1);
    assert!(graph.is_reached(1) && !graph.is_reached(2));
    assert_eq!(graph.entered(0), Some(Why::NotAnalysed));
    assert!(Reach::May(Why::NotAnalysed).is_reachable());
}
