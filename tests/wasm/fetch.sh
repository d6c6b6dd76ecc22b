#!/usr/bin/env bash
# Fetches what the tests of vbc-wasm run and check its output with: wasmtime, a Python package, into target/python; Node
# and wabt, npm packages, into target/node. Node is as new as its WASI and V8 must be, whatever the system's own is.
#   tests/wasm/fetch.sh --list    prints what is missing and does nothing
set -euo pipefail
cd "$(dirname "$0")/../.."

list=
[ "${1:-}" = --list ] && list=yes

version=50.0.1
if [ -n "$list" ]; then
    [ -d "target/python/wasmtime-$version.dist-info" ] || echo "missing: wasmtime $version (Python package)"
elif [ ! -d "target/python/wasmtime-$version.dist-info" ]; then
    rm -rf target/python
    python3 -m pip install --quiet --no-deps --only-binary :all: --root-user-action ignore --target target/python "wasmtime==$version"
fi

# The package, and which of its folders are put where.
fetch_npm() {
    local package=$1 from=$2 to=$3
    [ "$(cat "target/node/$to.version" 2>/dev/null)" = "$package" ] && return
    [ -n "$list" ] && echo "missing: $package (npm package)" && return
    rm -rf "target/node/$to"
    mkdir -p target/node
    local work
    work=$(mktemp -d)
    (cd "$work" && npm pack --silent "$package" >/dev/null && tar xzf ./*.tgz "package/$from")
    mv "$work/package/$from" "target/node/$to"
    rm -r "$work"
    echo "$package" >"target/node/$to.version"
}

case $(uname -m) in
    x86_64) arch=x64 ;;
    aarch64) arch=arm64 ;;
    *) echo "no Node for $(uname -m)" >&2 && exit 1 ;;
esac
fetch_npm "node-linux-$arch@24.21.0" bin bin
fetch_npm wabt@1.0.39 index.js wabt.cjs
