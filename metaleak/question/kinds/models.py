"""One pooled rate under many models, estimators and levels: ``kind = "models"``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from metaleak.effects.proportions import study_intervals
from metaleak.effects.table import StudyTable
from metaleak.errors import MetaleakError
from metaleak.pooling.bayesian_binomial_normal import BayesianBinomialNormal
from metaleak.pooling.beta_binomial import BetaBinomial
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.model import Model
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import Interval
from metaleak.question.kinds.base import Prepared, Strict
from metaleak.question.question import Selecting
from metaleak.question.question import wrong_words as wrong_selection
from metaleak.question.review import Review
from metaleak.question.rows import described, enough_rows, observed_rates, rows_csv, rows_with_numbers
from metaleak.question.study_table import PooledRow, table_of
from metaleak.sheets.codebook import Codebook
from metaleak.synthesis.shrunken import shrunken_rates

#: Fewer rows do not tell models apart.
FEWEST_ROWS = 3

#: p values at which the intervals are asked for: the level is 1 - p.
P_VALUES = (0.999, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001)

#: What a row keeps beside its words.
KEYS = ("rate", "ci_low", "ci_high", "ci_method", "shrunken", "shrunken_low", "shrunken_high", "curve")

MEDIAN, MEAN = "median", "mean"


class ModelsModel(Strict):
    """The headline model, the estimators of tau2 beside it, and the prior of the Bayesian one."""

    name: Literal["BinomialNormal"] = "BinomialNormal"
    ci_method: Literal["profile", "wald", "t"] = "profile"
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    tau2: tuple[Literal["DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM", "GENQM"], ...] = (
        "REML",
        "ML",
        "DL",
        "PM",
        "SJ",
        "HE",
        "HS",
    )
    tau_prior: Annotated[float, Field(gt=0)] = 0.5


class ModelsFigures(Strict):
    """Which figures are drawn."""

    draw: tuple[Literal["estimators", "caterpillar", "drapery"], ...] = (
        "estimators",
        "caterpillar",
        "drapery",
    )


class Question(Selecting):
    """One ``analyses/NAME.toml`` that pools its rows by every model."""

    kind: Literal["models"] = "models"
    model: ModelsModel = ModelsModel()
    figures: ModelsFigures = ModelsFigures()

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values."""
        return {
            **self.selection_settings(),
            "model": {**self.model.model_dump(), "tau2": list(self.model.tau2)},
            "figures": list(self.figures.draw),
        }


def wrong_words(question: Question, codebook: Codebook) -> list[str]:
    """Say which words of the selection are unknown, one sentence each."""
    return wrong_selection(question, codebook)


def prepare(review: Review, name: str, question: Question) -> Prepared:
    """Take the rows.

    Raises
    ------
    SelectionError
        When fewer than three observations are left.
    """
    selection, rows = enough_rows(
        review, name, question, fewest=FEWEST_ROWS, otherwise="too few observations to tell models apart"
    )
    return Prepared(
        identity=[[row.label, row.xi, row.ni] for row in rows],
        numbers=partial(_numbers, question, rows),
        selection=described(review, selection, rows),
        rows=partial(rows_with_numbers, review, rows, keys=KEYS),
        rows_csv=rows_csv(question.rows.sheet, selection),
    )


def _numbers(question: Question, rows: Sequence[PooledRow]) -> dict[str, Any]:
    table, settings = table_of(rows), question.model
    model = BinomialNormal(ci_method=settings.ci_method, level=settings.level)
    found = model.fit(table)
    whole = found.natural()
    observed = observed_rates(rows, level=settings.level)
    shrunken = shrunken_rates(found, table, level=settings.level).to_dict("records")
    curves = _row_curves(rows)
    for values, drawn, curve in zip(observed, shrunken, curves, strict=True):
        values |= {
            "shrunken": drawn["shrunken"],
            "shrunken_low": drawn["low"],
            "shrunken_high": drawn["high"],
            "curve": curve,
        }
    return {
        "groups": {},
        "estimate": whole.estimate,
        **_interval("ci", whole.ci),
        **_interval("pi", whole.prediction),
        "k": table.k,
        "k_studies": table.k_studies,
        "tau2": found.heterogeneity.tau2,
        "models": list(_models(settings, table)),
        **_curves(model, table),
        "rows": observed,
        "notes": list(found.notes),
    }


def _interval(name: str, limits: Interval | None) -> dict[str, float | None]:
    return {
        f"{name}_low": None if limits is None else limits.low,
        f"{name}_high": None if limits is None else limits.high,
    }


def _models(settings: ModelsModel, table: StudyTable) -> Iterator[dict[str, Any]]:
    """Pool by every model; one that fails says why and does not stop the others."""
    level = settings.level
    for method, told in (("profile", "profile likelihood"), ("t", "t"), ("wald", "Wald")):
        model = BinomialNormal(ci_method=method, level=level)
        yield _told(f"binomial-normal, {told}", MEDIAN, model, table)
    prior = BayesianBinomialNormal(tau_prior=("half-normal", settings.tau_prior), level=level)
    yield _told("binomial-normal, Bayesian", MEDIAN, prior, table)
    for method in settings.tau2:
        inverse = RandomEffects(measure="PLO", method=method, ci_method="hksj-adhoc", level=level)
        yield _told(f"inverse variance, {method}", MEDIAN, inverse, table)
    yield _told("inverse variance, common effect", MEDIAN, CommonEffect(measure="PLO", level=level), table)
    for method, told in (("profile", "profile likelihood"), ("wald", "Wald")):
        yield _told(f"binomial-normal, {told}", MEAN, BinomialNormal(ci_method=method, level=level), table)
    yield _told("beta-binomial, profile likelihood", MEAN, BetaBinomial(level=level), table)


def _told(name: str, of: str, model: Model, table: StudyTable) -> dict[str, Any]:
    nothing = dict.fromkeys(("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "tau2"))
    try:
        found = model.fit(table)
        whole = found.natural()
    except MetaleakError as error:
        return {"name": name, "of": of, **nothing, "reason": str(error)}
    tau2 = None if isinstance(model, BetaBinomial) else found.heterogeneity.tau2
    if of == MEAN and not isinstance(model, BetaBinomial):
        average = found.detail.population_average
        numbers = {"estimate": average.value, **_interval("ci", average.ci)}
    else:
        numbers = {"estimate": whole.estimate, **_interval("ci", whole.ci)}
    return {
        "name": name,
        "of": of,
        **numbers,
        **_interval("pi", whole.prediction),
        "tau2": tau2,
        "reason": None,
    }


def _curves(model: BinomialNormal, table: StudyTable) -> dict[str, Any]:
    """Return the limits of the pooled rate and of a new study's rate at every p value."""
    pooled, new = [], []
    for p in P_VALUES:
        whole = replace(model, level=1 - p).fit(table).natural()
        pooled.append([p, whole.ci.low, whole.ci.high])
        if whole.prediction is not None:
            new.append([p, whole.prediction.low, whole.prediction.high])
    return {"curve": pooled, "prediction_curve": new}


def _row_curves(rows: Sequence[PooledRow]) -> list[list[list[float]]]:
    events, total = [row.xi for row in rows], [row.ni for row in rows]
    limits = [study_intervals(events, total, level=1 - p) for p in P_VALUES]
    return [
        [[p, float(low[i]), float(high[i])] for p, (low, high) in zip(P_VALUES, limits, strict=True)]
        for i in range(len(rows))
    ]
