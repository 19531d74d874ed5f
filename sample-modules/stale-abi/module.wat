;; Written for version 2 of the host's ABI, offered to a host that speaks version 1.
(module
  (import "env" "log_message" (func $log_message (param i32 i32)))
  (memory (export "memory") 1 1)
  (data (i32.const 0) "ready")
  (func (export "abi_version") (result i32)
    i32.const 0x20001)
  (func (export "run")
    (call $log_message (i32.const 0) (i32.const 5))))
