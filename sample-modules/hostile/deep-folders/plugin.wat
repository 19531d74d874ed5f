;; Leaves a chain of folders, one in the other, that no path is long enough to name.
(module
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_create_directory" (func $path_create_directory (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1 1)
  (data (i32.const 0) "d")
  (func (export "abi_version") (result i32) (i32.const 1))
  ;; Down so many levels. Where the host says no on the way, the depth that was reached has to do.
  (func (export "dig") (param $depth i32) (local $folder i32) (local $level i32)
    (local.set $folder (i32.const 3))
    (loop $deeper
      (if (call $path_create_directory (local.get $folder) (i32.const 0) (i32.const 1)) (then (call $proc_exit (i32.const 1))))
      (if (call $path_open (local.get $folder) (i32.const 0) (i32.const 0) (i32.const 1)
          (i32.const 2) (i64.const 16384) (i64.const 16384) (i32.const 0) (i32.const 64))
        (then (call $proc_exit (i32.const 2))))
      (if (i32.ne (local.get $folder) (i32.const 3)) (then (drop (call $fd_close (local.get $folder)))))
      (local.set $folder (i32.load (i32.const 64)))
      (local.set $level (i32.add (local.get $level) (i32.const 1)))
      (br_if $deeper (i32.lt_u (local.get $level) (local.get $depth))))))
