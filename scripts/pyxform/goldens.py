"""Writes the XForm that pyxform makes of each form, beside the form or into fixtures/forms/."""

import pathlib
import re
import sys
import tempfile

from pyxform.xls2xform import convert

FORMS = pathlib.Path("fixtures/forms")


def pyxform_tables(text: str) -> str:
    """Tables under headings, as our own forms are written, as pyxform reads them: the sheet's name in the first cell.

    A title in several languages is ours alone; the default language's becomes the title.
    """
    default = re.search(r"default_language[^\n]*\n[^\n]*\n.*", text)
    if default:
        header, _, values = ([c.strip() for c in row.split("|")] for row in default.group().splitlines())
        header = [""] * (len(values) - len(header)) + header
        text = text.replace(f"form_title::{values[header.index('default_language')]}", "form_title")
    text = re.sub(r"form_title::", "_title::", text)
    lines = []
    for line in text.split("\n"):
        if line.startswith("## "):
            lines.append(f"| {line[3:].strip()} |")
        elif line.startswith("|") and set(line) - set("|-: "):
            lines.append(f"| {line}")
    return "\n".join(lines)


def main() -> int:
    validate = "--validate" in sys.argv
    wanted = [a for a in sys.argv[1:] if not a.startswith("--")]
    forms = [(p, p) for p in sorted(FORMS.iterdir()) if p.suffix in (".md", ".xlsx")]
    with tempfile.TemporaryDirectory() as scratch:
        for own in sorted(pathlib.Path("forms").glob("*.md")):
            copy = pathlib.Path(scratch) / own.name
            copy.write_text(pyxform_tables(own.read_text()))
            forms.append((copy, FORMS / own.name))
        failed = 0
        for source, form in forms:
            if wanted and not any(form.name.startswith(w) for w in wanted):
                continue
            try:
                result = convert(source, pretty_print=True, validate=validate)
            except Exception as error:  # every kind of refusal is worth a line
                failed += 1
                print(f"{form.name}: {error}", file=sys.stderr)
                continue
            form.with_suffix(".xml").write_text(result.xform)
    return 1 if failed else 0


sys.exit(main())
