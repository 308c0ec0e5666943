"""The rows of both sheets, with their numbers, their words and their places."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from metaleak.effects.proportions import study_intervals
from metaleak.question import as_json, conduct
from metaleak.question.detection_table import Reading
from metaleak.question.review import Review
from metaleak.question.select import Selection


def counts(row: Reading) -> list[float | None]:
    """Return what was counted, None where nothing was."""
    values = (row.ni, row.ct, row.index, row.both, row.joint, row.unreported)
    return [None if math.isnan(value) else value for value in values]


def row_numbers(
    row: Reading, kind: str, rates: Mapping[str, Any], left_out: Mapping[str, str], level: float
) -> dict[str, Any]:
    """Return a reading's own rate, and what CT would have shown."""
    events = next(v for v in (row.ct, row.index, row.both, row.joint, row.unreported) if not math.isnan(v))
    low, high = study_intervals([int(events)], [int(row.ni)], level=level)
    rate = rates.get(row.study_id) if row.label not in left_out else None
    return {
        "kind": kind,
        "events": int(events),
        "total": int(row.ni),
        "rate": events / row.ni,
        "ci_low": float(low[0]),
        "ci_high": float(high[0]),
        "ci_method": "Clopper-Pearson",
        "ct_equivalent": None if rate is None else rate.ct_equivalent,
        "ct_low": None if rate is None else rate.ci_low,
        "ct_high": None if rate is None else rate.ci_high,
        "counts": counts(row),
        "seen": _seen(row, level),
        "left_out": left_out.get(row.label),
    }


def _seen(row: Reading, level: float) -> dict[str, Any] | None:
    """Return which share of the positives on CT the index shows, and what totals alone leave open."""
    if math.isnan(row.ct) or row.ct == 0 or (math.isnan(row.both) and math.isnan(row.index)):
        return None
    most = row.both if not math.isnan(row.both) else min(row.index, row.ct)
    least = row.both if not math.isnan(row.both) else max(row.ct + row.index - row.ni, 0.0)
    low, high = study_intervals([int(most)], [int(row.ct)], level=level)
    return {
        "both": int(most),
        "ct": int(row.ct),
        "value": most / row.ct,
        "ci_low": float(low[0]),
        "ci_high": float(high[0]),
        "least": None if least == most else least / row.ct,
    }


_ROW = (
    "kind",
    "events",
    "total",
    "rate",
    "ci_low",
    "ci_high",
    "ci_method",
    "ct_equivalent",
    "ct_low",
    "ct_high",
    "counts",
    "seen",
    "left_out",
)


def told_rows(
    review: Review, rows: Sequence[Reading], numbers: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return every reading with its numbers, its words and its place."""
    studies = {row["study_id"]: row for row in review.sheets.frame("studies").to_dict("records")}
    return [
        {
            "label": row.label,
            "study_id": row.study_id,
            "sheet": row.sheet,
            "procedure": row.procedure,
            "unit": row.unit,
            "modality": row.index_modality
            if row.sheet == "pairs" or not math.isnan(row.index)
            else values["kind"],
            "group": values["kind"],
            **{key: values[key] for key in _ROW},
            "sheet_rows": list(row.sheet_rows),
            "confidence": row.confidence,
            "source_location": row.source_location,
            **conduct.as_json(row.conduct),
            "year": as_json.text(studies.get(row.study_id, {}).get("year")),
            "url": as_json.text(studies.get(row.study_id, {}).get("url")),
        }
        for row, values in zip(rows, numbers, strict=True)
    ]


def rows_csv(leaks: Selection, pairs: Selection, again: set[int]) -> str:
    """Return the candidates of both sheets with their verdicts."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = (
        "study_id",
        "arm",
        "procedure",
        "unit",
        "modality",
        "leak_site",
        "symptomatic",
        "n_leak",
        "n_total",
    )
    writer.writerow([*columns, "taken", "group", "reason", "sheet_row", "sheet"])
    for row in leaks.candidates.to_dict("records"):
        twice = bool(row["taken"]) and row["sheet_row"] in again
        taken = int(bool(row["taken"]) and not twice)
        reason = "its study is counted in pairs.csv" if twice else row["reason"]
        told = [as_json.text(row[column]) for column in columns]
        writer.writerow([*told, taken, "leaks" if taken else "", reason, row["sheet_row"], "leaks"])
    for row in pairs.candidates.to_dict("records"):
        told = [as_json.text(row[c]) for c in ("study_id",)] + [""]
        told += [as_json.text(row[c]) for c in ("procedure", "unit", "index", "leak_site")]
        told += ["", as_json.text(row["index_positive"]), as_json.text(row["n_total"])]
        taken = int(row["taken"])
        writer.writerow([*told, taken, "pairs" if taken else "", row["reason"], row["sheet_row"], "pairs"])
    return out.getvalue()
