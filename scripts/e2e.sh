#!/usr/bin/env bash
# End to end as a person would: a demonstration census, the collector and the console in Chromium, then stock psql and
# the vault. What needs no browser (kill -9, full disks, damage, bad input) is in crates/e2e. Pictures: target/shots.
set -euo pipefail
cd "$(dirname "$0")/.."

quipu=${QUIPU_BIN:-$PWD/target/debug/quipu}
data=target/e2e
log=target/e2e.log
export SHOTS=$PWD/target/shots QUIPU_LOG=${QUIPU_LOG:-warn}
mkdir -p "$SHOTS"

fail() { echo "e2e: $*" >&2; exit 1; }
[ -x "$quipu" ] || fail "$quipu is not there: cargo build -p quipu"
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')

echo "-- a census that stays open"
"$quipu" demo --households 400 --seconds 0 --data $data --listen 127.0.0.1:0 --sql-listen "127.0.0.1:$port" >$log 2>&1 &
demo=$!
trap 'kill $demo 2>/dev/null || true' EXIT
for _ in $(seq 120); do
  grep -q '^The census stays open' $log && break
  kill -0 $demo 2>/dev/null || break
  sleep 0.5
done
grep -q '^The census stays open' $log || { cat $log; fail "the demonstration did not come up"; }
grep -q '^reconciled: ' $log || { cat $log; fail "the demonstration is not reconciled"; }
field() { node -p "JSON.parse(require('fs').readFileSync('$data/demo.json'))['$1']"; }
base=$(field plain)

echo "-- the collector: enrol, offline, list, interview, finish, close, reopen, online, receipt"
profile=target/e2e-profile
rm -rf $profile
BASE_URL=$base CODE=$(field code) PROFILE=$profile timeout 120 node web/e2e/collect.mjs

echo "-- the console"
BASE_URL=$base LOGIN=$(field login) PASSWORD=$(field password) timeout 120 node web/e2e/console.mjs

echo "-- two tabs of one phone: neither loses or doubles a household"
BASE_URL=$base PROFILE=$profile timeout 120 node web/e2e/tabs.mjs

echo "-- the households entered in the browser are in the console, under their numbers"
node - "$base" "$(field login)" "$(field password)" "$(field ea)" <<'JS'
const [base, login, password, ea] = process.argv.slice(2);
const headers = { "content-type": "application/json", origin: base };
const body = JSON.stringify({ login, password });
(async () => {
  const signed = await fetch(`${base}/api/sign-in`, { method: "POST", headers, body });
  const cookie = signed.headers.get("set-cookie")?.split(";")[0];
  const page = await (await fetch(`${base}/api/ea/${ea}`, { headers: { cookie } })).text();
  // One of three persons, one finished in the second tab, and without locks one finished and one listed.
  const households = JSON.parse(page).households?.map((one) => [one.household, one.persons ?? 0]) ?? [];
  const numbers = households.map(([number]) => number).sort().join(" ");
  const persons = households.map(([, persons]) => persons).sort().join(" ");
  if (numbers !== "1 2 3 4" || persons !== "0 1 1 3") throw new Error(`the console shows other households: ${numbers} | ${persons} | ${page.slice(-700)}`);
  if (/Xiuying|Wang|Zhao/.test(page)) throw new Error("the console shows a name");
  console.log(`households ${numbers}: ${persons} persons`);
})().catch((error) => { console.error(error.message); process.exit(1); });
JS

echo "-- a supervisor sends it back; the enumerator reads why"
BASE_URL=$base CODE=$(field supervisor_code) EA=$(field ea) PROFILE=$profile timeout 120 node web/e2e/review.mjs

echo "-- nothing is lost: the browser killed twenty times, the site's data cleared"
BASE_URL=$base CODE=$(field code) PROFILE=$profile timeout 300 node web/e2e/lost.mjs

