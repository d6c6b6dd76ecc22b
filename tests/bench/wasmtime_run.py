#!/usr/bin/env python3
"""Runs a WASI command with wasmtime (PyPI package `wasmtime`, fetched by tests/wasm/fetch.sh) and writes the CPU seconds that compiling, instantiating
and running took to file descriptor 3: not those of Python's own start.

usage: wasmtime_run.py cranelift|pulley|precompiled|compile FILE [ARGS] 3>FIGURES

`compile` only compiles FILE.wasm to ARGS[0]; `precompiled` runs what it made.
"""

import os
import resource
import sys
import time
from pathlib import Path

# Where tests/wasm/fetch.sh puts it.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "target" / "python"))

import wasmtime


def main() -> None:
    target, path, *arguments = sys.argv[1:]
    start_cpu, start_wall = time.process_time(), time.perf_counter()
    config = wasmtime.Config()
    config.parallel_compilation = False
    if target == "pulley":
        config.target = "pulley64"
    engine = wasmtime.Engine(config)
    if target == "compile":
        with open(arguments[0], "wb") as output:
            output.write(wasmtime.Module.from_file(engine, path).serialize())
        report(start_cpu, start_wall)
        return
    store = wasmtime.Store(engine)
    wasi = wasmtime.WasiConfig()
    wasi.argv = [path, *arguments]
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    store.set_wasi(wasi)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    read = wasmtime.Module.deserialize_file if target == "precompiled" else wasmtime.Module.from_file
    instance = linker.instantiate(store, read(engine, path))
    code = 0
    try:
        instance.exports(store)["_start"](store)
    except wasmtime.ExitTrap as exit:
        code = exit.code
    report(start_cpu, start_wall)
    sys.exit(code)


def report(start_cpu: float, start_wall: float) -> None:
    cpu, wall = time.process_time() - start_cpu, time.perf_counter() - start_wall
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    os.write(3, f"{cpu:.6f} {wall:.6f} {memory}\n".encode())


if __name__ == "__main__":
    main()
