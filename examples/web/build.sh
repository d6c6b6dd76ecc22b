#!/usr/bin/env bash
# Puts a page that runs the examples into a folder, target/web if none is named: examples/web/build.sh [FOLDER]
#   python3 -m http.server --directory target/web
# then shows it at http://localhost:8000. VBC_WASM names the program to use, which is built if there is none.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
project=$here/../..
folder=${1:-$project/target/web}
if [ -z "${VBC_WASM:-}" ]; then
    (cd "$project" && cargo build --release -p vbc-wasm)
    VBC_WASM=$project/target/release/vbc-wasm
fi
mkdir -p "$folder"
cp "$here"/*.html "$here"/*.css "$here"/*.js "$folder"
mkdir -p "$folder/vbc-wasi"
cp "$project"/lib/js/*.js "$folder/vbc-wasi"
for source in "$here"/../*.vitasm; do
    "$VBC_WASM" "$source" -o "$folder/$(basename "$source" .vitasm).wasm"
done
