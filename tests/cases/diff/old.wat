(module
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 2)
  (data (i32.const 0) "https://api.example.com/v1")
  (func (export "abi_version") (result i32) i32.const 1)
  (func (export "render") (param i32 i32) (result i32) i32.const 0)
  (func (export "_start")))
