"""One contrast by its routes in words: within patients, between studies, adjusted, and whether they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metaleak import numbers
from metaleak.plots.why import ROUTES
from metaleak.reporting.data import Result
from metaleak.reporting.links import anchor
from metaleak.reporting.tables import Column, Row, Table, of_number, of_text
from metaleak.reporting.words import counted, imaging, listed
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]


def routes_said(result: Result, routes: Sequence[Json]) -> str:
    """Return the odds ratio by every route."""
    contrast = result["settings"]["contrasts"][0]
    told = [f"{ROUTES[r['route']].lower()} {ratio_said(r)} ({sizes_said(r)})" for r in routes]
    return f"Odds ratio of {contrast['of']} against {contrast['against']}: {'; '.join(told)}."


def sizes_said(route: Json) -> str:
    """Return how many observations make a route."""
    sides = route["sides"]
    if len(sides) > 1:
        return f"{' against '.join(numbers.count(side['k']) for side in sides)} observations"
    bounds = route["bounds"]
    said = f", {numbers.count(bounds)} of them with totals only: an upper bound" if bounds else ""
    return f"{counted(sides[0]['k'], 'comparison')}{said}"


def ratio_said(item: Json) -> str:
    """Return an odds ratio with its interval."""
    limits = numbers.interval(number(item["ci_low"]), number(item["ci_high"]))
    return f"{numbers.fixed(number(item['odds_ratio']))} {limits}"


def beside_said(route: Json) -> str:
    """Say whether a route agrees with the one within patients, and what would have been seen."""
    beside = route["beside_within"]
    ratio, low, high = (float(number(beside[key]) or 0) for key in ("ratio", "ci_low", "ci_high"))
    start = (
        f"Set beside the route within patients, the route {ROUTES[route['route']].lower()} gives an odds ratio "
        f"{numbers.fixed(ratio)} times {numbers.interval(low, high)} as large"
    )
    if low <= 1 <= high:
        seen = numbers.fixed(number(beside["detectable"]), 1)
        would = f"only one of a factor of {seen} or more would show in 80 of 100 repeats"
        return f"{start}: no conflict shows, and {would}."
    return f"{start}: the two routes disagree, and what differs between the studies is not the imaging alone."


def limits_said(within: Json, others: Sequence[Json]) -> str:
    """Say what else stands between the routes."""
    shared = max(len(route["beside_within"]["shared_studies"]) for route in others)
    although = f", although they share {counted(shared, 'study')}" if shared else ""
    mine, theirs = (_read_on(route["sides"][0]) for route in (within, others[0]))
    index = "" if mine == theirs else f"; the index is {mine} within patients, {theirs} between studies"
    rates = " and ".join(numbers.percent(number(end["at"]), 0) for end in within["ends"])
    ratios = " and ".join(numbers.fixed(number(end["odds_ratio"])) for end in within["ends"])
    return (
        f"The routes are compared as if independent{although}{index}. The route within patients is set at the "
        f"reference's pooled rate; at the ends of its interval ({rates}) it would be {ratios}, which its own interval "
        "does not hold."
    )


def _read_on(side: Json) -> str:
    return listed([imaging(code) for code in side["modalities"]], "or")


def routes_table(name: str, result: Result) -> Table:
    """Return one contrast by its routes, each with what makes it."""
    rows = tuple(
        Row(
            (
                of_text(ROUTES[route["route"]]),
                of_number(route["odds_ratio"], limits=(route["ci_low"], route["ci_high"])),
                of_text(sizes_said(route)),
                of_text(" against ".join(numbers.count(side["k_studies"]) for side in route["sides"])),
                of_text(" ".join(f"{side['name']}: {'; '.join(side['labels'])}." for side in route["sides"])),
            )
        )
        for route in result["routes"]
    )
    return Table(
        id=anchor(name, "routes"),
        caption="One contrast by three routes, as odds ratios, each with the observations that make it.",
        columns=(
            Column("Route"),
            Column("Odds ratio", "number"),
            Column("Observations"),
            Column("Studies"),
            Column("Made of", "long"),
        ),
        rows=rows,
    )
