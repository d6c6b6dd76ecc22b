(module
  (func (export "run") (result i64)
    (local $i i32) (local $h i32) (local $sum i32)
    (local.set $h (i32.const 2463534242))
    (loop $next
      (local.set $h (i32.xor (local.get $h) (i32.shl (local.get $h) (i32.const 13))))
      (local.set $h (i32.xor (local.get $h) (i32.shr_u (local.get $h) (i32.const 17))))
      (local.set $h (i32.xor (local.get $h) (i32.shl (local.get $h) (i32.const 5))))
      (local.set $sum (i32.xor (local.get $sum) (local.get $h)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_s (local.get $i) (i32.const 30000000))))
    (i64.extend_i32_s (local.get $sum))))
