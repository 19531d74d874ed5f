;; Single operators and single calls that do the work of millions: a clock that is looked at every so many operators, or
;; between calls, would be looked at minutes too late.
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (memory (export "memory") 1024 1024)
  (table $elements 100000 100000 funcref)
  (func (export "abi_version") (result i32) (i32.const 1))
  (func (export "fill") (loop $on
    (memory.fill (i32.const 0) (i32.const 255) (i32.const 67108864)) (br $on)))
  (func (export "copy") (loop $on
    (memory.copy (i32.const 0) (i32.const 33554432) (i32.const 33554432)) (br $on)))
  (func (export "fill_table") (loop $on
    (table.fill $elements (i32.const 0) (ref.null func) (i32.const 100000)) (br $on)))
  (func (export "copy_table") (loop $on
    (table.copy $elements $elements (i32.const 1) (i32.const 0) (i32.const 99999)) (br $on)))
  (func (export "random") (loop $on
    (drop (call $random_get (i32.const 0) (i32.const 1048576))) (br $on))))
