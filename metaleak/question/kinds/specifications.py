"""One contrast under every defensible analysis: ``kind = "specifications"``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.question.kinds.base import Prepared, Strict
from metaleak.question.kinds.routes import pairs_of, totals_only, within_patients
from metaleak.question.question import wrong_words as wrong_selection
from metaleak.question.review import Review
from metaleak.question.rows import described, observed_rates, rows_csv, rows_with_numbers
from metaleak.question.specifications import Grid, base_question, specifications
from metaleak.question.study_table import PooledRow, pooled_rows
from metaleak.sheets.codebook import Codebook, nearest
from metaleak.synthesis.specification import Specification, specification_curve
from metaleak.synthesis.specification_chance import Chance, specification_chance
from metaleak.synthesis.specification_spread import moves_of, shares_of_spread

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]


class ChanceSettings(Strict):
    """How many curves with permuted words stand beside the observed one; 0 for none."""

    permutations: Annotated[int, Field(ge=0, le=100_000)] = 500
    seed: Annotated[int, Field(ge=0)] = 1


class SpecificationFigures(Strict):
    """Which figures are drawn."""

    draw: tuple[Literal["specifications"], ...] = ("specifications",)


class Question(Grid):
    """One ``analyses/NAME.toml`` that asks for a specification curve.

    Attributes
    ----------
    within : str or None
        An analysis of pairs, whose odds ratio within patients is drawn as a line of its own: no specification
        of the contrast between studies replaces it.
    """

    kind: Literal["specifications"] = "specifications"
    within: str | None = None
    chance: ChanceSettings = ChanceSettings()
    figures: SpecificationFigures = SpecificationFigures()

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheet of its rows, and that of the pairs."""
        return (self.rows.sheet, *(("pairs",) if self.within is not None else ()))

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values."""
        return {
            **self.selection_settings(),
            "contrast": self.contrast.model_dump(),
            "coding": self.coding,
            "axes": [axis.model_dump(exclude_defaults=True) for axis in self.axes],
            "rules": [rule.model_dump() for rule in self.rules],
            "models": self.models.model_dump(),
            "within": self.within,
            "chance": self.chance.model_dump(),
            "figures": list(self.figures.draw),
        }


def wrong_words(question: Question, codebook: Codebook) -> list[str]:
    """Say which words of the selection, the coding and the axes are unknown, one sentence each."""
    wrong = wrong_selection(question, codebook)
    known = codebook.words("modality")
    coded: dict[str, Mapping[str, Sequence[str]]] = {"[coding]": question.coding}
    units: dict[str, Sequence[str]] = {}
    for axis in question.axes:
        for choice in axis.choices:
            place = f"choice {choice.name!r} of {axis.name!r}"
            coded[place] = {**choice.add, "drop": choice.drop}
            units[place] = choice.unit or ()
            wrong += [
                item.replace("in rows", f"in {place}")
                for item in wrong_selection(base_question(question, [choice]), codebook)
            ]
    wrong += [
        f"unknown word {word!r} for unit in {place}{nearest(word, codebook.words('unit'))}"
        for place, words in units.items()
        for word in words
        if word not in codebook.words("unit")
    ]
    wrong += [
        f"unknown word {word!r} for modality in {place}{nearest(word, known)}; allowed: {', '.join(known)}"
        for place, groups in coded.items()
        for words in groups.values()
        for word in words
        if word not in known
    ]
    return list(dict.fromkeys(wrong))


def prepare(review: Review, name: str, question: Question) -> Prepared:
    """Build every specification.

    Raises
    ------
    SelectionError
        When no combination selects a row.
    ConfigError
        When the analysis named by ``within`` takes no rows of ``pairs.csv``.
    """
    asked = specifications(review, question, name=name)
    first = base_question(question, [axis.choices[0] for axis in question.axes])
    selection = review.selected(first, name=name)
    rows = pooled_rows(first, selection, review.study_labels)
    pairs = [] if question.within is None else pairs_of(review, name, question.within)
    return Prepared(
        identity=[
            sorted({item.table.digest for item in asked}),
            [[row.label, row.xi, row.ni] for row in pairs],
        ],
        numbers=partial(_numbers, question, asked, rows, pairs, totals_only(review, pairs)),
        selection=described(review, selection, rows),
        rows=partial(rows_with_numbers, review, rows, keys=("rate", "ci_low", "ci_high", "ci_method")),
        rows_csv=rows_csv(question.rows.sheet, selection),
    )


def _numbers(
    question: Question,
    asked: Sequence[Specification],
    rows: Sequence[PooledRow],
    pairs: Sequence[PooledRow],
    bounds: int,
) -> dict[str, Any]:
    contrast = (question.contrast.of, question.contrast.against)
    found = specification_curve(asked, contrast=contrast, level=question.models.level)
    distinct = found[found["number"] == found["same_as"]]
    failed = distinct[distinct["rate"].isna()]
    compared = distinct[distinct["log_or"].notna()].sort_values(["log_or", "number"], kind="stable")
    rated = distinct[distinct["rate"].notna()]
    choices = [asked[i].choices for i in compared["number"]]
    log_or = compared["log_or"].to_numpy(dtype=np.float64)
    shares = shares_of_spread(choices, log_or)
    rate = rated["rate"].to_numpy(dtype=np.float64)
    rated_choices = [asked[i].choices for i in rated["number"]]
    return {
        "groups": {},
        "declared": len(asked),
        "fitted": len(found),
        "distinct": len(distinct),
        "failed": len(failed),
        "refused": dict(Counter(item.refused for item in asked if item.refused).most_common()),
        "odds_ratio": {
            "k": len(compared),
            **_quantiles(np.exp(log_or)),
            **_shares(compared),
            "by_axis": _axes(choices, compared, shares),
        },
        "rate": {
            "k": len(rated),
            **_quantiles(rate),
            "by_axis": [
                {
                    "axis": axis,
                    "share_of_spread": share,
                    "choices": [
                        {"choice": word, "k": k, "median": value}
                        for word, k, value in moves_of(rated_choices, rate)[axis]
                    ],
                }
                for axis, share in shares_of_spread(rated_choices, rate).items()
            ],
        },
        "curve": _curve(choices, compared),
        "headline": _headline(asked, found),
        "chance": _chance(question, asked, compared, contrast, next(iter(shares), None)),
        "within": _within(question, pairs, asked, bounds),
        "rows": observed_rates(rows, level=question.models.level),
        "notes": [],
    }


def _quantiles(values: Floats) -> dict[str, float]:
    names = ("lowest", "q1", "median", "q3", "highest")
    return {
        name: float(value)
        for name, value in zip(names, np.quantile(values, (0, 0.25, 0.5, 0.75, 1)), strict=True)
    }


def _shares(part: pd.DataFrame) -> dict[str, float]:
    """Return the shares of specifications with an odds ratio below 1, and whose interval leaves 1 out."""
    return {
        "below_one": float((part["log_or"] < 0).mean()),
        "all_below": float((part["log_or_high"] < 0).mean()),
        "all_above": float((part["log_or_low"] > 0).mean()),
    }


def _axes(
    choices: Sequence[Mapping[str, str]], compared: pd.DataFrame, shares: Mapping[str, float]
) -> list[dict[str, Any]]:
    found = []
    for axis, share in shares.items():
        words = [item.get(axis, "") for item in choices]
        parts = {
            word: compared[[own == word for own in words]] for word in dict.fromkeys(sorted(words)) if word
        }
        found.append(
            {
                "axis": axis,
                "share_of_spread": share,
                "choices": [
                    {
                        "choice": word,
                        "k": len(part),
                        **_quantiles(np.exp(part["log_or"].to_numpy(dtype=np.float64))),
                        **_shares(part),
                    }
                    for word, part in parts.items()
                ],
            }
        )
    return found


def _curve(choices: Sequence[Mapping[str, str]], compared: pd.DataFrame) -> dict[str, Any]:
    """Return the sorted odds ratios with their intervals, and what was chosen in each as numbers of words."""
    axes = list(dict.fromkeys(name for item in choices for name in item))
    words = {axis: sorted({item.get(axis, "") for item in choices}) for axis in axes}
    return {
        "number": compared["number"].tolist(),
        **{
            name: np.exp(compared[column].to_numpy(dtype=np.float64)).tolist()
            for name, column in (("odds_ratio", "log_or"), ("low", "log_or_low"), ("high", "log_or_high"))
        },
        "words": words,
        "chosen": {axis: [words[axis].index(item.get(axis, "")) for item in choices] for axis in axes},
    }


def _headline(asked: Sequence[Specification], found: pd.DataFrame) -> dict[str, Any] | None:
    """Return the first specification, made of the first choice everywhere, where no rule refuses it."""
    first = found[found["number"] == 0]
    if first.empty or bool(first["log_or"].isna().iloc[0]):
        return None
    row = first.iloc[0]
    return {
        "choices": dict(asked[0].choices),
        "odds_ratio": float(np.exp(row["log_or"])),
        "ci_low": float(np.exp(row["log_or_low"])),
        "ci_high": float(np.exp(row["log_or_high"])),
        "rate": float(row["rate"]),
        "rate_low": float(row["rate_low"]),
        "rate_high": float(row["rate_high"]),
    }


def _chance(
    question: Question,
    asked: Sequence[Specification],
    compared: pd.DataFrame,
    contrast: tuple[str, str],
    axis: str | None,
) -> list[dict[str, Any]]:
    """Return the curves beside those with permuted words: all, and by the choices of the axis that moves most."""
    settings = question.chance
    if not settings.permutations:
        return []
    found = specification_chance(
        [asked[i] for i in sorted(compared["number"])],
        contrast=contrast,
        permutations=settings.permutations,
        seed=settings.seed,
        level=question.models.level,
        by=axis,
    )
    return [_told(name, axis, item) for name, item in found.items()]


def _told(name: str, axis: str | None, found: Chance) -> dict[str, Any]:
    return {
        "axis": None if name == "all" else axis,
        "choice": name,
        "specifications": found.specifications,
        "permutations": found.permutations,
        "studies": found.studies,
        "movable": found.movable,
        "median": float(np.exp(found.median)),
        "median_p": found.median_p,
        "share": found.share,
        "share_p": found.share_p,
    }


def _within(
    question: Question, pairs: Sequence[PooledRow], asked: Sequence[Specification], bounds: int
) -> dict[str, Any] | None:
    """Return the contrast within patients, at the rate that the first specification's rows have."""
    if not pairs or asked[0].refused:
        return None
    model = BinomialNormal(level=question.models.level)
    rows = [i for i, group in enumerate(asked[0].groups) if group == question.contrast.against]
    return within_patients(model, pairs, model.fit(asked[0].table.take(rows)), bounds)
