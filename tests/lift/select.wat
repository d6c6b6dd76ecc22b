;; Choices without branches.
;; run: larger(3, 4) == 4
;; run: truth(5) == 1
;; run: falsity(5) == 0
;; run: turned(0, 1, 2) == 1
;; run: turned(1, 1, 2) == 2
;; run: long(1) == 10
(module
  (func (export "larger") (param i32 i32) (result i32)
    (select (local.get 0) (local.get 1) (i32.gt_s (local.get 0) (local.get 1))))
  (func (export "truth") (param i32) (result i32)
    (select (i32.const 1) (i32.const 0) (local.get 0)))
  (func (export "falsity") (param i32) (result i32)
    (select (i32.const 0) (i32.const 1) (i32.lt_s (local.get 0) (i32.const 9))))
  (func (export "turned") (param i32 i64 i64) (result i64)
    (select (local.get 1) (local.get 2) (i32.eqz (local.get 0))))
  (func (export "long") (param i32) (result i64)
    (select (i64.const 10) (i64.const 20) (local.get 0))))
;; | FUNC larger(_: i32, _: i32) -> i32
;; |   .export "larger"
;; |   .nosymbol
;; |   .reg %2: i32
;; |   GT.i32 %2, %0, %1
;; |   SELECT %0, %2, %0, %1
;; |   RETURN %0
;; | END
;; | FUNC truth(_: i32) -> i32
;; |   .export "truth"
;; |   .nosymbol
;; |   NE.i32 %0, %0, 0
;; |   RETURN %0
;; | END
;; | FUNC falsity(_: i32) -> i32
;; |   .export "falsity"
;; |   .nosymbol
;; |   GE.i32 %0, %0, 9
;; |   RETURN %0
;; | END
;; | FUNC turned(_: i32, _: i64, _: i64) -> i64
;; |   .export "turned"
;; |   .nosymbol
;; |   SELECT %1, %0, %2, %1
;; |   RETURN %1
;; | END
;; | FUNC long(_: i32) -> i64
;; |   .export "long"
;; |   .nosymbol
;; |   .reg %1..%2: i64
;; |   LOAD_CONST.i64 %1, 10
;; |   LOAD_CONST.i64 %2, 20
;; |   SELECT %1, %0, %1, %2
;; |   RETURN %1
;; | END
