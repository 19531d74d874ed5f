;; Burns processor time in the function that says its version. `_start` leaves a word on standard output: nobody may call it.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (data (i32.const 0) "\08\00\00\00\07\00\00\00called\0a")
  (func (export "abi_version") (result i32) (loop $on (br $on)) (unreachable))
  (func (export "_start") (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))))
