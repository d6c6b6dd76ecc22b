;; Constants stand in the instructions, are folded, or are loaded before the loop.
;; run: fold() == 7
;; run: same(5) == 5
;; run: left(3) == 103
;; run: negated(3) == -3
;; run: masked(1, 33) == 2
;; run: twice(3) == 24
;; run: pair(-1) == -1
;; run: fill(4) == 12
;; run: divide(1) traps integer divide by zero
(module
  (memory 1)
  (func (export "fold") (result i32)
    (i32.sub (i32.add (i32.const 3) (i32.mul (i32.const 2) (i32.const 4))) (i32.const 4)))
  (func (export "same") (param i32) (result i32)
    (i32.or (i32.mul (i32.add (local.get 0) (i32.const 0)) (i32.const 1)) (i32.const 0)))
  (func (export "left") (param i32) (result i32)
    (i32.add (i32.const 100) (local.get 0)))
  (func (export "negated") (param i32) (result i32)
    (i32.sub (i32.const 0) (local.get 0)))
  (func (export "masked") (param i32 i32) (result i32)
    (i32.shl (local.get 0) (i32.and (local.get 1) (i32.const 31))))
  (func (export "twice") (param i32) (result i32)
    (i32.mul (local.get 0) (i32.const 8)))
  (func (export "pair") (param i32) (result i32)
    (i32.wrap_i64 (i64.extend_i32_u (local.get 0))))
  ;; Static addresses share the base 0.
  (func (export "fill") (param $n i32) (result i32)
    (local $i i32)
    (loop $next
      (i32.store (i32.const 1024)
        (i32.add (i32.load (i32.const 1024)) (i32.const 3)))
      (i32.store offset=4 (i32.const 1024) (i32.const 70000))
      (br_if $next
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (i32.load (i32.const 1024)))
  ;; What traps is not folded away.
  (func (export "divide") (param i32) (result i32)
    (drop (i32.div_s (i32.const 1) (i32.const 0)))
    (local.get 0)))
;; | FUNC fold() -> i32
;; |   .export "fold"
;; |   .nosymbol
;; |   .reg %0: i32
;; |   LOAD_CONST.i32 %0, 7
;; |   RETURN %0
;; | END
;; | FUNC same(_: i32) -> i32
;; |   .export "same"
;; |   .nosymbol
;; |   RETURN %0
;; | END
;; | FUNC left(_: i32) -> i32
;; |   .export "left"
;; |   .nosymbol
;; |   ADD.i32 %0, %0, 100
;; |   RETURN %0
;; | END
;; | FUNC negated(_: i32) -> i32
;; |   .export "negated"
;; |   .nosymbol
;; |   NEG.i32 %0, %0
;; |   RETURN %0
;; | END
;; | FUNC masked(_: i32, _: i32) -> i32
;; |   .export "masked"
;; |   .nosymbol
;; |   SHL.i32 %0, %0, %1
;; |   RETURN %0
;; | END
;; | FUNC twice(_: i32) -> i32
;; |   .export "twice"
;; |   .nosymbol
;; |   SHL.i32 %0, %0, 3
;; |   RETURN %0
;; | END
;; | FUNC pair(_: i32) -> i32
;; |   .export "pair"
;; |   .nosymbol
;; |   RETURN %0
;; | END
;; | FUNC fill(_: i32) -> i32
;; |   .export "fill"
;; |   .nosymbol
;; |   .reg %1..%4: i32
;; |   LOAD_CONST.i32 %1, 0
;; |   LOAD_CONST.i32 %2, 70000
;; |   LOAD_CONST.i32 %3, 0
;; | L0:
;; |   LOAD.i32 %4, [%1 + 1024]
;; |   ADD.i32 %4, %4, 3
;; |   STORE.i32 [%1 + 1024], %4
;; |   STORE.i32 [%1 + 1028], %2
;; |   ADD.i32 %3, %3, 1
;; |   IF_LT_U.i32 %3, %0, L0
;; |   LOAD.i32 %0, [%1 + 1024]
;; |   RETURN %0
;; | END
;; | FUNC divide(_: i32) -> i32
;; |   .export "divide"
;; |   .nosymbol
;; |   .reg %1: i32
;; |   LOAD_CONST.i32 %1, 1
;; |   DIV.i32 %1, %1, 0
;; |   RETURN %0
;; | END
