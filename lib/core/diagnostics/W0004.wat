;; error[W0004] 6:19
(module
  (memory 1)
  (func $sum (param i32) (result i32)
    (i32x4.extract_lane 0
      (i32x4.add (v128.load (local.get 0)) (v128.load (local.get 0))))))
