(module
  (func (export "run") (result i64)
    (local $seed i32) (local $acc i32) (local $i i32)
    (local.set $seed (i32.const 12345))
    (local.set $acc (i32.const 1))
    (loop $next
      (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1103515245)) (i32.const 12345)))
      (block $done (block $o7 (block $o6 (block $o5 (block $o4 (block $o3 (block $o2 (block $o1 (block $o0
        (br_table $o0 $o1 $o2 $o3 $o4 $o5 $o6 $o7
          (i32.and (i32.shr_u (local.get $seed) (i32.const 16)) (i32.const 7))))
        (local.set $acc (i32.add (local.get $acc) (i32.const 7))) (br $done))
        (local.set $acc (i32.xor (local.get $acc) (local.get $seed))) (br $done))
        (local.set $acc (i32.sub (local.get $acc) (i32.const 3))) (br $done))
        (local.set $acc (i32.xor (local.get $acc) (i32.shl (local.get $acc) (i32.const 1)))) (br $done))
        (local.set $acc (i32.xor (local.get $acc) (i32.shr_u (local.get $acc) (i32.const 3)))) (br $done))
        (local.set $acc (i32.or (local.get $acc) (i32.const 1))) (br $done))
        (local.set $acc (i32.and (local.get $acc) (i32.const 0xffffff))) (br $done))
        (local.set $acc (i32.add (local.get $acc) (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_s (local.get $i) (i32.const 15000000))))
    (i64.extend_i32_s (local.get $acc))))
