;; Takes table elements until somebody says no: host memory that no linear memory shows.
(module
  (memory (export "memory") 1 1)
  (table $elements 1 funcref)
  (table $others 1 funcref)
  (func (export "abi_version") (result i32) (i32.const 1))
  (func (export "step") (loop $on
    (br_if $on (i32.ne (table.grow $elements (ref.null func) (i32.const 1)) (i32.const -1)))))
  (func (export "leap") (drop (table.grow $elements (ref.null func) (i32.const 0x7fffffff))))
  ;; In turn, so that each of the two stays small.
  (func (export "both") (loop $on
    (drop (table.grow $elements (ref.null func) (i32.const 1)))
    (drop (table.grow $others (ref.null func) (i32.const 1)))
    (br $on))))
