"""The answer under other assumptions, and without each pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from metaleak import numbers
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.question.detection.answers import tried
from metaleak.question.detection.file import GuardRails
from metaleak.question.detection_table import Reading, detection_table


def guard_rails(
    wanted: GuardRails, rows: Sequence[Reading], headline: DetectionAdjusted
) -> Iterator[dict[str, Any]]:
    """Return the answer under every declared assumption, one after the other."""
    table = detection_table(rows)
    plain = DetectionAdjusted(level=headline.level, draws=0)
    shown = [
        ("specificity of the index", f"{v:g}", replace(plain, specificity=v)) for v in wanted.specificity
    ]
    shown += [
        ("sensitivity of CT", f"{v:g}", replace(plain, ct_sensitivity=v)) for v in wanted.ct_sensitivity
    ]
    shown += [
        ("correlation of rate and sensitivity", numbers.fixed(v, 1), replace(plain, correlation=v))
        for v in wanted.correlation
    ]
    if wanted.joint_as_ct:
        shown.append(("rows read on CT and the index together", "taken as CT", replace(plain, joint="ct")))
    if wanted.shared_index:
        shown.append(("every index imaging", "with one sensitivity", replace(plain, indexes="shared")))
    for group, name, model in shown:
        yield {"group": group, "name": name, **tried(model, table)}
    if wanted.leave_out_pairs:
        for study, name in _paired_studies(rows).items():
            kept = [row for row in rows if row.study_id != study or row.sheet != "pairs"]
            yield {"group": "without the pair of", "name": name, **tried(plain, detection_table(kept))}


def _paired_studies(rows: Sequence[Reading]) -> dict[str, str]:
    """Return the studies of pairs with the name that each has without its index."""
    return {
        row.study_id: row.label.partition(f" ({row.index_modality})")[0]
        for row in rows
        if row.sheet == "pairs"
    }
