;; Exports: several names for one thing, an empty name, any characters; imports twice.
;; run: ""() == 1
;; run: again() == 1
;; run: "ключ 🔑"() == 2
;; run: both() == 14
;; run: "zero\0byte"() == 3
;; --- provider.vitasm
.global seven: i32 .export "env:seven" = 7
;; --- module.wat
(module
  (import "env" "seven" (global $a i32))
  (import "env" "seven" (global $b i32))
  (func $f (export "") (export "again") (result i32) i32.const 1)
  (func (export "zero\00byte") (result i32) i32.const 3)
  (func (export "ключ 🔑") (result i32) i32.const 2)
  (func $f2 (export "both") (result i32) (i32.add (global.get $a) (global.get $b))))
