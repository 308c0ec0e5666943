"""Several values in one cell, so that a person can read them and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def pack(items: Iterable[Sequence[str]], *, between: str = ";", inside: str = "") -> str:
    r"""Return items of one or more parts as one text; marks that stand in a part get a backslash.

    Examples
    --------
    >>> pack([("Casbon", "James A"), ("VERTOS; part 2", "")], inside=",")
    'Casbon, James A; VERTOS\\; part 2,'
    """
    items = list(items)
    if not items:
        return ""
    together = "".join(["".join(item) for item in items])
    if any(mark in together for mark in f"\\{between[0]}{inside}"):
        marks = re.compile("([" + re.escape("\\" + between[0] + inside) + "])")
        items = [[marks.sub(r"\\\1", part) for part in item] for item in items]
    apart = _mark(inside)
    return _mark(between).join([apart.join(item).rstrip(" ") for item in items])


def unpack(text: str, *, between: str = ";", inside: str = "") -> list[list[str]]:
    r"""Return the items of :func:`pack`.

    Examples
    --------
    >>> unpack("Casbon, James A; VERTOS\\; part 2,", inside=",")
    [['Casbon', 'James A'], ['VERTOS; part 2', '']]
    """
    if not text:
        return []
    if "\\" not in text:
        parted = (item.split(inside) if inside else [item] for item in text.split(between))
        return [[part.strip() for part in item] for item in parted]
    marks = "|".join(re.escape(mark) for mark in (between, inside) if mark)
    items: list[list[str]] = [[""]]
    for token in re.findall(rf"\\.|{marks}|[^\\]|\\", text, re.S):
        if token == between:
            items.append([""])
        elif token == inside:
            items[-1].append("")
        else:
            items[-1][-1] += token[-1]
    return [[part.strip() for part in item] for item in items]


def _mark(mark: str) -> str:
    return f"{mark} " if mark in (",", ";") else f" {mark} "
