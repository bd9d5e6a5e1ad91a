#!/usr/bin/env bash
# End to end with the built binary: a demonstration census, the collector and the console in Chromium, psql, the vault.
set -euo pipefail
cd "$(dirname "$0")/.."

quipu=$PWD/target/debug/quipu
data=target/e2e
export SHOTS=$PWD/target/shots QUIPU_LOG=${QUIPU_LOG:-warn}
mkdir -p "$SHOTS"

echo "-- a census that ends by itself, reconciled"
"$quipu" demo --households 400 --exit --data $data --listen 127.0.0.1:0 --sql-listen 127.0.0.1:5434 | tail -n 12 | tee target/e2e.log
tail -n 1 target/e2e.log | grep -q '^reconciled: '

echo "-- a census that stays open"
"$quipu" demo --households 400 --data $data --listen 127.0.0.1:0 --sql-listen 127.0.0.1:5434 >target/e2e.log &
demo=$!
trap 'kill $demo 2>/dev/null || true' EXIT
for _ in $(seq 120); do
  grep -q '^The census stays open' target/e2e.log && break
  kill -0 $demo || { cat target/e2e.log; exit 1; }
  sleep 0.5
done
field() { node -p "JSON.parse(require('fs').readFileSync('$data/demo.json'))['$1']"; }

echo "-- the collector: enrol, offline, list, interview, finish, close, reopen, online, receipt"
BASE_URL=$(field plain) CODE=$(field code) node web/e2e/collect.mjs
echo "-- the console"
BASE_URL=$(field plain) LOGIN=$(field login) PASSWORD=$(field password) node web/e2e/console.mjs

echo "-- stock psql: the household is there, without a name; nothing can be written"
PGPASSWORD=$(field password)
export PGPASSWORD
sql() { psql -h 127.0.0.1 -p 5434 -U quipu -At -c "$1"; }
persons=$(sql "SELECT count(*) FROM person WHERE ea = '1-001' AND household = 1")
[ "$persons" = 3 ] || { echo "expected 3 persons in 1-001/1, SQL says $persons" >&2; exit 1; }
if sql "INSERT INTO person VALUES (1)" 2>/dev/null; then echo "psql could write" >&2; exit 1; fi
if PGPASSWORD=wrong sql "SELECT 1" 2>/dev/null; then echo "psql signed in with a wrong password" >&2; exit 1; fi
for table in household person dwelling submission visit listing_dwelling; do
  if sql "SELECT * FROM $table" | grep -q 'Xiuying'; then echo "a name is in table $table" >&2; exit 1; fi
done

kill $demo
wait $demo || true
trap - EXIT

echo "-- no file of the server holds the name; the vault opens it, and the look is journaled"
if grep -rlq 'Xiuying' $data; then echo "a name lies in the clear under $data" >&2; exit 1; fi
"$quipu" vault open --vault $data/vault --data $data --case 1-001/1 --reason 'end to end test' | tee target/e2e.log
grep -q 'Wang Xiuying' target/e2e.log
strings -n 8 $data/journal/*.qseg | grep -q 'end to end test'

echo "-- the journal is whole; one flipped byte is refused by name"
"$quipu" journal verify --data $data
"$quipu" store rebuild --data $data
segment=$(ls $data/journal/*.qseg | head -n 1)
printf '\xff' | dd of="$segment" bs=1 seek=5000 conv=notrunc status=none
if "$quipu" journal verify --data $data >target/e2e.log 2>&1; then echo "damage was not noticed" >&2; exit 1; fi
grep -q "$(basename "$segment")" target/e2e.log
cat target/e2e.log
if timeout 20 "$quipu" serve --data $data --listen 127.0.0.1:0 >target/e2e.log 2>&1; then echo "a damaged journal was served" >&2; exit 1; fi
echo "end to end: all of it works"
