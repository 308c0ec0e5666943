"""Text for a cell of a CSV file."""

from __future__ import annotations

from metaleak.reporting.visible import visible


def one_line(text: str) -> str:
    """Return text on one line, without characters that nobody sees."""
    return " ".join(visible(text).split())
