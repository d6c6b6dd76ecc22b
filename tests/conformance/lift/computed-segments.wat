;; Offsets that read an imported global: what follows such a segment must be written after it.
;; run: bytes() == 0x33414261
;; run: calls() == (1, 3, 2)
;; run: init_data() traps out of bounds memory access
;; run: init_elements() traps out of bounds table access
;; run: imported_item() == 9
;; --- provider.vitasm
FUNC nine() -> i32
  .reg r: i32
  LOAD_CONST r, 9
  RETURN r
END
.global one: i32 .export "env:one" = 1
.global nine_ref: funcref .export "env:nine" = func nine
;; --- module.wat
(module
  (import "env" "one" (global $one i32))
  (import "env" "nine" (global $nine funcref))
  (memory 1)
  (table $t 8 funcref)
  (elem (i32.const 0) $f1 $f1 $f1)
  (elem $e (offset (global.get $one)) func $f2 $f2)
  (elem (i32.const 1) $f3)
  (elem (offset (i32.add (global.get $one) (i32.const 3))) funcref (ref.null func) (global.get $nine))
  (data (i32.const 0) "aaa3")
  (data $d (offset (global.get $one)) "BB")
  (data (i32.const 2) "A")
  (func $f1 (result i32) i32.const 1)
  (func $f2 (result i32) i32.const 2)
  (func $f3 (result i32) i32.const 3)
  (func (export "bytes") (result i32) (i32.load (i32.const 0)))
  (func (export "calls") (result i32 i32 i32)
    (call_indirect (result i32) (i32.const 0))
    (call_indirect (result i32) (i32.const 1))
    (call_indirect (result i32) (i32.const 2)))
  (func (export "init_data")
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)))
  (func (export "init_elements")
    (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1)))
  (func (export "imported_item") (result i32)
    (call_indirect (result i32) (i32.const 5))))
