"""Text of an element as it stands in XML, without the markup inside and with its references replaced."""

from __future__ import annotations

import re

#: Text without an element.
TEXT = r"[^<]*+"


def marked_up(text: str) -> str:
    """Return a pattern for text with elements of PubMed's markup, which hold what another pattern says.

    Examples
    --------
    >>> [bool(re.fullmatch(marked_up(TEXT), each)) for each in ("CO<sub>2</sub>", "CO<sub>2", "<p>CO</p>")]
    [True, False, False]
    """
    elements = "|".join(f"{name}>{text}</{name}" for name in ("i", "sub", "sup", "b", "u"))
    return f"{TEXT}(?:<(?:{elements})>{TEXT})*"


#: Text with elements in elements; what is deeper is left to the parser.
RICH = marked_up(marked_up(TEXT))

_RICH = re.compile(RICH)
_TAG = re.compile(r"<[^>]*+>")

#: A tag inside of a formula: whether it closes, its name, whether it is empty.
_OF_FORMULA = re.compile(r'<(/?)(mml:\w++)(?: (\w++)="[^"<]*+"(?: (?!\3=)\w++="[^"<]*+")?)?(/?)>', re.ASCII)
_OPENS = '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML">'
_CLOSES = "</mml:math>"

_REFERENCE = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#x([\da-fA-F]++)|#(\d++));", re.ASCII)
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def flat(raw: str) -> str | None:
    """Return the text in XML with PubMed's markup and formulas, or None when it holds other tags or unclosed ones.

    Every reference in it must be one that XML allows.

    Examples
    --------
    >>> flat("p<sub>trend</sub> &lt; 0.05 <i>in <b>vivo</b></i>"), flat("<i>a</b>"), flat("a<!-- b -->")
    ('ptrend < 0.05 in vivo', None, None)
    """
    if "<" in raw:
        if _OPENS in raw:
            raw = _without_formulas(raw)
        if not _RICH.fullmatch(raw):
            return None
        raw = _TAG.sub("", raw)
    return replaced(raw)


def replaced(raw: str) -> str:
    """Return text with the characters that its references stand for, each once.

    Examples
    --------
    >>> replaced("&amp;lt; &#xe0;&#224;")
    '&lt; àà'
    """
    return _REFERENCE.sub(_character, raw) if "&" in raw else raw


def _character(reference: re.Match[str]) -> str:
    name, in_hex, in_decimals = reference.groups()
    if name:
        return _NAMED[name]
    return chr(int(in_hex, 16) if in_hex else int(in_decimals))


def _without_formulas(raw: str) -> str:
    """Return text with sound formulas as their text; others stay as they are."""
    *formulas, rest = raw.split(_CLOSES)
    parts = []
    for each in formulas:
        before, opening, formula = each.partition(_OPENS)
        parts += [
            before,
            _TAG.sub("", formula) if opening and _is_balanced(formula) else f"{opening}{formula}{_CLOSES}",
        ]
    return "".join([*parts, rest])


def _is_balanced(formula: str) -> bool:
    tags = _OF_FORMULA.findall(formula)
    if len(tags) != formula.count("<"):
        return False
    inside: list[str] = []
    for closing, name, _, empty in tags:
        if not closing:
            if not empty:
                inside.append(name)
        elif empty or not inside or inside.pop() != name:
            return False
    return not inside
