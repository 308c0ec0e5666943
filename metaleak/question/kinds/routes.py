"""Three routes to one contrast: within the same patients, between studies, and between studies adjusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from metaleak.effects.table import StudyTable
from metaleak.errors import ConfigError
from metaleak.numerics.distributions import two_sided_quantile
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.marginal import marginal_contrast
from metaleak.pooling.result import MetaResult
from metaleak.question.question import Contrast
from metaleak.question.study_table import PooledRow, table_of
from metaleak.synthesis.difference import group_difference
from metaleak.synthesis.subgroups import pool_by

if TYPE_CHECKING:
    from metaleak.question.kinds.regression import Question
    from metaleak.question.review import Review

#: A difference is seen in 80 of 100 repeats when it is this many standard errors.
POWER_80 = 2.80


def three_routes(
    question: Question,
    fit: MetaResult,
    part: StudyTable,
    rows: Sequence[PooledRow],
    pairs: Sequence[PooledRow],
    bounds: int,
) -> list[dict[str, Any]]:
    """Return the first contrast by every route that the question has, each as an odds ratio with its rows.

    Within patients the pooled share r of what the reference shows becomes an odds ratio at the rate p that
    the reference group has between studies: ``r p / (1 - r p)`` against ``p / (1 - p)``; its interval is that
    of r, and what the ends of p would make of r stands beside. Between studies all rows of the selection
    count, adjusted only those with every moderator (``part``). ``bounds`` of the pairs print totals only.
    """
    if not question.contrasts:
        return []
    contrast = question.contrasts[0]
    model = BinomialNormal(ci_method=question.model.ci_method, level=question.model.level)
    table = table_of(rows)
    routes = []
    if pairs:
        reference = pool_by(model, table, by="group").groups.get(contrast.against)
        if isinstance(reference, MetaResult):
            routes.append(within_patients(model, pairs, reference, bounds))
    between = group_difference(model, table, by="group", of=contrast.of, against=contrast.against)
    if between is not None and between.odds_ratio.ci is not None:
        routes.append(
            {
                "route": "between",
                "odds_ratio": between.odds_ratio.value,
                "ci_low": between.odds_ratio.ci.low,
                "ci_high": between.odds_ratio.ci.high,
                "sides": [_side(name, [r for r in rows if r.group == name]) for name in _both(contrast)],
            }
        )
    entered = [row for row, label in zip(rows, table.label, strict=True) if label in set(part.label)]
    found = adjusted(fit, contrast.of, contrast.against)
    if found is not None:
        sides = [_side(name, [r for r in entered if r.group == name]) for name in _both(contrast)]
        routes.append({"route": "adjusted", **found, "sides": sides})
    return [_compared(route, routes[0], question.model.level) for route in routes]


def _both(contrast: Contrast) -> tuple[str, str]:
    return contrast.of, contrast.against


def _side(name: str, rows: Sequence[PooledRow]) -> dict[str, Any]:
    """Return what one side of a contrast is made of."""
    return {
        "name": name,
        "modalities": list(dict.fromkeys(row.modality for row in rows)),
        "k": len(rows),
        "k_studies": len({row.study_id for row in rows}),
        "studies": sorted({row.study_id for row in rows}),
        "labels": [row.label for row in rows],
    }


def adjusted(fit: MetaResult, of: str, against: str) -> dict[str, float | None] | None:
    """Return the odds ratio of two groups in a regression, the other moderators held equal.

    None when no row of one of the groups has every moderator.
    """
    if fit.regression is None or not {of, against} <= set(fit.regression.values["group"]):
        return None
    found = marginal_contrast(fit, "group", of, against)
    return {
        "odds_ratio": math.exp(found["estimate"]),
        "ci_low": math.exp(found["ci_low"]),
        "ci_high": math.exp(found["ci_high"]),
        "p_value": found["p_value"],
    }


def within_patients(
    model: BinomialNormal, pairs: Sequence[PooledRow], reference: MetaResult, bounds: int
) -> dict[str, Any]:
    """Return the share that pairs show of the reference's, as an odds ratio at the rate of the reference."""
    pooled, shown = model.fit(table_of(pairs)).natural(), reference.natural()
    share, at = float(pooled.estimate), float(shown.estimate)
    return {
        "route": "within",
        "odds_ratio": implied_ratio(share, at),
        "ci_low": implied_ratio(pooled.ci.low, at),
        "ci_high": implied_ratio(pooled.ci.high, at),
        "share": share,
        "share_low": pooled.ci.low,
        "share_high": pooled.ci.high,
        "at": at,
        "ends": [
            {"at": end, "odds_ratio": implied_ratio(share, end)} for end in (shown.ci.low, shown.ci.high)
        ],
        "bounds": bounds,
        "sides": [_side(pairs[0].group, pairs)],
    }


def totals_only(review: Review, pairs: Sequence[PooledRow]) -> int:
    """Count the comparisons that print no overlap: their share is an upper bound of the sensitivity."""
    frame = review.sheets.frame("pairs")
    overlap = dict(zip(frame["sheet_row"], frame["both_positive"].isna(), strict=True))
    return sum(bool(overlap[place]) for row in pairs for place in row.sheet_rows)


def pairs_of(review: Review, name: str, analysis: str) -> list[PooledRow]:
    """Return the comparisons within patients of another analysis; rates of single readings would pass for shares.

    Raises
    ------
    ConfigError
        When that analysis takes no rows of ``pairs.csv``.
    """
    sheet = review.selecting(analysis).rows.sheet
    if sheet != "pairs":
        raise ConfigError(
            f"within names an analysis that compares nothing within patients: {analysis!r}",
            required='an analysis with sheet = "pairs" under [rows]',
            got=f"sheet = {sheet!r}",
            where=f"analyses/{name}.toml",
        )
    return review.pooled_rows(analysis)


def implied_ratio(share: float, at: float) -> float:
    """Return the odds ratio of a rate ``share * at`` against the rate ``at``.

    Examples
    --------
    >>> round(implied_ratio(0.58, 0.557), 2)
    0.38
    """
    seen = share * at
    return seen / (1 - seen) / (at / (1 - at))


def _compared(route: dict[str, Any], first: dict[str, Any], level: float) -> dict[str, Any]:
    """Set a route beside the first: their ratio with its interval, and the ratio that would have been seen."""
    if route is first or first["route"] != "within":
        return {**route, "beside_within": None}
    quantile = float(two_sided_quantile(level))
    spread = math.hypot(*(_log_se(item, quantile) for item in (route, first)))
    gap = math.log(route["odds_ratio"] / first["odds_ratio"])
    ours, others = ({name for side in item["sides"] for name in side["studies"]} for item in (route, first))
    return {
        **route,
        "beside_within": {
            "shared_studies": sorted(ours & others),
            "ratio": math.exp(gap),
            "ci_low": math.exp(gap - quantile * spread),
            "ci_high": math.exp(gap + quantile * spread),
            "detectable": math.exp(POWER_80 * spread),
        },
    }


def _log_se(item: dict[str, Any], quantile: float) -> float:
    return (math.log(item["ci_high"]) - math.log(item["ci_low"])) / (2 * quantile)
