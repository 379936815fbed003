# /// script
# requires-python = ">=3.11"
# dependencies = ["fonttools>=4.60", "brotli>=1.1"]
# ///
"""Make the fonts that diagrams are drawn and measured with, from the npm package `@fontsource/inter`.

    npm pack @fontsource/inter@5.3.0 && tar xzf fontsource-inter-5.3.0.tgz
    uv run tools/make_diagram_font.py package

The package cuts each weight into one WOFF2 per script. PNG export needs plain TrueType, and measuring needs the advance
widths only, so this writes into `src/procession/drawing/vendor/inter/`:

- `inter-400.ttf` and `inter-600.ttf`: Latin, Greek and Cyrillic joined again, kerning kept, alternates dropped;
- `widths.json`: advance widths of the same glyphs in units of 1/2048 em, by code point.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

WEIGHTS = (400, 600)
SCRIPTS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext", "greek", "vietnamese")
TARGET = Path(__file__).parent.parent / "src/procession/drawing/vendor/inter"


def join(package: Path, weight: int, folder: Path) -> TTFont:
    """The scripts of one weight as one font, with kerning as its only layout feature."""
    parts: list[str] = []
    seen: set[int] = set()
    for script in SCRIPTS:
        font = TTFont(package / f"files/inter-{script}-{weight}-normal.woff2")
        font.flavor = None
        own = set(font.getBestCmap()) - seen  # a glyph in two parts would make the merge rename one of them
        seen |= own
        options = Options(layout_features=["kern"], hinting=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17])
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=own)
        subsetter.subset(font)
        for table in ("STAT", "GSUB", "GDEF"):
            if table in font:
                del font[table]
        part = folder / f"{script}.ttf"
        font.save(part)
        parts.append(str(part))
    return Merger().merge(parts)


def main(package: Path) -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    widths: dict[str, dict[str, int]] = {}
    for weight in WEIGHTS:
        with tempfile.TemporaryDirectory() as folder:
            font = join(package, weight, Path(folder))
        font["head"].created = font["head"].modified = 0  # the same input gives the same bytes
        font.recalcTimestamp = False
        font.save(TARGET / f"inter-{weight}.ttf")
        advances = font["hmtx"].metrics
        widths[str(weight)] = {str(code): advances[glyph][0] for code, glyph in sorted(font.getBestCmap().items())}
    (TARGET / "widths.json").write_text(json.dumps(widths, separators=(",", ":")) + "\n", encoding="utf-8")
    shutil.copy(package / "LICENSE", TARGET / "LICENSE")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
