"""Answers about studies, counted: what was assessed, by whom nothing was, and how many units stand behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak.sheets.instruments import Instrument

#: What stands where nobody answered; it is a state of its own and never counts as low risk.
NOT_ASSESSED = "not_assessed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """One study under one checklist: its units in the pool, and its answers by item, missing ones included."""

    study_id: str
    label: str
    units: int
    answers: Mapping[str, str]
    verdict: str

    @property
    def is_begun(self) -> bool:
        """Whether anything was answered."""
        return any(answer != NOT_ASSESSED for answer in (*self.answers.values(), self.verdict))


def assessed_studies(
    tool: Instrument,
    studies: Sequence[tuple[str, str, int]],
    answers: Mapping[tuple[str, str], str],
) -> tuple[Assessed, ...]:
    """Return every study with its answers under a checklist, in the order given.

    Parameters
    ----------
    tool : Instrument
        The checklist.
    studies : sequence of (study_id, label, units)
        The studies that a rate rests on.
    answers : mapping of (study_id, item) to str
        The rows of ``risk_of_bias.csv``.

    Examples
    --------
    >>> from metaleak.sheets.instruments import INSTRUMENTS
    >>> found = assessed_studies(INSTRUMENTS["jbi"], [("A1", "A 2001", 50)], {("A1", "jbi_1"): "yes"})
    >>> found[0].answers["jbi_1"], found[0].answers["jbi_2"], found[0].verdict
    ('yes', 'not_assessed', 'not_assessed')
    """
    return tuple(
        Assessed(
            study_id=study,
            label=label,
            units=units,
            answers={item.id: answers.get((study, item.id), NOT_ASSESSED) for item in tool.items},
            verdict=answers.get((study, tool.overall), NOT_ASSESSED),
        )
        for study, label, units in studies
    )


def shares(tool: Instrument, studies: Sequence[Assessed]) -> dict[str, dict[str, float]]:
    """Return for every item, and for the verdict, the share of units under each answer: they add up to 1.

    Examples
    --------
    >>> from metaleak.sheets.instruments import INSTRUMENTS
    >>> found = assessed_studies(INSTRUMENTS["jbi"], [("A", "A", 30), ("B", "B", 10)], {("A", "jbi_1"): "no"})
    >>> shares(INSTRUMENTS["jbi"], found)["jbi_1"]
    {'no': 0.75, 'not_assessed': 0.25}
    """
    return {
        item: _tally([(study.answers.get(item, study.verdict), study.units) for study in studies])
        for item in (*(each.id for each in tool.items), tool.overall)
    }


def _tally(answers: Sequence[tuple[str, int]]) -> dict[str, float]:
    total = sum(units for _, units in answers)
    counted: dict[str, int] = {}
    for answer, units in answers:
        counted[answer] = counted.get(answer, 0) + units
    return {answer: units / total for answer, units in counted.items()}


def minors_score(study: Assessed) -> tuple[int, int] | None:
    """Return the sum of a study's MINORS points and the most that it could have; None while answers miss.

    Examples
    --------
    >>> from metaleak.sheets.instruments import INSTRUMENTS
    >>> points = {(("A"), f"minors_{i}"): "2" if i < 9 else "not_applicable" for i in range(1, 13)}
    >>> minors_score(assessed_studies(INSTRUMENTS["minors"], [("A", "A", 30)], points)[0])
    (16, 16)
    """
    points = [int(answer) for answer in study.answers.values() if answer in ("0", "1", "2")]
    if NOT_ASSESSED in study.answers.values() or not points:
        return None
    return sum(points), 2 * len(points)


def as_json(tool: Instrument, studies: Sequence[Assessed]) -> dict[str, Any]:
    """Return what figures and tables need of a checklist as plain JSON values."""
    return {
        "tool": tool.name,
        "title": tool.title,
        "good": tool.good,
        "bad": tool.bad,
        "overall": tool.overall,
        "items": [{"id": item.id, "short": item.short, "guidance": item.guidance} for item in tool.items],
        "begun": sum(study.is_begun for study in studies),
        "judged": sum(study.verdict != NOT_ASSESSED for study in studies),
        "studies": [
            {
                "study_id": study.study_id,
                "label": study.label,
                "units": study.units,
                "answers": {**study.answers, tool.overall: study.verdict},
                "score": list(minors_score(study) or ()) if tool.name == "minors" else [],
            }
            for study in studies
            if study.is_begun
        ],
        "not_assessed": [
            {"study_id": study.study_id, "label": study.label, "units": study.units}
            for study in studies
            if not study.is_begun
        ],
        "shares": shares(tool, studies),
    }
