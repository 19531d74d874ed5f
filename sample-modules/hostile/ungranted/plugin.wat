;; Looks for what the host has and nobody gave: variables, arguments. Exits with the number of what it found.
(module
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 2 2)
  (func $if (param $attempt i32) (param $found i32)
    (if (local.get $found) (then (call $proc_exit (local.get $attempt)))))
  (func (export "_start")
    (drop (call $environ_sizes_get (i32.const 0) (i32.const 4)))
    ;; `GREETING=hi` and its NUL, and nothing else.
    (call $if (i32.const 1) (i32.ne (i32.load (i32.const 0)) (i32.const 1)))
    (call $if (i32.const 2) (i32.ne (i32.load (i32.const 4)) (i32.const 12)))
    (call $if (i32.const 3) (call $environ_get (i32.const 16) (i32.const 1024)))
    ;; "GREETING", little-endian.
    (call $if (i32.const 4) (i64.ne (i64.load (i32.load (i32.const 16))) (i64.const 0x474e495445455247)))
    ;; Its own name, and no path of the host in it.
    (drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
    (call $if (i32.const 5) (i32.gt_u (i32.load (i32.const 0)) (i32.const 2)))
    (call $if (i32.const 6) (call $args_get (i32.const 16) (i32.const 4096)))
    (call $if (i32.const 7) (i32.eq (i32.load8_u (i32.load (i32.const 16))) (i32.const 47)))))
