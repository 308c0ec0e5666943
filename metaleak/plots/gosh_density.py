"""Subsets of the observations: how often which pooled rate meets which heterogeneity, with both margins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak import numbers
from metaleak.errors import InputError
from metaleak.plots.drawn_values import values_csv
from metaleak.plots.field import Field, foot_height, frame, one_page, percents, plain, rhombus, rule, ticks
from metaleak.plots.figures import result_values
from metaleak.plots.forest_frame import Options
from metaleak.plots.plan import FigurePlan
from metaleak.plots.shapes import Line, Polygon, Shape, Text
from metaleak.plots.source import source_of
from metaleak.plots.strips import baseline
from metaleak.plots.style import PLAIN, POINTS_PER_MM, Style
from metaleak.plots.text_metrics import checked, width
from metaleak.plots.words import TAU2
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

DEFAULT = Options()

#: Height of the plot, of the upper margin, and width of the right margin, in millimetres.
_HEIGHT_MM = 66.0
_UPPER_MM = 15.0
_RIGHT_MM = 20.0

#: What each shade holds together with the darker ones, from the lightest to the darkest, as shares of all subsets.
SHADES = (1.0, 0.95, 0.8, 0.6, 0.4, 0.2)

#: Neighbouring cells overlap by so many points: without it, viewers show paper between them.
_OVERLAP = 0.2


@dataclass(frozen=True, slots=True)
class Density:
    """How many subsets lie in which cell; ``cells[j][i]`` is the j-th from below, the i-th from the left."""

    cells: tuple[tuple[int, ...], ...]
    x: tuple[float, float]
    y: tuple[float, float]
    with_most: tuple[int, ...]

    @property
    def columns(self) -> tuple[int, ...]:
        """Subsets by pooled rate."""
        return tuple(map(sum, zip(*self.cells, strict=True)))

    @property
    def rows(self) -> tuple[int, ...]:
        """Subsets by heterogeneity."""
        return tuple(map(sum, self.cells))

    def middle(self, i: int, j: int) -> tuple[float, float]:
        """Return rate and heterogeneity in the middle of a cell."""
        wide, high = len(self.cells[0]), len(self.cells)
        (x_low, x_high), (y_low, y_high) = self.x, self.y
        return x_low + (i + 0.5) / wide * (x_high - x_low), y_low + (j + 0.5) / high * (y_high - y_low)

    def shades(self) -> tuple[tuple[int, ...], ...]:
        """Return each cell's shade: 0 without subsets, else the number of the last entry of SHADES it belongs to."""
        counts = sorted((n for row in self.cells for n in row if n), reverse=True)
        whole, held, least = sum(counts), 0, [0] * len(SHADES)
        # The least count of the densest cells that together hold each share.
        for n in counts:
            for place, share in enumerate(SHADES):
                if held < share * whole:
                    least[place] = n
            held += n
        return tuple(
            tuple(sum(1 for limit in least if n >= limit) if n else 0 for n in row) for row in self.cells
        )


def density_of(subsets: Json) -> Density:
    """Read the binned subsets of a result of kind ``"influence"``."""
    found = subsets["density"]
    return Density(
        cells=tuple(tuple(int(n) for n in row.split()) for row in found["cells"]),
        x=(float(found["x"][0]), float(found["x"][1])),
        y=(float(found["y"][0]), float(found["y"][1])),
        with_most=tuple(int(n) for n in found["with_most"].split()),
    )


