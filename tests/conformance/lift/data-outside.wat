;; A data segment that does not fit traps at instantiation.
;; run: f() traps out of bounds memory access
(module
  (memory 1)
  (data (i32.const 0xfffe) "abc")
  (func (export "f")))
