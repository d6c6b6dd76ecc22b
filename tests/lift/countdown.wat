;; Loops that count down to zero, in both widths.
;; run: narrow(5) == 15
;; run: narrow(1) == 1
;; run: wide(5) == 15
;; run: wide(1) == 1
(module
  (func (export "narrow") (param $n i32) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (local.get $n)))
      (br_if $next (local.tee $n (i32.add (local.get $n) (i32.const -1)))))
    (local.get $sum))
  (func (export "wide") (param $n i64) (result i64)
    (local $sum i64)
    (loop $next
      (local.set $sum (i64.add (local.get $sum) (local.get $n)))
      (br_if $next (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
    (local.get $sum)))
;; | FUNC narrow(_: i32) -> i32
;; |   .export "narrow"
;; |   .nosymbol
;; |   .reg %1: i32
;; |   LOAD_CONST.i32 %1, 0
;; | L0:
;; |   ADD.i32 %1, %1, %0
;; |   ADD.i32 %0, %0, -1
;; |   IF.i32 %0, L0
;; |   RETURN %1
;; | END
;; | FUNC wide(_: i64) -> i64
;; |   .export "wide"
;; |   .nosymbol
;; |   .reg %1: i64
;; |   LOAD_CONST.i64 %1, 0
;; | L0:
;; |   ADD.i64 %1, %1, %0
;; |   ADD.i64 %0, %0, -1
;; |   IF.i64 %0, L0
;; |   RETURN %1
;; | END
