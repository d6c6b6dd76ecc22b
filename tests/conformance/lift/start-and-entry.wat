;; A command: the start function runs before `_start`, which is the entry.
;; exit: 5
(module
  (import "vbc1" "exit" (func $exit (param i32)))
  (global $g (mut i32) (i32.const 0))
  (start $before)
  (func $before (global.set $g (i32.const 5)))
  (func (export "_start") (call $exit (global.get $g))))
