#!/usr/bin/env python3
"""Runs the jobs of this folder on wasmtime (PyPI package `wasmtime`) and writes what they print to *.out.

tests/real/fetch.sh fetches the modules. The tests compare with the files; they need neither Python nor wasmtime."""

import pathlib
import tempfile

import wasmtime

HERE = pathlib.Path(__file__).parent
MODULES = HERE.parent.parent / "target" / "real"


class Instance:
    """A module whose imports do nothing and return 0, or for system calls the error ENOSYS. It gets a memory that it
    imports."""

    def __init__(self, name, wasi=None):
        engine = wasmtime.Engine()
        module = wasmtime.Module.from_file(engine, str(MODULES / name))
        self.store = wasmtime.Store(engine)
        self.store.set_wasi(wasi or wasmtime.WasiConfig())
        linker = wasmtime.Linker(engine)
        memories = [one for one in module.imports if isinstance(one.type, wasmtime.MemoryType)]
        if not memories:
            linker.define_wasi()
        memory = None
        for imported in module.imports:
            # wasmtime's WASI wants a memory that the module exports; fresh memory means that there are no variables.
            if imported.module != "env" and not memories:
                continue
            if isinstance(imported.type, wasmtime.MemoryType):
                memory = wasmtime.Memory(self.store, imported.type)
                linker.define(self.store, "env", imported.name, memory)
                continue
            results = [str(one) for one in imported.type.results]
            zero = 0.0 if results in (["f32"], ["f64"]) else 0
            result = (-38 if imported.name.startswith("__syscall") else zero) if results else None
            give = lambda *args, result=result: result
            linker.define_func(imported.module, imported.name, imported.type, give)
        exports = linker.instantiate(self.store, module).exports(self.store)
        self.exports = exports
        self.memory = memory or exports["memory"]

    def call(self, name, *args):
        return self.exports[name](self.store, *args)

    def put(self, data, allocate="malloc"):
        at = self.call(allocate, len(data))
        self.memory.write(self.store, data, at)
        return at

    def text(self, at):
        data = self.memory.read(self.store, at, self.memory.data_len(self.store))
        return bytes(data[: data.index(0)]).decode()

    def word(self, at):
        return int.from_bytes(self.memory.read(self.store, at, at + 4), "little")


def yosys(script):
    with tempfile.TemporaryDirectory() as work:
        out = pathlib.Path(work) / "stdout"
        (pathlib.Path(work) / "counter.v").write_bytes((HERE / "counter.v").read_bytes())
        wasi = wasmtime.WasiConfig()
        wasi.argv = ["yosys", "-q", "-p", script]
        wasi.stdout_file = str(out)
        wasi.preopen_dir(work, "/job")
        wasi.preopen_dir(str(MODULES / "yosys-share"), "/share")
        try:
            Instance("yosys.wasm", wasi).call("_start")
        except wasmtime.ExitTrap as end:
            assert end.code == 0
        return (pathlib.Path(work) / "out.blif").read_text() + (pathlib.Path(work) / "stat.txt").read_text()


def quickjs(source):
    js = Instance("quickjs.wasm")
    js.call("_initialize")
    context = js.call("JS_NewContext", js.call("JS_NewRuntime"))
    code = source.encode()
    value = js.call("JS_Eval", context, js.put(code + b"\0"), len(code), js.put(b"job.js\0"), 0)
    return js.text(js.call("JS_ToCStringLen2", context, 0, value, 0)) + "\n"


def sqlite(source):
    db = Instance("sqlite.wasm")
    db.call("__wasm_call_ctors")
    cell = db.call("malloc", 8)
    assert db.call("sqlite3_open", db.put(b":memory:\0"), cell) == 0
    handle = db.word(cell)
    lines = []
    for statement in source.splitlines():
        code = db.call("sqlite3_prepare_v2", handle, db.put(statement.encode() + b"\0"), -1, cell, 0)
        query = db.word(cell)
        if code == 0:
            while (code := db.call("sqlite3_step", query)) == 100:
                row = []
                for column in range(db.call("sqlite3_column_count", query)):
                    at = db.call("sqlite3_column_text", query, column)
                    row.append(db.text(at) if at else "NULL")
                lines.append("|".join(row))
            db.call("sqlite3_finalize", query)
        if code not in (0, 101):
            lines.append(f"error {code}: " + db.text(db.call("sqlite3_errmsg", handle)))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (HERE / "yosys.out").write_text(yosys((HERE / "yosys.script").read_text().strip()))
    (HERE / "quickjs.out").write_text(quickjs((HERE / "job.js").read_text()))
    (HERE / "sqlite.out").write_text(sqlite((HERE / "job.sql").read_text()))
