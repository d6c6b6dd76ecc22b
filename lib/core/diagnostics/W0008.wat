;; error[W0008] @0x15
(module
  (func (export "wasi_snapshot_preview1:fd_close")))
