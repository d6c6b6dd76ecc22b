#!/usr/bin/env python3
"""Runs a WASI command with wasmtime (PyPI package `wasmtime`) and writes the message of its trap, with the engine's
backtrace, to standard error.

usage: command.py run|debug FILE

With `debug` the engine tells debuggers what the module states about its lines.
"""

import sys

import wasmtime


def main() -> None:
    mode, path = sys.argv[1:]
    config = wasmtime.Config()
    if mode == "debug":
        config.debug_info = True
        config.cranelift_opt_level = "none"
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    wasi = wasmtime.WasiConfig()
    wasi.inherit_stdout()
    store.set_wasi(wasi)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    instance = linker.instantiate(store, wasmtime.Module.from_file(engine, path))
    try:
        instance.exports(store)["_start"](store)
    except wasmtime.Trap as trap:
        sys.exit(trap.message)


if __name__ == "__main__":
    main()
