(module
  (import "env" "read_file" (func $read (param i32 i32) (result i32)))
  (import "env" "exec" (func $exec (param i32 i32) (result i32)))
  (import "env" "call" (func $call (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1 2)
  (table 1 1 funcref)
  (elem (i32.const 0) $later)
  (func $main.readHost (param i32 i32) (result i32)
    local.get 0 local.get 1 call $read)
  (func $main.run (export "run") (result i32)
    i32.const 64 i32.const 11 call $main.readHost)
  (func $main.handle (export "handle") (param i32 i32) (result i32)
    local.get 0 local.get 1 call $read
    i32.const 17 i32.const 80 i32.const 5 call $call
    i32.add
    i32.const 0 call_indirect (result i32)
    i32.add)
  (func $later (@name "_ZN5clock3nowEv") (result i32)
    i32.const 1 i64.const 1000 i32.const 8 call $clock)
  (func $never (result i32)
    i32.const 64 i32.const 11 call $exec)
  (data (i32.const 64) "/etc/passwd\00\00\00\00\00users\00ghp_0123456789abcdefghijABCDEFGHIJ012345"))
