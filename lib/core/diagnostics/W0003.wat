;; error[W0003] 4:6
(module
  (func $double (param i32) (result i64)
    (i32.mul (local.get 0) (i32.const 2))))
