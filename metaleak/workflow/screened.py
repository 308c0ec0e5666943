"""The publications of a review with what was judged about them and the studies that they report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from metaleak.errors import SheetError
from metaleak.records.record import Record
from metaleak.records.studies import Report, reports_among
from metaleak.screening.agreement import Agreement, agreements_of
from metaleak.screening.flow import WAITING, Fate
from metaleak.screening.judgements import (
    SCREENING,
    Judgement,
    Outcome,
    ScreeningSection,
    Stage,
    Standing,
    fate_of,
    judgement_of,
    outcomes_of,
)
from metaleak.sheets.columns import STUDIES
from metaleak.sheets.logs import read_rows, sheet_path
from metaleak.workflow.library import Library, read_library
from metaleak.workflow.project import load_project


@dataclass(frozen=True)
class Screening:
    """The publications of a review and what was judged about them; make one with :func:`read_screening`."""

    library: Library
    judgements: tuple[Judgement, ...]
    section: ScreeningSection
    studies: tuple[Mapping[str, str], ...] = ()

    @cached_property
    def reports(self) -> dict[str, Report]:
        """Publication -> the study of the review that it reports."""
        library = self.library
        return reports_among(library.deduplicated.groups, library.records, self.studies, library.links)

    @cached_property
    def same(self) -> dict[str, str]:
        """Record -> the record that stands for its publication."""
        return {key: keys[0] for keys in self.library.deduplicated.groups for key in keys}

    @cached_property
    def outcomes(self) -> dict[tuple[str, Stage], Outcome]:
        """What stands for each publication and stage."""
        return outcomes_of(self.judgements, same=self.same, reviewers=self.section.reviewers)

    @cached_property
    def agreements(self) -> list[Agreement]:
        """How far every two reviewers agree at each stage."""
        return agreements_of(self.judgements, same=self.same)

    def outcome(self, key: str, stage: Stage) -> Outcome | None:
        """Return what stands for a publication at a stage, None when nobody said anything that counts."""
        return self.outcomes.get((key, stage))

    def fate(self, key: str) -> Fate:
        """Return where a publication stands.

        Whoever links a publication to a study of the review has read it: that ends its waiting, as judgements do.
        What reviewers left out stays out. An identifier that both have ends the waiting for extraction alone.
        """
        fate = fate_of(self.outcome(key, Stage.TITLE_ABSTRACT), self.outcome(key, Stage.FULL_TEXT))
        report = self.reports.get(key)
        ends = fate in WAITING and (report is not None and report.is_linked)
        if ends or (report is not None and fate is Fate.AWAITING_EXTRACTION):
            return Fate.INCLUDED
        return fate

    def reason(self, key: str) -> str:
        """Return why a report was left out, in words."""
        outcome = self.outcome(key, Stage.FULL_TEXT)
        code = outcome.reason if outcome is not None else ""
        return self.section.reasons.get(code, code or "No reason given")

    def listed(self, name: str, *, by: str = "") -> list[Record]:
        """Return the publications of a list, without those that ``by`` has judged already."""
        return [
            record for record in self.library.deduplicated.records if self._is_in(name, record.record_id, by)
        ]

    def _is_in(self, name: str, key: str, by: str) -> bool:
        fate = self.fate(key)
        stage = Stage.TITLE_ABSTRACT if fate is Fate.AWAITING_SCREENING else Stage.FULL_TEXT
        outcome = self.outcome(key, stage)
        if name == "conflicts":
            return outcome is not None and outcome.standing is Standing.CONFLICT
        if name == "extraction":
            return fate is Fate.AWAITING_EXTRACTION
        wanted = {
            "title-abstract": (Fate.AWAITING_SCREENING,),
            "full-text": (Fate.AWAITING_REPORT, Fate.AWAITING_ASSESSMENT),
        }[name]
        told = () if outcome is None else outcome.counting
        return fate in wanted and not (by and any(row.by == by for row in told))


def read_screening(root: Path, *, library: Library | None = None) -> Screening:
    """Return what was judged in a review.

    Raises
    ------
    ConfigError, SheetError
        When metaleak.toml or one of the sheets cannot be trusted.
    """
    return Screening(
        library=library or read_library(root),
        judgements=tuple(_judgements(root)),
        section=load_project(root).screening or ScreeningSection(),
        studies=tuple(read_rows(root, STUDIES)),
    )


def _judgements(root: Path) -> Iterator[Judgement]:
    for number, row in enumerate(read_rows(root, SCREENING), start=2):
        try:
            yield judgement_of(row)
        except ValueError as error:
            raise SheetError(
                "the row is no judgement",
                got=str(error),
                where=f"{sheet_path(SCREENING)}, row {number}",
                todo="mend the row: metaleak check says more",
            ) from None
