#!/usr/bin/env python3
"""Runs WebAssembly modules with wasmtime (PyPI package `wasmtime`) for the tests: a request is a line of JSON on standard
input, the answer is one on standard output. `tests/src/webassembly` is the other side.

{"open": HEX, "args": [HEX...], "env": [[HEX, HEX]...], "stdin": HEX, "pages": N}  makes an instance and runs `_initialize`
{"call": NAME, "id": ID, "args": [[TYPE, BITS]...]}                             calls an export of instance ID
{"start": ID}                                                                     calls its `_start`
{"global": NAME, "id": ID}                                                        the value of an exported global
{"state": ID}                                                                     says what is left
{"drop": ID}                                                                      forgets the instance

"folder": [PATH, NAME] gives the program a folder.
"""

import ctypes
import json
import os
import sys
import tempfile

import wasmtime
from wasmtime import _ffi as ffi

KINDS = {
    "i32": ffi.WASMTIME_I32,
    "i64": ffi.WASMTIME_I64,
    "f32": ffi.WASMTIME_F32,
    "f64": ffi.WASMTIME_F64,
    "funcref": ffi.WASMTIME_FUNCREF,
    "externref": ffi.WASMTIME_EXTERNREF,
}
NAMES = {kind.value: name for name, kind in KINDS.items()}
TRAPS = {
    wasmtime.TrapCode.STACK_OVERFLOW: "call_stack_exhausted",
    wasmtime.TrapCode.MEMORY_OUT_OF_BOUNDS: "out_of_bounds_memory_access",
    wasmtime.TrapCode.TABLE_OUT_OF_BOUNDS: "out_of_bounds_table_access",
    wasmtime.TrapCode.INDIRECT_CALL_TO_NULL: "uninitialized_element",
    wasmtime.TrapCode.BAD_SIGNATURE: "indirect_call_type_mismatch",
    wasmtime.TrapCode.INTEGER_OVERFLOW: "integer_overflow",
    wasmtime.TrapCode.INTEGER_DIVISION_BY_ZERO: "integer_divide_by_zero",
    wasmtime.TrapCode.BAD_CONVERSION_TO_INTEGER: "invalid_conversion_to_integer",
    wasmtime.TrapCode.UNREACHABLE: "unreachable",
}
CONFIG = wasmtime.Config()
CONFIG.consume_fuel = True
ENGINE = wasmtime.Engine(CONFIG)
# A program that runs this long is not what it should be.
FUEL = 20_000_000_000


