"""Publications of one study: linked to it, never merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from metaleak.records.decisions import Decision, Pair, latest
from metaleak.records.identifiers import registered
from metaleak.records.record import Record

#: What a study and a record may share: each of them names one publication.
IDENTIFIERS = ("pmid", "pmcid", "doi")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyLink:
    """A publication and the study that it reports; rows are added, the latest counts, an empty study unlinks."""

    record_id: str
    study_id: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Report:
    """The study that a publication reports, and whether somebody linked it or an identifier of both says so."""

    study_id: str
    is_linked: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two publications that may report one study, and why."""

    left: str
    right: str
    reason: str


def study_of(links: Iterable[StudyLink]) -> dict[str, str]:
    """Return publication -> the study that it reports, for those that are linked."""
    study = {link.record_id: link.study_id for link in links}
    return {record_id: study_id for record_id, study_id in study.items() if study_id}


def reports_of(links: Iterable[StudyLink]) -> dict[str, tuple[str, ...]]:
    """Return study -> the publications that report it, in the order in which they were linked.

    Examples
    --------
    >>> rows = [StudyLink(record_id="pubmed:1", study_id="A2015", reason="", by="WX"),
    ...         StudyLink(record_id="pubmed:2", study_id="A2015", reason="same patients", by="WX"),
    ...         StudyLink(record_id="pubmed:1", study_id="", reason="another hospital", by="YZ")]
    >>> reports_of(rows)
    {'A2015': ('pubmed:2',)}
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for record_id, study_id in study_of(links).items():
        found[study_id].append(record_id)
    return {name: tuple(reports) for name, reports in found.items()}


def reports_among(
    groups: Iterable[Sequence[str]],
    records: Iterable[Record],
    studies: Iterable[Mapping[str, str]],
    links: Iterable[StudyLink],
) -> dict[str, Report]:
    """Return publication -> the study of the review that it reports: by a link, else by an identifier.

    Parameters
    ----------
    groups : iterable of sequence of str
        The keys of the records of each publication; the first stands for it.
    records : iterable of Record
        All records.
    studies : iterable of mapping
        ``study_id`` and the identifiers of every study of the review; what names no such study names none.
    links : iterable of StudyLink
        The rows of reports.csv.

    Examples
    --------
    >>> records = [Record(record_id="pubmed:1", pmid="1"), Record(record_id="embase:2"), Record(record_id="cnki:3")]
    >>> link = StudyLink(record_id="embase:2", study_id="B", reason="second report", by="WX")
    >>> reports_among([["pubmed:1"], ["embase:2"], ["cnki:3"]], records,
    ...               [{"study_id": "A", "pmid": "1"}, {"study_id": "B"}], [link])
    {'pubmed:1': Report(study_id='A', is_linked=False), 'embase:2': Report(study_id='B', is_linked=True)}
    """
    of = {record.record_id: record for record in records}
    linked = study_of(links)
    known: set[str] = set()
    printed: dict[tuple[str, str], str] = {}
    for study in studies:
        known.add(study["study_id"])
        for name in IDENTIFIERS:
            if study.get(name):
                printed.setdefault((name, study[name].lower()), study["study_id"])
    found: dict[str, Report] = {}
    for keys in groups:
        by_link = [linked[key] for key in keys if linked.get(key) in known]
        by_number = [
            printed[name, value]
            for key in keys
            for name in IDENTIFIERS
            if (name, value := getattr(of[key], name).lower()) in printed
        ]
        if by_link or by_number:
            found[keys[0]] = Report((by_link or by_number)[0], is_linked=bool(by_link))
    return found


def suggest_studies(records: Sequence[Record], decisions: Iterable[Decision] = ()) -> list[Suggestion]:
    """Return pairs of publications that may report one study, for a person to link.

    They share the number of a trial, one corrects or updates the other, or comparing them found a tie: a preprint, a
    congress abstract, a notice, another version, a series, the same title and authors elsewhere.

    Parameters
    ----------
    records : sequence of Record
        Records without duplicates.
    decisions : iterable of Decision
        What was decided about pairs.

    Examples
    --------
    >>> a, b = (Record(record_id=key, registrations=("ClinicalTrials.gov/NCT00231894",)) for key in "ab")
    >>> suggest_studies([a, b])
    [Suggestion(left='a', right='b', reason='both report NCT00231894')]
    """
    place = {record.record_id: at for at, record in enumerate(records)}
    found: dict[Pair, str] = {}
    for number, keys in _by_number(records).items():
        for pair in combinations(keys, 2):
            found.setdefault(pair, f"both report {number}")
    by_pmid = {record.pmid: record.record_id for record in records if record.pmid}
    for record in records:
        for link in record.links:
            other = by_pmid.get(link.pmid)
            if other and other != record.record_id:
                found.setdefault(_ordered(record.record_id, other, place), f"linked by PubMed: {link.kind}")
    for decision in latest(decisions).values():
        if decision.tie and decision.left in place and decision.right in place:
            found.setdefault(
                _ordered(decision.left, decision.right, place), f"{decision.tie}: {decision.reason}"
            )
    return [
        Suggestion(*pair, reason)
        for pair, reason in sorted(found.items(), key=lambda item: _places(item, place))
    ]


def _by_number(records: Sequence[Record]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for record in records:
        texts = (*record.registrations, record.abstract_text)
        numbers = (number for text in texts for number in registered(text))
        for number in dict.fromkeys(numbers):
            found[number].append(record.record_id)
    return found


def _ordered(left: str, right: str, place: dict[str, int]) -> Pair:
    return (left, right) if place[left] < place[right] else (right, left)


def _places(item: tuple[Pair, str], place: dict[str, int]) -> tuple[int, int]:
    (left, right), _ = item
    return place[left], place[right]
