#!/usr/bin/env bash
# Builds everything and runs all tests: once in the release profile, which has the engine that users run, and once in
# the dev profile, which has debug assertions and only the portable engine.
set -euo pipefail
cd "$(dirname "$0")/.."

for profile in release dev; do
    echo "== tests, $profile profile"
    # A test package does not build the programs of other packages.
    cargo build --quiet --workspace --profile "$profile"
    cargo test --quiet --workspace --profile "$profile"
done
