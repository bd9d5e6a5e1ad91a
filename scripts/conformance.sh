#!/bin/sh
# Our engine against JavaRosa, whole: writes again what JavaRosa answers to every expression of fixtures/xpath/ and in
# every interview of fixtures/interviews/, fails when a golden changed, then conducts WALKS random interviews of STEPS
# steps with each form and prints where the two agree, differ, and why. With --goldens, only writes the goldens.
# Needs python3 with venv; a JDK 17 (Debian: openjdk-17-jdk-headless).
set -eu
cd "$(dirname "$0")/.."
WALKS=${WALKS:-10}
STEPS=${STEPS:-60}
python=target/pyxform/bin/python
out=target/conformance
own=fixtures/interviews

if ! command -v javac >/dev/null; then
    echo "== a JDK"
    apt-get install --yes --quiet openjdk-17-jdk-headless >/dev/null || {
        echo "conformance: needs a JDK 17 (Debian: apt-get install openjdk-17-jdk-headless)" >&2
        exit 1
    }
fi
if [ ! -x "$python" ]; then
    python3 -m venv target/pyxform
    target/pyxform/bin/pip install --quiet pyxform==4.5.0
fi
jar=$(ls target/pyxform/lib/python3*/site-packages/pyxform/validators/odk_validate/bin/ODK_Validate.jar)
mkdir -p "$out/forms" "$out/walks"

# Interview.java for every `.steps` of a folder: the XForm, the steps, the golden.
conduct() {
    for steps in "$1"/*.steps; do
        [ -e "$steps" ] || continue
        name=$(basename "$steps" .steps)
        [ -e "$out/forms/${name%%.*}.xml" ] || continue
        printf '%s\t%s\t%s\n' "$out/forms/${name%%.*}.xml" "$steps" "$1/$name.golden"
    done >"$out/list"
    java -Dfile.encoding=UTF-8 -cp "$jar" scripts/javarosa/Interview.java "$out/list" 2>/dev/null
}

echo "== goldens: JavaRosa's expressions and interviews"
scripts/javarosa.sh
"$python" scripts/javarosa/xforms.py "$out/forms" "" "$own"/[0-9]*.md
"$python" scripts/javarosa/xforms.py "$out/forms" f fixtures/forms/[0-9]*.md || true
# Files that choices come from.
for file in "$own"/*.csv fixtures/forms/*.csv; do
    [ ! -e "$file" ] || cp "$file" "$out/forms/"
done
conduct "$own"
conduct "$own/walks"
[ "${1:-}" != --goldens ] || exit 0
if ! git diff --exit-code --stat -- fixtures/xpath "$own"; then
    echo "conformance: JavaRosa answers otherwise than the goldens say" >&2
    exit 1
fi

echo "== walks: $WALKS random interviews of $STEPS steps with each form"
rm -rf "$out/walks"
cargo run --quiet -p forms --example random_walks -- "$out/walks" "" "$WALKS" "$STEPS" "$own"/[0-9]*.md
cargo run --quiet -p forms --example random_walks -- "$out/walks" f "$WALKS" "$STEPS" fixtures/forms/[0-9]*.md
conduct "$out/walks"
QUIPU_WALKS="$PWD/$out/walks" cargo test --quiet -p forms --test interviews --test javarosa -- --nocapture
