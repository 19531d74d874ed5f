;; A dot product of four floats by relaxed multiply-add: whether it rounds once or twice is the processor's choice.
(module
  (memory (export "memory") 1 1)
  (func (export "abi_version") (result i32)
    i32.const 0x10000)
  (func (export "multiply_add") (param $a i32) (param $b i32) (param $sum i32)
    (v128.store (local.get $sum)
      (f32x4.relaxed_madd
        (v128.load (local.get $a))
        (v128.load (local.get $b))
        (v128.load (local.get $sum))))))
