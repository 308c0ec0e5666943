"""Find the records that are one publication, within and across sources, and keep what was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from metaleak.errors import InputError
from metaleak.records.blocking import candidates
from metaleak.records.compare import EQUAL, Verdict, compare
from metaleak.records.decisions import RULES, Decision, latest
from metaleak.records.evidence import title_ratio
from metaleak.records.groups import group
from metaleak.records.merging import merge
from metaleak.records.profile import profile_of
from metaleak.records.record import Record


@dataclass(frozen=True, slots=True)
class SourceCount:
    """What one source brought: records, those that were left out as duplicates, publications that only it has."""

    source: str
    found: int
    duplicates: int
    only_here: int


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """Records without their duplicates.

    Attributes
    ----------
    records : tuple of Record
        One per publication, in the order of the first record of each.
    groups : tuple of tuple of str
        The keys of the records behind each; the first stands for the others.
    queue : tuple of Decision
        Pairs that a person has to look at, those that agree most first.
    """

    records: tuple[Record, ...]
    groups: tuple[tuple[str, ...], ...]
    queue: tuple[Decision, ...]


def find_duplicates(records: Sequence[Record], decisions: Iterable[Decision] = ()) -> list[Decision]:
    """Compare records and return the rows to add to the decisions.

    Identifiers are asked first, then title with authors, journal, place and year; a title alone never makes a
    duplicate. Pairs about which a person decided are left alone, and what is known already is not repeated.
    Of the pairs that are distinct only those are kept that look like one, or belong together.

    Parameters
    ----------
    records : sequence of Record
        All records of a review; their keys differ.
    decisions : iterable of Decision
        What was decided before.

    Returns
    -------
    list of Decision
        New rows, in the order of the records.

    Raises
    ------
    InputError
        When two records have one key.

    Examples
    --------
    >>> a = Record(record_id="pubmed:1", doi="10.1000/1", title="Cement leaks")
    >>> b = Record(record_id="embase:L1", doi="10.1000/1", title="Cement leaks.")
    >>> [(each.left, each.right, each.verdict.value, each.reason) for each in find_duplicates([a, b])]
    [('pubmed:1', 'embase:L1', 'duplicate', 'same DOI')]
    """
    _refuse_repeated(records)
    held = latest(decisions)
    profiles = [profile_of(record) for record in records]
    rows = []
    for left, right in candidates(profiles):
        found = compare(profiles[left], profiles[right])
        is_told = found.verdict is not Verdict.DISTINCT or found.tie
        if not is_told and title_ratio(profiles[left], profiles[right]) < EQUAL:
            continue
        row = Decision(
            left=records[left].record_id,
            right=records[right].record_id,
            verdict=found.verdict,
            score=found.score,
            reason=found.reason,
            tie=found.tie,
        )
        before = held.get(row.pair)
        if before is None or (
            before.by == RULES and (before.verdict, before.reason) != (row.verdict, row.reason)
        ):
            rows.append(row)
    return rows


def deduplicate(records: Sequence[Record], decisions: Iterable[Decision]) -> Deduplicated:
    """Return records without their duplicates, as the decisions have it.

    Parameters
    ----------
    records : sequence of Record
        All records of a review; their keys differ.
    decisions : iterable of Decision
        All rows, those of :func:`find_duplicates` too.

    Raises
    ------
    InputError
        When two records have one key.
    """
    _refuse_repeated(records)
    held = latest(decisions)
    keys = [record.record_id for record in records]
    known = set(keys)
    found = group(keys, cache(lambda at: profile_of(records[at])), held)
    open_pairs = [
        each for each in held.values() if each.verdict is Verdict.MAYBE and known.issuperset(each.pair)
    ]
    of = {keys[at]: number for number, places in enumerate(found.groups) for at in places}
    queue = [each for each in (*open_pairs, *found.refused) if of[each.left] != of[each.right]]
    return Deduplicated(
        records=tuple(merge([records[at] for at in places]) for places in found.groups),
        groups=tuple(tuple(keys[at] for at in places) for places in found.groups),
        queue=tuple(sorted(queue, key=lambda each: (-each.score, each.pair))),
    )


def count_sources(records: Sequence[Record], groups: Iterable[Sequence[str]]) -> list[SourceCount]:
    """Count records, duplicates and exclusive publications of each source, by name.

    The first record of a group stands for the publication; the others are duplicates of the source that brought them.
    Over all sources, found less duplicates is the number of groups.
    """
    source = {record.record_id: record.sources[0] if record.sources else "" for record in records}
    found = Counter(source.values())
    duplicates: Counter[str] = Counter()
    only: Counter[str] = Counter()
    for keys in groups:
        duplicates.update(source[key] for key in keys[1:])
        if len({source[key] for key in keys}) == 1:
            only[source[keys[0]]] += 1
    return [SourceCount(name, found[name], duplicates[name], only[name]) for name in sorted(found)]


def _refuse_repeated(records: Sequence[Record]) -> None:
    key, times = Counter(record.record_id for record in records).most_common(1)[0] if records else ("", 0)
    if times > 1:
        raise InputError("two records have one key", required="a key of its own for each record", got=key)
