;; Locals and the stack leave no copies behind; only what changes places does.
;; run: shuffle(1, 2, 3) == 14
;; run: fibonacci(10) == 55
;; run: rotate(4) == 312
;; run: keep(5) == 11
(module
  (func (export "shuffle") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (local $x i32) (local $y i32)
    (local.set $x (local.get $a))
    (local.set $y (local.get $x))
    (local.set $x (local.get $b))
    (local.set $a (local.tee $b (local.get $y)))
    (i32.add
      (i32.add (i32.mul (local.get $x) (local.get $x)) (i32.mul (local.get $a) (local.get $b)))
      (i32.mul (local.get $c) (local.get $c))))
  ;; Two variables change places: one temporary, or none.
  (func (export "fibonacci") (param $n i32) (result i32)
    (local $a i32) (local $b i32) (local $t i32)
    (local.set $b (i32.const 1))
    (loop $next
      (local.set $t (i32.add (local.get $a) (local.get $b)))
      (local.set $a (local.get $b))
      (local.set $b (local.get $t))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $a))
  ;; Three go round in a circle.
  (func (export "rotate") (param $n i32) (result i32)
    (local $a i32) (local $b i32) (local $c i32) (local $t i32)
    (local.set $a (i32.const 1))
    (local.set $b (i32.const 2))
    (local.set $c (i32.const 3))
    (loop $next
      (local.set $t (local.get $a))
      (local.set $a (local.get $c))
      (local.set $c (local.get $b))
      (local.set $b (local.get $t))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.add
      (i32.mul (local.get $a) (i32.const 100))
      (i32.add (i32.mul (local.get $b) (i32.const 10)) (local.get $c))))
  ;; What is on the stack is the old value.
  (func (export "keep") (param $a i32) (result i32)
    (local.get $a)
    (local.set $a (i32.add (local.get $a) (i32.const 1)))
    (i32.add (local.get $a))))
;; | FUNC shuffle(_: i32, _: i32, _: i32) -> i32
;; |   .export "shuffle"
;; |   .nosymbol
;; |   MUL.i32 %1, %1, %1
;; |   MUL.i32 %0, %0, %0
;; |   ADD.i32 %0, %1, %0
;; |   MUL.i32 %1, %2, %2
;; |   ADD.i32 %0, %0, %1
;; |   RETURN %0
;; | END
;; | FUNC fibonacci(_: i32) -> i32
;; |   .export "fibonacci"
;; |   .nosymbol
;; |   .reg %1..%3: i32
;; |   LOAD_CONST.i32 %1, 0
;; |   LOAD_CONST.i32 %2, 1
;; | L0:
;; |   ADD.i32 %1, %1, %2
;; |   ADD.i32 %0, %0, -1
;; |   IF.i32 %0, L1
;; |   RETURN %2
;; | L1:
;; |   MOVE %3, %1
;; |   MOVE %1, %2
;; |   MOVE %2, %3
;; |   JUMP L0
;; | END
;; | FUNC rotate(_: i32) -> i32
;; |   .export "rotate"
;; |   .nosymbol
;; |   .reg %1..%4: i32
;; |   LOAD_CONST.i32 %1, 1
;; |   LOAD_CONST.i32 %2, 2
;; |   LOAD_CONST.i32 %3, 3
;; | L0:
;; |   ADD.i32 %0, %0, -1
;; |   IF.i32 %0, L1
;; |   MUL.i32 %0, %3, 100
;; |   MUL.i32 %1, %1, 10
;; |   ADD.i32 %1, %1, %2
;; |   ADD.i32 %0, %0, %1
;; |   RETURN %0
;; | L1:
;; |   MOVE %4, %1
;; |   MOVE %1, %3
;; |   MOVE %3, %2
;; |   MOVE %2, %4
;; |   JUMP L0
;; | END
;; | FUNC keep(_: i32) -> i32
;; |   .export "keep"
;; |   .nosymbol
;; |   .reg %1: i32
;; |   ADD.i32 %1, %0, 1
;; |   ADD.i32 %0, %0, %1
;; |   RETURN %0
;; | END
