"""Subsets of the shipped typeface with the characters that a picture or a page uses, as CSS."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

from metaleak.plots.style import FONT_FILES, FONT_FOLDER
from metaleak.plots.text_metrics import Weight

_WEIGHTS: dict[Weight, str] = {"regular": "400", "bold": "700"}


def font_faces(regular: str, bold: str, *, family: str) -> str:
    """Return @font-face rules whose fonts hold the characters of a text in regular and of one in bold.

    The fonts carry no dates, so the same texts give the same rules.
    """
    texts: dict[Weight, str] = {"regular": regular, "bold": bold}
    return "".join(
        f'@font-face{{font-family:"{family}";font-weight:{_WEIGHTS[weight]};font-display:block;'
        f'src:url("data:font/ttf;base64,{_subset(weight, "".join(sorted(set(text))))}")format("truetype")}}'
        for weight, text in texts.items()
        if text
    )


@lru_cache(maxsize=16)
def _subset(weight: Weight, characters: str) -> str:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(hinting=False, notdef_outline=True, layout_features=[], name_IDs=[])
    options.recalc_timestamp = False
    options.drop_tables += ["FFTM"]
    with TTFont(FONT_FOLDER / FONT_FILES[weight], recalcTimestamp=False) as font:
        # Without kerning the letters stand where the figures' layouts measured them; the subsetter parses
        # even what it drops, which took most of the time.
        for table in ("GDEF", "GPOS", "GSUB", "kern"):
            del font[table]
        maker = subset.Subsetter(options)
        maker.populate(text=characters)
        maker.subset(font)
        out = io.BytesIO()
        font.save(out, reorderTables=True)
    return base64.b64encode(out.getvalue()).decode("ascii")
