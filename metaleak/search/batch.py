"""One batch of records: asked for until every number is accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from metaleak.errors import RefusedError
from metaleak.search.payload import Contents
from metaleak.search.pubmed import Page, PubMed

#: Answers in which a batch may arrive before what is lacking counts as missing.
_ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What became of the numbers of a batch; each stands in exactly one of the four tuples.

    Attributes
    ----------
    articles, books : tuple of int
        Delivered, as journal articles and as books or chapters.
    deleted : tuple of int
        PubMed has withdrawn the number since it was listed.
    missing : tuple of int
        PubMed lists the number and does not deliver its record.
    payloads : tuple of bytes
        The answers that brought a record, as they came.
    """

    articles: tuple[int, ...]
    books: tuple[int, ...]
    deleted: tuple[int, ...]
    missing: tuple[int, ...]
    payloads: tuple[bytes, ...]


def fetch_batch(pubmed: PubMed, ids: Sequence[int], page: Page | None) -> Batch:
    """Fetch the records of ``ids``.

    What a first answer lacks is asked for by number; what still lacks is looked up in the index, which
    tells a deleted record from one that is not delivered. Records that nobody asked for are not counted.

    Raises
    ------
    NetworkError
        When PubMed does not answer.
    """
    kept: list[bytes] = []
    articles: set[int] = set()
    books: set[int] = set()
    deleted: set[int] = set()
    lacking = list(ids)
    for _ in range(_ROUNDS):
        body, held = _answer(pubmed, lacking, page)
        page = None
        before = len(lacking)
        articles |= set(held.articles) & set(lacking)
        books |= set(held.books) & set(lacking)
        deleted |= set(held.deleted) & set(lacking)
        lacking = [number for number in lacking if number not in articles | books | deleted]
        if len(lacking) < before:
            kept.append(body)
        if not lacking:
            break
    listed = pubmed.listed(lacking)
    deleted |= set(lacking) - listed
    return Batch(
        articles=_ordered(ids, articles),
        books=_ordered(ids, books),
        deleted=_ordered(ids, deleted),
        missing=_ordered(ids, listed),
        payloads=tuple(kept),
    )


def _answer(pubmed: PubMed, ids: Sequence[int], page: Page | None) -> tuple[bytes, Contents]:
    if page is not None:
        # The history server forgets its lists after some hours; the numbers are known here.
        with suppress(RefusedError):
            return pubmed.fetch(ids, page)
    try:
        return pubmed.fetch(ids)
    except RefusedError:
        # Numbers of which none has a record are refused, too; the index tells what that means.
        return b"", Contents()


def _ordered(ids: Sequence[int], chosen: set[int]) -> tuple[int, ...]:
    return tuple(number for number in ids if number in chosen)
