#!/bin/sh
# Writes fixtures/forms/*.xml: what pyxform 4.5.0 makes of each form there and of the forms we ship. With --validate,
# JavaRosa also reads every one of them (Java 17). Names of forms as further arguments limit it to these.
set -eu
cd "$(dirname "$0")/.."
python=target/pyxform/bin/python
if [ ! -x "$python" ]; then
    python3 -m venv target/pyxform
    target/pyxform/bin/pip install --quiet pyxform==4.5.0
fi
# pyxform keeps some names in sets: a fixed seed fixes their order.
PYTHONHASHSEED=0 "$python" scripts/pyxform/goldens.py "$@"
