#!/usr/bin/env bash
# Simulated censuses from many seeds, on all cores: SEEDS of them, beginning with FROM. Then every planted fault must be
# found by some seed. Between the two, CUTS cuts of nodes that share a journal in PostgreSQL, of their network and of the
# database. Then every system call of the real server that touches the disk fails once, in WORKLOADS workloads. Last, the
# collector in Chromium: KILLS and ROUNDS say how often. Prints counts; a seed that fails prints the command that replays it.
set -euo pipefail
cd "$(dirname "$0")/.."
seeds=${SEEDS:-1000}
from=${FROM:-0}
cores=$(nproc)
export CUTS=${CUTS:-50}

echo "== torture: $seeds seeds from $from on $cores cores"
share=$(((seeds + cores - 1) / cores))
pids=()
for ((core = 0; core < cores; core++)); do
  "${CARGO_TARGET_DIR:-target}/debug/sim" --seeds "$share" --from $((from + core * share)) &
  pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done

echo "== torture: $CUTS cuts of owners, network and primary"
cargo nextest run --profile torture --workspace --no-capture -E 'binary(nodes) and test(cuts_of_owner)' || failed=1

scripts/plants.sh || failed=1

echo "== torture: every system call fails once, ${WORKLOADS:=20} workloads"
QUIPU_WORKLOADS=$WORKLOADS cargo test --quiet --workspace --test io_errors -- --nocapture || failed=1
echo "== torture: the collector in a browser, killed and failed by everything around it"
node web/e2e/torture.mjs || failed=1
exit $failed
