;; Loops in loops, left over several levels, and loops that never repeat.
;; run: pairs(4) == 10
;; run: search(5) == 9
;; run: once(3) == 4
;; run: two(3) == 6
(module
  (func (export "pairs") (param $n i32) (result i32)
    (local $i i32) (local $j i32) (local $count i32)
    (loop $outer
      (local.set $j (i32.const 0))
      (loop $inner
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (br_if $inner
          (i32.le_s (local.tee $j (i32.add (local.get $j) (i32.const 1))) (local.get $i))))
      (br_if $outer
        (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $count))
  ;; The code for what is found follows the loops.
  (func (export "search") (param $n i32) (result i32)
    (local $i i32) (local $j i32)
    (block $found
      (loop $outer
        (local.set $j (i32.const 0))
        (loop $inner
          (if (i32.eq (i32.mul (local.get $i) (local.get $j)) (i32.const 4))
            (then
              (local.set $i (i32.add (local.get $i) (i32.mul (local.get $j) (i32.const 10))))
              (br $found)))
          (local.set $j (i32.add (local.get $j) (i32.const 1)))
          (br_if $inner (i32.lt_s (local.get $j) (local.get $n))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $outer (i32.lt_s (local.get $i) (local.get $n))))
      (local.set $i (i32.const -1)))
    (i32.and (local.get $i) (i32.const 15)))
  (func (export "once") (param i32) (result i32)
    (loop (result i32)
      (i32.add (local.get 0) (i32.const 1))))
  ;; Two ways back to one header.
  (func (export "two") (param $n i32) (result i32)
    (local $sum i32)
    (loop $next
      (if (local.get $n)
        (then
          (local.set $sum (i32.add (local.get $sum) (local.get $n)))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br_if $next (i32.and (local.get $n) (i32.const 1)))
          (br $next))))
    (local.get $sum)))
;; | FUNC pairs(_: i32) -> i32
;; |   .export "pairs"
;; |   .nosymbol
;; |   .reg %1..%3: i32
;; |   LOAD_CONST.i32 %2, 0
;; |   LOAD_CONST.i32 %1, 0
;; | L0:
;; |   LOAD_CONST.i32 %3, 0
;; | L1:
;; |   ADD.i32 %1, %1, 1
;; |   ADD.i32 %3, %3, 1
;; |   IF_LE.i32 %3, %2, L1
;; |   ADD.i32 %2, %2, 1
;; |   IF_LT.i32 %2, %0, L0
;; |   RETURN %1
;; | END
;; | FUNC search(_: i32) -> i32
;; |   .export "search"
;; |   .nosymbol
;; |   .reg %1..%3: i32
;; |   LOAD_CONST.i32 %1, 0
;; | L0:
;; |   LOAD_CONST.i32 %2, 0
;; | L1:
;; |   MUL.i32 %3, %1, %2
;; |   IF_EQ.i32 %3, 4, L2
;; |   ADD.i32 %2, %2, 1
;; |   IF_LT.i32 %2, %0, L1
;; |   ADD.i32 %1, %1, 1
;; |   IF_LT.i32 %1, %0, L0
;; |   JUMP L3
;; | L2:
;; |   MUL.i32 %0, %2, 10
;; |   ADD.i32 %0, %1, %0
;; |   JUMP L4
;; | L3:
;; |   LOAD_CONST.i32 %0, -1
;; | L4:
;; |   AND.i32 %0, %0, 15
;; |   RETURN %0
;; | END
;; | FUNC once(_: i32) -> i32
;; |   .export "once"
;; |   .nosymbol
;; |   ADD.i32 %0, %0, 1
;; |   RETURN %0
;; | END
;; | FUNC two(_: i32) -> i32
;; |   .export "two"
;; |   .nosymbol
;; |   .reg %1..%2: i32
;; |   LOAD_CONST.i32 %1, 0
;; |   JUMP L1
;; | L0:
;; |   ADD.i32 %1, %1, %0
;; |   ADD.i32 %0, %0, -1
;; |   AND.i32 %2, %0, 1
;; |   IF.i32 %2, L1
;; | L1:
;; |   IF.i32 %0, L0
;; |   RETURN %1
;; | END
