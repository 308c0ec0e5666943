"""Regress rates on moderators: ``kind = "regression"``."""

from __future__ import annotations

import math
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from metaleak.effects.formula import parse_formula
from metaleak.errors import MetaleakError, SettingError, TableError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.marginal import marginal_means
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import MetaResult, Test
from metaleak.question import as_json
from metaleak.question.kinds.base import Prepared, Strict
from metaleak.question.kinds.routes import adjusted, pairs_of, three_routes, totals_only
from metaleak.question.moderators import known_moderators, moderated_table
from metaleak.question.question import BesideModel, Contrast, Selecting
from metaleak.question.question import wrong_words as wrong_selection
from metaleak.question.review import Review
from metaleak.question.rows import described, observed_rates, rows_csv, rows_with_numbers
from metaleak.question.study_table import PooledRow, pooled_rows
from metaleak.sheets.codebook import Codebook
from metaleak.synthesis.permutation import permutation_test

#: What a contrast holds of its odds ratio.
_RATIO = ("odds_ratio", "ci_low", "ci_high", "p_value")

#: Points of the line in the figure of a numeric moderator.
_LINE = 41


class RegressionModel(Strict):
    """The model behind the coefficients, and how often the moderators are permuted."""

    name: Literal["BinomialNormal"] = "BinomialNormal"
    ci_method: Literal["profile", "wald", "t"] = "profile"
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    permutations: Annotated[int, Field(ge=0, le=1_000_000)] = 2000
    seed: Annotated[int, Field(ge=0)] = 1


class RegressionFigures(Strict):
    """Which figures are drawn; ``bubble`` names the numeric moderator on its axis."""

    draw: tuple[Literal["coefficients", "means", "bubble", "routes"], ...] = ("coefficients", "means")
    bubble: str | None = None


class Within(Strict):
    """The analysis of pairs whose pooled share stands beside the first contrast."""

    analysis: str


class Question(Selecting):
    """One ``analyses/NAME.toml`` that regresses rates on moderators.

    Attributes
    ----------
    moderators : str
        The formula, such as ``'~ C(group, "CT") + procedure + unit'``.
    means : list of str
        Moderators whose marginal means are printed.
    contrasts, within : the routes
        Differences between levels of ``group``, and the pairs that answer the first of them.
    model, beside, figures
        The models and the figures.
    """

    kind: Literal["regression"] = "regression"
    moderators: str
    means: list[str] = Field(default_factory=list)
    contrasts: list[Contrast] = Field(alias="contrast", default_factory=list)
    within: Within | None = None
    model: RegressionModel = RegressionModel()
    beside: BesideModel = BesideModel()
    figures: RegressionFigures = RegressionFigures()

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets that its rows come from."""
        return (self.rows.sheet, *(("pairs",) if self.within is not None else ()))

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values."""
        return {
            **self.selection_settings(),
            "moderators": self.moderators,
            "means": self.means,
            "contrasts": [contrast.model_dump() for contrast in self.contrasts],
            "model": self.model.model_dump(),
            "beside": self.beside.model_dump(),
            "figures": list(self.figures.draw),
            **({"bubble": self.figures.bubble} if self.figures.bubble else {}),
            **({"within": self.within.analysis} if self.within else {}),
        }


def wrong_words(question: Question, codebook: Codebook) -> list[str]:
    """Say what is wrong with the selection, the formula and the names in it, one sentence each."""
    wrong = wrong_selection(question, codebook)
    known = known_moderators()
    try:
        used = parse_formula(question.moderators, known).columns
    except SettingError as error:
        return [*wrong, f"moderators: {error}"]
    for name in question.means:
        if name not in used:
            wrong.append(f"means names no moderator of the formula: {name!r}; in it: {', '.join(used)}")
    if question.figures.bubble is not None and question.figures.bubble not in used:
        wrong.append(f"bubble names no moderator of the formula: {question.figures.bubble!r}")
    if "bubble" in question.figures.draw and question.figures.bubble is None:
        wrong.append('the figure bubble needs the name of a numeric moderator: bubble = "year"')
    groups = [group.name for group in question.groups]
    for contrast in question.contrasts:
        if "group" not in used:
            wrong.append("a contrast compares groups, and the formula does not hold group")
            break
        wrong += [
            f"contrast names no group: {name!r}; groups: {', '.join(groups)}"
            for name in (contrast.of, contrast.against)
            if name not in groups
        ]
    return wrong


