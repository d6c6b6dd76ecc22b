#!/usr/bin/env bash
# The full counts of everything of which the ordinary tests take a sample, in the release profile.
# Its last run is recorded in docs/testing.md.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --workspace
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A name that no test has any more would pass.
run() {
    echo "== $*"
    local start=$SECONDS
    "$@" 2>&1 | tee "$log"
    grep -q '^test result: ok\. [1-9]' "$log" || { echo "soak.sh: no test has run: $*" >&2; exit 1; }
    echo "== $((SECONDS - start)) seconds"
}
test() { cargo test --quiet --release -p vbc-tests --test "$@" -- --nocapture; }

run test conformance
run test exchange
# 100,000 programs that no ordinary run has seen, and as many with managed objects.
VBC_PROGRAMS=100000 VBC_OBJECT_PROGRAMS=100000 VBC_SEED=1000000 run test generated
VBC_DAMAGES=50000 run test damage
# 5,000 frames of all sizes without signals, above memory that must not change.
VBC_FRAMES=5000 VBC_SEED=1000000 run cargo test --quiet --release -p vbc-native --features jit --lib no_frame_reaches
# 50,000 WebAssembly modules against another interpreter.
VBC_SMITH=50000 VBC_SEED=1000000 run test smith
# 20,000 seeds after vbc-wasm, in wasmtime.
tests/setup.sh
VBC_PROGRAMS=20000 VBC_SEED=1000000 run test wasm
# All conformance files in a browser.
VBC_EVERY=1 run test web
# 10,000 flips of each of nine modules as they are and, a twentieth of 200,000, with the CRCs
# made right again; every bit of small modules; 10,000 changes of each text.
VBC_FLIPS=200000 VBC_STEP=1 VBC_TEXTS=10000 run test hostile
# 20,000 made-up C functions on every engine, and 10,000 for each of the other processors.
VBC_SIGNATURES=20000 run test ffi
# What 2, 4, 8 and 16 times the input costs every tool, for every shape, and the largest functions.
VBC_GROWTH=1 run test growth
echo "== all passed"
