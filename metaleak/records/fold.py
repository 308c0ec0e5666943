"""Text as it is compared: without case, accents, marks and spelling of dashes."""

from __future__ import annotations

import re
import unicodedata

#: Letters that do not come apart into a letter and an accent.
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "ł": "l",
        "æ": "ae",
        "œ": "oe",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ı": "i",
        "µ": "u",
        "μ": "u",
    }
)
_NO_WORD = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """Return words in lower case without accents, one space between them.

    Examples
    --------
    >>> folded("Kyphoplasty\u2014Müller's 2nd  Løss"), folded("骨水泥渗漏")
    ('kyphoplasty muller s 2nd loss', '骨水泥渗漏')
    """
    lower = text.lower()
    if not lower.isascii():
        parts = unicodedata.normalize("NFKD", lower)
        lower = "".join(letter for letter in parts if not unicodedata.combining(letter)).translate(_LETTERS)
    return _NO_WORD.sub(" ", lower).strip()
