"""Checks of arguments, each said once: a value passes or a :class:`SettingError` names it."""

from __future__ import annotations

from collections.abc import Iterable

from metaleak.errors import SettingError


def one_of(name: str, value: object, allowed: Iterable[str]) -> str:
    """Return ``value`` if it is one of the allowed words.

    Raises
    ------
    SettingError
        Naming the argument, the allowed words and what was given.
    """
    words = list(allowed)
    if isinstance(value, str) and value in words:
        return value
    raise SettingError(f"{name} is not a known word", required="one of " + ", ".join(words), got=value)


def within(name: str, value: object, low: float, high: float, *, ends: str = "()") -> float:
    """Return ``value`` as a float if it lies between ``low`` and ``high``; ``ends`` as in ``"[)"``.

    Raises
    ------
    SettingError
        Naming the argument, the range in its own brackets and what was given.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        above = value >= low if ends[0] == "[" else value > low
        below = value <= high if ends[1] == "]" else value < high
        if above and below:
            return float(value)
    raise SettingError(
        f"{name} is outside its range", required=f"a number in {ends[0]}{low:g}, {high:g}{ends[1]}", got=value
    )