class Instance:
    """An instance with streams of its own."""

    def __init__(self, request):
        self.folder = tempfile.TemporaryDirectory()
        self.store = wasmtime.Store(ENGINE)
        self.store.set_fuel(request.get("fuel", FUEL))
        self.heard = 0
        self.store.set_limits(memory_size=request.get("pages", 4096) * 65536)
        with open(self.path("stdin"), "wb") as file:
            file.write(bytes.fromhex(request.get("stdin", "")))
        wasi = wasmtime.WasiConfig()
        wasi.argv = [bytes.fromhex(arg).decode() for arg in request.get("args", [])]
        wasi.env = [[bytes.fromhex(part).decode() for part in pair] for pair in request.get("env", [])]
        wasi.stdin_file = self.path("stdin")
        wasi.stdout_file = self.path("stdout")
        wasi.stderr_file = self.path("stderr")
        if "folder" in request:
            wasi.preopen_dir(*request["folder"])
        self.store.set_wasi(wasi)
        self.exports = None
        module = wasmtime.Module(ENGINE, bytes.fromhex(request["open"]))
        linker = wasmtime.Linker(ENGINE)
        linker.define_wasi()
        self.end = self.guard(lambda: self.instantiate(linker, module))

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def instantiate(self, linker, module):
        instance = linker.instantiate(self.store, module)
        self.exports = instance.exports(self.store)
        if "_initialize" in self.exports:
            self.exports["_initialize"](self.store)
        return []

    def guard(self, action):
        """How an action ends."""
        try:
            return ["returned", action()]
        except wasmtime.ExitTrap as exit:
            return ["exited", exit.code]
        except wasmtime.Trap as trap:
            return ["trapped", TRAPS.get(trap.trap_code, "none"), self.said(), trap.message]
        except wasmtime.WasmtimeError as error:
            return ["broken", str(error)]

    def said(self):
        """What the program has written about the trap that it has just raised, if that is what it did."""
        with open(self.path("stderr"), "rb") as file:
            file.seek(self.heard)
            lines = file.read().splitlines()
        self.heard = os.path.getsize(self.path("stderr"))
        return lines[-1].decode() if lines and lines[-1].startswith(b"trap: ") else None

    def call(self, name, args):
        function = self.exports[name]
        given = (ffi.wasmtime_val_t * len(args))()
        for slot, (kind, bits) in zip(given, args):
            fill(self.store, slot, kind, bits)
        count = len(function.type(self.store).results)
        results = (ffi.wasmtime_val_t * count)()
        with wasmtime._func.enter_wasm(self.store) as trap:
            error = ffi.wasmtime_func_call(
                self.store._context(), ctypes.byref(function._func), given, len(args), results, count, trap
            )
            if error:
                raise wasmtime.WasmtimeError._from_ptr(error)
        return [self.value(result) for result in results]

    def value(self, raw):
        kind = NAMES[raw.kind if isinstance(raw.kind, int) else raw.kind.value]
        if kind in ("i32", "f32"):
            return [kind, raw.of.i32 & 0xFFFFFFFF]
        if kind in ("i64", "f64"):
            return [kind, raw.of.i64 & 0xFFFFFFFFFFFFFFFF]
        if kind == "funcref":
            return [kind, 1 if raw.of.funcref.store_id else None]
        value = wasmtime.Val._from_raw(self.store, raw, owned=False).value
        return [kind, value]

    def get_global(self, name):
        raw = ffi.wasmtime_val_t()
        item = self.exports[name]
        ffi.wasmtime_global_get(self.store._context(), ctypes.byref(item._global), ctypes.byref(raw))
        return self.value(raw)

    def state(self):
        globals_ = []
        while self.exports is not None and f"global#{len(globals_)}" in self.exports:
            globals_.append(self.get_global(f"global#{len(globals_)}"))
        memory, size = b"", 0
        if self.exports is not None and "memory#0" in self.exports:
            item = self.exports["memory#0"]
            size = item.data_len(self.store)
            memory = bytes(item.get_buffer_ptr(self.store)) if size else b""
        result = {"globals": globals_, "size": size, "memory": memory.rstrip(b"\0").hex()}
        for name in ("stdout", "stderr"):
            with open(self.path(name), "rb") as file:
                result[name] = file.read().hex()
        return result


def fill(store, slot, kind, bits):
    slot.kind = KINDS[kind]
    if kind in ("i32", "f32"):
        slot.of.i32 = ctypes.c_int32(bits).value
    elif kind in ("i64", "f64"):
        slot.of.i64 = ctypes.c_int64(bits).value
    elif kind == "externref":
        raw = wasmtime.Val.externref(bits)._new_raw(store)
        ctypes.memmove(ctypes.byref(slot), ctypes.byref(raw), ctypes.sizeof(raw))
    elif bits is not None:
        raise ValueError("a function cannot be given")


def main():
    instances = {}
    for number, line in enumerate(sys.stdin):
        request = json.loads(line)
        try:
            if "open" in request:
                instance = Instance(request)
                instances[number] = instance
                answer = {"id": number, "end": instance.end}
            elif "call" in request:
                instance = instances[request["id"]]
                answer = {"end": instance.guard(lambda: instance.call(request["call"], request["args"]))}
            elif "start" in request:
                instance = instances[request["start"]]
                answer = {"end": instance.guard(lambda: instance.call("_start", []))}
            elif "global" in request:
                answer = {"value": instances[request["id"]].get_global(request["global"])}
            elif "drop" in request:
                instances.pop(request["drop"]).folder.cleanup()
                answer = {}
            else:
                answer = instances[request["state"]].state()
        except Exception as error:  # Whatever it is, the test that asked shall hear of it.
            answer = {"end": ["broken", repr(error)], "id": number, "error": repr(error)}
        print(json.dumps(answer), flush=True)


main()
