"""The values behind a figure's marks, as a CSV that goes beside it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from metaleak.plots.forest_bias import Block, bias_values
from metaleak.plots.forest_data import ForestData, GroupData, StudyRow, Value
from metaleak.storage.formulas import neutral

#: Shares are 0..1; ``information_share`` is within the group; ``sheet_rows`` are spreadsheet rows; ``at`` is the
#: place on a numeric axis; ``notice`` says that a publication of the study was withdrawn, doubted or corrected.
COLUMNS = (
    "kind",
    "group",
    "label",
    "study_id",
    "procedure",
    "unit",
    "modality",
    "events",
    "total",
    "scale",
    "value",
    "low",
    "high",
    "information_share",
    "k",
    "k_studies",
    "sheet_rows",
    "at",
    "notice",
)


def forest_values(data: ForestData, *, overall: bool = False, blocks: Sequence[Block] = ()) -> str:
    """Return the CSV of a forest plot: studies, pooled values, prediction intervals, means, contrasts, risk of bias."""
    groups = (*data.groups, data.overall) if overall and data.overall is not None else data.groups
    rows = [row for group in groups for row in (*map(_study, group.rows), *_closing(group))]
    return values_csv([*rows, *_contrasts(data), *bias_values(blocks, data.rows)])


def groups_values(data: ForestData) -> str:
    """Return the CSV of the overview."""
    rows = [row for group in data.groups for row in _closing(group) if row["kind"] != "mean"]
    return values_csv([*rows, *_contrasts(data)])


def _study(row: StudyRow) -> dict[str, Any]:
    return {
        "kind": "study",
        "group": row.group,
        "label": row.label,
        "study_id": row.study_id,
        "procedure": row.procedure,
        "unit": row.unit,
        "modality": row.modality,
        "events": row.events,
        "total": row.total,
        "information_share": row.share,
        "sheet_rows": " ".join(str(place) for place in row.sheet_rows),
        **_value(row.rate),
    }


def _closing(group: GroupData) -> Iterator[dict[str, Any]]:
    values = {
        "pooled" if group.pooled is not None else "joined": group.pooled or group.joined,
        "prediction": group.prediction,
        "mean": group.average,
    }
    for kind, value in values.items():
        if value is not None:
            counts = {
                "events": group.events,
                "total": group.total,
                "k": group.k,
                "k_studies": group.k_studies,
            }
            yield {"kind": kind, "group": group.name, **counts, **_value(value)}


def _contrasts(data: ForestData) -> Iterator[dict[str, Any]]:
    for item in data.contrasts:
        label = f"{item.of} against {item.against}"
        yield {"kind": "contrast", "label": label, **_value(item.odds_ratio), "scale": "odds ratio"}


def _value(value: Value) -> dict[str, Any]:
    return {"scale": "share", "value": value.value, "low": value.low, "high": value.high}


def values_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows of drawn values as CSV; keys are those of :data:`COLUMNS`."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return neutral(value) if isinstance(value, str) else repr(value)
