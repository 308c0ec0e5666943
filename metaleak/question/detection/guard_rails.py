"""The answer under other assumptions, without each pair, and with comparisons that are otherwise left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from metaleak import numbers
from metaleak.errors import TableError
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.question.conduct import is_selected
from metaleak.question.detection.answers import tried
from metaleak.question.detection.file import GuardRails
from metaleak.question.detection.further_pairs import counts_of_leaks, least_overlap, printed_shares
from metaleak.question.detection_table import Reading, detection_table

Rows = Sequence[Reading]


@dataclass(frozen=True, slots=True, eq=False)
class Guarded:
    """What the guard rails start from: the headline's rows and model, and all rows of ``pairs.csv``."""

    rows: Rows
    pairs: pd.DataFrame
    labels: Mapping[str, str]
    index: str
    headline: DetectionAdjusted


def guard_rails(wanted: GuardRails, of: Guarded) -> Iterator[dict[str, Any]]:
    """Return the answer under every declared assumption, one after the other."""
    plain = replace(of.headline, draws=0)
    table = detection_table(of.rows)
    for group, name, changes in _assumptions(wanted):
        yield {"group": group, "name": name, **tried(replace(plain, **changes), table)}
    for group, name, rows in _other_rows(wanted, of):
        yield {"group": group, "name": name, **_tried_on(rows, plain)}


def _tried_on(rows: Rows, model: DetectionAdjusted) -> dict[str, Any]:
    try:
        table = detection_table(rows)
    except TableError as error:
        return {"estimate": None, "reason": str(error)}
    return tried(model, table)


def _assumptions(wanted: GuardRails) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for sp in wanted.specificity:
        yield "specificity of the index", f"{sp:g}", {"specificity": sp}
    for c in wanted.ct_sensitivity:
        yield "sensitivity of CT", f"{c:g}", {"ct_sensitivity": c}
    for sp in wanted.specificity:
        for c in wanted.ct_sensitivity:
            both = {"specificity": sp, "ct_sensitivity": c}
            yield "specificity of the index and sensitivity of CT", f"{sp:g} and {c:g}", both
    for r in wanted.correlation:
        yield "correlation of rate and sensitivity", numbers.fixed(r, 1), {"correlation": r}
    if wanted.joint_as_ct:
        yield "rows read on CT and the index together", "taken as CT", {"joint": "ct"}
    if wanted.shared_index:
        yield "every index imaging", "with one sensitivity", {"indexes": "shared"}


def _other_rows(wanted: GuardRails, of: Guarded) -> Iterator[tuple[str, str, Rows]]:
    if wanted.leave_out_pairs:
        for study, name in _paired_studies(of.rows).items():
            yield "without the pair of", name, _without_pair(of.rows, study)
    everybody = [row for row in of.rows if not is_selected(row.conduct)]
    if wanted.selected_verification and len(everybody) < len(of.rows):
        yield "without series", "with CT in selected patients", everybody
    least = least_overlap(of.rows) if wanted.least_overlap else None
    if least is not None:
        yield "least overlap of pairs with totals only", least.name, least.rows
    added = []
    if wanted.counts_of_leaks:
        added.append(("counts of leaks inform the sensitivity too", counts_of_leaks))
    if wanted.printed_shares:
        added.append(("sensitivities printed without counts inform it too", printed_shares))
    for group, found in added:
        for further in found(of.pairs, of.labels, of.index):
            yield group, further.name, [*of.rows, *further.rows]


def _without_pair(rows: Rows, study: str) -> Rows:
    return [row for row in rows if row.study_id != study or row.sheet != "pairs"]


def _paired_studies(rows: Rows) -> dict[str, str]:
    """Return the studies of pairs with the name that each has without its index."""
    return {
        row.study_id: row.label.partition(f" ({row.index_modality})")[0]
        for row in rows
        if row.sheet == "pairs"
    }
