;; Sums bytes in a memory with 64-bit addresses: a host that reads its pointers as 32 bits looks at other bytes.
(module
  (memory (export "memory") i64 1 4)
  (func (export "abi_version") (result i32)
    i32.const 0x10000)
  (func (export "sum") (param $from i64) (param $length i64) (result i64)
    (local $total i64)
    (loop $next
      (if (i64.ne (local.get $length) (i64.const 0))
        (then
          (local.set $total (i64.add (local.get $total) (i64.load8_u (local.get $from))))
          (local.set $from (i64.add (local.get $from) (i64.const 1)))
          (local.set $length (i64.sub (local.get $length) (i64.const 1)))
          (br $next))))
    (local.get $total)))
