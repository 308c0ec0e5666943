"""What all rows of a forest plot share: the columns, the axis, and the texts that are aligned together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from metaleak import numbers
from metaleak.errors import SettingError
from metaleak.plots import words
from metaleak.plots.columns import PLOT, Column, Wanted, arranged, slash_at
from metaleak.plots.forest_bias import Block, blocks, room_of
from metaleak.plots.forest_data import ForestData, GroupData, Value
from metaleak.plots.languages import said
from metaleak.plots.scale import Scale, axis_limits
from metaleak.plots.style import POINTS_PER_MM, Style
from metaleak.plots.text_metrics import width
from metaleak.question.forest_columns import wrong_columns

#: Room inside the plot column left and right of the axis, for marks at its ends and arrow heads.
INSET_MM = 2.2

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
    columns : tuple of str, optional
        Columns beside label, counts, plot and rate: ``"procedure"``, ``"unit"``, ``"modality"``, ``"year"``,
        ``"share"``, and risk of bias by checklist (``"jbi"``, ``"minors"``, ``"quadas2"``) or item
        (``"jbi_overall"``, ``"jbi_3"``). Without it those of the analysis, else of the style.
    sort : str, optional
        What rows are sorted by within their group, such as ``"rate"`` or ``"-year"``; without it as the
        analysis says, else as the result has them.
    """

    overall: bool = False
    caption: bool = True
    axis: tuple[float, float] = (0.0, 1.0)
    columns: tuple[str, ...] | None = None
    sort: str | None = None


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
    blocks: tuple[Block, ...] = ()

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
    named = drawn_columns(data, style, options)
    told = blocks(named)
    wanted = [*_wanted(data, style, counts, list(shown.values()), named), *(room_of(b, style) for b in told)]
    columns = arranged(wanted, style)
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
        blocks=told,
    )


def drawn_columns(data: ForestData, style: Style, options: Options) -> tuple[str, ...]:
    """Return the names of the columns that are asked for: by hand, by the analysis, or by the style.

    Raises
    ------
    SettingError
        For a name that no column has.
    """
    of_analysis = data.settings.get("columns")
    asked = of_analysis if options.columns is None else options.columns
    named = style.columns if asked is None else tuple(asked)
    for told in wrong_columns(named):
        raise SettingError(told, got=", ".join(named))
    return named


def _wanted(
    data: ForestData,
    style: Style,
    counts: list[tuple[str, str]],
    rates: list[str],
    named: tuple[str, ...],
) -> list[Wanted]:
    rows = data.rows
    label, word = style.label_mm * POINTS_PER_MM, style.word_mm * POINTS_PER_MM
    share_cells = [numbers.percent(row.share, sign=False) for row in rows]
    # Slash-aligned counts are as wide as the widest events and the widest total, not of one row.
    widest_counts = "/".join(max(texts, key=len) for texts in zip(*counts, strict=True))
    texts = {
        "procedure": Wanted(
            name="procedure", heading=("Procedure",), cells=[r.procedure for r in rows], widest=word
        ),
        "unit": Wanted(name="unit", heading=("Unit",), cells=[r.unit for r in rows], widest=word),
        "modality": Wanted(
            name="modality", heading=("Imaging",), cells=[r.modality for r in rows], widest=word
        ),
        "year": Wanted(name="year", heading=("Year",), cells=[r.year for r in rows], widest=word),
    }
    between = [texts[name] for name in named if name in texts]
    share = Wanted(name="share", heading=("Information", "share, %"), cells=share_cells, anchor="right")
    return [
        Wanted(
            name="label",
            heading=("Study",),
            cells=[row.label for row in rows],
            widest=label,
            least=_summary_room(between, style),
        ),
        *between,
        Wanted(name="counts", heading=(words.counts_header(data),), bold=[widest_counts], anchor="center"),
        Wanted(name=PLOT, heading=()),
        Wanted(name="rate", heading=("Rate, %", f"[{words.level(data)} interval]"), bold=rates),
        *([share] if "share" in named else []),
    ]


def _summary_room(between: Sequence[Wanted], style: Style) -> float:
    """Return what the names of pooled values need of the first column; they may reach over words, not over counts."""
    names = [
        width(said(POOLED, style.language), style.text_pt, "bold"),
        *(width(said(name, style.language), style.text_pt) for name in (PREDICTION, AVERAGE, JOINED)),
    ]
    gap = style.column_gap_mm * POINTS_PER_MM
    return max(names) - sum(want.said(style.language).room(style) + gap for want in between)
