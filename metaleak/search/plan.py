"""What a run has to fetch: the numbers that match and are not held, and held records that were revised."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from metaleak.errors import RefusedError
from metaleak.search.listing import Listing, Memory, Part, list_all
from metaleak.search.pubmed import PubMed
from metaleak.search.query import EVERY, RETRACTED, entered_since, revised_since

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
    unmatched : tuple of int
        Held numbers that earlier runs of the strategy matched and this one does not.
    gone : tuple of int
        Held numbers that PubMed no longer has, whatever brought them.
    shared : tuple of int
        Held numbers that match and that no earlier run of the strategy matched: another search brought them.
    """

    build: str
    translation: str
    warnings: tuple[str, ...]
    parts: tuple[tuple[str, int], ...]
    found: int
    late: tuple[int, ...]
    retracted: tuple[int, ...]
    batches: tuple[Planned, ...]
    unmatched: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()
    shared: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Changed:
    """Held numbers that were revised since the previous run, that are retracted, and that PubMed no longer has."""

    revised: frozenset[int] = frozenset()
    retracted: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()

    def __or__(self, other: _Changed) -> _Changed:
        return _Changed(
            self.revised | other.revised, self.retracted | other.retracted, self.gone | other.gone
        )


def make_plan(
    pubmed: PubMed, order: Order, held: Collection[int], memory: Memory, matched: Collection[int] = ()
) -> Plan:
    """Ask PubMed what matches and say what has to be fetched.

    An update lists the whole strategy again and takes what is not held: a record that is indexed late
    matches without a new date. The window of dates tells such a record from one that is new to PubMed.
    ``matched`` are the held numbers that earlier runs of the strategy matched.

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
    listed = {number for part in parts for number in part.ids}
    changed = _Changed() if since is None else _changed(pubmed, sorted(held), since)
    return Plan(
        build=build,
        translation=listing.translation,
        warnings=listing.warnings,
        parts=tuple((part.term, len(part.ids)) for part in parts),
        found=sum(len(part.ids) for part in parts),
        late=() if entered is None else tuple(sorted(fresh - set(entered.ids))),
        retracted=tuple(sorted(changed.retracted)),
        batches=(
            *new,
            *(Planned(new=False, ids=ids) for ids in _chunks(sorted(changed.revised), pubmed.batch)),
        ),
        unmatched=tuple(sorted(held.intersection(matched) - listed)),
        gone=tuple(sorted(changed.gone)),
        shared=tuple(sorted(listed & held.difference(matched))),
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
        # A run that an earlier version planned has not asked for these.
        **{name: tuple(kept.get(name, ())) for name in ("unmatched", "gone", "shared")},
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


def _changed(pubmed: PubMed, held: Sequence[int], since: date) -> _Changed:
    changed = _Changed()
    for ids in _chunks(held, pubmed.wall):
        changed |= _changed_among(pubmed, ids, since)
    # A number is called gone by the index itself, and not because a list came back short.
    return replace(changed, gone=changed.gone - pubmed.listed(sorted(changed.gone)))


def _changed_among(pubmed: PubMed, ids: Sequence[int], since: date) -> _Changed:
    for attempt in range(1, _POSTS + 1):
        try:
            session = pubmed.post(ids)
            revised, retracted, there = (
                frozenset(pubmed.search(term, within=session).ids).intersection(ids)
                for term in (revised_since(since), RETRACTED, EVERY)
            )
            return _Changed(revised, retracted, frozenset(ids) - there)
        except RefusedError:
            if attempt == _POSTS:
                raise
    raise AssertionError("the last post returns or raises")


def _chunks(items: Sequence[Item], size: int) -> Iterator[tuple[Item, ...]]:
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])
