;; A side module as Emscripten's dynamic linking makes them: memory, table and stack pointer are those of another.
(module
  (import "env" "memory" (memory 1 16))
  (import "env" "__indirect_function_table" (table 1 100 funcref))
  (import "env" "__stack_pointer" (global $stack_pointer (mut i32)))
  (import "env" "__memory_base" (global $memory_base i32))
  (data (global.get $memory_base) "side")
  (func (export "abi_version") (result i32)
    i32.const 0x10000)
  (func (export "call") (param $slot i32) (result i32)
    (global.set $stack_pointer (i32.sub (global.get $stack_pointer) (i32.const 16)))
    (call_indirect (result i32) (local.get $slot))
    (global.set $stack_pointer (i32.add (global.get $stack_pointer) (i32.const 16)))))
