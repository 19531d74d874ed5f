;; Writes 8 MiB to a stream, a page at a time.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_renumber" (func $fd_renumber (param i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (data (i32.const 0) "\00\02\00\00\00\80\00\00")
  (func (export "abi_version") (result i32) (i32.const 1))
  (func $flood (param $stream i32) (local $pages i32)
    (memory.fill (i32.const 512) (i32.const 46) (i32.const 32768))
    (loop $next
      (drop (call $fd_write (local.get $stream) (i32.const 0) (i32.const 1) (i32.const 8)))
      (local.set $pages (i32.add (local.get $pages) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $pages) (i32.const 256)))))
  (func (export "stdout") (call $flood (i32.const 1)))
  (func (export "stderr") (call $flood (i32.const 2)))
  ;; One stream under the other's number has still its own bound.
  (func (export "renumbered")
    (drop (call $fd_renumber (i32.const 1) (i32.const 2)))
    (call $flood (i32.const 2))))
