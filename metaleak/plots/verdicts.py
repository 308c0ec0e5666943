"""The marks of answers about studies: a shape, a sign and a colour each, so that none is needed alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from metaleak.plots.languages import said
from metaleak.plots.shapes import Polygon, Shape, Text
from metaleak.plots.strips import Strip, baseline
from metaleak.plots.style import POINTS_PER_MM, Style
from metaleak.plots.text_metrics import width


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How an answer is drawn: its sign, its colour's role, its shape by its number of corners.

    ``fill`` None leaves the shape hollow: nobody has looked.
    """

    name: str
    sign: str
    fill: str | None
    corners: int
    said: str
    ink: str = "text"


#: From free of concern to not looked at; a circle has 24 corners.
GOOD = Verdict(name="good", sign="+", fill="series-3", corners=24, said="met: yes, 2, low risk")
SOME = Verdict(name="some", sign="?", fill="series-5", corners=6, said="in part or unclear: unclear, 1")
BAD = Verdict(name="bad", sign="−", fill="series-2", corners=4, said="not met: no, 0, high risk", ink="paper")
NO_MATTER = Verdict(name="not applicable", sign="n", fill="grid", corners=24, said="not applicable")
NOBODY = Verdict(name="not assessed", sign="", fill=None, corners=24, said="not assessed")

VERDICTS = (GOOD, SOME, BAD, NO_MATTER, NOBODY)

#: Answer -> how it is drawn; "2" and "0" are MINORS points, "low" and "high" what a person makes of the whole.
OF_ANSWER: Mapping[str, Verdict] = {
    "yes": GOOD,
    "2": GOOD,
    "low": GOOD,
    "unclear": SOME,
    "1": SOME,
    "no": BAD,
    "0": BAD,
    "high": BAD,
    "not_applicable": NO_MATTER,
    "not_assessed": NOBODY,
}

#: Answers that are told in other words than they are written.
_WORDS: Mapping[str, str] = {
    "low": "low risk",
    "high": "high risk",
    "0": "0 points",
    "1": "1 point",
    "2": "2 points",
}

#: Line distance of a legend as a multiple of the type size.
LEGEND_LEADING = 1.7

#: Corners from which on a shape is drawn as a circle.
_ROUND = 24


def answer_words(answer: str) -> str:
    """Return how an answer is told.

    Examples
    --------
    >>> answer_words("not_assessed"), answer_words("low"), answer_words("1")
    ('not assessed', 'low risk', '1 point')
    """
    return _WORDS.get(answer, answer.replace("_", " "))


def mark(
    verdict: Verdict, x: float, y: float, *, style: Style, row: str, column: str = ""
) -> Iterator[Shape]:
    """Return the shape of a verdict around a place, and its sign inside."""
    radius = 0.52 * style.text_pt
    yield Polygon(
        points=_corners(verdict.corners, x, y, radius),
        fill=verdict.fill,
        edge="rule" if verdict.fill else "prediction",
        width=style.thin_pt,
        row=row,
        part=verdict.name,
    )
    if verdict.sign:
        # A small letter stands lower than a capital.
        lift = 0.1 * style.text_pt if verdict.sign == "n" else 0.0
        yield Text(
            x=x,
            y=baseline(y - radius, 2 * radius, 0.9 * style.text_pt) - lift,
            text=verdict.sign,
            size=0.9 * style.text_pt,
            row=row,
            column=verdict.name,
            anchor="center",
            weight="bold",
            colour=verdict.ink,
        )


def _corners(count: int, x: float, y: float, radius: float) -> tuple[tuple[float, float], ...]:
    if count == 4:
        half = 0.98 * radius
        return ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))
    start = 0.0 if count == _ROUND else math.pi / 6
    turns = [start + 2 * math.pi * i / count for i in range(count)]
    reach = radius if count == _ROUND else 1.12 * radius
    return tuple((x + reach * math.cos(turn), y + reach * math.sin(turn)) for turn in turns)


def legend(style: Style, verdicts: Sequence[Verdict] = VERDICTS) -> Strip:
    """Return what the marks mean, in as many lines as the width needs."""
    left, right = style.margin_mm * POINTS_PER_MM, style.width_pt - style.margin_mm * POINTS_PER_MM
    step, x, line = style.text_pt * LEGEND_LEADING, left, 0
    shapes: list[Shape] = []
    for verdict in verdicts:
        told = said(verdict.said, style.language)
        room = 1.6 * style.text_pt + width(told, style.text_pt)
        if x > left and x + room > right:
            x, line = left, line + 1
        middle = (line + 0.5) * step
        shapes += mark(verdict, x + 0.6 * style.text_pt, middle, style=style, row="legend")
        shapes.append(
            Text(
                x=x + 1.6 * style.text_pt,
                y=baseline(line * step, step, style.text_pt),
                text=told,
                size=style.text_pt,
                row="legend",
                column="label",
            )
        )
        x += room + 2.0 * style.text_pt
    return Strip(height=(line + 1) * step + 0.4 * style.text_pt, shapes=tuple(shapes), keep=True)
