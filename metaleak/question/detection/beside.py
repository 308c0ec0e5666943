"""What stands beside the model: unreported rows, two sources of the sensitivity, printed sensitivities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from metaleak.effects.detection_table import DetectionTable, RowKind
from metaleak.effects.table import StudyTable
from metaleak.errors import MetaleakError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.detection.bayesian import BayesianDetectionAdjusted, detection_priors
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.synthesis.next_facts import next_facts
from metaleak.synthesis.two_sources import two_sources
from metaleak.synthesis.two_sources_bootstrap import bootstrapped
from metaleak.synthesis.unreported import over_declared_shares

#: Points behind the table of priors.
_DRAWS = 2000


def unreported_curve(
    wanted: Sequence[float], headline: DetectionAdjusted, table: DetectionTable
) -> list[dict[str, float | None]]:
    """Return the rate over declared shares of the unreported rows that read CT."""
    if not wanted or not len(table.rows_of(RowKind.UNREPORTED)):
        return []
    return [asdict(item) for item in over_declared_shares(headline, table, wanted)]


def compared_sources(
    headline: DetectionAdjusted, table: DetectionTable, *, replicates: int
) -> dict[str, Any]:
    """Return the sensitivity from pairs and from the contrast between studies, or why there are not both."""
    try:
        found = two_sources(headline, table)
        drawn = (
            asdict(
                bootstrapped(
                    headline, table, statistic=found.statistic, replicates=replicates, seed=headline.seed
                )
            )
            if replicates
            else None
        )
        return {**asdict(found), "bootstrap": drawn, "reason": None}
    except MetaleakError as error:
        return {"reason": str(error)}


def facts_worth(headline: DetectionAdjusted, table: DetectionTable) -> list[dict[str, Any]]:
    """Return what one more fact would be worth; nothing where the penalised likelihood has no maximum."""
    try:
        return [asdict(fact) for fact in next_facts(headline, table, seed=headline.seed)]
    except MetaleakError:
        return []


def under_priors(
    tau: Sequence[float], omega: Sequence[float], headline: DetectionAdjusted, table: DetectionTable
) -> list[dict[str, Any]]:
    """Return the answers of the model with priors, one per pair of scales; nothing where none are wanted."""
    if not tau or not omega:
        return []
    model = BayesianDetectionAdjusted(
        specificity=headline.specificity,
        ct_sensitivity=headline.ct_sensitivity,
        level=headline.level,
        draws=_DRAWS,
        seed=headline.seed,
    )
    try:
        found = detection_priors(model, table, tau_scales=tau, omega_scales=omega)
    except MetaleakError:
        return []
    return [{str(key): value for key, value in row.items()} for row in found.to_dict("records")]


def assumed_rates(
    shares: Sequence[float],
    specificities: Sequence[float],
    headline: DetectionAdjusted,
    table: DetectionTable,
    *,
    index: str,
) -> dict[str, Any] | None:
    """Return what the pooled rate of index rows would be on CT at assumed sensitivities and specificities.

    One correction of one rate, ``(p + Sp - 1) / (Se + Sp - 1)`` (Rogan and Gladen 1978), beside the model; None
    without index rows of two studies or more.
    """
    rows = [row for row in table.rows_of(RowKind.INDEX) if table.index_modality[row] == index]
    if not shares or len({table.study[row] for row in rows}) < 2:
        return None
    counts = StudyTable.from_counts(table.counts["index"][rows].tolist(), table.ni[rows].tolist())
    try:
        pooled = BinomialNormal(level=headline.level).fit(counts).natural()
    except MetaleakError:
        return None
    seen = (float(pooled.estimate), pooled.ci.low, pooled.ci.high)
    return {
        "k": len(rows),
        "value": seen[0],
        "ci_low": seen[1],
        "ci_high": seen[2],
        "at": [
            {
                "sensitivity": share,
                "specificity": specificity,
                **dict(
                    zip(("value", "ci_low", "ci_high"), _corrected(seen, share, specificity), strict=True)
                ),
            }
            for specificity in specificities
            for share in shares
            if share + specificity > 1
        ],
    }


def _corrected(seen: Sequence[float], sensitivity: float, specificity: float) -> list[float]:
    return [min(max((p + specificity - 1) / (sensitivity + specificity - 1), 0.0), 1.0) for p in seen]


def printed_only(pairs: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Return the sensitivities of ``pairs.csv`` by leak site, as they are printed; they are not pooled."""
    for row in pairs[pairs["index_sensitivity"].notna()].to_dict("records"):
        positive, both = row["reference_positive"], row["both_positive"]
        yield {
            "study_id": str(row["study_id"]),
            "leak_site": str(row["leak_site"]),
            "index": str(row["index"]),
            "unit": str(row["unit"]),
            "sensitivity": float(row["index_sensitivity"]),
            "positive": None if pd.isna(positive) else int(positive),
            "both": None if pd.isna(both) else int(both),
            "sheet_row": int(row["sheet_row"]),
        }
