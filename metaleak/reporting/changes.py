"""What changed since the last release, from ``CHANGELOG.md``."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADING = re.compile(r"^## +(.+?) *$", re.M)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line: words, or something to type."""

    text: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """The newest part of the change log: what it is called, and its lines."""

    heading: str
    lines: tuple[tuple[Piece, ...], ...]


def changes(changelog: str) -> Changes | None:
    r"""Return the newest part of a change log in Markdown, or None when it has no list.

    Links become their words, because they lead to files that the page does not bring.

    Examples
    --------
    >>> found = changes("# Log\n\n## 1.1\n\n- Faster `run` ([docs](docs/run.md)).\n\n## 1.0\n\n- First.\n")
    >>> found.heading, ["".join(piece.text for piece in line) for line in found.lines]
    ('1.1', ['Faster run (docs).'])
    """
    parts = _HEADING.split(changelog)
    if len(parts) < 3:
        return None
    items = re.split(r"^[-*] +", parts[2], flags=re.M)[1:]
    lines = tuple(_pieces(" ".join(item.split())) for item in items)
    return Changes(parts[1], lines) if lines else None


def _pieces(line: str) -> tuple[Piece, ...]:
    parts = _CODE.split(_LINK.sub(r"\1", line))
    return tuple(Piece(part, code=i % 2 == 1) for i, part in enumerate(parts) if part)
