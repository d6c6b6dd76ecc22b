;; A 64-bit memory and table, with segments.
;; run: load(0x10000) traps out of bounds memory access
;; run: load(8) == 0x0807060504030201
;; run: load(0x100000008) traps out of bounds memory access
;; run: call(1) == 4
;; run: call(0x100000001) traps undefined element
;; run: grow() == (1, 3, -1)
(module
  (memory i64 1 3)
  (table $t i64 2 funcref)
  (elem (table $t) (i64.const 1) func $four)
  (data (i64.const 8) "\01\02\03\04\05\06\07\08")
  (func $four (result i32) i32.const 4)
  (func (export "load") (param i64) (result i64) (i64.load (local.get 0)))
  (func (export "call") (param i64) (result i32) (call_indirect $t (result i32) (local.get 0)))
  (func (export "grow") (result i64 i64 i64)
    (memory.grow (i64.const 2)) (memory.size) (memory.grow (i64.const 1))))
