#!/bin/sh
# Builds and installs the engines that run.py and corpus.py compare with, into the folder given (default: target/peers).
# LuaJIT and wabt come from Debian, wasm3 0.5.0 from the sources in the Python package pywasm3, wasmi by cargo
# (WASMI=no leaves it out: it takes some minutes to build), wasmtime as a Python package.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
peers=${1:-$here/../../target/peers}
mkdir -p "$peers"
peers=$(cd "$peers" && pwd)

if ! command -v luajit >/dev/null || ! command -v wat2wasm >/dev/null; then
    apt-get update -qq && apt-get install -y -qq luajit wabt
fi

if [ ! -x "$peers/wasm3_run" ]; then
    cd "$peers"
    # pip keeps the archive although the package's own metadata no longer builds.
    [ -f pywasm3-0.5.0.tar.gz ] || pip download -q --no-deps --no-binary :all: pywasm3==0.5.0 >/dev/null 2>&1 || true
    tar xzf pywasm3-0.5.0.tar.gz
    gcc -O3 -w -I pywasm3-0.5.0/wasm3 -o wasm3_run "$here/wasm3_run.c" pywasm3-0.5.0/wasm3/*.c -lm
fi

if [ "${WASMI:-yes}" = yes ] && [ ! -x "$peers/bin/wasmi" ]; then
    cargo install -q wasmi_cli --version 2.0.0 --locked --root "$peers"
fi
gcc -O2 -o "$peers/measure" "$here/measure.c"

python3 -c 'import wasmtime' 2>/dev/null || pip install -q wasmtime
echo "peers are in $peers"
