;; Fills the host's key-value store: with entries, with one large entry, with the same entry over and over.
(module
  (import "env" "put" (func $put (param i32 i32 i32 i32) (result i32)))
  (import "env" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 16 16)
  (func (export "abi_version") (result i32) (i32.const 1))
  (func $name (param $number i32) (local $at i32)
    (loop $next
      (i32.store8 (local.get $at) (i32.add (i32.const 97) (i32.and (local.get $number) (i32.const 15))))
      (local.set $number (i32.shr_u (local.get $number) (i32.const 4)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 4)))))
  ;; So many entries of so many bytes, each under its own name; the exit code is the number of those that were taken, divided
  ;; by ten.
  (func (export "fill") (param $entries i32) (param $bytes i32) (local $number i32) (local $taken i32)
    (loop $next
      (call $name (local.get $number))
      (if (i32.eqz (call $put (i32.const 0) (i32.const 4) (i32.const 16) (local.get $bytes)))
        (then (local.set $taken (i32.add (local.get $taken) (i32.const 1)))))
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $number) (local.get $entries))))
    (call $proc_exit (i32.div_u (local.get $taken) (i32.const 10))))
  ;; One name, again and again: room that is given back is room.
  (func (export "overwrite") (local $times i32)
    (loop $next
      (call $name (i32.const 0))
      (if (call $put (i32.const 0) (i32.const 4) (i32.const 16) (i32.const 512)) (then (call $proc_exit (i32.const 1))))
      (local.set $times (i32.add (local.get $times) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $times) (i32.const 200)))))
  ;; What the invocation before it left is not there.
  (func (export "look") (call $name (i32.const 0))
    (if (i32.ge_s (call $get (i32.const 0) (i32.const 4) (i32.const 16) (i32.const 1024)) (i32.const 0))
      (then (call $proc_exit (i32.const 1))))))
