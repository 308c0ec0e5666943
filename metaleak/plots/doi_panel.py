"""The Doi plot below a funnel, where somebody asked for it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.plots.field import Field, curve, dot, frame, plain, rule, ticks
from metaleak.plots.funnel_words import CRITICISM, expit
from metaleak.plots.scale import RatioScale
from metaleak.plots.shapes import Shape
from metaleak.plots.style import POINTS_PER_MM, Style
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

#: Height of the plot, and radius of a mark, in millimetres.
_DOI_MM = 45.0
RADIUS_MM = 0.85


def doi_field(doi: Json, style: Style, *, top: float) -> Field:
    """Return the axes of a Doi plot whose upper edge is at ``top``."""
    effects = [point["yi"] for point in doi["points"]]
    low, high = min(effects), max(effects)
    room = 0.05 * (high - low)
    margin = style.margin_mm * POINTS_PER_MM
    return Field(
        left=margin + 5.0 * style.text_pt,
        right=style.width_pt - margin - 1.5 * style.text_pt,
        top=top,
        bottom=top + _DOI_MM * POINTS_PER_MM,
        x_low=low - room,
        x_high=high + room,
        y_low=1.08 * max(abs(point["z"]) for point in doi["points"]),
        y_high=0.0,
    )


def doi_shapes(found: Json, field: Field, rates: bool, style: Style) -> Iterator[Shape]:
    """Return the plot: effects in their order, a line through them, and its tip."""
    y_ticks = ticks(0, field.y_low, most=5)
    if rates:
        shares = [0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.99]
        x_ticks = [math.log(share / (1 - share)) for share in shares]
        x_ticks = [value for value in x_ticks if field.x_low <= value <= field.x_high]
        title = "Rate, % of the units counted (logit axis)"
    else:
        scale = RatioScale(left=0, right=1, low=math.exp(field.x_low), high=math.exp(field.x_high))
        x_ticks, title = [math.log(tick) for tick in scale.ticks], "Odds ratio"
    yield from frame(
        field,
        style=style,
        x_title=title,
        y_title="Doi plot: size of the normal score of the weighted rank",
        x_ticks=x_ticks,
        y_ticks=y_ticks,
        x_text=(lambda value: numbers.percent(expit(value), 0, sign=False))
        if rates
        else (lambda value: scale.label(math.exp(value))),
        y_text=plain(y_ticks),
    )
    points = sorted((float(point["yi"]), float(point["z"])) for point in found["doi"]["points"])
    tip = min(points, key=lambda point: abs(point[1]))[0]
    yield rule(field.x(tip), field.top, field.x(tip), field.bottom, style.line_pt, "rule", "tip", dashed=True)
    yield from curve(
        [(field.x(y), field.y(abs(z))) for y, z in points],
        size=style.line_pt,
        colour="prediction",
        part="limb",
    )
    for y, z in points:
        yield dot(
            field.x(y),
            field.y(abs(z)),
            RADIUS_MM * POINTS_PER_MM,
            fill="study",
            edge="paper",
            width_pt=style.thin_pt,
            row="doi",
            part="doi",
        )


def doi_values(found: Json) -> Iterator[dict[str, Any]]:
    """Return the drawn values, and what is known against the index."""
    doi = found["doi"]
    if doi is not None:
        yield {"kind": "lfk", "label": CRITICISM, "value": number(doi["lfk"])}
        for point in doi["points"]:
            yield {"kind": "doi", "scale": "effect", "at": abs(point["z"]), "value": point["yi"]}
