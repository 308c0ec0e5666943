"""Text measured and made fit to draw, from the font file alone: no canvas.

Widths are sums of glyph advances. Kerning would only make them smaller, so what fits here fits on paper.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Literal

from metaleak.errors import SheetError
from metaleak.plots.style import FONT_FILES, FONT_FOLDER, SECOND_FILES

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


#: Characters at which no line of Chinese begins, and at which none ends.
_NO_START = frozenset("，。；：、？！）】》”’…·％%)],.;:")
_NO_END = frozenset("（【《“‘([")


@dataclass(frozen=True, slots=True)
class Face:
    """What the font files say about their glyphs.

    Attributes
    ----------
    units : int
        Units of a type size.
    advances : dict
        Width of each character.
    second : frozenset of int
        Characters that the second font draws.
    """

    units: int
    advances: dict[int, int]
    second: frozenset[int] = frozenset()


@lru_cache(maxsize=4)
def face(weight: Weight = "regular") -> Face:
    """Return the advances of the shipped fonts, by code point."""
    units, advances = _advances(FONT_FILES[weight])
    other, more = _advances(SECOND_FILES[weight])
    added = {code: round(wide * units / other) for code, wide in more.items() if code not in advances}
    return Face(units, advances | added, frozenset(added))


def _advances(file: str) -> tuple[int, dict[int, int]]:
    from fontTools.ttLib import TTFont

    with TTFont(FONT_FOLDER / file, lazy=True) as font:
        wide = font["hmtx"].metrics
        return font["head"].unitsPerEm, {code: wide[name][0] for code, name in font.getBestCmap().items()}


def runs(text: str, weight: Weight = "regular") -> list[tuple[bool, str]]:
    """Split a text into what the first font draws and what the second does, in order.

    Examples
    --------
    >>> runs("CT发生率")
    [(False, 'CT'), (True, '发生率')]
    """
    second = face(weight).second
    return [(other, "".join(part)) for other, part in groupby(text, key=lambda char: ord(char) in second)]


def undrawable(text: str, weight: Weight = "regular") -> str:
    """Return the characters of a text that neither font has, each once."""
    known = face(weight).advances
    return "".join(dict.fromkeys(char for char in text if ord(char) not in known))


def width(text: str, size: float, weight: Weight = "regular") -> float:
    """Return the width of one line of ``text`` in points at type size ``size``.

    Examples
    --------
    >>> width("0", 10) == width("9", 10) == width(FIGURE_SPACE, 10)
    True
    """
    return _advance(text, weight) * size / face(weight).units


@lru_cache(maxsize=65_536)
def _advance(text: str, weight: Weight) -> int:
    """Return the width of a text in the font's units: layouts measure the same words again and again."""
    metrics = face(weight)
    return sum(metrics.advances.get(ord(char), metrics.units) for char in text)


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


def printable(text: str) -> str:
    r"""Return ``text`` without characters that control or turn it; spaces and ends of lines stay.

    Examples
    --------
    >>> printable("a\x00b\u202ec\n") == "abc\n"
    True
    """
    if text.isprintable():
        return text
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf"))


def checked(text: str, *, where: str) -> str:
    """Return ``text`` cleaned, or say which of its characters the fonts cannot draw.

    Raises
    ------
    SheetError
        Naming these characters and ``where`` the text stands.
    """
    text = clean(text)
    missing = undrawable(text) or undrawable(text, "bold")
    if missing:
        raise SheetError(
            f"the fonts of the figures have no glyph for {named(missing)}",
            required="Latin, Greek, Cyrillic, Hebrew, and the Chinese of the figures' words and common names",
            got=text.encode("ascii", "backslashreplace").decode(),
            where=where,
            todo="write it in Latin letters",
        )
    return text


def named(characters: str) -> str:
    """Return characters by code point and name, ten at most."""
    told = [f"U+{ord(char):04X} ({unicodedata.name(char, 'without a name')})" for char in characters[:10]]
    more = f" and {len(characters) - 10} more" if len(characters) > 10 else ""
    return ", ".join(told) + more


def wrap(
    text: str, room: float, size: float, *, weight: Weight = "regular", lines: int = 0
) -> tuple[str, ...]:
    """Break ``text`` into lines no wider than ``room`` points; formulas stay in one piece.

    Words wider than the room are broken inside. With ``lines`` > 0 at most so many lines are
    returned, and the last ends in an ellipsis when text is left.
    """
    result: list[str] = []
    line = ""
    for gap, word in _words(text):
        trial = f"{line}{gap}{word}" if line else word
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


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Return what a line may end behind, with the space before it; Chinese has none between its words."""
    second = face().second
    for spaced in _BREAKS.split(text):
        word, gap = "", " "
        for char in spaced:
            ends = word and (ord(char) in second or ord(word[-1]) in second)
            if ends and char not in _NO_START and word[-1] not in _NO_END:
                yield gap, word
                word, gap = "", ""
            word += char
        yield gap, word


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
