;; error[W0009] 4:5
(module
  (func $answer (result i32)
    i32.constant 42))
