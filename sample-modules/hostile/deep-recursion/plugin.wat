;; Calls itself until a stack ends: the guest's must, never the host's.
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
  (memory (export "memory") 1 1)
  (table funcref (elem $through_table))
  (func (export "abi_version") (result i32) (i32.const 1))
  (func $direct (export "direct") (param $depth i64) (result i64)
    (i64.add (i64.const 1) (call $direct (i64.add (local.get $depth) (i64.const 1)))))
  (func $through_table (export "through_table") (result i32)
    (i32.add (i32.const 1) (call_indirect (result i32) (i32.const 0))))
  ;; Wider frames.
  (func $wide (export "wide") (param i64 i64 i64 i64) (result i64 i64 i64 i64 i64 i64 i64 i64)
    (call $wide (local.get 3) (local.get 2) (local.get 1) (local.get 0)))
  ;; The host works on what is left of the stack.
  (func $to_the_host (export "to_the_host") (result i32)
    (drop (call $sched_yield))
    (i32.add (i32.const 1) (call $to_the_host))))
