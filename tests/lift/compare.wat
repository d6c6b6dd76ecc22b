;; Branches compare themselves, and tests for zero disappear into them.
;; run: max(3, 4) == 4
;; run: max(5, 4) == 5
;; run: zero(0) == 1
;; run: zero(7) == 0
;; run: not_less(1, 2) == 0
;; run: not_less(2, 2) == 1
;; run: wide(-9000000000) == 1
;; run: wide(1) == 0
;; run: long(0) == 10
;; run: long(1) == 20
;; run: float(nan, 1.0) == 2
;; run: float(0.0, 1.0) == 1
;; run: narrow(-32769) == 1
(module
  (func (export "max") (param i32 i32) (result i32)
    (if (result i32) (i32.gt_u (local.get 0) (local.get 1))
      (then (local.get 0))
      (else (local.get 1))))
  (func (export "zero") (param i32) (result i32)
    (if (i32.eqz (i32.eqz (local.get 0))) (then (return (i32.const 0))))
    (i32.const 1))
  (func (export "not_less") (param i32 i32) (result i32)
    (i32.eqz (i32.lt_s (local.get 0) (local.get 1))))
  ;; The constant does not fit into the branch.
  (func (export "wide") (param i64) (result i32)
    (if (i64.eq (local.get 0) (i64.const -9000000000)) (then (return (i32.const 1))))
    (i32.const 0))
  (func (export "long") (param i64) (result i32)
    (if (i64.eqz (local.get 0)) (then (return (i32.const 10))))
    (i32.const 20))
  ;; Not less is not greater or equal.
  (func (export "float") (param f64 f64) (result i32)
    (if (i32.eqz (f64.lt (local.get 0) (local.get 1))) (then (return (i32.const 2))))
    (i32.const 1))
  (func (export "narrow") (param i32) (result i32)
    (i32.gt_s (i32.const -32768) (local.get 0))))
;; | FUNC max(_: i32, _: i32) -> i32
;; |   .export "max"
;; |   .nosymbol
;; |   IF_GE_U.i32 %1, %0, L0
;; |   RETURN %0
;; | L0:
;; |   RETURN %1
;; | END
;; | FUNC zero(_: i32) -> i32
;; |   .export "zero"
;; |   .nosymbol
;; |   IF_NOT.i32 %0, L0
;; |   LOAD_CONST.i32 %0, 0
;; |   RETURN %0
;; | L0:
;; |   LOAD_CONST.i32 %0, 1
;; |   RETURN %0
;; | END
;; | FUNC not_less(_: i32, _: i32) -> i32
;; |   .export "not_less"
;; |   .nosymbol
;; |   GE.i32 %0, %0, %1
;; |   RETURN %0
;; | END
;; | FUNC wide(_: i64) -> i32
;; |   .export "wide"
;; |   .nosymbol
;; |   .reg %1: i64
;; |   .reg %2: i32
;; |   LOAD_CONST.i64 %1, -9000000000
;; |   IF_NE.i64 %0, %1, L0
;; |   LOAD_CONST.i32 %2, 1
;; |   RETURN %2
;; | L0:
;; |   LOAD_CONST.i32 %2, 0
;; |   RETURN %2
;; | END
;; | FUNC long(_: i64) -> i32
;; |   .export "long"
;; |   .nosymbol
;; |   .reg %1: i32
;; |   IF.i64 %0, L0
;; |   LOAD_CONST.i32 %1, 10
;; |   RETURN %1
;; | L0:
;; |   LOAD_CONST.i32 %1, 20
;; |   RETURN %1
;; | END
;; | FUNC float(_: f64, _: f64) -> i32
;; |   .export "float"
;; |   .nosymbol
;; |   .reg %2: i32
;; |   LT.f64 %2, %0, %1
;; |   IF.i32 %2, L0
;; |   LOAD_CONST.i32 %2, 2
;; |   RETURN %2
;; | L0:
;; |   LOAD_CONST.i32 %2, 1
;; |   RETURN %2
;; | END
;; | FUNC narrow(_: i32) -> i32
;; |   .export "narrow"
;; |   .nosymbol
;; |   LT.i32 %0, %0, -32768
;; |   RETURN %0
;; | END