echo "-- networks, clocks and disks that fail, thirty days offline, an enumerator replaced: 0 lost, 0 doubled"
timeout 400 node web/e2e/faults.mjs
echo "-- somebody types fast on a slow phone: no letter is lost"
QUIPU_BIN=$quipu BASE_URL= timeout 200 node web/e2e/typing.mjs
echo "-- two choices of one name"
QUIPU_BIN=$quipu timeout 100 node web/e2e/twins.mjs
echo "-- two people share a phone, each with a store of their own"
timeout 200 node web/e2e/shared.mjs
echo "-- a letter at the wrong cell: one tap leads to the right one"
QUIPU_BIN=$quipu timeout 100 node web/e2e/cells.mjs
echo "-- a resident alone with the phone: every way out is tried, nothing of another household is seen"
QUIPU_BIN=$quipu BASE_URL= timeout 200 node web/e2e/resident.mjs
echo "-- somebody's first day, screen by screen: targets, one first button, the supervisor at hand"
QUIPU_BIN=$quipu SHOTS=$SHOTS/trial BASE_URL= timeout 300 node web/e2e/trial.mjs
echo "-- another phone hands the work in when there is no network for days"
timeout 200 node web/e2e/carry.mjs
echo "-- the map without a network, a door without an address, households split and merged, a dormitory of 800"
QUIPU_BIN=$quipu BASE_URL= timeout 300 node web/e2e/map.mjs
echo "-- people without a dwelling in the reference night, and an institution room by room"
QUIPU_BIN=$quipu BASE_URL= timeout 200 node web/e2e/night.mjs
echo "-- two entries are one household, two after all, and one again"
QUIPU_BIN=$quipu BASE_URL= timeout 200 node web/e2e/merge.mjs

echo "-- stock psql: the household is there, without a name; nothing can be written"
PGPASSWORD=$(field password)
export PGPASSWORD
sql() { psql -X -h 127.0.0.1 -p "$port" -U "$(field sql_user)" -d quipu -v ON_ERROR_STOP=1 -At -c "$1"; }
for _ in $(seq 50); do
  persons=$(sql "SELECT count(*) FROM person WHERE ea_id = $(field ea) AND household = 1")
  [ "$persons" = 3 ] && break
  sleep 0.2
done
[ "$persons" = 3 ] || fail "expected 3 persons in the browser's household, SQL says $persons"
case=$(sql "SELECT DISTINCT ea FROM person WHERE ea_id = $(field ea)")/1
if sql "INSERT INTO person SELECT * FROM person" >/dev/null 2>&1; then fail "psql could write"; fi
if PGPASSWORD=wrong sql "SELECT 1" >/dev/null 2>&1; then fail "psql signed in with a wrong password"; fi
tables=$(sql "SELECT table_name FROM information_schema.tables WHERE table_schema <> 'information_schema'")
grep -qx person <<<"$tables" || fail "psql lists no table of persons"
for table in $tables; do
  rows=$(sql "SELECT * FROM $table")
  if grep -qE 'Xiuying|Wang Jun|Wang Mei|Zhao Yun|Blue gate' <<<"$rows"; then fail "something sealed is in table $table"; fi
done

kill $demo
wait $demo 2>/dev/null || true
trap - EXIT

echo "-- no file of the server holds the name; the vault opens it, and the look is journaled"
if grep -rlqE 'Xiuying|Zhao Yun|Blue gate' $data; then fail "a name lies in the clear under $data"; fi
"$quipu" vault open --vault $data/vault --data $data --case "$case" --reason 'end to end test' --viewer e2e >$log 2>&1 || { cat $log; fail "the vault does not open $case"; }
grep 'Wang Xiuying' $log || { cat $log; fail "the vault shows no name"; }
rm -rf target/e2e-photos
"$quipu" vault open --vault $data/vault --data $data --case "$case" --reason 'end to end test' --viewer e2e --photos target/e2e-photos >$log 2>&1 || { cat $log; fail "the vault does not open the photos of $case"; }
# A JPEG begins with these bytes, and no file of the server does.
head -c 3 target/e2e-photos/*photo.jpg | od -An -tx1 | grep -q 'ff d8 ff' || { cat $log; fail "the photo of the door does not open"; }
grep -aqr 'end to end test' $data/journal || fail "the look is not in the journal"

echo "-- the journal is whole, and rebuilds the store and the tables"
"$quipu" journal verify --data $data
"$quipu" store rebuild --data $data 2>/dev/null
"$quipu" sql --data $data "SELECT count(*) AS persons FROM person WHERE ea = '${case%/1}' AND household = 1" 2>/dev/null | grep -qE '^\| 3 +\|' || fail "the rebuilt tables miss the household"
echo "end to end: all of it works"
