;; The start function runs once, after the segments, before anything that is called.
;; run: get() == 0x62
;; run: get() == 0x62
(module
  (memory 1)
  (global $g (mut i32) (i32.const 0))
  (data (i32.const 3) "b")
  (start $go)
  (func $go (global.set $g (i32.add (global.get $g) (i32.load8_u (i32.const 3)))))
  (func (export "get") (result i32) global.get $g))
