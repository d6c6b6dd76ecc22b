(module
  (func (export "run") (result i64)
    (local $line i32) (local $column i32) (local $steps i32) (local $total i64)
    (local $cx f64) (local $cy f64) (local $x f64) (local $y f64) (local $xx f64) (local $yy f64)
    (loop $lines
      (local.set $cy (f64.add (f64.mul (f64.convert_i32_s (local.get $line)) (f64.const 0.005859375)) (f64.const -1.5)))
      (local.set $column (i32.const 0))
      (loop $columns
        (local.set $cx (f64.add (f64.mul (f64.convert_i32_s (local.get $column)) (f64.const 0.005859375)) (f64.const -2)))
        (local.set $x (f64.const 0))
        (local.set $y (f64.const 0))
        (local.set $steps (i32.const 0))
        (block $leave
          (loop $step
            (local.set $xx (f64.mul (local.get $x) (local.get $x)))
            (local.set $yy (f64.mul (local.get $y) (local.get $y)))
            (br_if $leave (f64.gt (f64.add (local.get $xx) (local.get $yy)) (f64.const 4)))
            (local.set $y (f64.mul (local.get $x) (local.get $y)))
            (local.set $y (f64.add (f64.add (local.get $y) (local.get $y)) (local.get $cy)))
            (local.set $x (f64.add (f64.sub (local.get $xx) (local.get $yy)) (local.get $cx)))
            (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
            (br_if $step (i32.lt_s (local.get $steps) (i32.const 200)))))
        (local.set $total (i64.add (local.get $total) (i64.extend_i32_s (local.get $steps))))
        (local.set $column (i32.add (local.get $column) (i32.const 1)))
        (br_if $columns (i32.lt_s (local.get $column) (i32.const 512))))
      (local.set $line (i32.add (local.get $line) (i32.const 1)))
      (br_if $lines (i32.lt_s (local.get $line) (i32.const 512))))
    (local.get $total)))
