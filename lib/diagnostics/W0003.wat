;; error[W0003] @0x1e
(module
  (func $double (param i32) (result i64)
    (i32.mul (local.get 0) (i32.const 2))))
