"""JSON that every reader accepts: no NaN, infinities as words, floats rounded to ten digits."""

from __future__ import annotations

import json
import math
from typing import Any

#: Enough for every printed number, few enough that two machines of one kind agree.
SIGNIFICANT_DIGITS = 10


def rounded(value: Any) -> Any:
    """Return ``value`` with every float rounded to ten significant digits and infinities as words.

    ``float("inf")`` becomes ``"Inf"``; tuples become lists.

    Raises
    ------
    ValueError
        For NaN: a result is a number, None with a reason, or an error.
    """
    if isinstance(value, dict):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, float):
        if math.isnan(value):
            raise ValueError(f"NaN is never a result; got {value!r}")
        short = float(f"{value:.{SIGNIFICANT_DIGITS}g}") + 0.0
        if math.isinf(short):
            return "Inf" if short > 0 else "-Inf"
        return short
    return value


def dumps(value: Any) -> str:
    """Return ``value`` as indented JSON text that ends in a line feed; keys keep their order."""
    return json.dumps(rounded(value), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def loads(text: str) -> Any:
    """Read JSON text; ``"Inf"`` and ``"-Inf"`` stay words (see :func:`number`)."""
    return json.loads(text)


def number(value: Any) -> float | None:
    """Return a JSON number as a float, ``"Inf"`` as infinity, and None as None."""
    if value is None:
        return None
    if isinstance(value, str):
        return {"Inf": math.inf, "-Inf": -math.inf}[value]
    return float(value)
