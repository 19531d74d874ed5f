;; Subscribes to more than anybody waits for, in a memory that really has the room.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1240 1240)
  (func (export "abi_version") (result i32) (i32.const 1))
  ;; Subscriptions of 48 bytes from 0 on, events of 32 bytes behind a million of them.
  (func $poll (param $count i32)
    (if (i32.eqz (call $poll_oneoff (i32.const 0) (i32.const 48000000) (local.get $count) (i32.const 80000000)))
      (then (call $proc_exit (i32.const 1)))))
  (func (export "million") (call $poll (i32.const 1000000)))
  ;; Again and again: each call is looked at no further than its count.
  (func (export "millions") (loop $next (call $poll (i32.const 1000000)) (br $next))))
