"""GRADE for pooled rates: what the numbers suggest, domain by domain, and what people decided.

Evidence on a rate starts high, as for prognosis, whatever the design (Iorio 2015). The numbers suggest how many
levels to take off, each with its reason; nothing is taken off until somebody writes it into ``certainty.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak import numbers
from metaleak.sheets.instruments import DOMAINS

#: From no level taken off to three and more.
LEVELS = ("high", "moderate", "low", "very low")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Where a concern becomes serious, and very serious.

    Attributes
    ----------
    interval : (float, float)
        Width of the confidence interval, 0..1.
    prediction : (float, float)
        Width of the prediction interval, 0..1; it leads, because I2 of rates is high whenever studies are large.
    i2 : float
        Below this share a wide prediction interval is put down to few studies.
    unreported : (float, float)
        Share of observations whose imaging the text does not give.
    doubtful : (float, float)
        Share of units from studies that are not at low risk of bias, and from those at high risk.
    p_value : float
        Of the test for small studies.
    """

    interval: tuple[float, float] = (0.10, 0.30)
    prediction: tuple[float, float] = (0.30, 0.60)
    i2: float = 0.5
    unreported: tuple[float, float] = (0.25, 0.75)
    doubtful: tuple[float, float] = (0.25, 0.50)
    p_value: float = 0.10


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Levels that the numbers suggest to take off (None: they cannot tell), and why."""

    levels: int | None
    reason: str


def risk_of_bias(verdicts: Mapping[str, int], bounds: Bounds) -> Suggestion:
    """Judge by the units under each verdict: ``low``, ``unclear``, ``high`` and ``not_assessed``.

    Examples
    --------
    >>> risk_of_bias({"not_assessed": 90}, Bounds())
    Suggestion(levels=1, reason='risk of bias is not assessed in any study; not assessed is not low risk')
    """
    total = sum(verdicts.values())
    if verdicts.get("not_assessed", 0) == total:
        return Suggestion(1, "risk of bias is not assessed in any study; not assessed is not low risk")
    high = verdicts.get("high", 0) / total
    doubtful = 1 - verdicts.get("low", 0) / total
    levels = 2 if high > bounds.doubtful[1] else 1 if doubtful > bounds.doubtful[0] else 0
    open_ = verdicts.get("not_assessed", 0) / total
    told = f"{_percent(high)} of units from studies at high risk, {_percent(open_)} without a verdict"
    return Suggestion(levels, told)


def inconsistency(low: float | None, high: float | None, i2: float | None, bounds: Bounds) -> Suggestion:
    """Judge by the width of the prediction interval, and by I2 where it could be chance.

    Examples
    --------
    >>> inconsistency(0.17, 0.89, 0.93, Bounds()).levels, inconsistency(None, None, None, Bounds()).levels
    (2, None)
    """
    if low is None or high is None or i2 is None:
        return Suggestion(None, "too few studies for a prediction interval")
    told = (
        f"a new study's rate may lie anywhere from {_percent(low)} to {_percent(high)} "
        f"({_points(high - low)} wide), I² {_percent(i2)}"
    )
    levels = 0 if i2 < bounds.i2 else _over(high - low, bounds.prediction)
    return Suggestion(levels, told)


def indirectness(unreported: int, rows: int, bounds: Bounds) -> Suggestion:
    """Judge by the observations whose imaging the text does not give: they answer no question about imaging.

    Examples
    --------
    >>> indirectness(3, 10, Bounds())
    Suggestion(levels=1, reason='3 of 10 observations do not say how leaks were looked for')
    """
    told = f"{numbers.count(unreported)} of {numbers.count(rows)} observations do not say how leaks were looked for"
    return Suggestion(_over(unreported / rows, bounds.unreported), told)


def imprecision(low: float, high: float, bounds: Bounds) -> Suggestion:
    """Judge by the width of the confidence interval.

    Examples
    --------
    >>> imprecision(0.45, 0.65, Bounds())
    Suggestion(levels=1, reason='the interval runs from 45 % to 65 %, 20 points wide')
    """
    told = f"the interval runs from {_percent(low)} to {_percent(high)}, {_points(high - low)} wide"
    return Suggestion(_over(high - low, bounds.interval), told)


def publication_bias(p_value: float | None, rows: int, bounds: Bounds) -> Suggestion:
    """Judge by the test on 1/n; without a test nothing can be said, and nothing is ruled out.

    Examples
    --------
    >>> publication_bias(None, 6, Bounds())
    Suggestion(levels=None, reason='6 observations are too few to test whether small studies differ')
    """
    if p_value is None:
        told = f"{numbers.count(rows)} observations are too few to test whether small studies differ"
        return Suggestion(None, told)
    differ = p_value < bounds.p_value
    told = (
        f"small studies {'differ' if differ else 'do not differ detectably'} from large ones (Peters' test, "
        f"p {numbers.p_value(p_value)})"
    )
    return Suggestion(int(differ), told)


def level_of(downgrades: Sequence[int]) -> str:
    """Return the level that is left of high.

    Examples
    --------
    >>> level_of([1, 0, 1, 0, 0]), level_of([2, 2, 1, 0, 0])
    ('low', 'very low')
    """
    return LEVELS[min(sum(downgrades), len(LEVELS) - 1)]


def as_json(
    suggestions: Mapping[str, Suggestion], decisions: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """Return suggestions beside decisions by domain, and the level: None until every domain is decided.

    ``at_most`` is the best level that the suggestions leave: domains about which numbers cannot tell may only
    lower it.
    """
    domains: dict[str, dict[str, Any]] = {}
    for domain in DOMAINS:
        decided = decisions.get(domain)
        domains[domain] = {
            "suggested": suggestions[domain].levels,
            "why": suggestions[domain].reason,
            "decided": None if decided is None else int(decided["downgrade"]),
            "reason": "" if decided is None else decided["reason"],
            "decided_by": "" if decided is None else decided["decided_by"],
        }
    made = [each["decided"] for each in domains.values() if each["decided"] is not None]
    return {
        "domains": domains,
        "level": level_of(made) if len(made) == len(DOMAINS) else None,
        "at_most": level_of([each.levels or 0 for each in suggestions.values()]),
        "open": [domain for domain, each in domains.items() if each["decided"] is None],
    }


def _over(value: float, bounds: tuple[float, float]) -> int:
    return sum(value > bound for bound in bounds)


def _percent(share: float) -> str:
    return numbers.percent(share, 0)


def _points(share: float) -> str:
    return f"{numbers.fixed(100 * share, 0)} points"
