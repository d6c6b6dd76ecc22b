;; Loops that compare what their variable was before it was advanced.
;; run: constant() == 45
;; run: outside(9) == 45
;; run: ordered(9) == 45
;; run: at_exit(9) == 45
;; run: wraps(1) == 2
(module
  (func (export "constant") (result i32)
    (local $i i32) (local $j i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (local.get $i)))
      (local.set $j (i32.add (local.get $i) (i32.const 1)))
      (i32.ne (local.get $i) (i32.const 9))
      (local.set $i (local.get $j))
      (br_if $next))
    (local.get $sum))
  (func (export "outside") (param $n i32) (result i32)
    (local $i i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (local.get $i)))
      (i32.ne (local.get $i) (local.get $n))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next))
    (local.get $sum))
  (func (export "ordered") (param $n i32) (result i32)
    (local $i i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (local.get $i)))
      (i32.lt_s (local.get $i) (local.get $n))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next))
    (local.get $sum))
  ;; Both are needed: one copy, but no jump.
  (func (export "at_exit") (param $n i32) (result i32)
    (local $i i32) (local $j i32) (local $sum i32)
    (block $done
      (loop $next
        (local.set $j (i32.add (local.get $i) (i32.const 1)))
        (local.set $sum (i32.add (local.get $sum) (local.get $i)))
        (br_if $done (i32.ge_s (local.get $i) (local.get $n)))
        (local.set $i (local.get $j))
        (br_if $next (i32.ne (local.get $sum) (i32.const 1000)))))
    (i32.add (local.get $sum) (i32.sub (local.get $j) (i32.const 10))))
  ;; The limit plus the step wraps, and so does the variable.
  (func (export "wraps") (param $i i32) (result i32)
    (local $count i32)
    (loop $next
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (i32.ne (local.get $i) (i32.const 0x80000000))
      (local.set $i (i32.add (local.get $i) (i32.const 0x7fffffff)))
      (br_if $next))
    (local.get $count)))
;; | FUNC constant() -> i32
;; |   .export "constant"
;; |   .nosymbol
;; |   .reg %0..%1: i32
;; |   LOAD_CONST.i32 %1, 0
;; |   LOAD_CONST.i32 %0, 0
;; | L0:
;; |   ADD.i32 %0, %0, %1
;; |   ADD.i32 %1, %1, 1
;; |   IF_NE.i32 %1, 10, L0
;; |   RETURN %0
;; | END
;; | FUNC outside(_: i32) -> i32
;; |   .export "outside"
;; |   .nosymbol
;; |   .reg %1..%2: i32
;; |   ADD.i32 %0, %0, 1
;; |   LOAD_CONST.i32 %2, 0
;; |   LOAD_CONST.i32 %1, 0
;; | L0:
;; |   ADD.i32 %1, %1, %2
;; |   ADD.i32 %2, %2, 1
;; |   IF_NE.i32 %2, %0, L0
;; |   RETURN %1
;; | END
;; | FUNC ordered(_: i32) -> i32
;; |   .export "ordered"
;; |   .nosymbol
;; |   .reg %1..%3: i32
;; |   LOAD_CONST.i32 %2, 0
;; |   LOAD_CONST.i32 %1, 0
;; | L0:
;; |   ADD.i32 %1, %1, %2
;; |   LT.i32 %3, %2, %0
;; |   ADD.i32 %2, %2, 1
;; |   IF.i32 %3, L0
;; |   RETURN %1
;; | END
;; | FUNC at_exit(_: i32) -> i32
;; |   .export "at_exit"
;; |   .nosymbol
;; |   .reg %1..%3: i32
;; |   LOAD_CONST.i32 %1, 0
;; |   LOAD_CONST.i32 %2, 0
;; | L0:
;; |   ADD.i32 %3, %1, 1
;; |   ADD.i32 %2, %2, %1
;; |   IF_GE.i32 %1, %0, L1
;; |   MOVE %1, %3
;; |   IF_NE.i32 %2, 1000, L0
;; | L1:
;; |   ADD.i32 %0, %3, -10
;; |   ADD.i32 %0, %2, %0
;; |   RETURN %0
;; | END
;; | FUNC wraps(_: i32) -> i32
;; |   .export "wraps"
;; |   .nosymbol
;; |   .reg %1: i32
;; |   LOAD_CONST.i32 %1, 0
;; | L0:
;; |   ADD.i32 %1, %1, 1
;; |   ADD.i32 %0, %0, 2147483647
;; |   IF_NE.i32 %0, -1, L0
;; |   RETURN %1
;; | END
