"""Studies of a review with a publication that was withdrawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from metaleak.records.compare import Verdict
from metaleak.records.decisions import Decision, latest
from metaleak.records.record import Record
from metaleak.records.studies import StudyLink, study_of

#: What a study and a record may share: each of them names one publication.
IDENTIFIERS = ("pmid", "pmcid", "doi")


def joined(decisions: Iterable[Decision]) -> dict[str, str]:
    """Return the key of each record that is a duplicate -> one key for all of the same publication.

    Examples
    --------
    >>> rows = [Decision(left=a, right=b, verdict=Verdict.DUPLICATE, score=1, reason="") for a, b in ("ab", "bc")]
    >>> joined(rows)
    {'a': 'a', 'b': 'a', 'c': 'a'}
    """
    of: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    for each in latest(decisions).values():
        if each.verdict is not Verdict.DUPLICATE:
            continue
        left, right = sorted(of.setdefault(key, key) for key in each.pair)
        if left != right:
            moved = members.pop(right, [right])
            members.setdefault(left, [left]).extend(moved)
            of.update(dict.fromkeys(moved, left))
    return of


def retracted_reports(
    records: Sequence[Record],
    studies: Mapping[str, Mapping[str, str]],
    links: Iterable[StudyLink] = (),
    decisions: Iterable[Decision] = (),
) -> dict[str, tuple[Record, ...]]:
    """Return study -> the records that say that one of its publications was withdrawn.

    A record belongs to a study by a link, by an identifier, or through a duplicate. The record of the publication
    says it, or the notice of the retraction does.

    Parameters
    ----------
    records : sequence of Record
        All records of a review.
    studies : mapping
        Study -> its identifiers: ``pmid``, ``pmcid``, ``doi``, each of them may be empty or missing.
    links : iterable of StudyLink
        Which publication reports which study.
    decisions : iterable of Decision
        Which records are one publication.

    Examples
    --------
    >>> from metaleak.records.record import Link
    >>> gone = Record(record_id="pubmed:1", pmid="1", publication_types=("Retracted Publication",))
    >>> notice = Record(record_id="pubmed:9", links=(Link("RetractionOf", "J 2015", "2"),))
    >>> found = retracted_reports([gone, notice], {"A": {"pmid": "1"}, "B": {"pmid": "2"}, "C": {"doi": "10.1000/3"}})
    >>> {study: [record.record_id for record in reports] for study, reports in found.items()}
    {'A': ['pubmed:1'], 'B': ['pubmed:9']}
    """
    same = joined(decisions)
    by_value: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for study, values in studies.items():
        for name in IDENTIFIERS:
            if values.get(name):
                by_value[name, values[name].lower()].append(study)
    of: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for key, study in study_of(links).items():
        if study in studies:
            of[same.get(key, key)][study] = None
    for record in records:
        for name in IDENTIFIERS:
            for study in by_value.get((name, getattr(record, name).lower()), ()):
                of[same.get(record.record_id, record.record_id)][study] = None
    found: defaultdict[str, dict[str, Record]] = defaultdict(dict)
    for record in records:
        if record.is_retracted:
            for study in of.get(same.get(record.record_id, record.record_id), ()):
                found[study][record.record_id] = record
        for link in record.links:
            if link.kind == "RetractionOf" and link.pmid:
                for study in by_value.get(("pmid", link.pmid), ()):
                    found[study][record.record_id] = record
    return {study: tuple(found[study].values()) for study in studies if study in found}