def prepare(review: Review, name: str, question: Question) -> Prepared:
    """Take the rows of a regression.

    Raises
    ------
    SelectionError
        When no row is left.
    ConfigError
        When the analysis named by ``within`` takes no rows of ``pairs.csv``.
    """
    selection = review.select(name)
    rows = pooled_rows(question, selection, review.study_labels)
    table = moderated_table(review, rows, sheet=question.rows.sheet)
    used = parse_formula(question.moderators, known_moderators()).columns
    pairs = [] if question.within is None else pairs_of(review, name, question.within.analysis)
    identity: list[list[Any]] = [
        [row.label, row.group, row.xi, row.ni, *(table.moderators[name][i] for name in used)]
        for i, row in enumerate(rows)
    ]
    return Prepared(
        identity=identity + [[row.label, row.xi, row.ni] for row in pairs],
        numbers=partial(_numbers, review, question, rows, pairs),
        selection=described(review, selection, rows),
        rows=partial(
            rows_with_numbers, review, rows, keys=("rate", "ci_low", "ci_high", "ci_method", "entered", "at")
        ),
        rows_csv=rows_csv(question.rows.sheet, selection),
    )


def _numbers(
    review: Review, question: Question, rows: list[PooledRow], pairs: list[PooledRow]
) -> dict[str, Any]:
    table = moderated_table(review, rows, sheet=question.rows.sheet)
    used = parse_formula(question.moderators, known_moderators()).columns
    lacking = [[name for name in used if table.moderators[name][i] in (None, "")] for i in range(table.k)]
    part = table.take([i for i in range(table.k) if not lacking[i]])
    model = question.model
    fit = BinomialNormal(ci_method=model.ci_method, moderators=question.moderators, level=model.level).fit(
        part
    )
    inverse = RandomEffects(
        measure=question.beside.measure,
        method=question.beside.method,
        ci_method=question.beside.ci_method,
        moderators=question.moderators,
        level=model.level,
    )
    beside = inverse.fit(part)
    regression = fit.regression
    if regression is None:
        raise TableError("the fit holds no moderators", got=question.moderators)
    bubble = question.figures.bubble
    observed = observed_rates(rows, level=model.level)
    for values, missing, i in zip(observed, lacking, range(table.k), strict=True):
        values["entered"] = int(not missing)
        values["at"] = None if bubble is None else table.moderators[bubble][i]
    return {
        "groups": {},
        "k": fit.k,
        "k_studies": fit.k_studies,
        "coefficients": _coefficients(fit, beside),
        "tests": _tests(fit, beside, inverse, part, question),
        "tau2": fit.tau2,
        "tau2_without": regression.tau2_without,
        "r2": regression.r2,
        "i2": fit.heterogeneity.i2,
        "residual": {
            "q": fit.heterogeneity.q,
            "q_df": fit.heterogeneity.q_df,
            "q_p": fit.heterogeneity.q_p,
            "q_method": fit.heterogeneity.q_method,
        },
        "means": {name: _means(fit, name) for name in question.means},
        "line": [] if bubble is None else _line(fit, bubble),
        "contrasts": [_contrast(fit, part.moderators["group"], part.study, c) for c in question.contrasts],
        "routes": three_routes(question, fit, part, rows, pairs, totals_only(review, pairs)),
        "left_out": [
            {"label": row.label, "missing": missing}
            for row, missing in zip(rows, lacking, strict=True)
            if missing
        ],
        "rows": observed,
        "notes": list(fit.notes),
    }


