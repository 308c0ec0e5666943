"""What was said later about the publications of a study: that they were withdrawn, doubted or corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from metaleak.records.compare import Verdict
from metaleak.records.decisions import Decision, latest
from metaleak.records.record import Record
from metaleak.records.studies import IDENTIFIERS, StudyLink, study_of
from metaleak.vocab import Word


class Notice(Word):
    """What a later notice says about a publication, the gravest first."""

    RETRACTED = "retracted", "a publication was withdrawn"
    CONCERN = "concern", "the editors published a concern about a publication"
    CORRECTED = "corrected", "an erratum corrects a publication"


#: Links of a record that was written about, and those of the notice itself.
_ABOUT_ME = {
    "RetractionIn": Notice.RETRACTED,
    "RetractedandRepublishedIn": Notice.RETRACTED,
    "ExpressionOfConcernIn": Notice.CONCERN,
    "ErratumIn": Notice.CORRECTED,
    "CorrectedandRepublishedIn": Notice.CORRECTED,
}
_ABOUT_OTHER = {
    "RetractionOf": Notice.RETRACTED,
    "RetractedandRepublishedFrom": Notice.RETRACTED,
    "ExpressionOfConcernFor": Notice.CONCERN,
    "ErratumFor": Notice.CORRECTED,
    "CorrectedandRepublishedFrom": Notice.CORRECTED,
}

#: Study -> what was said about its publications -> the records that say it.
Notices = dict[str, dict[Notice, tuple[Record, ...]]]


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


def notices_of(
    records: Sequence[Record],
    studies: Mapping[str, Mapping[str, str]],
    links: Iterable[StudyLink] = (),
    decisions: Iterable[Decision] = (),
) -> Notices:
    """Return for each study with a publication that was withdrawn, doubted or corrected the records that say so.

    A record belongs to a study by a link, by an identifier, or through a duplicate. The record of the publication
    says it, or the notice does.

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
    >>> notice = Record(record_id="pubmed:9", links=(Link("ExpressionOfConcernFor", "J 2015", "2"),))
    >>> found = notices_of([gone, notice], {"A": {"pmid": "1"}, "B": {"pmid": "2"}, "C": {"doi": "10.1000/3"}})
    >>> {study: {str(what): [record.record_id for record in told] for what, told in said.items()}
    ...  for study, said in found.items()}
    {'A': {'retracted': ['pubmed:1']}, 'B': {'concern': ['pubmed:9']}}
    """
    of = _studies_of_publications(records, studies, links, joined(decisions))
    of_pmid: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for study, values in studies.items():
        if values.get("pmid"):
            of_pmid[values["pmid"]][study] = None
    for record in records:
        if record.pmid:
            of_pmid[record.pmid].update(dict.fromkeys(of.get(record.record_id, ())))
    found: defaultdict[str, dict[tuple[Notice, str], Record]] = defaultdict(dict)
    for record in records:
        for what, told in _said_by(record, of.get(record.record_id, ()), of_pmid):
            for study in told:
                found[study][what, record.record_id] = record
    return {
        study: {
            what: reports
            for what in Notice
            if (reports := tuple(record for (said, _), record in found[study].items() if said is what))
        }
        for study in studies
        if study in found
    }


def _said_by(
    record: Record, own: Iterable[str], of_pmid: Mapping[str, Iterable[str]]
) -> Iterator[tuple[Notice, Iterable[str]]]:
    """Return what a record says, and about which studies."""
    if record.is_retracted:
        yield Notice.RETRACTED, own
    for link in record.links:
        if link.kind in _ABOUT_ME:
            yield _ABOUT_ME[link.kind], own
        elif link.kind in _ABOUT_OTHER and link.pmid:
            yield _ABOUT_OTHER[link.kind], of_pmid.get(link.pmid, ())


def _studies_of_publications(
    records: Sequence[Record],
    studies: Mapping[str, Mapping[str, str]],
    links: Iterable[StudyLink],
    same: Mapping[str, str],
) -> dict[str, tuple[str, ...]]:
    """Return for each record the studies that it reports, itself or through a duplicate."""
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
    return {
        record.record_id: tuple(of.get(same.get(record.record_id, record.record_id), ()))
        for record in records
    }
