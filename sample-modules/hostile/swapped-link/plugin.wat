;; Opens a path over and over while somebody on the host swaps a folder on the way for a link that leads out. Exits with 1 if
;; it ever reads the secret. Exits with 2 if it never reads anything: then nothing was tried.
(module
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1 1)
  (data (i32.const 0) "door/inside.txt")
  ;; One buffer of 6 bytes at 40.
  (data (i32.const 32) "\28\00\00\00\06\00\00\00")
  (func (export "_start") (local $times i32) (local $read i32)
    (loop $again
      (if (i32.eqz (call $path_open (i32.const 3) (i32.const 1) (i32.const 0) (i32.const 15) (i32.const 0)
          (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 64)))
        (then
          (i32.store (i32.const 40) (i32.const 0))
          (drop (call $fd_read (i32.load (i32.const 64)) (i32.const 32) (i32.const 1) (i32.const 68)))
          (drop (call $fd_close (i32.load (i32.const 64))))
          (local.set $read (i32.add (local.get $read) (i32.const 1)))
          ;; "secr", little-endian.
          (if (i32.eq (i32.load (i32.const 40)) (i32.const 0x72636573)) (then (call $proc_exit (i32.const 1))))))
      (local.set $times (i32.add (local.get $times) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $times) (i32.const 4000))))
    (if (i32.eqz (local.get $read)) (then (call $proc_exit (i32.const 2))))))
