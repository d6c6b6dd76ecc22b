(module
  (memory 7)
  (func (export "run") (result i64)
    (local $i i32) (local $j i32) (local $k i32) (local $p i32) (local $q i32) (local $round i32)
    (local $x f64) (local $sum f64)
    (loop $fill
      (f64.store offset=1024 (i32.shl (local.get $i) (i32.const 3)) (f64.convert_i32_s (i32.and (local.get $i) (i32.const 63))))
      (f64.store offset=132096 (i32.shl (local.get $i) (i32.const 3)) (f64.convert_i32_s (i32.and (local.get $i) (i32.const 31))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $fill (i32.lt_s (local.get $i) (i32.const 16384))))
    (loop $again
      (local.set $i (i32.const 0))
      (loop $rows
        (local.set $j (i32.const 0))
        (loop $columns
          (local.set $q (i32.shl (local.get $i) (i32.const 10)))
          (local.set $p (i32.shl (local.get $j) (i32.const 3)))
          (local.set $x (f64.const 0))
          (local.set $k (i32.const 0))
          (loop $product
            (local.set $x (f64.add (local.get $x)
              (f64.mul (f64.load offset=1024 (local.get $q)) (f64.load offset=132096 (local.get $p)))))
            (local.set $q (i32.add (local.get $q) (i32.const 8)))
            (local.set $p (i32.add (local.get $p) (i32.const 1024)))
            (local.set $k (i32.add (local.get $k) (i32.const 1)))
            (br_if $product (i32.lt_s (local.get $k) (i32.const 128))))
          (f64.store offset=263168
            (i32.add (i32.shl (local.get $i) (i32.const 10)) (i32.shl (local.get $j) (i32.const 3))) (local.get $x))
          (local.set $sum (f64.add (local.get $sum) (local.get $x)))
          (local.set $j (i32.add (local.get $j) (i32.const 1)))
          (br_if $columns (i32.lt_s (local.get $j) (i32.const 128))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $rows (i32.lt_s (local.get $i) (i32.const 128))))
      (local.set $round (i32.add (local.get $round) (i32.const 1)))
      (br_if $again (i32.lt_s (local.get $round) (i32.const 10))))
    (i64.trunc_f64_s (local.get $sum))))
