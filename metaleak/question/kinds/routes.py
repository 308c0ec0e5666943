"""Three routes to one contrast: within the same patients, between studies, and between studies adjusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from metaleak.effects.table import StudyTable
from metaleak.numerics.distributions import two_sided_quantile
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.marginal import marginal_contrast
from metaleak.pooling.result import MetaResult
from metaleak.question.study_table import PooledRow, table_of
from metaleak.synthesis.difference import group_difference
from metaleak.synthesis.subgroups import pool_by

if TYPE_CHECKING:
    from metaleak.question.kinds.regression import Question

#: A difference is seen in 80 of 100 repeats when it is this many standard errors.
POWER_80 = 2.80


def three_routes(
    question: Question,
    fit: MetaResult,
    part: StudyTable,
    rows: Sequence[PooledRow],
    pairs: Sequence[PooledRow],
) -> list[dict[str, Any]]:
    """Return the first contrast by every route that the question has, each as an odds ratio with its rows.

    Within patients the pooled share r of what the reference shows becomes an odds ratio at the rate p that
    the reference group has between studies: ``r p / (1 - r p)`` against ``p / (1 - p)``; its interval is that
    of r. Between studies all rows of the selection count, adjusted only those with every moderator.
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
            routes.append(_within(model, pairs, at=float(reference.natural().estimate)))
    between = group_difference(model, table, by="group", of=contrast.of, against=contrast.against)
    if between is not None and between.odds_ratio.ci is not None:
        routes.append(
            {
                "route": "between",
                "odds_ratio": between.odds_ratio.value,
                "ci_low": between.odds_ratio.ci.low,
                "ci_high": between.odds_ratio.ci.high,
                "k": list(between.k),
                "k_studies": list(between.k_studies),
                "labels": _labels(rows, contrast.of, contrast.against),
            }
        )
    groups, studies = part.moderators["group"], part.study
    sizes = [
        [i for i, group in enumerate(groups) if group == name] for name in (contrast.of, contrast.against)
    ]
    routes.append(
        {
            "route": "adjusted",
            **adjusted(fit, contrast.of, contrast.against),
            "k": [len(found) for found in sizes],
            "k_studies": [len({studies[i] for i in found}) for found in sizes],
            "labels": [part.label[i] for found in sizes for i in found],
        }
    )
    return [_compared(route, routes[0], question.model.level) for route in routes]


def adjusted(fit: MetaResult, of: str, against: str) -> dict[str, float | None]:
    """Return the odds ratio of two groups in a regression, the other moderators held equal."""
    found = marginal_contrast(fit, "group", of, against)
    ratio = {"odds_ratio": "estimate", "ci_low": "ci_low", "ci_high": "ci_high"}
    return {
        **{key: math.exp(float(found[name] or 0.0)) for key, name in ratio.items()},
        "p_value": found["p_value"],
    }


def _within(model: BinomialNormal, pairs: Sequence[PooledRow], *, at: float) -> dict[str, Any]:
    pooled = model.fit(table_of(pairs)).natural()
    shares = (float(pooled.estimate), pooled.ci.low, pooled.ci.high)
    value, low, high = (implied_ratio(share, at) for share in shares)
    return {
        "route": "within",
        "odds_ratio": value,
        "ci_low": low,
        "ci_high": high,
        "share": shares[0],
        "share_low": shares[1],
        "share_high": shares[2],
        "at": at,
        "k": [len(pairs)],
        "k_studies": [len({row.study_id for row in pairs})],
        "labels": [row.label for row in pairs],
    }


def implied_ratio(share: float, at: float) -> float:
    """Return the odds ratio of a rate ``share * at`` against the rate ``at``.

    Examples
    --------
    >>> round(implied_ratio(0.58, 0.557), 2)
    0.38
    """
    seen = share * at
    return seen / (1 - seen) / (at / (1 - at))


def _labels(rows: Sequence[PooledRow], *groups: str) -> list[str]:
    return [row.label for row in rows if row.group in groups]


def _compared(route: dict[str, Any], first: dict[str, Any], level: float) -> dict[str, Any]:
    """Set a route beside the first: their ratio with its interval, and the ratio that would have been seen."""
    if route is first or first["route"] != "within":
        return {**route, "beside_within": None}
    quantile = float(two_sided_quantile(level))
    spread = math.hypot(*(_log_se(item, quantile) for item in (route, first)))
    gap = math.log(route["odds_ratio"] / first["odds_ratio"])
    return {
        **route,
        "beside_within": {
            "ratio": math.exp(gap),
            "ci_low": math.exp(gap - quantile * spread),
            "ci_high": math.exp(gap + quantile * spread),
            "detectable": math.exp(POWER_80 * spread),
        },
    }


def _log_se(item: dict[str, Any], quantile: float) -> float:
    return (math.log(item["ci_high"]) - math.log(item["ci_low"])) / (2 * quantile)
