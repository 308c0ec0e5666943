"""Figures on the page: their drawings, their captions, and what they are called where they are folded away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metaleak.plots.forest_frame import study_key
from metaleak.reporting.data import ReportInput
from metaleak.reporting.figures import Drawing, drawing
from metaleak.reporting.links import anchor

#: The figure whose rows are studies.
FOREST = "forest"

#: Figures taller than this multiple of their width are long.
LONG = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure, its caption, and what it is called where it is folded away."""

    id: str
    drawings: tuple[Drawing, ...]
    caption: str
    summary: str

    @property
    def is_long(self) -> bool:
        """Whether it is folded away where it is not the main figure."""
        return sum(one.height for one in self.drawings) > LONG * self.drawings[0].width


def picture(
    report: ReportInput, name: str, kind: str, *, summary: str, views: Mapping[str, str] | None = None
) -> Picture:
    """Return a drawn figure for the page.

    ``summary`` is what it is called where it is folded away; ``views`` leads from ids of its lines to the view
    of the section that shows them.
    """
    key = f"{name}-{kind}"
    figure = report.figures[key]
    rows = _lines(report, name) if kind == FOREST else {}
    return Picture(
        id=anchor("figure", key),
        drawings=tuple(
            drawing(
                sheet,
                name=f"{key}-{i}",
                alt=_sheet(figure.alt, i, len(figure.sheets)),
                rows={f"{key}-{i}-{drawn}": place for drawn, place in rows.items()},
                views={f"{key}-{i}-{drawn}": view for drawn, view in (views or {}).items()},
            )
            for i, sheet in enumerate(figure.sheets, start=1)
        ),
        caption=figure.caption,
        summary=summary,
    )


def _lines(report: ReportInput, name: str) -> dict[str, str]:
    """Return for each study that a forest plot draws the line of the page that tells more of it."""
    result = report.results[name]
    if name not in report.pooled:
        return {}
    places: dict[str, str] = {}
    for group, title in enumerate(result["groups"]):
        held = [i for i, row in enumerate(result["rows"], start=1) if row["group"] == title]
        places |= {study_key(group, j): anchor(name, "row", str(i)) for j, i in enumerate(held)}
    return places


def _sheet(alt: str, number: int, of: int) -> str:
    """Return what a sheet shows: the first says everything, the others that they go on."""
    return alt if number == 1 else f"Sheet {number} of {of} of the same figure."
