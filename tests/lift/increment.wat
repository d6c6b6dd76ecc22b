;; A loop's variables change in place: no copy on the way back.
;; run: sum(10) == 45
;; run: sum(1) == 0
;; run: weighted(4) == 20
;; run: while(10) == 45
;; run: while(0) == 0
(module
  (func (export "sum") (param $n i32) (result i32)
    (local $i i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_s (local.get $i) (local.get $n))))
    (local.get $sum))
  ;; The old value is multiplied by the new one.
  (func (export "weighted") (param $n i32) (result i32)
    (local $i i32) (local $sum i32)
    (loop $next
      (local.set $sum
        (i32.add (local.get $sum)
          (i32.mul (local.get $i) (local.tee $i (i32.add (local.get $i) (i32.const 1))))))
      (br_if $next (i32.ne (local.get $i) (local.get $n))))
    (local.get $sum))
  ;; The test at the top is made at the bottom.
  (func (export "while") (param $n i32) (result i32)
    (local $i i32) (local $sum i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_s (local.get $i) (local.get $n)))
        (local.set $sum (i32.add (local.get $sum) (local.get $i)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (local.get $sum)))
;; | FUNC sum(_: i32) -> i32
;; |   .export "sum"
;; |   .nosymbol
;; |   .reg %1..%2: i32
;; |   LOAD_CONST.i32 %2, 0
;; |   LOAD_CONST.i32 %1, 0
;; | L0:
;; |   ADD.i32 %1, %1, %2
;; |   ADD.i32 %2, %2, 1
;; |   IF_LT.i32 %2, %0, L0
;; |   RETURN %1
;; | END
;; | FUNC weighted(_: i32) -> i32
;; |   .export "weighted"
;; |   .nosymbol
;; |   .reg %1..%4: i32
;; |   LOAD_CONST.i32 %1, 0
;; |   LOAD_CONST.i32 %2, 0
;; | L0:
;; |   ADD.i32 %3, %1, 1
;; |   MUL.i32 %4, %1, %3
;; |   ADD.i32 %2, %2, %4
;; |   MOVE %1, %3
;; |   IF_NE.i32 %3, %0, L0
;; |   RETURN %2
;; | END
;; | FUNC while(_: i32) -> i32
;; |   .export "while"
;; |   .nosymbol
;; |   .reg %1..%2: i32
;; |   LOAD_CONST.i32 %1, 0
;; |   LOAD_CONST.i32 %2, 0
;; |   JUMP L1
;; | L0:
;; |   ADD.i32 %2, %2, %1
;; |   ADD.i32 %1, %1, 1
;; | L1:
;; |   IF_LT.i32 %1, %0, L0
;; |   RETURN %2
;; | END
