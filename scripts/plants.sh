#!/usr/bin/env bash
# Plants faults in production code, one at a time, and shows which seed finds each. They are compiled in by a feature that
# nothing that ships turns on, into a program of its own; what ships is not built here. Names of faults as arguments try those only.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== planted faults: each must be found"
# With the whole workspace's features, so that the crates of others are those that the tests have built.
cargo build --quiet --workspace --features sim/plant --bin plants
plants=${CARGO_TARGET_DIR:-target}/debug/plants
export RUST_BACKTRACE=0
if [ $# -gt 0 ]; then exec "$plants" "$@"; fi
cores=$(nproc)
pids=()
for ((core = 1; core <= cores; core++)); do
  "$plants" "$core/$cores" &
  pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
exit $failed
