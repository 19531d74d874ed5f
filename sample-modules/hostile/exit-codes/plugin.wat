;; Exits with whatever it is told, to be taken for a verdict of ringfence itself.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "proc_raise" (func $proc_raise (param i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "abi_version") (result i32) (i32.const 1))
  (func (export "exit") (param $code i32) (call $proc_exit (local.get $code)))
  ;; A signal, by its number, to the process that it runs in. Where that does nothing, it exits with 0.
  (func (export "raise") (param $signal i32) (drop (call $proc_raise (local.get $signal)))))
