(module $renamed
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 2)
  (data (i32.const 64) "https://api.example.com/v1")
  (func $unused nop)
  (func $start (export "_start") call $unused)
  (func $render (export "render") (param i32 i32) (result i32) i32.const 0)
  (func $version (export "abi_version") (result i32) i32.const 1))
