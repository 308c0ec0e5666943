"""Numbers into text: the only place where a digit is cut or a minus sign is chosen.

Percent, intervals and p values look the same in the terminal, in a figure and on the page because all
of them come from here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import groupby

MINUS = "\u2212"
DASH = "\u2013"
NONE = "\u2014"


def fixed(value: float | None, digits: int = 2) -> str:
    """Return ``value`` with a fixed number of decimals, a real minus sign, no minus zero."""
    if value is None:
        return NONE
    if math.isinf(value):
        return ("" if value > 0 else MINUS) + "∞"
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def percent(share: float | None, digits: int = 1, *, sign: bool = True) -> str:
    """Return a share 0..1 as percent: ``percent(0.557) == "55.7 %"``."""
    if share is None:
        return NONE
    return fixed(100 * share, digits) + (" %" if sign else "")


def interval(low: float | None, high: float | None, digits: int = 2) -> str:
    """Return ``[low, high]`` with fixed decimals, or a dash when there is none."""
    if low is None or high is None:
        return NONE
    return f"[{fixed(low, digits)}, {fixed(high, digits)}]"


def percent_interval(low: float | None, high: float | None, digits: int = 1) -> str:
    """Return ``[45.4, 65.3]`` for the shares 0.454 and 0.653."""
    if low is None or high is None:
        return NONE
    return interval(100 * low, 100 * high, digits)


def p_value(p: float | None) -> str:
    """Return ``p`` as ``= 0.034`` or ``< 0.001``, to stand behind the letter."""
    if p is None:
        return NONE
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def ranges(values: Iterable[int]) -> str:
    """Return whole numbers in order, runs joined: ``ranges([5, 2, 3, 4, 9]) == "2-5, 9"``."""
    parts = []
    for _, run in groupby(enumerate(sorted(set(values))), key=lambda item: item[1] - item[0]):
        held = [value for _, value in run]
        parts.append(str(held[0]) if len(held) == 1 else f"{held[0]}-{held[-1]}")
    return ", ".join(parts)


def count(value: int) -> str:
    r"""Return a count with thin spaces between thousands: ``count(12345) == "12\u2009345"``."""
    return f"{value:,}".replace(",", "\u2009")
