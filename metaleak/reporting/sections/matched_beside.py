"""The contrast within patients beside the one between studies, and whether they agree."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak import numbers
from metaleak.numerics.distributions import two_sided_quantile
from metaleak.question.kinds.routes import POWER_80
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.sections.routes import beside_said, ratio_said, sizes_said
from metaleak.reporting.tables import Column, Row, Table, of_text
from metaleak.reporting.words import counted
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

#: The ends of what is printed in a table's words.
_WHERE = {"nested": "least beside", "apart": "most beside"}


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference within minus the one between, with its interval, and the gap that would have been seen."""

    value: float
    low: float
    high: float
    detectable: float

    @property
    def conflicts(self) -> bool:
        """Whether the interval leaves 0 out."""
        return not self.low <= 0 <= self.high


def points(item: Json) -> str:
    """Return a difference in percentage points with its interval."""
    limits = numbers.percent_interval(number(item["ci_low"]), number(item["ci_high"]), 0)
    return f"{numbers.percent(number(item['value']), 0, sign=False)} {limits}"


def side_by_side(report: ReportInput, name: str) -> Table | None:
    """Return both contrasts on every scale that they share, None where nothing stands beside."""
    rows = [*_routes_rows(report, name), *_difference_rows(report, name)]
    if not rows:
        return None
    return Table(
        id=anchor(name, "beside"),
        caption=(
            "Within the same patients or vertebrae, and between different studies. The odds ratio within is that of "
            "the regression's routes: the pooled share at the reference's pooled rate. Differences: the reference "
            "minus the other imaging, in percentage points. They are compared as if independent."
        ),
        columns=(
            Column("Scale", "long"),
            Column("Within", "number"),
            Column("Between", "number"),
            Column("Observations"),
            Column("Within beside between", "long"),
        ),
        rows=tuple(rows),
    )


def side_sentences(report: ReportInput, name: str) -> tuple[str, ...]:
    """Say whether the contrasts within and between agree: as odds ratios, and as differences at both ends."""
    found = _routes(report, name)
    told = [
        beside_said(route) for route in (found[1:] if found else ()) if route["beside_within"] is not None
    ]
    return (*told[:1], *_difference_sentence(report, name))


def _leading(report: ReportInput, name: str) -> Json | None:
    """Return the pooled group that stands beside studies: the first."""
    item: Json = report.results[name]["matched"][0]
    return item if item["difference"]["nested"] is not None else None


def _studies(result: Result, groups: Sequence[str]) -> set[str]:
    return {row["study_id"] for row in result["rows"] if row["group"] in groups}


def _routes(report: ReportInput, name: str) -> Sequence[Json] | None:
    """Return the routes of a regression whose pairs are those of the leading group."""
    item = _leading(report, name)
    if item is None:
        return None
    mine = _studies(report.results[name], [item["name"]])
    for result in report.results.values():
        routes: Sequence[Json] = result.get("routes") or ()
        if routes and routes[0]["route"] == "within" and set(routes[0]["sides"][0]["studies"]) == mine:
            return routes
    return None


def _routes_rows(report: ReportInput, name: str) -> Iterator[Row]:
    routes = _routes(report, name)
    within, *others = routes or (None,)
    for route in others if within is not None else ():
        beside = route["beside_within"]
        adjusted = ", adjusted for what else differs" if route["route"] == "adjusted" else ""
        low, high = (number(beside[key]) for key in ("ci_low", "ci_high"))
        yield Row(
            (
                of_text(f"Odds ratio{adjusted}"),
                of_text(ratio_said(within) if within is not None else numbers.NONE),
                of_text(ratio_said(route)),
                of_text(f"{sizes_said(within) if within is not None else ''}; {sizes_said(route)}"),
                of_text(
                    f"between is {numbers.fixed(number(beside['ratio']))} {numbers.interval(low, high)} times within: "
                    f"{_verdict(not (low or 0) <= 1 <= (high or math.inf))}"
                ),
            )
        )


def _between(report: ReportInput, name: str) -> tuple[Result, Json] | None:
    """Return the difference between studies of the same imaging: result and difference, from the main analysis."""
    item, result = _leading(report, name), report.results[name]
    if item is None:
        return None
    index = set(result["settings"]["groups"][item["name"]].get("index", ()))
    reference = list(result["settings"]["where"].get("reference", ()))
    main = report.results[report.main_name]
    groups = main["settings"]["groups"]
    for difference in main["difference"]:
        of, against = (groups[difference[key]].get("modality", []) for key in ("of", "against"))
        if against == reference and index <= set(of) and difference["rd_low"] is not None:
            return main, difference
    return None


