;; Values of globals: constants, expressions without globals, and what only the initialiser can know.
;; run: sums() == (5, 42, 1)
;; run: floats() == (-0.0, nan:0x200000)
;; run: from_import() == (7, 107, 93)
;; run: null() == 1
;; run: function() == 3
;; --- provider.vitasm
.global seven: i32 .export "env:seven" = 7
;; --- module.wat
(module
  (import "env" "seven" (global $seven i32))
  (global $five i32 (i32.add (i32.const 2) (i32.const 3)))
  (global $answer i64 (i64.mul (i64.const 6) (i64.sub (i64.const 10) (i64.const 3))))
  (global $wrapped i32 (i32.add (i32.const -1) (i32.const 2)))
  (global $zero f64 (f64.const -0.0))
  (global $nan f32 (f32.const nan:0x200000))
  (global $copy (mut i32) (global.get $seven))
  (global $more i32 (i32.add (i32.const 100) (global.get $seven)))
  (global $less i32 (i32.sub (i32.const 100) (global.get $seven)))
  (global $null externref (ref.null extern))
  (global $three funcref (ref.func $give_three))
  (table 1 funcref)
  (func $give_three (result i32) i32.const 3)
  (func (export "sums") (result i32 i64 i32)
    global.get $five global.get $answer global.get $wrapped)
  (func (export "floats") (result f64 f32) global.get $zero global.get $nan)
  (func (export "from_import") (result i32 i32 i32)
    global.get $copy global.get $more global.get $less)
  (func (export "null") (result i32) global.get $null ref.is_null)
  (func (export "function") (result i32)
    (table.set 0 (i32.const 0) (global.get $three))
    (call_indirect (result i32) (i32.const 0))))
