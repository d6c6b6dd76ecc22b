;; Active segments: where they overlap the later one holds, and afterwards they count as dropped.
;; run: bytes() == 0x64636261
;; run: overlapped() == 0x7a7978
;; run: calls() == (1, 2, 2)
;; run: init_nothing() == ()
;; run: init_something() traps out of bounds memory access
;; run: init_elements() traps out of bounds table access
;; run: init_passive() == 0x30303030
;; run: drop_passive() traps out of bounds memory access
(module
  (memory 1)
  (table $t 4 funcref)
  (elem $e (i32.const 0) $one $one)
  (elem (i32.const 1) $two $two)
  (data $d (i32.const 0) "abcd")
  (data (i32.const 8) "123")
  (data (i32.const 8) "xyz")
  (data $p "0000")
  (func $one (result i32) i32.const 1)
  (func $two (result i32) i32.const 2)
  (func (export "bytes") (result i32) (i32.load (i32.const 0)))
  (func (export "overlapped") (result i32) (i32.load (i32.const 8)))
  (func (export "calls") (result i32 i32 i32)
    (call_indirect (result i32) (i32.const 0))
    (call_indirect (result i32) (i32.const 1))
    (call_indirect (result i32) (i32.const 2)))
  (func (export "init_nothing")
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))
    (data.drop $d)
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "init_something")
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)))
  (func (export "init_elements")
    (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1)))
  (func (export "init_passive") (result i32)
    (memory.init $p (i32.const 16) (i32.const 0) (i32.const 4))
    (i32.load (i32.const 16)))
  (func (export "drop_passive")
    (data.drop $p)
    (memory.init $p (i32.const 16) (i32.const 0) (i32.const 4))))
