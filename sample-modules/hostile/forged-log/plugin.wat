;; Logs what would write to a terminal or pass for another line of the log, and more of it than anybody reads.
(module
  (import "env" "log" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (data (i32.const 0) "\1b[2J\1b[31mfine\0d\0a[forged-log] error: the host is gone\0a\e2\80\ae\c2\9b1m")
  (func (export "abi_version") (result i32) (i32.const 1))
  (func (export "forge") (drop (call $log (i32.const 2) (i32.const 0) (i32.const 59))))
  ;; Where the message is longer than a message may be, and where there is none.
  (func (export "long") (drop (call $log (i32.const 0) (i32.const 1024) (i32.const 60000))))
  (func (export "bad") (drop (call $log (i32.const 0) (i32.const 65535) (i32.const 2))))
  (func (export "flood") (local $times i32)
    (memory.fill (i32.const 1024) (i32.const 46) (i32.const 200))
    (loop $next
      (drop (call $log (i32.const 3) (i32.const 1024) (i32.const 200)))
      (local.set $times (i32.add (local.get $times) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $times) (i32.const 5000))))))
