;; An echo server as a plugin: it accepts a connection, then another, and never returns.
(module
  (import "wasi_snapshot_preview1" "sock_accept" (func $sock_accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_recv" (func $sock_recv (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_send" (func $sock_send (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_shutdown" (func $sock_shutdown (param i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  ;; At 0 one buffer {address 1024, length 4096}, at 16 the connection, at 20 the bytes received, at 24 the flags.
  (data (i32.const 0) "\00\04\00\00\00\10\00\00")
  (func (export "_start")
    (loop $next
      (if (i32.eqz (call $sock_accept (i32.const 3) (i32.const 0) (i32.const 16)))
        (then (call $echo (i32.load (i32.const 16)))))
      (br $next)))
  (func $echo (param $connection i32)
    (i32.store (i32.const 4) (i32.const 4096))
    (if (i32.eqz (call $sock_recv (local.get $connection)
          (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 20) (i32.const 24)))
      (then
        (i32.store (i32.const 4) (i32.load (i32.const 20)))
        (drop (call $sock_send (local.get $connection) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 20)))))
    (drop (call $sock_shutdown (local.get $connection) (i32.const 3)))))
