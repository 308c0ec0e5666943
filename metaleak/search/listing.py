"""Every number that matches a strategy, however many: parts below the wall, whose counts add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from metaleak.errors import IncompleteError
from metaleak.numbers import count
from metaleak.search.answers import Found
from metaleak.search.pubmed import PubMed
from metaleak.search.query import Slice

#: How often parts that do not add up are counted anew: PubMed may have changed in between.
_ROUNDS = 3


class Memory(Protocol):
    """Remembers answers, so that an interrupted listing goes on where it stood."""

    def get(self, term: str) -> Found | None:
        """Return the answer to a term, if it is known."""
        ...

    def put(self, term: str, found: Found) -> None:
        """Remember the answer to a term."""
        ...

    def forget(self) -> None:
        """Forget all answers."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """A term that matches no more than an answer can hold, and its numbers in PubMed's order."""

    term: str
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Every number that matches a strategy.

    Attributes
    ----------
    parts : tuple of Part
        Disjoint parts that together are everything; one part, the strategy itself, below the wall.
    translation : str
        How PubMed read the strategy.
    warnings : tuple of str
        What PubMed found wrong with it.
    """

    parts: tuple[Part, ...]
    translation: str
    warnings: tuple[str, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        """All numbers, part after part."""
        return tuple(number for part in self.parts for number in part.ids)


class _CountsDifferError(Exception):
    """The counts of two halves are not the count of the whole."""


def list_all(pubmed: PubMed, term: str, memory: Memory) -> Listing:
    """Return every number that matches ``term``.

    A term that matches more than one answer can list is bisected by Entrez date until each part fits. At
    each bisection the counts of the halves have to be that of the whole.

    Raises
    ------
    IncompleteError
        When the counts do not add up three times in a row, with the counts.
    NetworkError
        When PubMed does not answer.
    """
    for attempt in range(1, _ROUNDS + 1):
        try:
            whole = _ask(pubmed, term, memory)
            parts = (
                [Part(term, whole.ids)]
                if whole.count <= pubmed.wall
                else [*_parts(pubmed, term, memory, whole)]
            )
            return Listing(parts=_disjoint(parts), translation=whole.translation, warnings=whole.warnings)
        except _CountsDifferError as reason:
            memory.forget()
            if attempt == _ROUNDS:
                raise IncompleteError(
                    f"the parts of the search do not add up: {reason}",
                    required="parts that together count as many records as the whole",
                    where="PubMed",
                    todo="nothing was fetched; PubMed may be changing its index, run the search again later",
                ) from None
    raise AssertionError("the last round returns or raises")


def _parts(pubmed: PubMed, term: str, memory: Memory, whole: Found) -> Iterator[Part]:
    every = Slice()
    found = _ask(pubmed, every.within(term), memory)
    _compare(term, whole.count, found.count)
    yield from _split(pubmed, term, memory, every, found.count)


def _split(pubmed: PubMed, term: str, memory: Memory, cut: Slice, expected: int) -> Iterator[Part]:
    halves = cut.halves()
    found = [_ask(pubmed, half.within(term), memory) for half in halves]
    _compare(cut.within(term), expected, sum(each.count for each in found))
    for half, each in zip(halves, found, strict=True):
        if each.count > pubmed.wall:
            yield from _split(pubmed, term, memory, half, each.count)
        elif each.count:
            yield Part(half.within(term), each.ids)


def _ask(pubmed: PubMed, term: str, memory: Memory) -> Found:
    found = memory.get(term)
    if found is None:
        found = pubmed.search(term)
        memory.put(term, found)
    return found


def _compare(term: str, expected: int, got: int) -> None:
    if expected != got:
        raise _CountsDifferError(
            f"{count(expected)} records in all, {count(got)} in its parts ({term[-80:]})"
        )


def _disjoint(parts: list[Part]) -> tuple[Part, ...]:
    listed = sum(len(part.ids) for part in parts)
    distinct = len({number for part in parts for number in part.ids})
    if listed != distinct:
        raise _CountsDifferError(f"{count(listed)} records in the parts, {count(distinct)} of them distinct")
    return tuple(parts)
