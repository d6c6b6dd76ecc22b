#!/usr/bin/env bash
# Measures everything in docs/performance.md and writes its tables: tests/bench/all.sh [--quick] [PART...]
#   tests/bench/all.sh --list      the parts, and how long each takes on two processors at the most
#   tests/bench/all.sh             all parts, in their order
#   tests/bench/all.sh start lift  some parts; the tables of the others stay as they are
#   --quick                        small sizes and few runs, to see whether everything works; writes
#                                  target/bench/performance.md instead
# A part that fails or takes too long leaves its table as it was and is named at the end. Nothing else should run on the
# machine: what ran beside a part is written below its table. The programs are measured as they are installed, in
# target/bench.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec python3 tests/bench/all.py "$@"
