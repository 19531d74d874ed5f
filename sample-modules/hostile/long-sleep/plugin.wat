;; Sleeps and waits: it costs no fuel, and holds whatever the host gave it.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 2 2)
  (func (export "abi_version") (result i32) (i32.const 1))
  ;; One subscription: 0 user data, 8 tag (a clock), 16 clock, 24 time, 32 precision, 40 flags (1: absolute).
  (func $clock (param $at i32) (param $clock i32) (param $time i64) (param $flags i32)
    (i32.store (i32.add (local.get $at) (i32.const 16)) (local.get $clock))
    (i64.store (i32.add (local.get $at) (i32.const 24)) (local.get $time))
    (i32.store16 (i32.add (local.get $at) (i32.const 40)) (local.get $flags)))
  ;; Events go behind the subscriptions. Waking up at all is the breach.
  (func $wait (param $count i32)
    (drop (call $poll_oneoff (i32.const 0) (i32.const 65536) (local.get $count) (i32.const 131064)))
    (call $proc_exit (i32.const 1)))
  (func $now (param $clock i32) (result i64)
    (drop (call $clock_time_get (local.get $clock) (i64.const 0) (i32.const 65536)))
    (i64.load (i32.const 65536)))
  (func (export "hour")
    (call $clock (i32.const 0) (i32.const 1) (i64.const 3600000000000) (i32.const 0))
    (call $wait (i32.const 1)))
  (func (export "tomorrow")
    (call $clock (i32.const 0) (i32.const 0) (i64.add (call $now (i32.const 0)) (i64.const 86400000000000)) (i32.const 1))
    (call $wait (i32.const 1)))
  ;; The largest time there is must not wrap around to the past.
  (func (export "for_ever")
    (call $clock (i32.const 0) (i32.const 1) (i64.const -1) (i32.const 0))
    (call $wait (i32.const 1)))
  (func (export "until_the_end_of_time")
    (call $clock (i32.const 0) (i32.const 1) (i64.const -1) (i32.const 1))
    (call $wait (i32.const 1)))
  ;; As many hours at once as a call may ask for.
  (func (export "many") (local $count i32)
    (loop $next
      (call $clock (i32.mul (local.get $count) (i32.const 48)) (i32.const 1) (i64.const 3600000000000) (i32.const 0))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $count) (i32.const 1000))))
    (call $wait (i32.const 1000)))
  ;; A millisecond, again and again.
  (func (export "doze")
    (call $clock (i32.const 0) (i32.const 1) (i64.const 1000000) (i32.const 0))
    (loop $next
      (drop (call $poll_oneoff (i32.const 0) (i32.const 65536) (i32.const 1) (i32.const 131064)))
      (br $next))))
