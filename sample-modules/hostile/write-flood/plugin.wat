;; Writes and writes, where the folder never holds much: the disk works all the same.
(module
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $path_unlink_file (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pwrite" (func $fd_pwrite (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $fd_filestat_set_size (param i32 i64) (result i32)))
  (memory (export "memory") 1 1)
  ;; At 0 one buffer: 4 KiB from 4096. At 8 the name of a file.
  (data (i32.const 0) "\00\10\00\00\00\10\00\00f")
  (func (export "abi_version") (result i32) (i32.const 1))
  (func $open (param $folder i32) (param $how i32) (param $flags i32) (result i32)
    (drop (call $path_open (local.get $folder) (i32.const 0) (i32.const 8) (i32.const 1)
      (local.get $how) (i64.const 4194404) (i64.const 0) (local.get $flags) (i32.const 64)))
    (i32.load (i32.const 64)))
  (func $write (param $file i32)
    (drop (call $fd_write (local.get $file) (i32.const 0) (i32.const 1) (i32.const 68))))
  (func $overwrite (param $folder i32) (local $file i32)
    (local.set $file (call $open (local.get $folder) (i32.const 1) (i32.const 0)))
    (loop $on
      (drop (call $fd_pwrite (local.get $file) (i32.const 0) (i32.const 1) (i64.const 0) (i32.const 68)))
      (br $on)))
  (func (export "overwrite") (call $overwrite (i32.const 3)))
  (func (export "overwrite_outside_of_scratch") (call $overwrite (i32.const 4)))
  ;; Append mode ignores where it is told to write.
  (func (export "append") (local $file i32)
    (local.set $file (call $open (i32.const 4) (i32.const 1) (i32.const 1)))
    (loop $on (call $write (local.get $file)) (br $on)))
  (func (export "truncate") (local $file i32)
    (loop $on
      (local.set $file (call $open (i32.const 3) (i32.const 9) (i32.const 0)))
      (call $write (local.get $file))
      (drop (call $fd_close (local.get $file)))
      (br $on)))
  (func (export "shrink_and_grow") (local $file i32)
    (local.set $file (call $open (i32.const 3) (i32.const 1) (i32.const 0)))
    (loop $on
      (drop (call $fd_filestat_set_size (local.get $file) (i64.const 4096)))
      (drop (call $fd_filestat_set_size (local.get $file) (i64.const 0)))
      (br $on)))
  ;; A file without a name takes room until it is closed; three of them take three times the room.
  (func (export "unlinked") (local $file i32)
    (loop $on
      (local.set $file (call $open (i32.const 3) (i32.const 1) (i32.const 0)))
      (call $write (local.get $file))
      (drop (call $path_unlink_file (i32.const 3) (i32.const 8) (i32.const 1)))
      (br $on))))