def plan_gosh(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan the subsets' pooled rates against their heterogeneity.

    Parameters
    ----------
    result : mapping, path or analysis
        A result of kind ``"influence"`` that pooled subsets.
    style, options
        How it looks and what it shows.

    Raises
    ------
    InputError, SheetError, SettingError
        As reading and laying out raise them, and where no subsets were pooled.
    """
    values = result_values(result)
    subsets = values.get("subsets")
    if not subsets or not subsets.get("density"):
        raise InputError(
            "no subsets were pooled",
            required="[model] subsets above 0, and at most 63 observations",
            where="figure gosh",
        )
    source = source_of(values)
    density, against = density_of(subsets), subsets["density"]["against"]
    most = checked(str(subsets["most"]), where="figure gosh")
    caption = _caption(values, subsets, against)
    size = style.text_pt
    margin = style.margin_mm * POINTS_PER_MM
    upper = Field(
        left=margin + 4.5 * size,
        right=style.width_pt - margin - _RIGHT_MM * POINTS_PER_MM,
        top=1.5 * style.row_pt,
        bottom=1.5 * style.row_pt + _UPPER_MM * POINTS_PER_MM,
        x_low=density.x[0],
        x_high=density.x[1],
        y_low=0.0,
        y_high=1.0,
    )
    field = Field(
        left=upper.left,
        right=upper.right,
        top=upper.bottom + 2.0 * style.row_pt,
        bottom=upper.bottom + 2.0 * style.row_pt + _HEIGHT_MM * POINTS_PER_MM,
        x_low=density.x[0],
        x_high=density.x[1],
        y_low=density.y[0],
        y_high=density.y[1],
    )
    x_ticks, y_ticks = ticks(*density.x), ticks(*density.y)
    axis = "I², %" if against == "i2" else f"{TAU2} on the logit scale"
    shapes: list[Shape] = [
        *_legend(most, upper, style),
        *_upper(density, upper, style),
        *frame(
            field,
            style=style,
            x_title="Pooled rate of the subset, % of the units counted",
            y_title=axis,
            x_ticks=x_ticks,
            y_ticks=y_ticks,
            x_text=percents(x_ticks),
            y_text=percents(y_ticks) if against == "i2" else plain(y_ticks),
        ),
        *_cells(density, field),
        *_right(density, field, style),
        *_all_rows(subsets["all"], against, field, style),
    ]
    return one_page(
        "gosh",
        shapes,
        height=field.bottom + foot_height(style),
        source=source,
        style=style,
        options=options,
        caption=caption,
        alt_text=_alt_text(values, subsets),
        drawn_values=_values(density, subsets["all"], against),
    )


def _legend(most: str, upper: Field, style: Style) -> Iterator[Shape]:
    """Say which outline is which, above the upper margin."""
    size = style.text_pt
    x, y = upper.left, 0.5 * style.row_pt
    box = 1.4 * size
    for text, filled in ((f"Subsets with {most}", True), ("without", False)):
        yield Polygon(
            points=((x, y - size / 3), (x + box, y - size / 3), (x + box, y + size / 3), (x, y + size / 3)),
            fill="prediction" if filled else None,
            edge=None if filled else "pooled",
            width=0.0 if filled else style.line_pt,
            row="legend",
            part="legend",
        )
        yield Text(
            x=x + box + 0.5 * size,
            y=baseline(0.0, style.row_pt, size),
            text=text,
            size=size,
            row="legend",
            column="legend",
        )
        x += box + 1.5 * size + width(text, size)


def _upper(density: Density, field: Field, style: Style) -> Iterator[Shape]:
    inside = density.with_most
    outside = [n - m for n, m in zip(density.columns, inside, strict=True)]
    tallest = max(*inside, *outside, 1)
    for counts, filled in ((inside, True), (outside, False)):
        yield Polygon(
            points=tuple(_steps(counts, tallest, field)),
            fill="prediction" if filled else None,
            edge=None if filled else "pooled",
            width=0.0 if filled else style.line_pt,
            row="margin",
            part="with" if filled else "without",
        )
    # Over the outline's own foot, which says nothing.
    yield rule(field.left, field.bottom, field.right, field.bottom, 1.3 * style.line_pt, "rule", "axis")


def _steps(counts: Sequence[int], tallest: int, field: Field) -> Iterator[tuple[float, float]]:
    """Return the corners of a histogram that stands on the bottom of a field."""
    wide = (field.right - field.left) / len(counts)
    yield field.left, field.bottom
    for i, n in enumerate(counts):
        y = field.bottom - n / tallest * (field.bottom - field.top)
        yield field.left + i * wide, y
        yield field.left + (i + 1) * wide, y
    yield field.right, field.bottom


def _right(density: Density, field: Field, style: Style) -> Iterator[Polygon]:
    counts = density.rows
    high = (field.bottom - field.top) / len(counts)
    start = field.right + 0.6 * style.text_pt
    room = style.width_pt - style.margin_mm * POINTS_PER_MM - start
    corners = [(start, field.bottom)]
    for j, n in enumerate(counts):
        x = start + n / max(*counts, 1) * room
        corners += [(x, field.bottom - j * high), (x, field.bottom - (j + 1) * high)]
    corners.append((start, field.top))
    yield Polygon(points=tuple(corners), fill="prediction", row="margin", part="right")


def _cells(density: Density, field: Field) -> Iterator[Polygon]:
    """Return runs of cells of one shade, light ones first."""
    wide = (field.right - field.left) / len(density.cells[0])
    high = (field.bottom - field.top) / len(density.cells)
    found = []
    for j, row in enumerate(density.shades()):
        start = 0
        for i in range(1, len(row) + 1):
            if i == len(row) or row[i] != row[start]:
                if row[start]:
                    found.append((row[start], start, i, j))
                start = i
    for shade, first, last, j in sorted(found):
        left, right = field.left + first * wide, min(field.left + last * wide + _OVERLAP, field.right)
        bottom, top = field.bottom - j * high, max(field.bottom - (j + 1) * high - _OVERLAP, field.top)
        yield Polygon(
            points=((left, bottom), (right, bottom), (right, top), (left, top)),
            fill=f"shade-{shade}",
            row="cells",
            part=f"cell-{shade}",
        )


def _all_rows(every: Json, against: str, field: Field, style: Style) -> Iterator[Shape]:
    x, y = number(every["estimate"]), number(every[against])
    if x is None or y is None or not field.holds(x, y):
        return
    at, up = field.x(x), field.y(y)
    half = 0.6 * style.square_mm[1] * POINTS_PER_MM
    for x1, y1, x2, y2 in ((at, field.top, at, field.bottom), (field.left, up, field.right, up)):
        yield Line(
            x1=x1,
            y1=y1,
            x2=x2,
            y2=y2,
            width=style.thin_pt,
            colour="pooled",
            row="all",
            part="all",
            dashed=True,
        )
    yield rhombus(at, up, half + style.line_pt, fill="paper", row="all", part="halo")
    yield rhombus(at, up, half, fill="pooled", row="all", part="diamond")


def _caption(values: Json, subsets: Json, against: str) -> str:
    held = ", ".join(numbers.percent(share, 0, sign=False) for share in reversed(SHADES))
    every = 2 ** values["k"] - 1 - values["k"]
    drawn = "all" if subsets["subsets"] == every else "drawn by chance"
    spread = "I²" if against == "i2" else TAU2
    beyond = subsets["density"]["beyond"]
    left = f" {numbers.count(beyond)} subsets lie beyond the axes." if beyond else ""
    return (
        f"{numbers.count(subsets['subsets'])} subsets of two or more of the {numbers.count(values['k'])} observations "
        f"({drawn}), each pooled by inverse variance (DerSimonian-Laird on the logit). Shades, dark to light: the "
        f"densest cells that hold {held} % of the subsets. Diamond and dashed lines: all observations. Margins: how "
        f"often each rate (above, with and without the observation that moves the median most) and each {spread} "
        f"(right).{left}"
    )


def _alt_text(values: Json, subsets: Json) -> str:
    source = source_of(values)
    told = (
        f"{source.title}: {numbers.count(subsets['subsets'])} subsets of the observations; the middle 95 of 100 pool "
        f"to between {numbers.percent(number(subsets['low']))} and {numbers.percent(number(subsets['high']))}, median "
        f"{numbers.percent(number(subsets['median']))}, median I² {numbers.percent(number(subsets['i2_median']), 0)}; "
        f"all observations: {numbers.percent(number(subsets['all']['estimate']))}."
    )
    return f"{told} {source.caveat}".strip()


def _values(density: Density, every: Json, against: str) -> str:
    scale = "share" if against == "i2" else "logit variance"
    rows: list[dict[str, Any]] = [
        {
            "kind": "all",
            "label": "pooled rate (at), heterogeneity (value)",
            "at": number(every["estimate"]),
            "scale": scale,
            "value": number(every[against]),
        }
    ]
    for j, row in enumerate(density.cells):
        for i, n in enumerate(row):
            if n:
                at, value = density.middle(i, j)
                rows.append({"kind": "cell", "at": at, "scale": scale, "value": value, "k": n})
    rows += [
        {"kind": "with", "label": "subsets with the observation", "at": density.middle(i, 0)[0], "k": n}
        for i, n in enumerate(density.with_most)
    ]
    return values_csv(rows)
