;; Tables with a first value, which is there before segments are written.
;; run: calls() == (1, 2, 1)
;; run: size() == 3
(module
  (table $t 3 funcref (ref.func $one))
  (elem (i32.const 1) $two)
  (func $one (result i32) i32.const 1)
  (func $two (result i32) i32.const 2)
  (func (export "calls") (result i32 i32 i32)
    (call_indirect (result i32) (i32.const 0))
    (call_indirect (result i32) (i32.const 1))
    (call_indirect (result i32) (i32.const 2)))
  (func (export "size") (result i32) table.size $t))
