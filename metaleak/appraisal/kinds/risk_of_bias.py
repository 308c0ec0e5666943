"""How the studies behind a rate were judged: ``kind = "risk_of_bias"``."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from metaleak.appraisal.of_analysis import bias_answers, identity_of_answers, judged_rows, units_by_study
from metaleak.appraisal.risk_of_bias import as_json, assessed_studies
from metaleak.question.kinds.base import AnyQuestion, Prepared, Strict
from metaleak.question.review import Review
from metaleak.question.rows import described, rows_csv, rows_with_numbers
from metaleak.question.study_table import PooledRow
from metaleak.sheets.codebook import Codebook
from metaleak.sheets.instruments import INSTRUMENTS


class BiasFigures(Strict):
    """Which figures are drawn."""

    draw: tuple[Literal["bias_bars", "traffic_lights"], ...] = ("bias_bars", "traffic_lights")


class Question(AnyQuestion):
    """One ``analyses/NAME.toml`` that shows the answers of ``risk_of_bias.csv``.

    Attributes
    ----------
    of : str
        The analysis whose studies are shown; bars are weighted by the units that they give to it.
    tools : tuple of str
        The checklists, in order.
    """

    kind: Literal["risk_of_bias"] = "risk_of_bias"
    of: Annotated[str, Field(min_length=1)]
    tools: Annotated[tuple[Literal["jbi", "minors", "quadas2"], ...], Field(min_length=1)] = ("jbi", "minors")
    figures: BiasFigures = BiasFigures()

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets that its numbers come from."""
        return ("leaks", "pairs", "risk_of_bias")

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values."""
        return {"of": self.of, "tools": list(self.tools), "figures": list(self.figures.draw)}


def wrong_words(question: Question, codebook: Codebook) -> list[str]:
    """Say which checklist is named twice."""
    tools = question.tools
    twice = [tool for place, tool in enumerate(tools) if tool in tools[:place]]
    return [f"the checklist {tool!r} is named twice" for tool in twice]


def prepare(review: Review, name: str, question: Question) -> Prepared:
    """Take the studies of the analysis that is judged, and the answers about them.

    Raises
    ------
    ConfigError, SelectionError
        When the analysis is not there, or no row of it is left.
    """
    judged, selection, rows = judged_rows(review, question.of)
    answers = bias_answers(review)
    studies = units_by_study(rows, review.study_labels)
    return Prepared(
        identity=[[list(study) for study in studies], identity_of_answers(answers)],
        numbers=partial(_numbers, question, studies, answers, rows),
        selection={**described(review, selection, rows), "sheet": judged.rows.sheet},
        rows=partial(rows_with_numbers, review, rows, keys=()),
        rows_csv=rows_csv(judged.rows.sheet, selection),
    )


def _numbers(
    question: Question,
    studies: list[tuple[str, str, int]],
    answers: dict[tuple[str, str], str],
    rows: list[PooledRow],
) -> dict[str, Any]:
    inside = {study for study, _, _ in studies}
    outside = sorted({study for study, _ in answers if study not in inside})
    notes = [
        f"{len(outside)} assessed studies give no row to {question.of} and are not shown: {', '.join(outside)}"
    ]
    return {
        "groups": {},
        "tools": [
            as_json(INSTRUMENTS[tool], assessed_studies(INSTRUMENTS[tool], studies, answers))
            for tool in question.tools
        ],
        "studies": len(studies),
        "units": sum(units for _, _, units in studies),
        "rows": [{} for _ in rows],
        "notes": notes if outside else [],
    }
