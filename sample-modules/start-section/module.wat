;; Fills its table of squares as soon as it is instantiated: before the host can ask for its version, and before a
;; host that sets its budget only around calls has set one.
(module
  (memory (export "memory") 1 1)
  (func $fill
    (local $number i32)
    (loop $next
      (i32.store
        (i32.mul (local.get $number) (i32.const 4))
        (i32.mul (local.get $number) (local.get $number)))
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $number) (i32.const 1000)))))
  (start $fill)
  (func (export "abi_version") (result i32)
    i32.const 0x10000)
  (func (export "square") (param $number i32) (result i32)
    (if (i32.ge_u (local.get $number) (i32.const 1000))
      (then (return (i32.const -1))))
    (i32.load (i32.mul (local.get $number) (i32.const 4)))))
