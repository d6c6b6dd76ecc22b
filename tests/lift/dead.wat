;; What nobody needs is not computed, what may trap is; code that is not reached is skipped.
;; run: unused(2) == 2
;; run: loads(65536) traps out of bounds memory access
;; run: after(1) == 1
;; run: nested(0) == 3
;; run: assigned(4) == 4
;; run: stop() traps unreachable
(module
  (memory 1)
  (func (export "unused") (param i32) (result i32)
    (local i32)
    (local.set 1 (i32.mul (local.get 0) (i32.const 3)))
    (drop (i32.add (local.get 0) (i32.clz (local.get 1))))
    (local.get 0))
  (func (export "loads") (param i32) (result i32)
    (drop (i32.load (local.get 0)))
    (local.get 0))
  (func (export "after") (param i32) (result i32)
    (block (result i32)
      (br 0 (local.get 0))
      (loop (br_if 0 (i32.const 1)) (block (br_table 0 1 0 (i32.const 2))))
      (i32.add (i32.const 1))))
  (func (export "nested") (param i32) (result i32)
    (block
      (block
        (br_if 1 (local.get 0))
        (br 0)
        (if (i32.const 1) (then (return (i32.const 7))) (else (unreachable))))
      (return (i32.const 3)))
    (i32.const 4))
  ;; The local is dead when the loop repeats.
  (func (export "assigned") (param $n i32) (result i32)
    (local $i i32) (local $t i32)
    (loop $next
      (local.set $t (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.tee $i (local.get $t)) (local.get $n))))
    (local.get $i))
  (func (export "stop") (result i32)
    (unreachable)))
;; | FUNC unused(_: i32) -> i32
;; |   .export "unused"
;; |   .nosymbol
;; |   RETURN %0
;; | END
;; | FUNC loads(_: i32) -> i32
;; |   .export "loads"
;; |   .nosymbol
;; |   .reg %1: i32
;; |   LOAD.i32 %1, [%0]
;; |   RETURN %0
;; | END
;; | FUNC after(_: i32) -> i32
;; |   .export "after"
;; |   .nosymbol
;; |   RETURN %0
;; | END
;; | FUNC nested(_: i32) -> i32
;; |   .export "nested"
;; |   .nosymbol
;; |   IF.i32 %0, L0
;; |   LOAD_CONST.i32 %0, 3
;; |   RETURN %0
;; | L0:
;; |   LOAD_CONST.i32 %0, 4
;; |   RETURN %0
;; | END
;; | FUNC assigned(_: i32) -> i32
;; |   .export "assigned"
;; |   .nosymbol
;; |   .reg %1: i32
;; |   LOAD_CONST.i32 %1, 0
;; | L0:
;; |   ADD.i32 %1, %1, 1
;; |   IF_LT_U.i32 %1, %0, L0
;; |   RETURN %1
;; | END
;; | FUNC stop() -> i32
;; |   .export "stop"
;; |   .nosymbol
;; |   TRAP unreachable
;; | END
