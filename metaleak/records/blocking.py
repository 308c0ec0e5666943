"""Pairs of records that are worth a comparison, without comparing all with all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import chain, combinations, product

from rapidfuzz import fuzz, process

from metaleak.records.evidence import CUT, is_cut_title, title_ratio
from metaleak.records.profile import Profile

#: Blocks up to this size are taken pair by pair; of larger ones the pairs whose titles are alike.
_SMALL = 12
#: Rows of a large block that are compared at once.
_ROWS = 1000
#: Titles that are less alike than this (percent) are one publication only where the place agrees, or one is cut.
_LIKE = 82
#: Letters of a title at its start and at its end, of an abstract at its start.
_TITLE, _ABSTRACT = 18, 60
#: The rarest words of a title, two of which make a key.
_RARE = 4


def candidates(profiles: Sequence[Profile]) -> list[tuple[int, int]]:
    """Return the pairs of places in ``profiles`` that share an identifier, a page, a title, or a part of one.

    Those that share a part of a title or an author alone stand at most a year apart, as far as the years are known.
    """
    found: set[tuple[int, int]] = set()
    for key in (_by_identifier, _by_place, _by_abstract, _by_title):
        for block in _blocks(profiles, key):
            found.update(combinations(block, 2) if len(block) <= 20 * _SMALL else _alike(block, profiles))
    for block in _blocks(profiles, _by_long_start):
        for own, later in _near(block, profiles):
            found.update(_cut(own, later, profiles))
    for block in (
        *_blocks(profiles, _by_ends),
        *_blocks(profiles, _by_author),
        *_blocks_of([list(combinations(words, 2)) for words in _rare_words(profiles)]),
    ):
        for own, later in _near(block, profiles):
            found.update(_alike(own, profiles, later))
    return sorted(found)


def _by_identifier(profile: Profile) -> list[Hashable]:
    return [(name, value) for name in ("pmid", "pmcid", "doi") if (value := getattr(profile, name))]


def _by_place(profile: Profile) -> list[Hashable]:
    if profile.volume and profile.first_page:
        return [(profile.volume, profile.first_page)]
    return []


def _by_abstract(profile: Profile) -> list[Hashable]:
    return [profile.abstract[:_ABSTRACT]] if len(profile.abstract) > _ABSTRACT else []


def _by_title(profile: Profile) -> list[Hashable]:
    return [title for title in (profile.title, profile.other_title) if title]


def _by_long_start(profile: Profile) -> list[Hashable]:
    return [profile.title[:CUT]] if len(profile.title) >= CUT else []


def _by_ends(profile: Profile) -> list[Hashable]:
    letters, other = profile.title.replace(" ", ""), profile.other_title.replace(" ", "")
    keys: list[Hashable] = [("start", text[:_TITLE]) for text in (letters, other) if text]
    return [*keys, ("end", letters[-_TITLE:])] if letters else keys


def _by_author(profile: Profile) -> list[Hashable]:
    return [profile.names[0].family] if profile.names else []


def _rare_words(profiles: Sequence[Profile]) -> list[list[str]]:
    counts = Counter(word for profile in profiles for word in profile.words)
    return [
        sorted(sorted(profile.words, key=lambda word: (counts[word] == 1, counts[word], word))[:_RARE])
        for profile in profiles
    ]


def _blocks(profiles: Sequence[Profile], key: Callable[[Profile], list[Hashable]]) -> list[list[int]]:
    return _blocks_of([key(profile) for profile in profiles])


def _blocks_of(keys: Sequence[Sequence[Hashable]]) -> list[list[int]]:
    blocks: defaultdict[Hashable, list[int]] = defaultdict(list)
    for at, each in enumerate(keys):
        for key in dict.fromkeys(each):
            blocks[key].append(at)
    return [block for block in blocks.values() if len(block) > 1]


def _near(block: list[int], profiles: Sequence[Profile]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield parts of a block, so that every two within a year meet: a paper ahead of print is often a year older.

    A part is the records of a year with the undated, all of which meet, and those of the year after, which meet them.
    """
    if len(block) <= _SMALL:
        yield block, []
        return
    of: defaultdict[int | None, list[int]] = defaultdict(list)
    for at in block:
        of[profiles[at].year].append(at)
    undated = of.pop(None, [])
    for year in sorted(year for year in of if year is not None):
        yield sorted([*of[year], *undated]), of.get(year + 1, [])
    if not of:
        yield undated, []


def _alike(
    own: Sequence[int], profiles: Sequence[Profile], later: Sequence[int] = ()
) -> Iterator[tuple[int, int]]:
    """Yield the pairs within ``own``, and of ``own`` with ``later``, whose titles are alike."""
    if len(own) + len(later) <= _SMALL:
        pairs = combinations(sorted([*own, *later]), 2)
        yield from (pair for pair in pairs if title_ratio(*_both(pair, profiles)) >= _LIKE)
        return
    for start in range(0, len(own), _ROWS):
        rows = own[start : start + _ROWS]
        yield from _pairs_of_rows(rows, rows, profiles)
        if others := [*own[start + _ROWS :], *later]:
            yield from _pairs_of_rows(rows, others, profiles)


def _pairs_of_rows(
    rows: Sequence[int], others: Sequence[int], profiles: Sequence[Profile]
) -> Iterator[tuple[int, int]]:
    import numpy as np

    titles = [profiles[at].title for at in rows]
    # The same list twice is compared once: half of the matrix.
    against = titles if others is rows else [profiles[at].title for at in others]
    likeness = process.cdist(titles, against, scorer=fuzz.ratio, score_cutoff=_LIKE, dtype=np.uint8)
    for row, column in np.argwhere(likeness).tolist():
        left, right = rows[row], others[column]
        if others is not rows or left < right:
            yield (left, right) if left < right else (right, left)


def _cut(own: Sequence[int], later: Sequence[int], profiles: Sequence[Profile]) -> Iterator[tuple[int, int]]:
    """Yield the pairs within ``own``, and of ``own`` with ``later``, of which one title begins with the other."""
    for left, right in chain(combinations(own, 2), product(own, later)):
        if is_cut_title(profiles[left].title, profiles[right].title):
            yield (left, right) if left < right else (right, left)


def _both(pair: tuple[int, int], profiles: Sequence[Profile]) -> tuple[Profile, Profile]:
    return profiles[pair[0]], profiles[pair[1]]
