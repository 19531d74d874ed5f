;; Opens without closing, until the host has no descriptors left for anybody.
(module
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_renumber" (func $fd_renumber (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1 1)
  (data (i32.const 0) "inside.txt.")
  (func (export "abi_version") (result i32) (i32.const 1))
  (func $open (param $path i32) (param $length i32) (param $how i32) (result i32)
    (call $path_open (i32.const 3) (i32.const 0) (local.get $path) (local.get $length)
      (local.get $how) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 64)))
  (func (export "files") (loop $on (drop (call $open (i32.const 0) (i32.const 10) (i32.const 0))) (br $on)))
  (func (export "folders") (loop $on (drop (call $open (i32.const 10) (i32.const 1) (i32.const 2))) (br $on)))
  ;; An honest habit: what was closed, or overwritten by another, is free again.
  (func (export "in_turn") (local $times i32)
    (loop $on
      (if (call $open (i32.const 0) (i32.const 10) (i32.const 0)) (then (call $proc_exit (i32.const 1))))
      (if (call $fd_close (i32.load (i32.const 64))) (then (call $proc_exit (i32.const 2))))
      (local.set $times (i32.add (local.get $times) (i32.const 1)))
      (br_if $on (i32.lt_u (local.get $times) (i32.const 100)))))
  (func (export "renumbered") (local $times i32) (local $first i32)
    (if (call $open (i32.const 0) (i32.const 10) (i32.const 0)) (then (call $proc_exit (i32.const 1))))
    (local.set $first (i32.load (i32.const 64)))
    (loop $on
      (if (call $open (i32.const 0) (i32.const 10) (i32.const 0)) (then (call $proc_exit (i32.const 2))))
      (if (call $fd_renumber (i32.load (i32.const 64)) (local.get $first)) (then (call $proc_exit (i32.const 3))))
      (local.set $times (i32.add (local.get $times) (i32.const 1)))
      (br_if $on (i32.lt_u (local.get $times) (i32.const 100))))))
