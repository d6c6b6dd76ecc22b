(module
  (func $leaf (param $x i32) (param $y i32) (result i32)
    (i32.and (i32.add (i32.xor (local.get $x) (local.get $y)) (i32.const 3)) (i32.const 0x7fff)))
  (func (export "run") (result i64)
    (local $i i32) (local $x i32)
    (loop $next
      (local.set $x (call $leaf (local.get $x) (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_s (local.get $i) (i32.const 20000000))))
    (i64.extend_i32_s (local.get $x))))
