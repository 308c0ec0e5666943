"""What a result says of its rows: what was taken, where each stands, and every candidate's verdict."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from metaleak.effects.proportions import study_intervals
from metaleak.errors import SelectionError
from metaleak.question import as_json, conduct
from metaleak.question.question import Selecting
from metaleak.question.review import Review
from metaleak.question.select import Selection
from metaleak.question.study_table import PooledRow, pooled_rows

#: Columns of ``NAME.rows.csv`` that come from the sheet as they are.
KEY_COLUMNS = {
    "leaks": (
        "study_id",
        "arm",
        "procedure",
        "unit",
        "modality",
        "leak_site",
        "symptomatic",
        "n_leak",
        "n_total",
    ),
    "pairs": ("study_id", "procedure", "unit", "leak_site", "reference", "index", "n_total"),
}

#: Numbers of an observation that a group pools.
RATE = ("rate", "ci_low", "ci_high", "ci_method", "share", "shrunken")


def enough_rows(
    review: Review, name: str, question: Selecting, *, fewest: int, otherwise: str
) -> tuple[Selection, list[PooledRow]]:
    """Return what an analysis selects and its observations.

    Raises
    ------
    SelectionError
        When they are fewer than ``fewest``: ``otherwise`` says what is impossible then.
    """
    selection = review.select(name)
    rows = pooled_rows(question, selection, review.study_labels)
    if len(rows) < fewest:
        raise SelectionError(
            otherwise,
            required=f"{fewest} observations or more",
            got=len(rows),
            where=f"analyses/{name}.toml",
        )
    return selection, rows


def observed_rates(rows: Sequence[PooledRow], *, level: float) -> list[dict[str, Any]]:
    """Return each observation's rate with its exact interval."""
    low, high = study_intervals([row.xi for row in rows], [row.ni for row in rows], level=level)
    return [
        {
            "rate": row.xi / row.ni,
            "ci_low": float(low[i]),
            "ci_high": float(high[i]),
            "ci_method": "Clopper-Pearson",
        }
        for i, row in enumerate(rows)
    ]


def described(review: Review, selection: Selection, rows: Sequence[PooledRow]) -> dict[str, Any]:
    """Return how many rows were taken and why the others were not."""
    taken = selection.taken
    rates = [row.xi / row.ni for row in rows]
    silent = taken["modality"].eq(review.codebook.declared.no_modality).sum() if "modality" in taken else 0
    return {
        "sheet_studies": len(review.study_labels),
        "candidates": len(selection.candidates),
        "matching": selection.matching,
        "taken": len(taken),
        "studies": len({row.study_id for row in rows}),
        "pooled_rows": len(rows),
        "not_reported": int(silent),
        "units": dict(sorted(Counter(row.unit for row in rows).items())),
        "events": sum(row.xi for row in rows),
        "total": sum(row.ni for row in rows),
        "range": [min(rates), max(rates)],
        "left_out": dict(Counter(_reason_kind(r) for r in selection.candidates["reason"] if r).most_common()),
    }


def sheet_of(result: Mapping[str, Any]) -> str:
    """Return the sheet that a result's rows come from: its own, or that of the analysis that it judges.

    Examples
    --------
    >>> sheet_of({"settings": {"of": "pairs"}, "selection": {"sheet": "pairs"}})
    'pairs'
    """
    return str(result["settings"].get("sheet") or result["selection"].get("sheet", "leaks"))


def _reason_kind(reason: str) -> str:
    return reason.split(" is ", 1)[0] + " not asked for" if ", not " in reason else reason


def rows_with_numbers(
    review: Review,
    rows: Sequence[PooledRow],
    numbers: Sequence[Mapping[str, Any]],
    *,
    keys: Sequence[str] = RATE,
) -> list[dict[str, Any]]:
    """Return each observation's words, its place in the sheet, its source and ``keys`` of its numbers."""
    studies = {row["study_id"]: row for row in review.sheets.frame("studies").to_dict("records")}
    return [
        {
            "label": row.label,
            "study_id": row.study_id,
            "arms": list(row.arms),
            "procedure": row.procedure,
            "unit": row.unit,
            "modality": row.modality,
            "leak_site": row.leak_site,
            "group": row.group,
            "events": row.xi,
            "total": row.ni,
            **{key: values[key] for key in keys},
            "sheet_rows": list(row.sheet_rows),
            "confidence": row.confidence,
            "source_location": row.source_location,
            **conduct.as_json(row.conduct),
            "year": as_json.text(studies.get(row.study_id, {}).get("year")),
            "url": as_json.text(studies.get(row.study_id, {}).get("url")),
        }
        for row, values in zip(rows, numbers, strict=True)
    ]


def rows_csv(sheet: str, selection: Selection) -> str:
    """Return every candidate row of a sheet with its verdict, group and reason as CSV."""
    out = io.StringIO()
    columns = KEY_COLUMNS[sheet]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*columns, "taken", "group", "reason", "sheet_row"])
    for row in selection.candidates.to_dict("records"):
        verdict = [int(row["taken"]), row["group"], row["reason"], row["sheet_row"]]
        writer.writerow([*(as_json.text(row[column]) for column in columns), *verdict])
    return out.getvalue()