def _coefficients(fit: MetaResult, beside: MetaResult) -> list[dict[str, Any]]:
    support = {} if fit.regression is None else fit.regression.support
    inflation = {} if fit.regression is None else fit.regression.vif
    found = []
    for ours, other in zip(fit.coefficients, beside.coefficients, strict=True):
        rows, studies = support.get(ours.name, (fit.k, fit.k_studies))
        found.append(
            {
                "name": ours.name,
                "value": ours.value,
                "se": ours.se,
                "ci_low": ours.ci.low,
                "ci_high": ours.ci.high,
                "ci_method": ours.ci.method,
                "p_value": ours.p_value,
                "rows": rows,
                "studies": studies,
                "vif": inflation.get(ours.name),
                "beside": {
                    "value": other.value,
                    "ci_low": other.ci.low,
                    "ci_high": other.ci.high,
                    "p_value": other.p_value,
                },
            }
        )
    return found


def _tests(
    fit: MetaResult, beside: MetaResult, inverse: RandomEffects, table: Any, question: Question
) -> list[dict[str, Any]]:
    ours, others = fit.regression, beside.regression
    if ours is None or others is None or ours.omnibus is None or others.omnibus is None:
        return []
    pairs: list[tuple[Test, Test, str | None]] = [(ours.omnibus, others.omnibus, None)]
    pairs += [(a, b, a.name) for a, b in zip(ours.terms, others.terms, strict=True)]
    return [
        {
            "name": a.name,
            "headline": as_json.test(a),
            "beside": as_json.test(b),
            **_permuted(inverse, table, term, question.model),
        }
        for a, b, term in pairs
    ]


def _permuted(inverse: RandomEffects, table: Any, term: str | None, model: RegressionModel) -> dict[str, Any]:
    if not model.permutations:
        return {"permuted": None, "permuted_reason": "not asked for"}
    scheme = "joint" if term is None else "freedman-lane"
    try:
        found: Test = permutation_test(
            inverse, table, n=model.permutations, seed=model.seed, term=term, scheme=scheme
        )
    except MetaleakError as error:
        return {"permuted": None, "permuted_reason": str(error)}
    return {"permuted": as_json.test(found), "permuted_reason": None}


def _means(fit: MetaResult, name: str) -> list[dict[str, Any]]:
    frame = marginal_means(fit, name)
    return [
        {
            "level": _level(row[name]),
            "k": int(row["k"]),
            "estimate": row["natural"],
            "ci_low": row["natural_low"],
            "ci_high": row["natural_high"],
            "pi_low": None if math.isnan(row["natural_pi_low"]) else row["natural_pi_low"],
            "pi_high": None if math.isnan(row["natural_pi_high"]) else row["natural_pi_high"],
        }
        for row in frame.to_dict("records")
    ]


def _level(value: Any) -> str:
    """Return a level as it is printed: a whole number without decimals."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _line(fit: MetaResult, name: str) -> list[list[float]]:
    values = [float(v) for v in (fit.regression.values[name] if fit.regression else ())]
    low, high = min(values), max(values)
    at = [low + (high - low) * i / (_LINE - 1) for i in range(_LINE)]
    frame = marginal_means(fit, name, at=at)
    return [
        [float(row[name]), row["natural"], row["natural_low"], row["natural_high"]]
        for row in frame.to_dict("records")
    ]


def _contrast(fit: MetaResult, groups: Any, studies: Any, contrast: Contrast) -> dict[str, Any]:
    sizes = [
        [i for i, group in enumerate(groups) if group == name] for name in (contrast.of, contrast.against)
    ]
    without = [name for name, found in zip((contrast.of, contrast.against), sizes, strict=True) if not found]
    return {
        "of": contrast.of,
        "against": contrast.against,
        **(adjusted(fit, contrast.of, contrast.against) or dict.fromkeys(_RATIO)),
        "reason": f"no observation of {without[0]} has every moderator" if without else None,
        "k": [len(rows) for rows in sizes],
        "k_studies": [len({studies[i] for i in rows}) for rows in sizes],
        "method": "binomial-normal regression, Wald interval",
    }
