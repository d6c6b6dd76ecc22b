#!/usr/bin/env bash
# Builds and installs what the scripts here compare with, into the folder given (default: target/peers).
# LuaJIT, wabt, clang, lld and cffi come from Debian, wasm3 0.5.0 from the sources in the Python package pywasm3, wasmi by
# cargo (WASMI=no leaves it out: it takes some minutes to build), wasmtime from tests/wasm/fetch.sh.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
peers=${1:-$here/../../target/peers}
mkdir -p "$peers"
peers=$(cd "$peers" && pwd)

packages=()
while read -r program package; do
    command -v "$program" >/dev/null || packages+=("$package")
done <<'END'
luajit luajit
wat2wasm wabt
clang clang
wasm-ld lld
gcc gcc
npm npm
END
/usr/bin/python3 -c 'import cffi' 2>/dev/null || packages+=(python3-cffi)
if [ ${#packages[@]} -gt 0 ]; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" apt-get install -y -qq "${packages[@]}"
fi
"$here/../wasm/fetch.sh"

if [ ! -x "$peers/wasm3_run" ]; then
    cd "$peers"
    # pip keeps the archive although the package's own metadata no longer builds.
    [ -f pywasm3-0.5.0.tar.gz ] || python3 -m pip download -q --no-deps --no-binary :all: pywasm3==0.5.0 >/dev/null 2>&1 || true
    tar xzf pywasm3-0.5.0.tar.gz
    gcc -O3 -w -I pywasm3-0.5.0/wasm3 -o wasm3_run "$here/wasm3_run.c" pywasm3-0.5.0/wasm3/*.c -lm
fi

if [ "${WASMI:-yes}" = yes ] && [ ! -x "$peers/bin/wasmi" ]; then
    echo "building wasmi, which takes minutes" >&2
    cargo install wasmi_cli --version 2.0.0 --locked --root "$peers"
fi
gcc -O2 -o "$peers/measure" "$here/measure.c"
echo "peers are in $peers"
