;; A counter for several threads: its memory is shared, and the host is asked to start the threads.
(module
  (import "wasi" "thread-spawn" (func $thread_spawn (param i32) (result i32)))
  (memory (export "memory") 1 4 shared)
  (func (export "abi_version") (result i32)
    i32.const 0x10000)
  (func (export "count") (param $workers i32) (result i32)
    (local $started i32)
    (loop $next
      (if (i32.lt_u (local.get $started) (local.get $workers))
        (then
          (drop (call $thread_spawn (local.get $started)))
          (local.set $started (i32.add (local.get $started) (i32.const 1)))
          (br $next))))
    (i32.atomic.load (i32.const 0)))
  (func (export "wasi_thread_start") (param $thread i32) (param $argument i32)
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))))
