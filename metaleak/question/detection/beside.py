"""What stands beside the model: unreported rows, two sources of the sensitivity, printed sensitivities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from metaleak.effects.detection_table import DetectionTable, RowKind
from metaleak.errors import MetaleakError
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.synthesis.next_facts import next_facts
from metaleak.synthesis.two_sources import two_sources
from metaleak.synthesis.two_sources_bootstrap import bootstrapped
from metaleak.synthesis.unreported import over_declared_shares


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
