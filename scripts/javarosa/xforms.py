"""Writes the XForms of forms with pyxform: xforms.py FOLDER PREFIX FORM.md ... Prints those pyxform refuses."""

import pathlib
import sys

from pyxform.xls2xform import convert


def main() -> int:
    folder, prefix = pathlib.Path(sys.argv[1]), sys.argv[2]
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    for source in map(pathlib.Path, sys.argv[3:]):
        target = folder / f"{prefix}{source.stem}.xml"
        if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
            continue
        try:
            target.write_text(convert(source).xform)
        except Exception as error:  # every kind of refusal is worth a line
            failed += 1
            print(f"{source}: {error}", file=sys.stderr)
    return 1 if failed else 0


sys.exit(main())
