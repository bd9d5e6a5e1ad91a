#!/usr/bin/env bash
# Every test. A skipped test is a failure: what cannot run here must be installed by scripts/setup.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/target/tools/bin:$PATH"

echo "== house: formatting, licences, generated files"
cargo fmt --all --check
cargo deny --log-level error check licenses bans sources
node scripts/notices.mjs --check
node scripts/house.mjs

echo "== web: types"
(cd web && npm run --silent check)

echo "== tests"
cargo nextest run --workspace --all-targets --no-fail-fast 2>&1 | tee target/nextest.log
if grep -qE '[1-9][0-9]* (skipped|ignored)' target/nextest.log; then
  echo "test: skipped tests are not allowed" >&2
  exit 1
fi
scripts/plants.sh

echo "== end to end: the built binary, a browser, psql"
scripts/e2e.sh
