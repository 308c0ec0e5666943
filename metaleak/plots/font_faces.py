"""Subsets of the shipped typeface with the characters that a picture or a page uses, as CSS."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

from metaleak.plots.style import FONT_FILES, FONT_FOLDER, SECOND_FAMILY, SECOND_FILES
from metaleak.plots.text_metrics import Weight, face

#: Tables of a font that say how text is set, not how letters look.
LAYOUT_TABLES = frozenset({"GDEF", "GPOS", "GSUB", "kern"})

_WEIGHTS: dict[Weight, str] = {"regular": "400", "bold": "700"}


def font_faces(regular: str, bold: str, *, family: str) -> str:
    """Return @font-face rules whose fonts hold the characters of a text in regular and of one in bold.

    Characters of the second font come under its own name. The fonts carry no dates, so the same texts give
    the same rules.
    """
    texts: dict[Weight, str] = {"regular": regular, "bold": bold}
    rules = []
    for weight, text in texts.items():
        used = sorted(set(text))
        other = "".join(char for char in used if ord(char) in face(weight).second)
        if text:
            rules.append(
                _rule(family, weight, FONT_FILES[weight], "".join(c for c in used if c not in other))
            )
        if other:
            rules.append(_rule(SECOND_FAMILY, weight, SECOND_FILES[weight], other))
    return "".join(rules)


def _rule(family: str, weight: Weight, file: str, characters: str) -> str:
    return (
        f'@font-face{{font-family:"{family}";font-weight:{_WEIGHTS[weight]};font-display:block;'
        f'src:url("data:font/ttf;base64,{_subset(file, characters)}")format("truetype")}}'
    )


@lru_cache(maxsize=16)
def _subset(file: str, characters: str) -> str:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(hinting=False, notdef_outline=True, layout_features=[], name_IDs=[])
    options.recalc_timestamp = False
    options.drop_tables += ["FFTM"]
    with TTFont(FONT_FOLDER / file, recalcTimestamp=False) as font:
        # Without kerning the letters stand where the figures' layouts measured them; the subsetter parses
        # even what it drops, which took most of the time.
        for table in LAYOUT_TABLES & set(font.keys()):
            del font[table]
        maker = subset.Subsetter(options)
        maker.populate(text=characters)
        maker.subset(font)
        out = io.BytesIO()
        font.save(out, reorderTables=True)
    return base64.b64encode(out.getvalue()).decode("ascii")
