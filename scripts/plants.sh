#!/usr/bin/env bash
# Plants faults in production code, one at a time, and shows which seed finds each. The build has a folder of its own, so
# that no planted fault is ever near what ships. Names of faults as arguments try those only.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/plant"

echo "== planted faults: each must be found"
RUST_BACKTRACE=0 cargo run --quiet -p sim --features plant -- --plants "$@"
