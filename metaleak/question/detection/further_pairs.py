"""Comparisons that inform the sensitivity only in a sensitivity analysis, and the ends of what others leave open."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from metaleak import numbers
from metaleak.question.detection_table import Reading

#: Shares are printed with at least so many digits: 50 % is 0.50.
_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Further:
    """Rows to be added, or rows that take the place of others, and what they are called."""

    name: str
    rows: tuple[Reading, ...]


def least_overlap(rows: Sequence[Reading]) -> Further | None:
    """Return all rows, the pairs with totals only at the least overlap that these allow; None without such pairs.

    The index total no longer counts there: some of it lies outside the leaks on CT.
    """
    loose = [row for row in rows if row.sheet == "pairs" and math.isnan(row.both) and row.index > 0]
    if not loose:
        return None
    least = {row.label: max(row.ct + row.index - row.ni, 0) for row in loose}
    told = ", ".join(
        f"{numbers.count(int(least[row.label]))} of {numbers.count(int(row.ct))}" for row in loose
    )
    changed = [replace(row, both=least[row.label], index=math.nan) if row in loose else row for row in rows]
    return Further(told, tuple(changed))


def counts_of_leaks(pairs: pd.DataFrame, labels: Mapping[str, str], index: str) -> Iterator[Further]:
    """Go through comparisons that count leaks, not units: how many of those on CT the index showed.

    Totals of both without the overlap give two rows, at the least and the most overlap that they allow.
    """
    for row in _on(index, pairs, "leak"):
        positive, both, seen = (
            row[name] for name in ("reference_positive", "both_positive", "index_positive")
        )
        if pd.isna(positive):
            continue
        if not pd.isna(both):
            ends = [both]
        elif not pd.isna(seen):
            ends = sorted({min(positive, seen), max(0, positive + seen - row["n_total"])}, reverse=True)
        else:
            continue
        for end in ends:
            told = f"{_label(row, labels)}: {numbers.count(int(end))} of {numbers.count(int(positive))}"
            yield Further(told, (_reading(row, labels, float(end), float(positive)),))


def printed_shares(pairs: pd.DataFrame, labels: Mapping[str, str], index: str) -> Iterator[Further]:
    """Go through studies that print sensitivities without the leaks on CT, with few and with many such leaks.

    The fewest are those that the printed digits allow; the most that are tried are as many as units were read.
    """
    rows = [row for row in _on(index, pairs) if pd.isna(row["reference_positive"])]
    rows = [row for row in rows if not pd.isna(row["index_sensitivity"])]
    for study in dict.fromkeys(row["study_id"] for row in rows):
        own = [row for row in rows if row["study_id"] == study]
        for name, total in (("fewest leaks", _fewest), ("a leak in every unit", _most)):
            found = []
            for row in own:
                n = total(row)
                found.append(
                    _reading(row, labels, float(round(float(row["index_sensitivity"]) * n)), float(n))
                )
            both, ct = (int(sum(getattr(row, count) for row in found)) for count in ("both", "ni"))
            sites = "" if len(own) == 1 else f", {len(own)} leak sites"
            label = labels.get(study, study)
            told = f"{label}{sites}, {name}: {numbers.count(both)} of {numbers.count(ct)}"
            yield Further(told, tuple(found))


def _on(index: str, pairs: pd.DataFrame, unit: str | None = None) -> list[dict[Any, Any]]:
    rows = pairs.to_dict("records")
    return [row for row in rows if row["index"] == index and unit in (None, row["unit"])]


def _fewest(row: Mapping[Any, Any]) -> int:
    """Return the fewest leaks of which a whole number is the printed share."""
    share = float(row["index_sensitivity"])
    digits = max(_DIGITS, len(repr(share).partition(".")[2]))
    return next(
        (n for n in range(1, int(row["n_total"])) if round(round(share * n) / n, digits) == share),
        int(row["n_total"]),
    )


def _most(row: Mapping[Any, Any]) -> int:
    return int(row["n_total"])


def _label(row: Mapping[Any, Any], labels: Mapping[str, str]) -> str:
    study = str(row["study_id"])
    site = "" if row["leak_site"] == "any" else f", {str(row['leak_site']).replace('_', ' ')}"
    return f"{labels.get(study, study)}{site}"


def _reading(row: Mapping[Any, Any], labels: Mapping[str, str], both: float, ct: float) -> Reading:
    return Reading(
        label=f"{_label(row, labels)} (leaks)",
        study_id=str(row["study_id"]),
        sheet="pairs",
        sheet_rows=(int(row["sheet_row"]),),
        ni=ct,
        both=both,
        index_modality=str(row["index"]),
        procedure=str(row["procedure"]),
        unit=str(row["unit"]),
        confidence=str(row["confidence"]),
        source_location=str(row["source_location"]),
        informs="sensitivity",
    )
