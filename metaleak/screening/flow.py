"""The counts of the PRISMA 2020 flow, counted from what became of each record and never typed.

The unit is the sighting: one record found by one search. Every sighting has exactly one fate, and every box
of the diagram counts sightings, so the boxes add up whatever the records are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaleak.errors import InputError
from metaleak.vocab import Word

if TYPE_CHECKING:
    from metaleak.screening.agreement import Agreement


class Fate(Word):
    """Where a sighting has left the flow, or stands in it."""

    DUPLICATE = "duplicate", "the same record was found by another search"
    WITHDRAWN = "withdrawn", "the database withdrew it, or never delivered it"
    AWAITING_SCREENING = (
        "awaiting-screening",
        "its title and abstract wait for a reviewer or a settlement",
    )
    SCREENED_OUT = "screened-out", "left out by title and abstract"
    AWAITING_REPORT = "awaiting-report", "its report is sought"
    NOT_RETRIEVED = "not-retrieved", "its report could not be had"
    AWAITING_ASSESSMENT = "awaiting-assessment", "its report is there and not judged yet"
    EXCLUDED = "excluded", "left out by its report, with a reason"
    AWAITING_EXTRACTION = "awaiting-extraction", "its report is in, and its study is not in the sheets yet"
    INCLUDED = "included", "a report of an included study"


#: Fates of records that somebody still has to judge, in the order of the diagram.
WAITING = (
    Fate.AWAITING_SCREENING,
    Fate.AWAITING_REPORT,
    Fate.AWAITING_ASSESSMENT,
    Fate.AWAITING_EXTRACTION,
)

#: Kinds of places where records come from, in the order of the diagram.
KINDS = ("database", "register", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One record found by one search.

    Attributes
    ----------
    source, kind : str
        Where it was found, and the box of that place: ``database``, ``register`` or ``other``.
    fate : Fate
        What became of it.
    reason : str
        Why its report was left out; for excluded reports alone.
    study : str
        The study that it reports; for included reports alone.
    is_earlier : bool
        Whether the search belongs to the previous version of the review.
    """

    source: str
    kind: str
    fate: Fate
    reason: str = ""
    study: str = ""
    is_earlier: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the diagram: databases and registers, or other ways.

    Attributes
    ----------
    identified : mapping of str to int
        Source -> records found there.
    kinds : mapping of str to str
        Source -> ``database``, ``register`` or ``other``.
    fates : mapping of Fate to int
        Every fate -> its sightings.
    reasons : mapping of str to int
        Reason -> reports that were left out for it, most first.
    """

    identified: Mapping[str, int]
    kinds: Mapping[str, str]
    fates: Mapping[Fate, int]
    reasons: Mapping[str, int]

    @property
    def found(self) -> int:
        """Records identified."""
        return sum(self.identified.values())

    @property
    def to_screen(self) -> int:
        """Records that are left when duplicates and withdrawn ones are removed."""
        return self.found - self._sum(Fate.DUPLICATE, Fate.WITHDRAWN)

    @property
    def screened(self) -> int:
        """Records whose title and abstract were judged."""
        return self.to_screen - self._sum(Fate.AWAITING_SCREENING)

    @property
    def sought(self) -> int:
        """Reports that were sought."""
        return self.screened - self._sum(Fate.SCREENED_OUT)

    @property
    def retrieved(self) -> int:
        """Reports that were had."""
        return self.sought - self._sum(Fate.AWAITING_REPORT, Fate.NOT_RETRIEVED)

    @property
    def assessed(self) -> int:
        """Reports that were judged."""
        return self.retrieved - self._sum(Fate.AWAITING_ASSESSMENT)

    @property
    def included(self) -> int:
        """Reports of included studies."""
        return self.assessed - self._sum(Fate.EXCLUDED, Fate.AWAITING_EXTRACTION)

    def of_kind(self, kind: str) -> dict[str, int]:
        """Return the sources of one kind and the records found there."""
        return {source: n for source, n in self.identified.items() if self.kinds[source] == kind}

    def _sum(self, *fates: Fate) -> int:
        return sum(self.fates[fate] for fate in fates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The whole diagram.

    Attributes
    ----------
    searched : Column
        Databases and registers.
    other : Column
        Other ways: reference lists, contacts, hand search.
    studies : int
        Included studies that a logged record reports; in an update, those that are new in it.
    before_logging : int
        Included studies that were identified before searches were logged. How many records were read for
        them was not kept, so they stand in one box and no number is made up for the boxes above it.
    is_update : bool
        Whether the review updates a previous version: the columns then count the searches since.
    previous_studies, previous_reports : int
        Studies that logged records of the previous version report, and those records.
    earlier_waiting : int
        Records of the previous version's searches that still wait for a judgement.
    rows : int or None
        Rows of counts that were extracted from all studies, where they were counted.
    new_reports : int
        Reports in the columns of the studies that are counted in ``studies``; the others are further reports of
        studies that were in the review before.
    agreements : tuple of Agreement
        How far reviewers agree.
    """

    searched: Column
    other: Column
    studies: int
    before_logging: int
    is_update: bool = False
    previous_studies: int = 0
    previous_reports: int = 0
    earlier_waiting: int = 0
    rows: int | None = None
    new_reports: int = 0
    agreements: tuple[Agreement, ...] = ()

    @property
    def further_reports(self) -> int:
        """Reports in the columns of studies that the previous version of the review held already."""
        return self.included_reports - self.new_reports

    @property
    def included_studies(self) -> int:
        """All studies of the review."""
        return self.before_logging + self.previous_studies + self.studies

    @property
    def included_reports(self) -> int:
        """Reports of included studies that the columns count."""
        return self.searched.included + self.other.included


