#!/usr/bin/env bash
# Builds the tools, then assembles, verifies and runs an example: examples/run.sh [NAME] [ARGUMENTS...]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=${1:-primes}
[ $# -gt 0 ] && shift
(cd "$here/.." && cargo build --quiet --release -p vbc-as -p vbc-verify -p vbc-run)
bin=$here/../target/release
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$bin/vbc-as" "$here/$name.vitasm" -o "$folder/$name.vitbc"
"$bin/vbc-verify" "$folder/$name.vitbc"
"$bin/vbc-run" "$folder/$name.vitbc" "$@"
