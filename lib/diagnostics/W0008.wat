(module
  (func (export "wasi_snapshot_preview1:fd_close")))
