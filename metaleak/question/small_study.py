"""Do small studies differ: what ``[small_study]`` of an analysis asks for, computed for rates and for contrasts."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from metaleak.effects.measures import measure
from metaleak.effects.table import StudyTable
from metaleak.errors import ConvergenceError, TableError, UndefinedError
from metaleak.numerics.distributions import two_sided_quantile
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import MetaResult
from metaleak.question.kinds.base import Strict
from metaleak.synthesis.doi_plot import doi_plot
from metaleak.synthesis.selection import selection_model
from metaleak.synthesis.small_study import FEWEST, small_study_line, small_study_test, trim_and_fill

#: The tests of either scale, the one of the line first. Those on the standard error mislead for rates (Hunter 2014).
RATES = ("peters",)
CONTRASTS = ("egger", "begg", "peters")


#: What is found among comparisons without an event in either arm.
_NOTHING: dict[str, Any] = {
    "k": 0,
    "estimate": None,
    "tau2": None,
    "enough": False,
    "tests": [],
    "line": None,
    "doi": None,
    "scale": "odds ratio",
    "points": [],
    "trim_and_fill": None,
    "selection_model": None,
}


class Selection(Strict):
    """``[small_study.selection]``: the steps of the selection model of contrasts.

    Attributes
    ----------
    steps : tuple of float
        Where p values are cut, rising.
    alternative : str
        What the p values test: ``"greater"`` and ``"less"`` are one-sided, so that 0.025 cuts at p = 0.05, two-sided.
    """

    steps: Annotated[tuple[Annotated[float, Field(gt=0, lt=1)], ...], Field(min_length=1)] = (0.05,)
    alternative: Literal["two-sided", "greater", "less"] = "two-sided"

    @model_validator(mode="after")
    def _rising(self) -> Selection:
        if list(self.steps) != sorted(set(self.steps)):
            raise ValueError("small_study.selection: steps do not rise")
        return self


class SmallStudy(Strict):
    """``[small_study]``: a funnel, its test, for contrasts a selection model, and on request the Doi plot.

    Attributes
    ----------
    fewest : int
        Fewer observations are not tested.
    doi : bool
        Whether the Doi plot and its LFK index are shown, with what is known against them.
    selection : Selection, optional
        The steps of the selection model; for contrasts alone, with one step at p = 0.05 where it is left out.
    """

    fewest: Annotated[int, Field(ge=3)] = FEWEST
    doi: bool = False
    selection: Selection | None = None


def asked_settings(asked: SmallStudy | None) -> dict[str, Any]:
    """Return what was declared, as plain JSON values: nothing where nothing was."""
    return {} if asked is None else {"small_study": _plain(asked)}


def _plain(asked: SmallStudy) -> dict[str, Any]:
    found = asked.model_dump(exclude_none=True)
    if asked.selection is not None:
        found["selection"]["steps"] = list(asked.selection.steps)
    return found


def with_funnel(question: Any) -> Any:
    """Refuse a funnel whose test nobody asked for, and a selection model of rates.

    Raises
    ------
    ValueError
        When ``[figures] draw`` names the funnel and there is no ``[small_study]``, or rates have
        ``[small_study.selection]``.
    """
    if "funnel" in question.figures.draw and question.small_study is None:
        raise ValueError("the figure funnel needs a table [small_study]")
    asked = question.small_study
    if question.kind == "influence" and asked is not None and asked.selection is not None:
        raise ValueError(
            "small_study.selection: rates of one group have no p value that decides on publication"
        )
    return question


def of_rates(model: RandomEffects, table: StudyTable, asked: SmallStudy) -> dict[str, Any]:
    """Return the test on 1/n of rates on the logit, its line, and the pooled value it is drawn beside."""
    fit = model.fit(table)
    return {**_tested(fit, asked, RATES, model.level), "scale": "rate", "trim_and_fill": None}


def of_contrasts(model: RandomEffects, table: StudyTable, asked: SmallStudy) -> dict[str, Any]:
    """Return the tests of log odds ratios, Egger's line, trim and fill, a selection model, and the funnel's points.

    Where no comparison says anything about the odds ratio, there is nothing to draw and nothing to test.
    """
    try:
        fit = model.fit(table)
    except TableError:
        return {**_NOTHING, "fewest": asked.fewest}
    effects = fit.effects
    kept = measure(fit.measure).effects(table, model.zero).kept
    points = (
        []
        if effects is None
        else [
            {"label": table.label[int(i)], "yi": float(y), "sei": math.sqrt(float(v))}
            for i, y, v in zip(kept, effects.yi, effects.vi, strict=True)
        ]
    )
    return {
        **_tested(fit, asked, CONTRASTS, model.level),
        "scale": "odds ratio",
        "points": points,
        "trim_and_fill": _filled(model, table, asked) if fit.k >= asked.fewest else None,
        "selection_model": _selected(fit, asked, model.level) if fit.k >= asked.fewest else None,
    }


def _selected(fit: MetaResult, asked: SmallStudy, level: float) -> dict[str, Any]:
    """Return the selection model on the natural scale, or why there is none."""
    wanted = asked.selection or Selection()
    told = {"alternative": wanted.alternative, "steps": list(wanted.steps)}
    try:
        found = selection_model(
            fit, steps=wanted.steps, alternative=wanted.alternative, level=level, fewest=asked.fewest
        )
    except (ConvergenceError, UndefinedError) as error:
        return {**told, "estimate": None, "weights": [], "reason": error.what}
    test = found.test
    return {
        **told,
        "estimate": math.exp(found.estimate),
        "ci_low": math.exp(found.ci.low),
        "ci_high": math.exp(found.ci.high),
        "unadjusted": math.exp(found.unadjusted),
        "tau2": found.tau2,
        "statistic": None if test is None else test.statistic,
        "df": None if test is None else test.df,
        "p_value": None if test is None else test.p_value,
        "weights": [
            {"low": w.low, "high": w.high, "rows": w.rows, "weight": w.weight, "se": w.se}
            for w in found.weights
        ],
        "notes": list(found.notes),
        "reason": None,
    }


def _tested(fit: MetaResult, asked: SmallStudy, kinds: tuple[str, ...], level: float) -> dict[str, Any]:
    enough = fit.k >= asked.fewest
    return {
        "k": fit.k,
        "fewest": asked.fewest,
        "estimate": fit.estimate,
        "tau2": fit.tau2,
        "enough": enough,
        "tests": [_test(fit, kind, asked.fewest) for kind in kinds] if enough else [],
        "line": _line(fit, kinds[0], asked.fewest, level) if enough else None,
        "doi": _doi(fit, asked.fewest) if enough and asked.doi else None,
    }


def _test(fit: MetaResult, kind: str, fewest: int) -> dict[str, Any]:
    try:
        found = small_study_test(fit, kind=kind, fewest=fewest)
    except UndefinedError as error:
        return {"kind": kind, "statistic": None, "df": None, "p_value": None, "reason": error.what}
    return {
        "kind": kind,
        "statistic": found.statistic,
        "df": found.df,
        "p_value": found.p_value,
        "reason": None,
    }


def _line(fit: MetaResult, kind: str, fewest: int, level: float) -> dict[str, Any] | None:
    try:
        found = small_study_line(fit, kind=kind, fewest=fewest)
    except UndefinedError:
        return None
    half = float(two_sided_quantile(level, found.df)) * found.slope_se
    return {
        "kind": kind,
        "intercept": found.intercept,
        "slope": found.slope,
        "slope_low": found.slope - half,
        "slope_high": found.slope + half,
    }


def _doi(fit: MetaResult, fewest: int) -> dict[str, Any] | None:
    try:
        found = doi_plot(fit, fewest=fewest)
    except UndefinedError:
        return None
    return {
        "lfk": found.lfk,
        "points": [{"yi": float(y), "z": float(z)} for y, z in zip(found.yi, found.z, strict=True)],
    }


def _filled(model: RandomEffects, table: StudyTable, asked: SmallStudy) -> dict[str, Any] | None:
    try:
        found = trim_and_fill(model, table, fewest=asked.fewest)
    except UndefinedError:
        return None
    effects, ends = found.result.effects, found.result.ci
    added = (
        []
        if effects is None
        else list(zip(effects.yi[-found.missing :], effects.vi[-found.missing :], strict=True))
    )
    return {
        "missing": found.missing,
        "se": found.se,
        "side": found.side,
        "points": [{"yi": float(y), "sei": math.sqrt(float(v))} for y, v in added] if found.missing else [],
        "estimate": math.exp(found.result.estimate),
        "ci_low": math.exp(ends.low),
        "ci_high": math.exp(ends.high),
    }
