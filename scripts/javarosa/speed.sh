#!/bin/sh
# Our engine beside JavaRosa 5.1.0: the same form, the same answers, the same machine, one after the other. Prints both and
# adds `check_beside_javarosa` and `answer_beside_javarosa` to the figures: our microseconds, JavaRosa's as the limit.
#
#   scripts/javarosa/speed.sh [OUT=target/bench.json] [SECONDS=5]
#
# Needs a JDK 17 and pip, as scripts/javarosa.sh.
set -eu
cd "$(dirname "$0")/../.."
out=${1:-target/bench.json}
seconds=${2:-5}
cache=target/javarosa
folder=fixtures/submissions/cn2020_short
mkdir -p "$cache"
if [ ! -d "$cache/pyxform" ]; then
    pip download --quiet --no-deps --dest "$cache" pyxform==4.5.0
    (cd "$cache" && unzip -qo pyxform-4.5.0-*.whl)
fi
cargo build --quiet --release -p forms --example beside_javarosa
"${CARGO_TARGET_DIR:-target}/release/examples/beside_javarosa" "$seconds" $folder/form.xml $folder/[0-9].xml >"$cache/ours.txt"
java -cp "$cache/pyxform/validators/odk_validate/bin/ODK_Validate.jar" scripts/javarosa/Speed.java \
    "$seconds" $folder/form.xml $folder/[0-9].xml >"$cache/theirs.txt" 2>"$cache/theirs.log" || {
    cat "$cache/theirs.log" >&2
    exit 1
}
node --input-type=module - "$cache/ours.txt" "$cache/theirs.txt" "$out" <<'SCRIPT'
import { readFileSync } from "node:fs";
import { figure, record } from "./web/bench/figures.mjs";
const [ours, theirs, out] = process.argv.slice(2);
const read = (file) => Object.fromEntries(readFileSync(file, "utf8").trim().split("\n").map((line) => line.split(" ")));
const [a, b] = [read(ours), read(theirs)];
if (a.valid !== b.valid || a.changes !== b.changes) {
  console.error(`speed: the two did not do the same: ${a.valid} and ${b.valid} valid, ${a.changes} and ${b.changes} changes`);
  process.exit(1);
}
const row = (what) => figure(`${what}_beside_javarosa`, Number(a[what]), "us", Number(b[what]));
const rows = [row("check"), row("answer")];
record(out, rows);
for (const { name, value, limit, ratio } of rows) console.log(`${name} ${value} us, JavaRosa ${limit} us, ratio ${ratio.toFixed(4)}`);
SCRIPT
