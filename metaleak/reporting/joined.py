"""Numbers that stay in one line with what belongs to them: the one rule of the page about where lines may end."""

from __future__ import annotations

import re

#: What is kept as it stands: tags, what is typed or copied letter by letter, and figures, whose lines never wrap.
_KEPT = re.compile(r"(<(pre|code|svg|style)\b.*?</\2>|<[^>]*>)", re.DOTALL)

_NO_BREAK, _NARROW_NO_BREAK = "\u00a0", "\u202f"

#: What a number is counted in where it is one short sign.
_UNITS = "%|ml|mm|cm|kB|MB|ms|s|h"

_RULES = (
    # 86 %, 3 ml
    (re.compile(rf"(?<=[\d∞]) (?=(?:{_UNITS})(?![\w%]))"), _NO_BREAK),
    # [45.4, 65.3]
    (re.compile(r"(?<=\[)([−-]?[\d.∞]+,) (?=[−-]?[\d.∞]+\])"), rf"\1{_NO_BREAK}"),
    # k = 21, p < 0.001
    (re.compile(r"(?<=[A-Za-zα-ω²]) ([=<>≥≤]|&lt;|&gt;) (?=[−-]?[\d.∞])"), rf"{_NO_BREAK}\1{_NO_BREAK}"),
    # 2 013, with a thin space in a row of digits
    (re.compile("(?<=\\d)\u2009(?=\\d)"), _NARROW_NO_BREAK),
    # 164 / 201
    (re.compile(r"(?<=\d) / (?=\d)"), f"{_NO_BREAK}/{_NO_BREAK}"),
)


def joined(html: str) -> str:
    r"""Return ``html`` with spaces that no line ends at inside "86 %", "[48, 68]", "k = 21", "2 013", "164 / 201".

    Tags with their attributes, code and drawings stay as they are.

    Examples
    --------
    >>> joined("<p>86 % [48, 68], <code>86 %</code></p>")
    '<p>86\xa0% [48,\xa068], <code>86 %</code></p>'
    """
    pieces = _KEPT.split(html)
    # Split gives text, a kept piece, and the name of its tag, in turn.
    return "".join(
        joined_text(piece) if i % 3 == 0 else piece for i, piece in enumerate(pieces) if i % 3 != 2
    )


def joined_text(text: str) -> str:
    r"""Return plain text with the same spaces.

    Examples
    --------
    >>> joined_text("55.7 % [45.4, 65.3]")
    '55.7\xa0% [45.4,\xa065.3]'
    """
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
