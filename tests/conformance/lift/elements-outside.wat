;; An element segment that does not fit traps at instantiation, also when its offset is computed.
;; run: f() traps out of bounds table access
;; --- provider.vitasm
.global ten: i32 .export "env:ten" = 10
;; --- module.wat
(module
  (import "env" "ten" (global $ten i32))
  (table 10 funcref)
  (elem (offset (global.get $ten)) func $f)
  (func $f (export "f")))
