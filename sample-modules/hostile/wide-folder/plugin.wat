;; Lists a folder of a hundred thousand entries in ways that cost the host most.
(module
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1 1)
  (data (i32.const 0) ".")
  (func (export "abi_version") (result i32) (i32.const 1))
  (func $list (param $folder i32) (param $length i32) (param $from i64) (result i32)
    (call $fd_readdir (local.get $folder) (i32.const 1024) (local.get $length) (local.get $from) (i32.const 64)))
  ;; Entry by entry, never with room for more than a part of one; the next cookie is simply the next number.
  (func (export "byte_by_byte") (local $cookie i64)
    (loop $on
      (drop (call $list (i32.const 3) (i32.const 1) (local.get $cookie)))
      (local.set $cookie (i64.add (local.get $cookie) (i64.const 1)))
      (br $on)))
  ;; From the start each time, so that each has to be a new listing.
  (func (export "again") (loop $on (drop (call $list (i32.const 3) (i32.const 64) (i64.const 0))) (br $on)))
  ;; Through as many descriptors as there may be, all of them kept.
  (func (export "many_at_once")
    (loop $on
      (if (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1)
          (i32.const 2) (i64.const 16384) (i64.const 16384) (i32.const 0) (i32.const 68))
        (then (call $proc_exit (i32.const 0))))
      (drop (call $list (i32.load (i32.const 68)) (i32.const 1) (i64.const 0)))
      (br $on)))
  ;; Where no listing has ever been, and beyond its end.
  (func (export "nowhere")
    (drop (call $list (i32.const 3) (i32.const 4096) (i64.const -1)))
    (drop (call $list (i32.const 3) (i32.const 4096) (i64.const 0x8000000000000000)))
    (if (call $list (i32.const 3) (i32.const 64) (i64.const 0)) (then (call $proc_exit (i32.const 1))))
    (drop (call $list (i32.const 3) (i32.const 4096) (i64.const -1)))
    (if (i32.and (i32.eqz (call $list (i32.const 3) (i32.const 4096) (i64.const 0x100000000))) (i32.load (i32.const 64)))
      (then (call $proc_exit (i32.const 2)))))
  ;; The honest way, 32 KiB at a time: exits with 1 unless all are there, `.` and `..` among them.
  (func (export "count") (local $cookie i64) (local $entries i32) (local $at i32) (local $end i32)
    (loop $more
      (if (call $list (i32.const 3) (i32.const 32768) (local.get $cookie)) (then (call $proc_exit (i32.const 2))))
      (local.set $at (i32.const 1024))
      (local.set $end (i32.add (i32.const 1024) (i32.load (i32.const 64))))
      ;; An entry: 0 next cookie, 16 length of the name, 24 bytes in all before the name. The last may be cut.
      (block $cut (loop $entry
        (br_if $cut (i32.gt_u (i32.add (local.get $at) (i32.const 24)) (local.get $end)))
        (br_if $cut (i32.gt_u
          (i32.add (i32.add (local.get $at) (i32.const 24)) (i32.load offset=16 (local.get $at))) (local.get $end)))
        (local.set $cookie (i64.load (local.get $at)))
        (local.set $entries (i32.add (local.get $entries) (i32.const 1)))
        (local.set $at (i32.add (i32.add (local.get $at) (i32.const 24)) (i32.load offset=16 (local.get $at))))
        (br $entry)))
      (br_if $more (i32.eq (i32.load (i32.const 64)) (i32.const 32768))))
    (if (i32.ne (local.get $entries) (i32.const 100002)) (then (call $proc_exit (i32.const 1))))))
