"""What all rows of a forest plot share: the columns, the axis, and the texts that are aligned together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from metaleak import numbers
from metaleak.plots import words
from metaleak.plots.columns import PLOT, Column, Wanted, arranged, slash_at
from metaleak.plots.forest_data import ForestData, GroupData, Value
from metaleak.plots.scale import Scale, axis_limits
from metaleak.plots.style import POINTS_PER_MM, Style

#: Room inside the plot column left and right of the axis, for marks at its ends and arrow heads.
INSET_MM = 2.2

#: Columns that a style may leave out.
OPTIONAL = ("procedure", "unit", "share")

POOLED = "Pooled: median study"
PREDICTION = "Prediction interval"
AVERAGE = "Mean over studies"
JOINED = "All rows together"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a forest plot shows beyond the groups.

    Attributes
    ----------
    overall : bool
        Draw the overall diamond, labelled as the mixture that it is; the result must hold it.
    caption : bool
        Print the caption under the plot; the caveat is printed in any case.
    axis : (float, float)
        Ends of the axis as shares; intervals that leave it end in an arrow.
    """

    overall: bool = False
    caption: bool = True
    axis: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The columns and the axis of one plot, and its aligned texts by row key."""

    data: ForestData
    style: Style
    options: Options
    columns: Mapping[str, Column]
    scale: Scale
    rates: Mapping[str, str]
    slash: float

    @property
    def margin(self) -> float:
        """The margin in points."""
        return self.style.margin_mm * POINTS_PER_MM

    @property
    def text_room(self) -> float:
        """The width between the margins."""
        return self.style.width_pt - 2 * self.margin

    @property
    def groups(self) -> tuple[GroupData, ...]:
        """The groups that are drawn, the overall one last."""
        return drawn_groups(self.data, self.options)


def drawn_groups(data: ForestData, options: Options) -> tuple[GroupData, ...]:
    """Return the groups of a plot, with the overall one where it is asked for."""
    overall = (data.overall,) if options.overall and data.overall is not None else ()
    return (*data.groups, *overall)


def study_key(group: int, row: int) -> str:
    """Return the key of a study's row."""
    return f"study-{group + 1}-{row + 1}"


def group_key(kind: str, group: int) -> str:
    """Return the key of a group's own row: ``pooled-1``, ``prediction-1``, ``average-1``."""
    return f"{kind}-{group + 1}"


def aligned_values(data: ForestData, options: Options) -> Iterator[tuple[str, Value]]:
    """Return every rate with interval that is printed, by row key."""
    for i, group in enumerate(drawn_groups(data, options)):
        for j, row in enumerate(group.rows):
            yield study_key(i, j), row.rate
        if group.pooled is not None:
            yield group_key("pooled", i), group.pooled
        elif group.k > 1:
            yield group_key("joined", i), group.joined
        if group.prediction is not None:
            yield group_key("prediction", i), group.prediction
        if group.average is not None:
            yield group_key("average", i), group.average


def forest_frame(data: ForestData, style: Style, options: Options) -> Frame:
    """Measure all texts and place the columns."""
    values = dict(aligned_values(data, options))
    shown = dict(zip(values, words.rates(list(values.values())), strict=True))
    groups = drawn_groups(data, options)
    counted = [(group.events, group.total) for group in groups]
    counted += [(row.events, row.total) for group in groups for row in group.rows]
    counts = [(numbers.count(events), numbers.count(total)) for events, total in counted]
    columns = arranged(_wanted(data, style, counts, list(shown.values())), style)
    plot, inset = columns[PLOT], INSET_MM * POINTS_PER_MM
    low, high = axis_limits(options.axis)
    return Frame(
        data=data,
        style=style,
        options=options,
        columns=columns,
        scale=Scale(left=plot.left + inset, right=plot.right - inset, low=low, high=high),
        rates=shown,
        slash=slash_at(columns["counts"], counts, style),
    )


def _wanted(data: ForestData, style: Style, counts: list[tuple[str, str]], rates: list[str]) -> list[Wanted]:
    rows = data.rows
    label, word = style.label_mm * POINTS_PER_MM, style.word_mm * POINTS_PER_MM
    share_cells = [numbers.percent(row.share, sign=False) for row in rows]
    # Slash-aligned counts are as wide as the widest events and the widest total, not of one row.
    widest_counts = "/".join(max(texts, key=len) for texts in zip(*counts, strict=True))
    wanted = [
        Wanted(name="label", heading=("Study",), cells=[row.label for row in rows], widest=label),
        Wanted(name="procedure", heading=("Procedure",), cells=[row.procedure for row in rows], widest=word),
        Wanted(name="unit", heading=("Unit",), cells=[row.unit for row in rows], widest=word),
        Wanted(name="counts", heading=(words.counts_header(data),), bold=[widest_counts], anchor="center"),
        Wanted(name=PLOT, heading=()),
        Wanted(name="rate", heading=("Rate, %", f"[{words.level(data)} interval]"), bold=rates),
        Wanted(name="share", heading=("Information", "share, %"), cells=share_cells, anchor="right"),
    ]
    return [want for want in wanted if want.name not in OPTIONAL or want.name in style.columns]
