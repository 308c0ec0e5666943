"""The file of an analysis that adjusts rates for imperfect detection."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import Field

from metaleak.question.kinds.base import Strict
from metaleak.question.question import Rows, Selecting
from metaleak.question.question import wrong_words as wrong_selection
from metaleak.sheets.codebook import Codebook, nearest

Words = Annotated[list[str], Field(min_length=1)]


class Parts(Strict):
    """Which words of ``modality`` are CT, the index, both read together, and not reported."""

    ct: Words
    index: Words
    joint: list[str] = Field(default_factory=list)
    unreported: list[str] = Field(default_factory=list)


class PairRows(Strict):
    """Which rows of ``pairs.csv`` compare the two on the same patients or vertebrae."""

    leak_site: Words
    reference: Words
    unit: Words


class DetectionModel(Strict):
    """The model behind the headline."""

    name: Literal["DetectionAdjusted"] = "DetectionAdjusted"
    specificity: Annotated[float, Field(gt=0, le=1)] = 1.0
    ct_sensitivity: Annotated[float, Field(gt=0, le=1)] = 1.0
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    draws: Annotated[int, Field(ge=0, le=100_000)] = 400
    seed: Annotated[int, Field(ge=0)] = 1


class GuardRails(Strict):
    """Assumptions under which the answer is shown again."""

    specificity: list[Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=list)
    ct_sensitivity: list[Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=list)
    correlation: list[Annotated[float, Field(gt=-1, lt=1)]] = Field(default_factory=list)
    leave_out_pairs: bool = True
    #: Without the rows that say ``selected`` in their column ``verification``.
    selected_verification: bool = True
    joint_as_ct: bool = True
    shared_index: bool = True
    least_overlap: bool = True
    counts_of_leaks: bool = True
    printed_shares: bool = True
    unreported: list[Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=list)
    #: Tables that are drawn to check the test of the two sources; 0 is none.
    bootstrap: Annotated[int, Field(ge=0, le=10_000)] = 0
    next_facts: bool = False
    #: Scales of half-normal priors of the two spreads under which the model with priors answers; the first is told.
    tau_priors: list[Annotated[float, Field(gt=0, le=10)]] = Field(default_factory=list)
    omega_priors: list[Annotated[float, Field(gt=0, le=10)]] = Field(default_factory=list)
    #: Assumed sensitivities of the index at which the rate of index rows is corrected by hand.
    assumed: list[Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=list)


class Moderated(Strict):
    """A regression of the rate's logit, of the sensitivity's, or of both on formulas of moderators."""

    rate: str | None = None
    sensitivity: str | None = None


class DetectionFigures(Strict):
    """Which figures are drawn."""

    draw: tuple[Literal["adjusted", "sensitivity", "guard_rails", "unreported", "assumed"], ...] = (
        "adjusted",
        "guard_rails",
    )


class Question(Selecting):
    """One ``analyses/NAME.toml`` that adjusts rates for imperfect detection."""

    kind: Literal["detection"] = "detection"
    parts: Parts
    pairs: PairRows
    model: DetectionModel = DetectionModel()
    guard_rails: GuardRails = GuardRails()
    moderators: list[Moderated] = Field(default_factory=list)
    figures: DetectionFigures = DetectionFigures()

    @property
    def sheets(self) -> tuple[str, ...]:
        """Both sheets."""
        return (self.rows.sheet, "pairs")

    @property
    def pair_rows(self) -> Selecting:
        """The selection of the pairs as a question of its own."""
        index = Rows(sheet="pairs", **self.pairs.model_dump())
        return Selecting(format=1, title=self.title, question=self.question, rows=index)

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values."""
        return {
            **self.selection_settings(),
            "parts": self.parts.model_dump(),
            "pairs": self.pairs.model_dump(),
            "model": self.model.model_dump(),
            "guard_rails": self.guard_rails.model_dump(),
            "moderators": [one.model_dump() for one in self.moderators],
            "figures": list(self.figures.draw),
        }


def wrong_words(question: Question, codebook: Codebook) -> list[str]:
    """Say which words of the selection, the parts and the pairs are unknown, one sentence each."""
    wrong = wrong_selection(question, codebook) + wrong_selection(question.pair_rows, codebook)
    known = codebook.words("modality")
    given = [word for words in question.parts.model_dump().values() for word in words]
    wrong += [f"unknown word {word!r} in parts{nearest(word, known)}" for word in given if word not in known]
    wrong += [f"{word!r} plays two parts" for word, times in Counter(given).items() if times > 1]
    return wrong