def count_flow(
    sightings: Iterable[Sighting],
    studies: Iterable[str],
    *,
    is_update: bool = False,
    rows: int | None = None,
    agreements: Iterable[Agreement] = (),
) -> Flow:
    """Count the boxes of the flow.

    Parameters
    ----------
    sightings : iterable of Sighting
        Every record of every search, with its fate.
    studies : iterable of str
        Keys of the studies in the review; those that no included sighting reports were identified before
        searches were logged.
    is_update : bool
        Whether earlier sightings belong to a previous version of the review.
    rows : int, optional
        Rows of counts in the sheets.
    agreements : iterable of Agreement
        How far reviewers agree.

    Raises
    ------
    InputError
        When a sighting contradicts itself, or reports a study that the review does not hold.

    Examples
    --------
    >>> found = [Sighting(source="pubmed", kind="database", fate=Fate.INCLUDED, study="A2020"),
    ...          Sighting(source="embase", kind="database", fate=Fate.DUPLICATE)]
    >>> flow = count_flow(found, ["A2020", "B1999"])
    >>> flow.searched.found, flow.searched.to_screen, flow.included_studies, flow.before_logging
    (2, 1, 2, 1)
    """
    found = list(sightings)
    held = set(studies)
    for sighting in found:
        _refuse_contradiction(sighting, held, is_update=is_update)
    now = [each for each in found if not each.is_earlier]
    before = [each for each in found if each.is_earlier]
    previous = {each.study for each in before if each.fate is Fate.INCLUDED}
    reported = {each.study for each in now if each.fate is Fate.INCLUDED} - previous
    return Flow(
        searched=_column([each for each in now if each.kind != "other"]),
        other=_column([each for each in now if each.kind == "other"]),
        studies=len(reported),
        before_logging=len(held - reported - previous),
        is_update=is_update,
        previous_studies=len(previous),
        previous_reports=sum(each.fate is Fate.INCLUDED for each in before),
        earlier_waiting=sum(each.fate in WAITING for each in before),
        rows=rows,
        new_reports=sum(each.study in reported for each in now if each.fate is Fate.INCLUDED),
        agreements=tuple(agreements),
    )


def _column(sightings: list[Sighting]) -> Column:
    fates = Counter(sighting.fate for sighting in sightings)
    reasons = Counter(sighting.reason for sighting in sightings if sighting.fate is Fate.EXCLUDED)
    return Column(
        identified=dict(sorted(Counter(sighting.source for sighting in sightings).items())),
        kinds={sighting.source: sighting.kind for sighting in sightings},
        fates={fate: fates[fate] for fate in Fate},
        reasons=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
    )


def _refuse_contradiction(sighting: Sighting, studies: set[str], *, is_update: bool) -> None:
    wrong = ""
    if sighting.kind not in KINDS:
        wrong = "it has no known kind"
    elif bool(sighting.reason) != (sighting.fate is Fate.EXCLUDED):
        wrong = "an excluded report has a reason, and nothing else has one"
    elif bool(sighting.study) != (sighting.fate is Fate.INCLUDED):
        wrong = "an included report has a study, and nothing else has one"
    elif sighting.is_earlier and not is_update:
        wrong = "a search belongs to a previous version, and the review updates none"
    elif sighting.study and sighting.study not in studies:
        wrong = "the review does not hold its study"
    if wrong:
        raise InputError(f"a record cannot be counted: {wrong}", got=sighting)
