#!/usr/bin/env bash
# Fetches wasmtime, as a Python package, into target/python, for the tests of vbc-wasm.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=50.0.1
[ -d "target/python/wasmtime-$version.dist-info" ] && exit
rm -rf target/python
python3 -m pip install --quiet --no-deps --only-binary :all: --root-user-action ignore --target target/python "wasmtime==$version"
