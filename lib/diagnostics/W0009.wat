(module
  (func $answer (result i32)
    i32.constant 42))
