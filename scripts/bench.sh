#!/usr/bin/env bash
# The benchmarks: figures in target/bench.json and as a table. Arguments go to `quipu load` (see its --help).
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== bench: the load generator, built for release"
cargo build --release -p bench
mkdir -p target
"${CARGO_TARGET_DIR:-target}/release/quipu-load" --out target/bench.json --folder target "$@"

echo "== bench: a census that grows to ${GROW:=10000000} households, is killed and starts again"
"${CARGO_TARGET_DIR:-target}/release/quipu-load" grow --households "$GROW" --out target/grow.json --folder target
node --input-type=module - target/grow.json target/bench.json <<'SCRIPT'
import { readFileSync } from "node:fs";
import { record } from "./web/bench/figures.mjs";
const [grown, out] = process.argv.slice(2);
record(out, JSON.parse(readFileSync(grown, "utf8")));
SCRIPT

echo "== bench: how far the query database is behind"
# 50,000 households to catch up with, then 20,000 a second for 10 seconds: the rate the budget speaks of.
# With the workspace's features, as `make test` builds it: alone it would compile the query engine once more. The binary
# carries the apps, which are built before it.
cargo run --quiet -p xtask -- wasm
(cd web && npm run --silent build)
cargo build --workspace --examples --bins
"${CARGO_TARGET_DIR:-target}/debug/examples/lag" 50000 20000 10 | tee target/lag.txt
# The example's last line reads `  lag ms: median 12, p99 345, largest 678`.
node --input-type=module - target/lag.txt target/bench.json <<'SCRIPT'
import { readFileSync } from "node:fs";
import { figure, print, record } from "./web/bench/figures.mjs";
const [lag, out] = process.argv.slice(2);
const text = readFileSync(lag, "utf8");
const found = /lag ms: median [\d.]+, p99 ([\d.]+),/.exec(text);
if (!found) {
  console.error("bench: the lag example printed no p99");
  process.exit(1);
}
const figures = [figure("query_lag_p99", Number(found[1]), "ms", 1000)];
record(out, figures);
print(figures);
SCRIPT

echo "== bench: a day's 25 households on the network"
node scripts/day.mjs

echo "== bench: the engine in a browser as slow as a cheap phone"
quipu=${CARGO_TARGET_DIR:-target}/debug/quipu
"$quipu" form convert fixtures/forms/077-long-household.md target/bench-form.json
node web/bench/engine.mjs target/bench-form.json 30 target/bench.json

echo "== bench: the collector on a cheap phone: installed, offline"
data=target/bench-census
rm -rf $data
"$quipu" demo --households 100 --seconds 0 --data $data --listen 127.0.0.1:0 --sql-listen 127.0.0.1:0 >target/bench-census.log 2>&1 &
census=$!
trap 'kill $census 2>/dev/null || true' EXIT
for _ in $(seq 120); do
  grep -q '^The census stays open' target/bench-census.log && break
  kill -0 $census 2>/dev/null || break
  sleep 0.5
done
field() { node -p "JSON.parse(require('fs').readFileSync('$data/demo.json'))['$1']"; }
BASE_URL=$(field plain) CODE=$(field code) node web/bench/collect.mjs 30 target/bench.json
kill $census

echo "== bench: 500 households in one page: is its memory flat?"
QUIPU_BIN=$quipu node web/bench/memory.mjs 500 target/bench.json

echo "== bench: a household of three beside ODK Web Forms, from the same workbook"
(cd web/bench/odk && npm ci --silent --no-audit --no-fund && npm run --silent build -- --logLevel error)
QUIPU_BIN=$quipu node web/bench/household.mjs target/bench.json

echo "== bench: the rule engine beside JavaRosa"
scripts/javarosa/speed.sh target/bench.json
