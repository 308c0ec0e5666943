"""What a run has to fetch: the numbers that match and are not held, and held records that were revised."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from metaleak.errors import RefusedError
from metaleak.search.listing import Listing, Memory, Part, list_all
from metaleak.search.pubmed import PubMed
from metaleak.search.query import RETRACTED, entered_since, revised_since

Item = TypeVar("Item")

#: How often a list that the history server lost is posted anew.
_POSTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a run was asked to do.

    Attributes
    ----------
    run : str
        The run's name: the strategy's and the day.
    strategy, query : str
        The strategy's name and its text on one line.
    started : str
        The moment in UTC; it stays that of the start when the run is continued later.
    previous, since : str
        The run that this one updates and its moment; empty for a first search.
    """

    run: str
    strategy: str
    query: str
    started: str
    previous: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One batch: the numbers, whether they are new, and where PubMed's list holds them in a row.

    ``term`` is empty when the numbers stand in no row of a list.
    """

    new: bool
    ids: tuple[int, ...]
    term: str = ""
    start: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that a run will fetch, fixed before it fetches.

    Attributes
    ----------
    build : str
        When PubMed was last updated.
    translation, warnings : str, tuple of str
        How PubMed read the strategy, and what it found wrong with it.
    parts : tuple of (str, int)
        The terms that were asked and how many records each gave.
    found : int
        Records that match.
    late : tuple of int
        New numbers that were in PubMed before the previous run and match only now.
    retracted : tuple of int
        Held numbers that are retracted publications.
    batches : tuple of Planned
        The numbers to fetch.
    """

    build: str
    translation: str
    warnings: tuple[str, ...]
    parts: tuple[tuple[str, int], ...]
    found: int
    late: tuple[int, ...]
    retracted: tuple[int, ...]
    batches: tuple[Planned, ...]


def make_plan(pubmed: PubMed, order: Order, held: Collection[int], memory: Memory) -> Plan:
    """Ask PubMed what matches and say what has to be fetched.

    An update lists the whole strategy again and takes what is not held: a record that is indexed late
    matches without a new date. The window of dates tells such a record from one that is new to PubMed.

    Raises
    ------
    IncompleteError
        When the parts of the listing do not add up.
    NetworkError
        When PubMed does not answer.
    """
    build = pubmed.build()
    listing = list_all(pubmed, order.query, memory)
    since = date.fromisoformat(order.since[:10]) if order.since else None
    entered = None if since is None else list_all(pubmed, entered_since(order.query, since), memory)
    parts = [*listing.parts, *_between(listing, entered)]
    held = frozenset(held)
    new = [planned for part in parts for planned in _batches(part, held, pubmed.batch)]
    fresh = {number for planned in new for number in planned.ids}
    revised, retracted = ((), ()) if since is None else _changed(pubmed, sorted(held), since)
    return Plan(
        build=build,
        translation=listing.translation,
        warnings=listing.warnings,
        parts=tuple((part.term, len(part.ids)) for part in parts),
        found=sum(len(part.ids) for part in parts),
        late=() if entered is None else tuple(sorted(fresh - set(entered.ids))),
        retracted=tuple(retracted),
        batches=(*new, *(Planned(new=False, ids=ids) for ids in _chunks(revised, pubmed.batch))),
    )


def as_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain values."""
    batches = [
        {"new": each.new, "ids": list(each.ids), "term": each.term, "start": each.start}
        for each in plan.batches
    ]
    fields = {name: getattr(plan, name) for name in Plan.__dataclass_fields__}
    return {**fields, "batches": batches}


def from_json(kept: dict[str, Any]) -> Plan:
    """Return the plan that :func:`as_json` described."""
    return Plan(
        build=kept["build"],
        translation=kept["translation"],
        warnings=tuple(kept["warnings"]),
        parts=tuple((term, size) for term, size in kept["parts"]),
        found=kept["found"],
        late=tuple(kept["late"]),
        retracted=tuple(kept["retracted"]),
        batches=tuple(Planned(**{**each, "ids": tuple(each["ids"])}) for each in kept["batches"]),
    )


def _between(listing: Listing, entered: Listing | None) -> list[Part]:
    # What came into PubMed between the two questions matches as well.
    if entered is None:
        return []
    known = set(listing.ids)
    extra = tuple(number for number in entered.ids if number not in known)
    return [Part("", extra)] if extra else []


def _batches(part: Part, held: frozenset[int], size: int) -> Iterator[Planned]:
    new = [(at, number) for at, number in enumerate(part.ids) if number not in held]
    for rows in _chunks(new, size):
        first = rows[0][0]
        in_a_row = part.term and rows[-1][0] - first == len(rows) - 1
        ids = tuple(number for _, number in rows)
        yield Planned(new=True, ids=ids, term=part.term if in_a_row else "", start=first if in_a_row else 0)


def _changed(pubmed: PubMed, held: Sequence[int], since: date) -> tuple[list[int], list[int]]:
    revised: list[int] = []
    retracted: list[int] = []
    for ids in _chunks(held, pubmed.wall):
        some_revised, some_retracted = _changed_among(pubmed, ids, since)
        revised += some_revised
        retracted += some_retracted
    return sorted(revised), sorted(retracted)


def _changed_among(pubmed: PubMed, ids: Sequence[int], since: date) -> tuple[set[int], set[int]]:
    known = set(ids)
    for attempt in range(1, _POSTS + 1):
        try:
            session = pubmed.post(ids)
            revised = pubmed.search(revised_since(since), within=session)
            retracted = pubmed.search(RETRACTED, within=session)
            return set(revised.ids) & known, set(retracted.ids) & known
        except RefusedError:
            if attempt == _POSTS:
                raise
    raise AssertionError("the last post returns or raises")


def _chunks(items: Sequence[Item], size: int) -> Iterator[tuple[Item, ...]]:
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])
