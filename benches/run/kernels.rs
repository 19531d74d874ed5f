//! What plugins compute, in small: beside the loops that are the worst case, these tell what is usual.

/// Each a name and the body of a module that exports `run`.
pub const KERNELS: &[(&str, &str)] = &[
    ("hash", HASH),
    ("sort", SORT),
    ("matrix", MATRIX),
    ("scan", SCAN),
];

/// The rounds of SHA-256 with its message schedule, over 60,000 blocks; the round constants are left out.
const HASH: &str = r#"(memory 1 1)
    (func $rounds (local $t i32) (local $a i32) (local $b i32) (local $c i32) (local $d i32)
        (local $e i32) (local $f i32) (local $g i32) (local $h i32) (local $x i32) (local $y i32)
        (local.set $t (i32.const 64))
        (loop $schedule
            (local.set $x (i32.load (i32.sub (local.get $t) (i32.const 60))))
            (local.set $y (i32.load (i32.sub (local.get $t) (i32.const 8))))
            (i32.store (local.get $t) (i32.add
                (i32.add (i32.load (i32.sub (local.get $t) (i32.const 64))) (i32.load (i32.sub (local.get $t) (i32.const 28))))
                (i32.add
                    (i32.xor (i32.xor (i32.rotr (local.get $x) (i32.const 7)) (i32.rotr (local.get $x) (i32.const 18)))
                        (i32.shr_u (local.get $x) (i32.const 3)))
                    (i32.xor (i32.xor (i32.rotr (local.get $y) (i32.const 17)) (i32.rotr (local.get $y) (i32.const 19)))
                        (i32.shr_u (local.get $y) (i32.const 10))))))
            (local.set $t (i32.add (local.get $t) (i32.const 4)))
            (br_if $schedule (i32.lt_u (local.get $t) (i32.const 256))))
        (local.set $t (i32.const 0))
        (loop $round
            (local.set $x (i32.add (i32.add (local.get $h) (i32.load (local.get $t))) (i32.add
                (i32.xor (i32.xor (i32.rotr (local.get $e) (i32.const 6)) (i32.rotr (local.get $e) (i32.const 11)))
                    (i32.rotr (local.get $e) (i32.const 25)))
                (i32.xor (i32.and (local.get $e) (local.get $f))
                    (i32.and (i32.xor (local.get $e) (i32.const -1)) (local.get $g))))))
            (local.set $y (i32.add
                (i32.xor (i32.xor (i32.rotr (local.get $a) (i32.const 2)) (i32.rotr (local.get $a) (i32.const 13)))
                    (i32.rotr (local.get $a) (i32.const 22)))
                (i32.xor (i32.and (local.get $a) (i32.xor (local.get $b) (local.get $c)))
                    (i32.and (local.get $b) (local.get $c)))))
            (local.set $h (local.get $g)) (local.set $g (local.get $f)) (local.set $f (local.get $e))
            (local.set $e (i32.add (local.get $d) (local.get $x)))
            (local.set $d (local.get $c)) (local.set $c (local.get $b)) (local.set $b (local.get $a))
            (local.set $a (i32.add (local.get $x) (local.get $y)))
            (local.set $t (i32.add (local.get $t) (i32.const 4)))
            (br_if $round (i32.lt_u (local.get $t) (i32.const 256))))
        (i32.store (i32.const 0) (i32.xor (local.get $a) (local.get $e))))
    (func (export "run") (result i64) (local $n i32)
        (loop $again
            (call $rounds)
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $n) (i32.const 60000))))
        (i64.load (i32.const 0)))"#;

/// Shell sort of 65,536 numbers, twice.
const SORT: &str = r#"(memory 4 4)
    (func $fill (local $i i32) (local $x i32)
        (local.set $x (i32.const 12345))
        (loop $again
            (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
            (i32.store (local.get $i) (local.get $x))
            (local.set $i (i32.add (local.get $i) (i32.const 4)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 262144)))))
    (func $sort (local $gap i32) (local $i i32) (local $j i32) (local $x i32)
        (local.set $gap (i32.const 131072))
        (loop $gaps
            (local.set $i (local.get $gap))
            (loop $each
                (local.set $x (i32.load (local.get $i)))
                (local.set $j (local.get $i))
                (block $placed (loop $back
                    (br_if $placed (i32.lt_u (local.get $j) (local.get $gap)))
                    (br_if $placed (i32.le_u (i32.load (i32.sub (local.get $j) (local.get $gap))) (local.get $x)))
                    (i32.store (local.get $j) (i32.load (i32.sub (local.get $j) (local.get $gap))))
                    (local.set $j (i32.sub (local.get $j) (local.get $gap)))
                    (br $back)))
                (i32.store (local.get $j) (local.get $x))
                (local.set $i (i32.add (local.get $i) (i32.const 4)))
                (br_if $each (i32.lt_u (local.get $i) (i32.const 262144))))
            (local.set $gap (i32.and (i32.shr_u (local.get $gap) (i32.const 1)) (i32.const -4)))
            (br_if $gaps (local.get $gap))))
    (func (export "run") (result i64)
        (call $fill) (call $sort) (call $fill) (call $sort) (i64.load (i32.const 131072)))"#;

