;; Walks out of the folders that it was given, by every function that takes a path. Descriptor 3 is /data (read-only), 4 is
;; /out (writable), 5 is the scratch. On a breach it writes the path to standard error and exits with the number of the
;; function, as in `$try`, and one.
(module
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_get" (func $path_filestat_get (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_set_times" (func $path_filestat_set_times (param i32 i32 i32 i32 i64 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_readlink" (func $path_readlink (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $path_unlink_file (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_remove_directory" (func $path_remove_directory (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_create_directory" (func $path_create_directory (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_rename" (func $path_rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_link" (func $path_link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_symlink" (func $path_symlink (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 2 2)

  ;; Lists of paths: a length and the bytes, 64 apart; a length of 0 ends a list.
  ;; What leaves the folder as it is written.
  (data (i32.const 0x1000) "\02..")
  (data (i32.const 0x1040) "\03../")
  (data (i32.const 0x1080) "\04./..")
  (data (i32.const 0x10c0) "\0e../outside.txt")
  (data (i32.const 0x1100) "\11./../outside.txt/")
  (data (i32.const 0x1140) "\18folder/../../outside.txt")
  (data (i32.const 0x1180) "\0ffolder/../../..")
  (data (i32.const 0x11c0) "\12../data/inside.txt")
  (data (i32.const 0x1200) "\1a../data/../data/inside.txt")
  (data (i32.const 0x1240) "\11../out/inside.txt")
  (data (i32.const 0x1280) "\20folder/../../data/../outside.txt")
  (data (i32.const 0x12c0) "\1d..//..//..//..//../etc/passwd")
  (data (i32.const 0x1300) "\0b/etc/passwd")
  (data (i32.const 0x1340) "\01/")
  (data (i32.const 0x1380) "\02//")
  (data (i32.const 0x13c0) "\10/data/inside.txt")
  (data (i32.const 0x1400) "\1a/proc/self/root/etc/passwd")
  (data (i32.const 0x1440) "\1dabsent/../../absent/../../etc")
  (data (i32.const 0x1480) "\17inside.txt/../../folder")

  ;; Links of the host that lead out: every function has to stop at them, unless it is about the link itself.
  (data (i32.const 0x2000) "\13to-file/../inside.t")
  (data (i32.const 0x2040) "\15to-folder/outside.txt")
  (data (i32.const 0x2080) "\1dto-folder/data/../outside.txt")
  (data (i32.const 0x20c0) "\0cto-folder/..")
  (data (i32.const 0x2100) "\0bto-folder/.")
  (data (i32.const 0x2140) "\0bto-root/etc")
  (data (i32.const 0x2180) "\12to-root/etc/passwd")
  (data (i32.const 0x21c0) "\13to-link/outside.txt")
  (data (i32.const 0x2200) "\08loop/any")
  (data (i32.const 0x2240) "\1cto-folder/outside/../outside")
  (data (i32.const 0x2280) "\0eto-folder/new/")
  (data (i32.const 0x22c0) "\0dto-folder/new")

  ;; The same links as the last part of a path: for the functions that follow it.
  (data (i32.const 0x2800) "\07to-file")
  (data (i32.const 0x2840) "\09to-folder")
  (data (i32.const 0x2880) "\0ato-folder/")
  (data (i32.const 0x28c0) "\07to-root")
  (data (i32.const 0x2900) "\0bto-absolute")
  (data (i32.const 0x2940) "\07to-link")
  (data (i32.const 0x2980) "\06to-new")
  (data (i32.const 0x29c0) "\04loop")

  ;; What is no path at all: a NUL, no UTF-8, nothing.
  (data (i32.const 0x3000) "\0binside.txt\00")
  (data (i32.const 0x3040) "\1ainside.txt\00/../outside.txt")
  (data (i32.const 0x3080) "\0b\00inside.txt")
  (data (i32.const 0x30c0) "\03\ff\fe\fd")
  (data (i32.const 0x3100) "\06..\c0\af..")
  (data (i32.const 0x3140) "\04\ed\a0\80x")

  ;; A slash behind what is a file, and behind what is not there.
  (data (i32.const 0x3800) "\0binside.txt/")
  (data (i32.const 0x3840) "\0cinside.txt/.")
  (data (i32.const 0x3880) "\0dinside.txt/..")
  (data (i32.const 0x38c0) "\0cinside.txt//")
  (data (i32.const 0x3900) "\11inside.txt/absent")

  ;; A slash behind what is not there: only a folder can be made by that name.
  (data (i32.const 0x3c00) "\07absent/")

  ;; Links that the guest makes: the target, then what it is opened with, both 64 apart from 0x4000 and 0x4800.
  (data (i32.const 0x4000) "\02..")
  (data (i32.const 0x4040) "\0e../outside.txt")
  (data (i32.const 0x4080) "\0b/etc/passwd")
  (data (i32.const 0x40c0) "\01/")
  (data (i32.const 0x4100) "\0ffolder/../../..")
  (data (i32.const 0x4140) "\14folder/../../out/new")
  (data (i32.const 0x4180) "\0f../../../../etc")

  (data (i32.const 0x100) "inside.txt")
  (data (i32.const 0x110) "fresh")
  (data (i32.const 0x120) "deep/deeper")
  (data (i32.const 0x130) "deep/deeper/up")
  (data (i32.const 0x140) "../..")
  (data (i32.const 0x148) "up/outside.txt")
  (data (i32.const 0x160) "moved/up/outside.txt")
  (data (i32.const 0x180) "linked/outside.txt")
  (data (i32.const 0x1a0) "l0")
  (data (i32.const 0x1a4) "l0/l0")
  (data (i32.const 0x1b0) ".")

  (func (export "abi_version") (result i32) (i32.const 1))
  (func $open (param $folder i32) (param $flags i32) (param $path i32) (param $length i32) (param $how i32) (param $rights i64) (result i32)
    (call $path_open (local.get $folder) (local.get $flags) (local.get $path) (local.get $length)
      (local.get $how) (local.get $rights) (local.get $rights) (i32.const 0) (i32.const 64)))

  ;; One function with one path. Up to 6 they follow a link at the end; all of them leave nothing behind if they fail.
  (func $try (param $function i32) (param $folder i32) (param $path i32) (param $length i32) (result i32)
    (if (i32.eq (local.get $function) (i32.const 0)) (then (return
      (call $open (local.get $folder) (i32.const 1) (local.get $path) (local.get $length) (i32.const 0) (i64.const 2)))))
    (if (i32.eq (local.get $function) (i32.const 1)) (then (return
      (call $open (local.get $folder) (i32.const 1) (local.get $path) (local.get $length) (i32.const 2) (i64.const 16384)))))
    (if (i32.eq (local.get $function) (i32.const 2)) (then (return
      (call $open (local.get $folder) (i32.const 1) (local.get $path) (local.get $length) (i32.const 1) (i64.const 66)))))
    (if (i32.eq (local.get $function) (i32.const 3)) (then (return
      (call $open (local.get $folder) (i32.const 1) (local.get $path) (local.get $length) (i32.const 8) (i64.const 64)))))
    (if (i32.eq (local.get $function) (i32.const 4)) (then (return
      (call $path_filestat_get (local.get $folder) (i32.const 1) (local.get $path) (local.get $length) (i32.const 512)))))
    (if (i32.eq (local.get $function) (i32.const 5)) (then (return
      (call $path_filestat_set_times (local.get $folder) (i32.const 1) (local.get $path) (local.get $length) (i64.const 0) (i64.const 0) (i32.const 5)))))
    (if (i32.eq (local.get $function) (i32.const 6)) (then (return
      (call $path_link (local.get $folder) (i32.const 1) (local.get $path) (local.get $length) (local.get $folder) (i32.const 0x110) (i32.const 5)))))
    (if (i32.eq (local.get $function) (i32.const 7)) (then (return
      (call $open (local.get $folder) (i32.const 0) (local.get $path) (local.get $length) (i32.const 0) (i64.const 2)))))
    (if (i32.eq (local.get $function) (i32.const 8)) (then (return
      (call $open (local.get $folder) (i32.const 0) (local.get $path) (local.get $length) (i32.const 5) (i64.const 66)))))
    (if (i32.eq (local.get $function) (i32.const 9)) (then (return
      (call $lstat (local.get $folder) (local.get $path) (local.get $length)))))
    (if (i32.eq (local.get $function) (i32.const 10)) (then (return
      (call $path_filestat_set_times (local.get $folder) (i32.const 0) (local.get $path) (local.get $length) (i64.const 0) (i64.const 0) (i32.const 5)))))
    (if (i32.eq (local.get $function) (i32.const 11)) (then (return
      (call $path_readlink (local.get $folder) (local.get $path) (local.get $length) (i32.const 512) (i32.const 256) (i32.const 64)))))
    (if (i32.eq (local.get $function) (i32.const 12)) (then (return
      (call $path_unlink_file (local.get $folder) (local.get $path) (local.get $length)))))
    (if (i32.eq (local.get $function) (i32.const 13)) (then (return
      (call $path_remove_directory (local.get $folder) (local.get $path) (local.get $length)))))
    (if (i32.eq (local.get $function) (i32.const 14)) (then (return
      (call $path_create_directory (local.get $folder) (local.get $path) (local.get $length)))))
    (if (i32.eq (local.get $function) (i32.const 15)) (then (return
      (call $path_rename (local.get $folder) (local.get $path) (local.get $length) (local.get $folder) (i32.const 0x110) (i32.const 5)))))
    (if (i32.eq (local.get $function) (i32.const 16)) (then (return
      (call $path_rename (local.get $folder) (i32.const 0x100) (i32.const 10) (local.get $folder) (local.get $path) (local.get $length)))))
    (if (i32.eq (local.get $function) (i32.const 17)) (then (return
      (call $path_link (local.get $folder) (i32.const 0) (local.get $path) (local.get $length) (local.get $folder) (i32.const 0x110) (i32.const 5)))))
    (if (i32.eq (local.get $function) (i32.const 18)) (then (return
      (call $path_link (local.get $folder) (i32.const 0) (i32.const 0x100) (i32.const 10) (local.get $folder) (local.get $path) (local.get $length)))))
    (call $path_symlink (i32.const 0x100) (i32.const 10) (local.get $folder) (local.get $path) (local.get $length)))

  ;; What a link is may be known; what it leads to, not. The kind is at 16 of what is told, 7 is a link.
  (func $lstat (param $folder i32) (param $path i32) (param $length i32) (result i32)
    (if (call $path_filestat_get (local.get $folder) (i32.const 0) (local.get $path) (local.get $length) (i32.const 512))
      (then (return (i32.const 1))))
    (i32.eq (i32.load8_u (i32.const 528)) (i32.const 7)))

  (func $breach (param $function i32) (param $path i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $path))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $proc_exit (i32.add (local.get $function) (i32.const 1))))

  ;; A path with the first `$functions` functions.
  (func $path (param $folder i32) (param $path i32) (param $length i32) (param $functions i32) (local $function i32)
    (loop $next
      (if (i32.eqz (call $try (local.get $function) (local.get $folder) (local.get $path) (local.get $length)))
        (then (call $breach (local.get $function) (local.get $path) (local.get $length))))
      (local.set $function (i32.add (local.get $function) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $function) (local.get $functions)))))

  (func $list (param $folder i32) (param $list i32) (param $functions i32)
    (loop $next
      (call $path (local.get $folder) (i32.add (local.get $list) (i32.const 1)) (i32.load8_u (local.get $list)) (local.get $functions))
      (local.set $list (i32.add (local.get $list) (i32.const 64)))
      (br_if $next (i32.load8_u (local.get $list)))))

  (func $lists (param $list i32) (param $functions i32)
    (call $list (i32.const 3) (local.get $list) (local.get $functions))
    (call $list (i32.const 4) (local.get $list) (local.get $functions))
    (call $list (i32.const 5) (local.get $list) (local.get $functions)))

  ;; The scratch has what the others have: a file and a folder.
  (func $furnish
    (drop (call $open (i32.const 5) (i32.const 0) (i32.const 0x100) (i32.const 10) (i32.const 1) (i64.const 64)))
    (drop (call $path_create_directory (i32.const 5) (i32.const 0x1141) (i32.const 6))))

  ;; What is granted: this has to be told from the others as a success.
  (func (export "inside") (call $furnish) (call $path (i32.const 5) (i32.const 0x100) (i32.const 10) (i32.const 20)))
  (func (export "dots") (call $furnish) (call $lists (i32.const 0x1000) (i32.const 20)))
  (func (export "links")
    (call $list (i32.const 3) (i32.const 0x2000) (i32.const 20))
    (call $list (i32.const 4) (i32.const 0x2000) (i32.const 20))
    (call $list (i32.const 3) (i32.const 0x2800) (i32.const 7))
    (call $list (i32.const 4) (i32.const 0x2800) (i32.const 7)))
  (func (export "no_paths") (call $furnish) (call $lists (i32.const 0x3000) (i32.const 20)))
  (func (export "slashes")
    (call $furnish)
    (call $lists (i32.const 0x3800) (i32.const 20))
    (call $lists (i32.const 0x3c00) (i32.const 14))
    (call $not_made (i32.const 3))
    (call $not_made (i32.const 4))
    (call $not_made (i32.const 5)))
  ;; As `$path` does from 15 on.
  (func $not_made (param $folder i32) (local $function i32)
    (local.set $function (i32.const 15))
    (loop $next
      (if (i32.eqz (call $try (local.get $function) (local.get $folder) (i32.const 0x3c01) (i32.const 7)))
        (then (call $breach (local.get $function) (i32.const 0x3c01) (i32.const 7))))
      (local.set $function (i32.add (local.get $function) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $function) (i32.const 20)))))
  (func (export "long")
    (memory.fill (i32.const 0x8000) (i32.const 97) (i32.const 70000))
    (call $path (i32.const 5) (i32.const 0x8000) (i32.const 70000) (i32.const 20))
    (call $path (i32.const 5) (i32.const 0x8000) (i32.const 4097) (i32.const 20))
    (call $path (i32.const 5) (i32.const 0x8000) (i32.const 256) (i32.const 20))
    ;; `a/a/a`, and as the target of a link.
    (call $furnish)
    (call $stripe (i32.const 0x8000) (i32.const 70000))
    (call $path (i32.const 5) (i32.const 0x8000) (i32.const 70000) (i32.const 20))
    (if (i32.eqz (call $path_symlink (i32.const 0x8000) (i32.const 70000) (i32.const 5) (i32.const 0x110) (i32.const 5)))
      (then (call $proc_exit (i32.const 30)))))
  (func $stripe (param $at i32) (param $length i32) (local $end i32)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (loop $next
      (i32.store8 offset=1 (local.get $at) (i32.const 47))
      (local.set $at (i32.add (local.get $at) (i32.const 2)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end)))))

  ;; Links of its own with each target, in the scratch and in /out: what can be made must not be followed out, and the test
  ;; looks at what is left in /out.
  (func (export "own_links") (call $own_links (i32.const 5)) (call $own_links (i32.const 4)))
  (func $own_links (param $folder i32) (local $target i32)
    (local.set $target (i32.const 0x4000))
    (loop $next
      (drop (call $path_unlink_file (local.get $folder) (i32.const 0x110) (i32.const 5)))
      (if (i32.eqz (call $path_symlink (i32.add (local.get $target) (i32.const 1)) (i32.load8_u (local.get $target))
          (local.get $folder) (i32.const 0x110) (i32.const 5)))
        (then (call $path (local.get $folder) (i32.const 0x110) (i32.const 5) (i32.const 6))))
      (local.set $target (i32.add (local.get $target) (i32.const 64)))
      (br_if $next (i32.load8_u (local.get $target)))))

  ;; A link that stays within the folder where it is made, and is then moved up, by itself, with its folder, or as a second
  ;; name: `deep/deeper/up` -> `../..` leads out once it lies higher.
  (func (export "moved_links") (call $moved_links (i32.const 5)) (call $moved_links (i32.const 4)))
  (func $moved_links (param $folder i32)
    (drop (call $path_create_directory (local.get $folder) (i32.const 0x120) (i32.const 4)))
    (drop (call $path_create_directory (local.get $folder) (i32.const 0x120) (i32.const 11)))
    (drop (call $path_symlink (i32.const 0x140) (i32.const 5) (local.get $folder) (i32.const 0x130) (i32.const 14)))
    (drop (call $path_link (local.get $folder) (i32.const 0) (i32.const 0x130) (i32.const 14) (local.get $folder) (i32.const 0x180) (i32.const 6)))
    (call $path (local.get $folder) (i32.const 0x180) (i32.const 18) (i32.const 20))
    (drop (call $path_rename (local.get $folder) (i32.const 0x130) (i32.const 14) (local.get $folder) (i32.const 0x148) (i32.const 2)))
    (call $path (local.get $folder) (i32.const 0x148) (i32.const 14) (i32.const 20))
    (drop (call $path_symlink (i32.const 0x140) (i32.const 5) (local.get $folder) (i32.const 0x130) (i32.const 14)))
    (drop (call $path_rename (local.get $folder) (i32.const 0x120) (i32.const 11) (local.get $folder) (i32.const 0x160) (i32.const 5)))
    (call $path (local.get $folder) (i32.const 0x160) (i32.const 20) (i32.const 20)))

  ;; Each link goes through the one before it twice, and the first one leads where it lies: two to the twentieth steps, if
  ;; nobody counts.
  (func (export "link_bomb") (local $letter i32)
    (if (call $path_symlink (i32.const 0x1b0) (i32.const 1) (i32.const 5) (i32.const 0x1a0) (i32.const 2)) (then (call $proc_exit (i32.const 40))))
    (i32.store8 (i32.const 0x1a1) (i32.const 97))
    (loop $next
      (drop (call $path_symlink (i32.const 0x1a4) (i32.const 5) (i32.const 5) (i32.const 0x1a0) (i32.const 2)))
      (i32.store8 (i32.const 0x1a5) (i32.load8_u (i32.const 0x1a1)))
      (i32.store8 (i32.const 0x1a8) (i32.load8_u (i32.const 0x1a1)))
      (local.set $letter (i32.add (local.get $letter) (i32.const 1)))
      (i32.store8 (i32.const 0x1a1) (i32.add (local.get $letter) (i32.const 97)))
      (br_if $next (i32.lt_u (local.get $letter) (i32.const 20))))
    (i32.store8 (i32.const 0x1a1) (i32.add (local.get $letter) (i32.const 96)))
    (call $path (i32.const 5) (i32.const 0x1a0) (i32.const 2) (i32.const 6))))
