"""Small words: plurals, numbers as words, codes as a reader says them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metaleak import numbers

_PLURALS = {"study": "studies", "vertebra": "vertebrae", "series": "series", "analysis": "analyses"}


def plural(word: str, n: int) -> str:
    """Return ``word`` as it follows the number ``n``."""
    return word if n == 1 else _PLURALS.get(word, word + "s")


def counted(n: int, word: str) -> str:
    """Return a count with its noun: ``counted(21, "study") == "21 studies"``."""
    return f"{numbers.count(n)} {plural(word, n)}"


_SAID = {"rct": "RCT"}


def plain(code: str) -> str:
    """Return a code of the codebook as a reader reads it: ``not_reported`` -> ``not reported``."""
    return _SAID.get(code, code.replace("_", " "))


_IMAGING = {"xray": "X-ray", "CT+xray": "CT + X-ray", "xray_lateral": "lateral X-ray"}


def imaging(code: str) -> str:
    """Return a code of an imaging method as a reader reads it: ``xray`` -> ``X-ray``."""
    return _IMAGING.get(code, plain(code))


def capital(text: str) -> str:
    """Return ``text`` with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def listed(items: Sequence[str], last: str = "and") -> str:
    """Join with commas and a last word: ``listed(["a", "b", "c"]) == "a, b and c"``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def units(counts: Mapping[str, int]) -> str:
    """Say how many observations count what.

    Examples
    --------
    >>> units({"patient": 35, "vertebra": 45}), units({"patient": 1})
    ('45 count vertebrae, 35 patients', '1 counts patients')
    """
    parts = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    said = [f"{numbers.count(n)} {plural(plain(unit), 2)}" for unit, n in parts]
    if not said:
        return ""
    verb = "counts" if parts[0][1] == 1 else "count"
    return ", ".join([said[0].replace(" ", f" {verb} ", 1), *said[1:]])
