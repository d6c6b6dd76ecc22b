#!/usr/bin/env bash
# Builds everything and runs all tests: once in the release profile, which has the engine that users run, and once in
# the dev profile, which has debug assertions and only the portable engine. At the end a table shows what passed, what
# failed, and what was skipped and why; the last line is `N passed, N failed, N skipped`. Fails when a test fails, and
# with VBC_ALL=1 when one is skipped. tests/setup.sh installs what is missing.
#   tests/run.sh                          all tests
#   tests/run.sh --test aot debugger      those of tests/tests/aot.rs with `debugger` in their name
#   VBC_PROFILES=dev tests/run.sh         in one profile
set -uo pipefail
cd "$(dirname "$0")/.."

notes=$(mktemp -d)
trap 'rm -rf "$notes"' EXIT
for profile in ${VBC_PROFILES:-release dev}; do
    echo "== tests, $profile profile"
    export VBC_SKIPPED=$notes/$profile.skipped
    : >"$VBC_SKIPPED"
    # A test package does not build the programs of other packages.
    if cargo build --workspace --profile "$profile"; then
        cargo test --workspace --profile "$profile" --no-fail-fast "$@" 2>&1 | tee "$notes/$profile.log"
        code=${PIPESTATUS[0]}
    else
        code=$?
        : >"$notes/$profile.log"
    fi
    echo "vbc-run: exit code $code" >>"$notes/$profile.log"
done
awk -v all="${VBC_ALL:-}" -f tests/tally.awk "$notes"/*.log "$notes"/*.skipped
