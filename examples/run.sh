#!/usr/bin/env bash
# Builds the tools, then assembles, verifies and runs an example: examples/run.sh [NAME] [ARGUMENTS...]
# What is built, and how far that is, goes to standard error; standard output is the example's alone.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=${1:-primes}
[ $# -gt 0 ] && shift
if [ ! -f "$here/$name.vitasm" ]; then
    echo "there is no example $name; these are there:" >&2
    for source in "$here"/*.vitasm; do
        echo "  $(basename "$source" .vitasm)" >&2
    done
    exit 1
fi
tools=(vbc-as vbc-verify vbc-run)
bin=$here/../target/release
for tool in "${tools[@]}"; do
    [ -x "$bin/$tool" ] && continue
    echo "building ${tools[*]} in $(cd "$here/.." && pwd)/target; the first time takes minutes" >&2
    break
done
(cd "$here/.." && cargo build --release "${tools[@]/#/-p}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$bin/vbc-as" "$here/$name.vitasm" -o "$folder/$name.vitbc"
"$bin/vbc-verify" "$folder/$name.vitbc"
"$bin/vbc-run" "$folder/$name.vitbc" "$@"
