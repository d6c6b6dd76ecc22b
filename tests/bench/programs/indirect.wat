;; 400,000,000 calls through a table, none of which depends on the one before.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (type $step (func (param i32) (result i32)))
  (table 4 4 funcref)
  (elem (i32.const 0) $a $b $c $d)
  (func $a (type $step) (i32.add (i32.mul (local.get 0) (i32.const 5)) (i32.const 1)))
  (func $b (type $step) (i32.xor (local.get 0) (i32.shr_u (local.get 0) (i32.const 3))))
  (func $c (type $step) (i32.rotl (local.get 0) (i32.const 7)))
  (func $d (type $step) (i32.sub (local.get 0) (i32.const 0x9e3779b9)))
  (func (export "_start") (local $i i32) (local $x i32) (local $at i32) (local $digit i32)
    (local.set $i (i32.const 400000000))
    (local.set $x (i32.const 12345))
    (loop $again
      (local.set $x
        (i32.add (local.get $x) (call_indirect (type $step) (local.get $i) (i32.and (local.get $i) (i32.const 3)))))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    ;; Eight hexadecimal digits, the highest first, and a newline.
    (local.set $at (i32.const 8))
    (loop $digits
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (local.set $digit (i32.and (local.get $x) (i32.const 15)))
      (i32.store8 offset=16 (local.get $at)
        (i32.add (local.get $digit) (select (i32.const 87) (i32.const 48) (i32.gt_u (local.get $digit) (i32.const 9)))))
      (local.set $x (i32.shr_u (local.get $x) (i32.const 4)))
      (br_if $digits (local.get $at)))
    (i32.store8 (i32.const 24) (i32.const 10))
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 9))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
