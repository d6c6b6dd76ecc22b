(module
  (memory 17)
  (func (export "run") (result i64)
    (local $i i32) (local $j i32) (local $round i32) (local $count i64)
    (loop $rounds
      (local.set $i (i32.const 0))
      (loop $clear
        (i64.store offset=1024 (local.get $i) (i64.const 0))
        (local.set $i (i32.add (local.get $i) (i32.const 8)))
        (br_if $clear (i32.lt_u (local.get $i) (i32.const 1048576))))
      (local.set $count (i64.const 0))
      (local.set $i (i32.const 2))
      (loop $next
        (block $done
          (br_if $done (i32.load8_u offset=1024 (local.get $i)))
          (local.set $count (i64.add (local.get $count) (i64.const 1)))
          (local.set $j (i32.add (local.get $i) (local.get $i)))
          (br_if $done (i32.ge_u (local.get $j) (i32.const 1048576)))
          (loop $cross
            (i32.store8 offset=1024 (local.get $j) (i32.const 1))
            (local.set $j (i32.add (local.get $j) (local.get $i)))
            (br_if $cross (i32.lt_u (local.get $j) (i32.const 1048576)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $i) (i32.const 1048576))))
      (local.set $round (i32.add (local.get $round) (i32.const 1)))
      (br_if $rounds (i32.lt_u (local.get $round) (i32.const 4))))
    (local.get $count)))
