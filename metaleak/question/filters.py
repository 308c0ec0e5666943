"""What a reader may filter an analysis by, and the pooled numbers of every combination of choices.

All combinations are pooled as one batch and looked up afterwards, so that nobody needs a second engine
to see the rate of one procedure on one kind of imaging.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from metaleak.effects.table import StudyTable
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.result import MetaResult
from metaleak.storage import strict_json
from metaleak.synthesis.subgroups import NotPooled
from metaleak.synthesis.subsets import pool_subsets

#: What the rows of a result can be filtered by, besides the year.
WORDS = ("modality", "procedure", "unit")

#: At most so many combinations of choices are pooled; with more, years are cut coarser.
MOST = 1000

#: Into at most so many periods the years are cut.
PERIODS = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a filter: its values, as they stand in the rows, and the rows that it keeps.

    ``name`` is a group's name where the choice is a whole group of the analysis, else empty. The first
    choice of every filter keeps all rows and has no values.
    """

    name: str
    values: tuple[str, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A column to filter by, and its choices."""

    column: str
    choices: tuple[Choice, ...]


def filters(result: Mapping[str, Any]) -> tuple[Filter, ...]:
    """Return the filters of an analysis that pools by group: those with something to choose.

    Words come in the order of the rows, and whole groups of several words behind them; years come as
    periods with about equal numbers of rows, alone and joined. What would make more than ``MOST``
    combinations is cut coarser, then left out.
    """
    rows = result["rows"]
    words = [found for column in WORDS if (found := _words(result, column)) is not None]
    for periods in range(PERIODS, 0, -1):
        years = _years(rows, periods)
        all_filters = [*words, *([years] if years is not None else [])]
        if _combinations(all_filters) <= MOST:
            return tuple(all_filters)
    while _combinations(words) > MOST:
        words.pop()
    return tuple(words)


def filtered(result: Mapping[str, Any]) -> dict[str, Any] | None:
    """Pool every combination of choices; return plain values, rounded as a result file is.

    Returns
    -------
    dict or None
        ``filters`` (column, choices with name, values and rows), ``pools`` (the numbers of every distinct
        choice of rows) and ``at``: for every combination, the last filter running fastest, the place of
        its numbers in ``pools``, or -1 where it holds no row. None when there is nothing to choose.
    """
    rows, offered = result["rows"], filters(result)
    if not offered:
        return None
    subsets = [_meet(len(rows), choices) for choices in product(*(one.choices for one in offered))]
    distinct = list(dict.fromkeys(subset for subset in subsets if subset))
    places = {subset: i for i, subset in enumerate(distinct)}
    settings = result["settings"]["model"]
    model = BinomialNormal(ci_method=settings["ci_method"], level=settings["level"])
    pools = [_plain(found) for found in pool_subsets(model, _table(rows), distinct)]
    found: dict[str, Any] = strict_json.rounded(
        {
            "filters": [
                {
                    "column": one.column,
                    "choices": [
                        {"name": choice.name, "values": choice.values, "rows": choice.rows}
                        for choice in one.choices
                    ],
                }
                for one in offered
            ],
            "pools": pools,
            "at": [places.get(subset, -1) for subset in subsets],
        }
    )
    return found


def _words(result: Mapping[str, Any], column: str) -> Filter | None:
    rows = result["rows"]
    values = list(dict.fromkeys(str(row[column]) for row in rows))
    if len(values) < 2:
        return None
    choices = [Choice("", (), tuple(range(len(rows)))), *(_choice(rows, column, "", (v,)) for v in values)]
    for name, where in result["settings"]["groups"].items():
        held = tuple(value for value in values if value in where.get(column, ()))
        if set(where) == {column} and 1 < len(held) < len(values):
            choices.append(_choice(rows, column, name, held))
    return Filter(column, tuple(choices))


def _choice(rows: Sequence[Mapping[str, Any]], column: str, name: str, values: tuple[str, ...]) -> Choice:
    return Choice(name, values, tuple(i for i, row in enumerate(rows) if str(row[column]) in values))


def _years(rows: Sequence[Mapping[str, Any]], periods: int) -> Filter | None:
    """Cut the years into periods; a row without a year stands in none of them."""
    years = [int(row["year"]) if str(row.get("year", "")).isdigit() else None for row in rows]
    starts = _starts(sorted(year for year in years if year is not None), periods)
    if len(starts) < 2:
        return None
    last = max(year for year in years if year is not None)
    ends = [*(start - 1 for start in starts[1:]), last]
    spans = sorted(
        ((i, j) for i in range(len(starts)) for j in range(i, len(starts)) if j - i < len(starts) - 1),
        key=lambda span: (span[1] - span[0], span[0]),
    )
    choices = [Choice("", (), tuple(range(len(rows))))]
    for i, j in spans:
        held = tuple(k for k, year in enumerate(years) if year is not None and starts[i] <= year <= ends[j])
        choices.append(Choice("", (str(starts[i]), str(ends[j])), held))
    return Filter("year", tuple(choices))


def _starts(years: Sequence[int], periods: int) -> list[int]:
    """Return the first years of periods with about equal numbers of rows."""
    if not years:
        return []
    return sorted({years[len(years) * i // periods] for i in range(periods)})


def _combinations(offered: Sequence[Filter]) -> int:
    number = 1
    for one in offered:
        number *= len(one.choices)
    return number


def _meet(k: int, choices: Sequence[Choice]) -> tuple[int, ...]:
    kept = set(range(k)).intersection(*(choice.rows for choice in choices))
    return tuple(sorted(kept))


def _table(rows: Sequence[Mapping[str, Any]]) -> StudyTable:
    return StudyTable.from_counts(
        [row["events"] for row in rows],
        [row["total"] for row in rows],
        label=[str(i) for i in range(len(rows))],
        study=[row["study_id"] for row in rows],
    )


def _plain(found: MetaResult | NotPooled) -> dict[str, Any]:
    return dict(_pairs(found))


def _pairs(found: MetaResult | NotPooled) -> Iterator[tuple[str, Any]]:
    yield from (("k", found.k), ("k_studies", found.k_studies))
    if isinstance(found, NotPooled):
        yield from (("events", found.events), ("total", found.total))
        yield from (("estimate", None), ("ci_low", found.ci.low), ("ci_high", found.ci.high))
        yield from (("mean", None), ("mean_low", None), ("mean_high", None))
        yield from (("pi_low", None), ("pi_high", None), ("tau", None), ("reason", found.reason))
        return
    natural, average, new = found.natural(), found.detail.population_average, found.natural().prediction
    yield from (("events", int(found.detail.events)), ("total", int(found.detail.total)))
    yield from (("estimate", natural.estimate), ("ci_low", natural.ci.low), ("ci_high", natural.ci.high))
    yield from (("mean", average.value), ("mean_low", average.ci.low), ("mean_high", average.ci.high))
    yield from (("pi_low", new and new.low), ("pi_high", new and new.high))
    yield from (("tau", found.heterogeneity.tau), ("reason", None))
