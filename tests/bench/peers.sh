#!/bin/sh
# Builds and installs the interpreters that run.py compares with, into the folder given (default: target/peers).
# LuaJIT and wabt come from Debian, wasm3 0.5.0 from the sources in the Python package pywasm3, wasmi by cargo
# (WASMI=no leaves it out: it takes some minutes to build).
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

if [ "${WASMI:-yes}" = yes ] && [ ! -x "$peers/bin/wasmi_cli" ]; then
    cargo install -q wasmi_cli --version 2.0.0 --locked --root "$peers"
fi
echo "peers are in $peers"
