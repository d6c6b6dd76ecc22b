;; Blocks with parameters and results, calls with several results, br_table with values.
;; run: swap(1, 2) == (2, 1)
;; run: both(7, 3) == (2, 1)
;; run: block(3) == 8
;; run: loop(5) == 120
;; run: if(0) == 21
;; run: if(1) == 12
;; run: table(0) == 110
;; run: table(1) == 210
;; run: table(9) == 1110
;; run: leave(0) == 0
;; run: leave(3) == 3
(module
  (func $swap (export "swap") (param i32 i32) (result i32 i32)
    (local.get 1) (local.get 0))
  (func (export "both") (param i32 i32) (result i32 i32)
    (i32.div_s (local.get 0) (local.get 1))
    (i32.rem_s (local.get 0) (local.get 1)))
  (func (export "block") (param i32) (result i32)
    (local.get 0) (i32.const 5)
    (block (param i32 i32) (result i32 i32)
      (call $swap)
      (br_if 0 (local.get 0)))
    (i32.add))
  (func (export "loop") (param $n i32) (result i32)
    (i32.const 1)
    (loop $next (param i32) (result i32)
      (i32.mul (local.get $n))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "if") (param i32) (result i32)
    (i32.const 1) (i32.const 2)
    (if (param i32 i32) (result i32 i32) (local.get 0)
      (then)
      (else (call $swap)))
    (local.set 0)
    (i32.mul (i32.const 10))
    (i32.add (local.get 0)))
  (func (export "table") (param i32) (result i32)
    (block $c (result i32)
      (block $b (result i32)
        (block $a (result i32)
          (i32.const 10)
          (br_table $a $b $c (local.get 0)))
        (return (i32.add (i32.const 100))))
      (return (i32.add (i32.const 200))))
    (i32.add (i32.const 1100)))
  (func (export "leave") (param i32) (result i32)
    (block (result i32)
      (local.get 0)
      (br_table 1 1 1 1 (i32.add (local.get 0) (i32.const 0))))
    (drop)
    (i32.const 5)))
;; | FUNC swap(_: i32, _: i32) -> (i32, i32)
;; |   .export "swap"
;; |   .nosymbol
;; |   RETURN %1, %0
;; | END
;; | FUNC both(_: i32, _: i32) -> (i32, i32)
;; |   .export "both"
;; |   .nosymbol
;; |   .reg %2: i32
;; |   DIV.i32 %2, %0, %1
;; |   REM.i32 %0, %0, %1
;; |   RETURN %2, %0
;; | END
;; | FUNC block(_: i32) -> i32
;; |   .export "block"
;; |   .nosymbol
;; |   .reg %1..%2: i32
;; |   LOAD_CONST.i32 %1, 5
;; |   CALL swap, %0, %1 -> %1, %2
;; |   ADD.i32 %0, %1, %2
;; |   RETURN %0
;; | END
;; | FUNC loop(_: i32) -> i32
;; |   .export "loop"
;; |   .nosymbol
;; |   .reg %1: i32
;; |   LOAD_CONST.i32 %1, 1
;; | L0:
;; |   MUL.i32 %1, %1, %0
;; |   ADD.i32 %0, %0, -1
;; |   IF.i32 %0, L0
;; |   RETURN %1
;; | END
;; | FUNC if(_: i32) -> i32
;; |   .export "if"
;; |   .nosymbol
;; |   .reg %1: i32
;; |   IF_NOT.i32 %0, L0
;; |   LOAD_CONST.i32 %0, 1
;; |   LOAD_CONST.i32 %1, 2
;; |   JUMP L1
;; | L0:
;; |   LOAD_CONST.i32 %0, 1
;; |   LOAD_CONST.i32 %1, 2
;; |   CALL swap, %0, %1 -> %0, %1
;; | L1:
;; |   MUL.i32 %0, %0, 10
;; |   ADD.i32 %0, %0, %1
;; |   RETURN %0
;; | END
;; | FUNC table(_: i32) -> i32
;; |   .export "table"
;; |   .nosymbol
;; |   SWITCH.i32 %0, L0, L1, else L2
;; | L0:
;; |   LOAD_CONST.i32 %0, 110
;; |   RETURN %0
;; | L1:
;; |   LOAD_CONST.i32 %0, 210
;; |   RETURN %0
;; | L2:
;; |   LOAD_CONST.i32 %0, 1110
;; |   RETURN %0
;; | END
;; | FUNC leave(_: i32) -> i32
;; |   .export "leave"
;; |   .nosymbol
;; |   RETURN %0
;; | END
