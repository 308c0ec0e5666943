"""Text measured and made fit to draw, from the font file alone: no canvas.

Widths are sums of glyph advances. Kerning would only make them smaller, so what fits here fits on paper.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from metaleak.errors import SheetError
from metaleak.plots.style import FONT_FILES, FONT_FOLDER

Weight = Literal["regular", "bold"]

ELLIPSIS = "…"

#: As wide as a digit: keeps decimals under decimals.
FIGURE_SPACE = "\u2007"

#: As wide as a decimal point.
PUNCTUATION_SPACE = "\u2008"

#: Height of a capital or a digit, as a share of the type size.
CAP_HEIGHT = 1409 / 2048

#: Depth of p and g below the line, as a share of the type size.
DESCENT = 434 / 2048

#: Characters that mean the same as one which the font has.
SAME = {"\u2010": "-", "\u2011": "-"}

#: Spaces at which a line may end: not those inside ``p < 0.001``, ``k − p − 1`` and ``95 %``.
_BREAKS = re.compile("(?<![=<−]) (?![=<−%])")


@dataclass(frozen=True, slots=True)
class Face:
    """What a font file says about its glyphs."""

    units: int
    advances: dict[int, int]


@lru_cache(maxsize=4)
def face(weight: Weight = "regular") -> Face:
    """Return the advances of the shipped font, by code point."""
    from fontTools.ttLib import TTFont

    with TTFont(FONT_FOLDER / FONT_FILES[weight], lazy=True) as font:
        advances = font["hmtx"].metrics
        return Face(
            font["head"].unitsPerEm,
            {code: advances[name][0] for code, name in font.getBestCmap().items()},
        )


def width(text: str, size: float, weight: Weight = "regular") -> float:
    """Return the width of one line of ``text`` in points at type size ``size``.

    Examples
    --------
    >>> width("0", 10) == width("9", 10) == width(FIGURE_SPACE, 10)
    True
    """
    metrics = face(weight)
    return sum(metrics.advances.get(ord(char), metrics.units) for char in text) * size / metrics.units


def clean(text: str) -> str:
    r"""Return ``text`` as one line without control, format and direction characters, accents composed.

    Examples
    --------
    >>> clean("Mu\u0308ller\x00\u202e\n 2004")
    'Müller 2004'
    """
    kept = []
    for char in unicodedata.normalize("NFC", text):
        if char.isspace():
            kept.append(" ")
        elif unicodedata.category(char) not in ("Cc", "Cf"):
            kept.append(SAME.get(char, char))
    return " ".join("".join(kept).split())


def checked(text: str, *, where: str) -> str:
    """Return ``text`` cleaned, or say which of its characters the font cannot draw.

    Raises
    ------
    SheetError
        Naming the first such character and ``where`` the text stands.
    """
    text = clean(text)
    for char in text:
        if ord(char) not in face().advances or ord(char) not in face("bold").advances:
            name = unicodedata.name(char, "without a name")
            raise SheetError(
                f"the font of the figures has no glyph for U+{ord(char):04X} ({name})",
                required="characters of Liberation Sans: Latin, Greek, Cyrillic, Hebrew",
                got=text.encode("ascii", "backslashreplace").decode(),
                where=where,
                todo="write it in Latin letters",
            )
    return text


def wrap(
    text: str, room: float, size: float, *, weight: Weight = "regular", lines: int = 0
) -> tuple[str, ...]:
    """Break ``text`` into lines no wider than ``room`` points; formulas stay in one piece.

    Words wider than the room are broken inside. With ``lines`` > 0 at most so many lines are
    returned, and the last ends in an ellipsis when text is left.
    """
    result: list[str] = []
    line = ""
    for word in _BREAKS.split(text):
        trial = f"{line} {word}" if line else word
        if width(trial, size, weight) <= room:
            line = trial
            continue
        if line:
            result.append(line)
        *full, line = _pieces(word, room, size, weight)
        result += full
    result.append(line)
    if not lines or len(result) <= lines:
        return tuple(result)
    rest = " ".join(result[lines - 1 :])
    return (*result[: lines - 1], shortened(rest, room, size, weight=weight))


def shortened(text: str, room: float, size: float, *, weight: Weight = "regular") -> str:
    """Return ``text``, cut behind as many characters as fit with an ellipsis into ``room`` points."""
    if width(text, size, weight) <= room:
        return text
    while text and width(text.rstrip() + ELLIPSIS, size, weight) > room:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def _pieces(word: str, room: float, size: float, weight: Weight) -> list[str]:
    pieces = [""]
    for char in word:
        if pieces[-1] and width(pieces[-1] + char, size, weight) > room:
            pieces.append("")
        pieces[-1] += char
    return pieces