def gap(within: Json, between: Json, *, level: float) -> Gap:
    """Return a difference within minus one between, with the interval that squares and adds their distances.

    References
    ----------
    Zou GY, Donner A (2008). Construction of confidence limits about effect measures: a general approach.
    doi:10.1002/sim.3095

    Examples
    --------
    >>> within = {"value": 0.21, "ci_low": 0.11, "ci_high": 0.31}
    >>> found = gap(within, {"value": 0.15, "ci_low": 0.05, "ci_high": 0.25}, level=0.95)
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2), found.conflicts
    (0.06, -0.08, 0.2, False)
    """
    w, w_low, w_high = (float(number(within[key]) or 0) for key in ("value", "ci_low", "ci_high"))
    b, b_low, b_high = (float(number(between[key]) or 0) for key in ("value", "ci_low", "ci_high"))
    low = w - b - math.hypot(w - w_low, b_high - b)
    high = w - b + math.hypot(w_high - w, b - b_low)
    return Gap(w - b, low, high, POWER_80 * (high - low) / (2 * float(two_sided_quantile(level))))


def _turned(difference: Json) -> Json:
    """Return the difference between studies as reference minus index."""
    return {
        "value": -float(number(difference["risk_difference"]) or 0),
        "ci_low": -float(number(difference["rd_high"]) or 0),
        "ci_high": -float(number(difference["rd_low"]) or 0),
    }


def _gaps(report: ReportInput, name: str) -> tuple[Json, Json, dict[str, Gap]] | None:
    """Return the difference between studies, the group within, and their gap at both ends."""
    found, item = _between(report, name), _leading(report, name)
    if found is None or item is None:
        return None
    level = float(report.results[name]["settings"]["model"]["level"])
    other = _turned(found[1])
    return found[1], item, {end: gap(item["difference"][end], other, level=level) for end in _WHERE}


def _difference_rows(report: ReportInput, name: str) -> Iterator[Row]:
    found = _gaps(report, name)
    if found is None:
        return
    difference, item, gaps = found
    for end, where in _WHERE.items():
        yield Row(
            (
                of_text(f"Difference, {where}"),
                of_text(_bare(item["difference"][end])),
                of_text(_bare(_turned(difference))),
                of_text(
                    f"{counted(item['k'], 'comparison')}; "
                    f"{' against '.join(numbers.count(k) for k in difference['k'])} observations"
                ),
                of_text(f"within minus between {_limits(gaps[end])}: {_verdict(gaps[end].conflicts)}"),
            )
        )


def _difference_sentence(report: ReportInput, name: str) -> Iterator[str]:
    found = _gaps(report, name)
    main = _between(report, name)
    if found is None or main is None:
        return
    difference, item, gaps = found
    shared = len(
        _studies(main[0], [difference["of"], difference["against"]])
        & _studies(report.results[name], [item["name"]])
    )
    although = f", although they share {counted(shared, 'study')}" if shared else ""
    conflicts = [end for end in _WHERE if gaps[end].conflicts]
    ends = " and ".join(f"{_limits(gaps[end])} ({where})" for end, where in _WHERE.items())
    if not conflicts:
        seen = numbers.percent(min(each.detectable for each in gaps.values()), 0, sign=False)
        verdict = f"no conflict shows, and only a gap of {seen} or more would show in 80 of 100 repeats"
    elif len(conflicts) == len(_WHERE):
        verdict = "the two contrasts disagree, and what differs between the studies is not the imaging alone"
    else:
        verdict = f"they disagree at one end ({_WHERE[conflicts[0]]}) and not at the other"
    yield (
        f"Between studies, {difference['against']} shows a leak in {points(_turned(difference))} more units of 100 "
        f"than {difference['of']} ({' against '.join(numbers.count(k) for k in difference['k'])} observations). Within "
        f"minus between, in percentage points and as if independent{although}: {ends}; {verdict}."
    )


def _verdict(conflicts: bool) -> str:
    return "they disagree" if conflicts else "no conflict shows"


def _limits(found: Gap) -> str:
    value = numbers.percent(found.value, 0, sign=False)
    return f"{value} {numbers.percent_interval(found.low, found.high, 0)}"


def _bare(item: Json) -> str:
    limits = numbers.percent_interval(number(item["ci_low"]), number(item["ci_high"]))
    return f"{numbers.percent(number(item['value']), sign=False)} {limits}"
