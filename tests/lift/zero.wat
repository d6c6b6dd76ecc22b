;; A local that was never written is a constant, which folds like others; no register is zeroed.
;; run: never(5) == 5
;; run: sometimes(0) == 0
;; run: sometimes(1) == 9
;; run: null() == 1
(module
  (func (export "never") (param i32) (result i32)
    (local i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "sometimes") (param i32) (result i32)
    (local i32)
    (if (local.get 0) (then (local.set 1 (i32.const 9))))
    (local.get 1))
  (func (export "null") (result i32)
    (local externref)
    (ref.is_null (local.get 0))))
;; | FUNC never(_: i32) -> i32
;; |   .export "never"
;; |   .nosymbol
;; |   RETURN %0
;; | END
;; | FUNC sometimes(_: i32) -> i32
;; |   .export "sometimes"
;; |   .nosymbol
;; |   IF_NOT.i32 %0, L0
;; |   LOAD_CONST.i32 %0, 9
;; |   RETURN %0
;; | L0:
;; |   LOAD_CONST.i32 %0, 0
;; |   RETURN %0
;; | END
;; | FUNC "null"() -> i32
;; |   .export "null"
;; |   .nosymbol
;; |   .reg %0: externref
;; |   .reg %1: i32
;; |   REF_NULL %0
;; |   REF_IS_NULL %1, %0
;; |   RETURN %1
;; | END
