#!/usr/bin/env python3
"""Runs a WASI command with wasmtime (PyPI package `wasmtime`) and writes the CPU seconds that compiling, instantiating
and running took to file descriptor 3: not those of Python's own start.

usage: wasmtime_run.py cranelift|pulley FILE.wasm [ARGS] 3>FIGURES
"""

import os
import sys
import time

import wasmtime


def main() -> None:
    target, path, *arguments = sys.argv[1:]
    start_cpu, start_wall = time.process_time(), time.perf_counter()
    config = wasmtime.Config()
    config.parallel_compilation = False
    if target == "pulley":
        config.target = "pulley64"
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    wasi = wasmtime.WasiConfig()
    wasi.argv = [path, *arguments]
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    store.set_wasi(wasi)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    instance = linker.instantiate(store, wasmtime.Module.from_file(engine, path))
    code = 0
    try:
        instance.exports(store)["_start"](store)
    except wasmtime.ExitTrap as exit:
        code = exit.code
    cpu, wall = time.process_time() - start_cpu, time.perf_counter() - start_wall
    os.write(3, f"{cpu:.6f} {wall:.6f} 0\n".encode())
    sys.exit(code)


if __name__ == "__main__":
    main()
