;; Takes memory until somebody says no, declared nowhere.
(module
  (memory (export "memory") 1)
  (func (export "abi_version") (result i32) (i32.const 1))
  (func (export "step") (loop $on (br_if $on (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))))
  ;; All 4 GiB at once.
  (func (export "leap") (drop (memory.grow (i32.const 65535))))
  ;; More than can be addressed: the specification says that this fails, and nothing else.
  (func (export "beyond") (result i32) (memory.grow (i32.const -1))))
