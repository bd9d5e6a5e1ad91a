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

# The same packages and targets as `make build`, so that nothing is compiled a second time with other features. The
# binary that crates/e2e drives is one of them.
what=(--workspace --exclude bench --all-targets)
echo "== tests"
cargo build "${what[@]}"
mkdir -p target
if ! cargo nextest run --color never "${what[@]}" --no-fail-fast 2>&1 | tee target/nextest.log; then
  echo "test: FAILED; each failure is above, and in target/nextest.log" >&2
  exit 1
fi
if ! grep -qE 'Summary .* [1-9][0-9]* tests? run' target/nextest.log; then
  echo "test: FAILED; no test was run" >&2
  exit 1
fi
if grep -qE 'Summary .* [1-9][0-9]* (skipped|ignored)' target/nextest.log || grep -rnE '^\s*#\[ignore' crates --include='*.rs'; then
  echo "test: FAILED; skipped tests are not allowed" >&2
  exit 1
fi

echo "== end to end: the built binary, a browser, psql"
scripts/e2e.sh
echo "test: all passed"