/// The product of two 256 by 256 matrices of floating-point numbers.
const MATRIX: &str = r#"(memory 32 32)
    (func (export "run") (result i64) (local $i i32) (local $j i32) (local $k i32) (local $x f64) (local $to i32) (local $from i32)
        (loop $fill
            (f64.store (local.get $i) (f64.convert_i32_u (i32.and (local.get $i) (i32.const 1023))))
            (local.set $i (i32.add (local.get $i) (i32.const 8)))
            (br_if $fill (i32.lt_u (local.get $i) (i32.const 1048576))))
        (local.set $i (i32.const 0))
        (loop $rows
            (local.set $k (i32.const 0))
            (loop $inner
                (local.set $x (f64.load (i32.add (i32.shl (local.get $i) (i32.const 11)) (i32.shl (local.get $k) (i32.const 3)))))
                (local.set $from (i32.add (i32.const 524288) (i32.shl (local.get $k) (i32.const 11))))
                (local.set $to (i32.add (i32.const 1048576) (i32.shl (local.get $i) (i32.const 11))))
                (local.set $j (i32.const 0))
                (loop $columns
                    (f64.store (local.get $to) (f64.add (f64.load (local.get $to)) (f64.mul (local.get $x) (f64.load (local.get $from)))))
                    (local.set $to (i32.add (local.get $to) (i32.const 8)))
                    (local.set $from (i32.add (local.get $from) (i32.const 8)))
                    (local.set $j (i32.add (local.get $j) (i32.const 1)))
                    (br_if $columns (i32.lt_u (local.get $j) (i32.const 256))))
                (local.set $k (i32.add (local.get $k) (i32.const 1)))
                (br_if $inner (i32.lt_u (local.get $k) (i32.const 256))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $rows (i32.lt_u (local.get $i) (i32.const 256))))
        (i64.load (i32.const 1048576)))"#;

/// A scan of a megabyte of text as a reader of JSON does it: nesting, strings, escapes.
const SCAN: &str = r#"(memory 17 17)
    (data (i32.const 0) "{\"name\": \"thumb\\\"nail\", \"sizes\": [128, 256, 512], \"deep\": {\"a\": [true, null]}, \"t\": \"text without end\"} ")
    (func (export "run") (result i64) (local $i i32) (local $n i32) (local $byte i32) (local $depth i32) (local $texts i32) (local $inside i32)
        (loop $copy
            (i32.store8 (i32.add (local.get $i) (i32.const 104)) (i32.load8_u (local.get $i)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $copy (i32.lt_u (local.get $i) (i32.const 1048576))))
        (loop $pass
            (local.set $i (i32.const 0))
            (loop $next
                (local.set $byte (i32.load8_u (local.get $i)))
                (if (local.get $inside)
                    (then
                        (if (i32.eq (local.get $byte) (i32.const 92)) (then (local.set $i (i32.add (local.get $i) (i32.const 1))))
                            (else (if (i32.eq (local.get $byte) (i32.const 34)) (then (local.set $inside (i32.const 0)))))))
                    (else
                        (if (i32.eq (local.get $byte) (i32.const 34))
                            (then (local.set $inside (i32.const 1)) (local.set $texts (i32.add (local.get $texts) (i32.const 1))))
                            (else
                                (if (i32.or (i32.eq (local.get $byte) (i32.const 123)) (i32.eq (local.get $byte) (i32.const 91)))
                                    (then (local.set $depth (i32.add (local.get $depth) (i32.const 1)))))
                                (if (i32.or (i32.eq (local.get $byte) (i32.const 125)) (i32.eq (local.get $byte) (i32.const 93)))
                                    (then (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))))))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $next (i32.lt_u (local.get $i) (i32.const 1048576))))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $pass (i32.lt_u (local.get $n) (i32.const 20))))
        (i64.extend_i32_u (i32.add (local.get $texts) (local.get $depth))))"#;
