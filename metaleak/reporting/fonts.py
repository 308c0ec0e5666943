"""A subset of the shipped typeface with the characters that a page uses, as CSS."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

from metaleak.plots.style import FONT_FILES, FONT_FOLDER

#: The family's name inside the page: not that of an installed font, which would be taken first.
FAMILY = "Metaleak Sans"

_WEIGHTS = {"regular": "400", "bold": "700"}


def font_faces(text: str, *, family: str = FAMILY) -> str:
    """Return @font-face rules whose fonts hold the characters of ``text``.

    The fonts carry no dates, so the same text gives the same rules.
    """
    characters = "".join(sorted(set(text)))
    return "".join(
        f'@font-face{{font-family:"{family}";font-weight:{_WEIGHTS[weight]};font-display:block;'
        f'src:url("data:font/ttf;base64,{_subset(weight, characters)}")format("truetype")}}'
        for weight in FONT_FILES
    )


@lru_cache(maxsize=16)
def _subset(weight: str, characters: str) -> str:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(hinting=False, notdef_outline=True, layout_features=[], name_IDs=[])
    options.recalc_timestamp = False
    # Without kerning the letters stand where the figures' layouts measured them; parsing it took most of the time.
    options.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB"]
    with TTFont(FONT_FOLDER / FONT_FILES[weight], recalcTimestamp=False) as font:
        maker = subset.Subsetter(options)
        maker.populate(text=characters)
        maker.subset(font)
        out = io.BytesIO()
        font.save(out, reorderTables=True)
    return base64.b64encode(out.getvalue()).decode("ascii")
