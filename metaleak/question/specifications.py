"""The grid of a specification curve: every declared choice of rows, coding and model, and what rules refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from metaleak.effects.measures import Zero
from metaleak.effects.table import StudyTable
from metaleak.errors import SelectionError
from metaleak.pooling.beta_binomial import BetaBinomial
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.question.kinds.base import Strict
from metaleak.question.question import Contrast, Selecting, SeveralRows, Words
from metaleak.question.review import Review
from metaleak.question.study_table import pooled_rows, table_of
from metaleak.synthesis.specification import Specification, SpecificationModel, refusal

#: What a reader calls the models.
MODEL_NAMES = {
    "BinomialNormal": "binomial-normal",
    "BetaBinomial": "beta-binomial",
    "PLO": "inverse variance, logit",
    "PAS": "inverse variance, arcsine",
    "PFT": "inverse variance, double arcsine",
    "PR": "inverse variance, raw",
}
INTERVAL_NAMES = {
    "profile": "profile",
    "wald": "Wald",
    "t": "t",
    "hksj": "Hartung-Knapp",
    "hksj-adhoc": "Hartung-Knapp, floor",
}
MODEL, ESTIMATOR, INTERVAL, SPREAD, ZEROS = "Model", "Estimator of τ²", "Interval", "Spread", "Zero counts"

NO_PROFILE = "a profile interval of a difference needs one model of both groups"
NO_ZERO = "no count is zero, so that the correction changes nothing"


class Choice(Strict):
    """One choice on an axis, by what it changes: conditions on rows, preferred units, the coding of words."""

    name: Annotated[str, Field(min_length=1)]
    where: dict[str, Words] = Field(default_factory=dict)
    unit: Words | None = None
    add: dict[str, Words] = Field(default_factory=dict)
    drop: list[str] = Field(default_factory=list)


class Axis(Strict):
    """One decision, and its choices in order."""

    name: Annotated[str, Field(min_length=1)]
    choices: Annotated[list[Choice], Field(alias="choice", min_length=1)]


class Rule(Strict):
    """A combination that nobody would defend, with the reason."""

    reason: Annotated[str, Field(min_length=1)]
    when: Annotated[dict[str, str], Field(min_length=1)]


class Models(Strict):
    """Which models are crossed with every selection."""

    counts: tuple[Literal["BinomialNormal", "BetaBinomial"], ...] = (
        "BinomialNormal",
        "BetaBinomial",
    )
    counts_intervals: tuple[Literal["profile", "wald", "t"], ...] = (
        "profile",
        "wald",
    )
    measures: tuple[Literal["PLO", "PAS", "PFT", "PR"], ...] = (
        "PLO",
        "PAS",
        "PFT",
        "PR",
    )
    methods: tuple[Literal["DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM"], ...] = (
        "DL",
        "PM",
        "REML",
    )
    intervals: tuple[Literal["wald", "t", "hksj", "hksj-adhoc"], ...] = (
        "wald",
        "hksj-adhoc",
    )
    zero: tuple[Literal["only0", "if0all", "all"], ...] = (
        "only0",
        "if0all",
    )
    tau2: tuple[Literal["common", "separate"], ...] = (
        "common",
        "separate",
    )
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class Grid(Selecting):
    """What every specification starts from, and the axes along which they differ."""

    contrast: Contrast
    coding: Annotated[dict[str, Words], Field(min_length=2)]
    axes: list[Axis] = Field(alias="axis", default_factory=list)
    rules: list[Rule] = Field(alias="rule", default_factory=list)
    models: Models = Models()

    @model_validator(mode="after")
    def _names_fit(self) -> Grid:
        for name in (self.contrast.of, self.contrast.against):
            if name not in self.coding:
                raise ValueError(
                    f"contrast names no group of [coding]: {name!r}; groups: {', '.join(self.coding)}"
                )
        axes = {axis.name: [choice.name for choice in axis.choices] for axis in self.axes}
        known = {**axes, MODEL: list(MODEL_NAMES.values()), INTERVAL: list(INTERVAL_NAMES.values())}
        told = "; ".join(f"{name}: {', '.join(words)}" for name, words in known.items())
        for rule in self.rules:
            for name, wanted in rule.when.items():
                if wanted not in known.get(name, ()):
                    raise ValueError(
                        f"a rule names no choice of the grid: {name!r} = {wanted!r}; known: {told}"
                    )
        for axis in self.axes:
            for choice in axis.choices:
                for group in choice.add:
                    if group not in self.coding:
                        raise ValueError(f"choice {choice.name!r} adds to no group of [coding]: {group!r}")
        return self


@dataclass(frozen=True, slots=True)
class _Selected:
    """The rows and coding of one combination of choices."""

    choices: dict[str, str]
    table: StudyTable | None
    coding: dict[str, str]
    refused: str = ""


def specifications(review: Review, grid: Grid, *, name: str = "specifications") -> list[Specification]:
    """Build every specification of a grid, those that a rule refuses with the rule's reason.

    Parameters
    ----------
    review : Review
        Where the rows come from.
    grid : Grid
        An analysis of kind ``"specifications"``, as ``review.question(name)`` returns it.
    name : str
        The analysis' name, for messages.

    Returns
    -------
    list of Specification
        In the order of the axes, selections before models.

    Raises
    ------
    SelectionError
        When no combination selects a row.
    """
    selected = list(_selections(review, grid, name))
    if all(item.table is None for item in selected):
        raise SelectionError(
            "no combination of the grid selects a row",
            required="at least one",
            got=f"{len(selected)} combinations",
            where=f"analyses/{name}.toml",
        )
    return [
        specification
        for item in selected
        if item.table is not None
        for specification in _with_models(grid, item, item.table)
    ]


def base_question(grid: Grid, choices: Sequence[Choice]) -> Selecting:
    """Return the question of one combination: all words of the compared column are candidates."""
    where = dict(grid.rows.where)
    unit = grid.several_rows.unit
    for choice in choices:
        where |= choice.where
        unit = choice.unit or unit
    # A narrower condition leaves no row for a preferred unit that it rules out.
    several = grid.several_rows.model_dump()
    if unit and "unit" in where:
        unit = [word for word in unit if word in where["unit"]] or None
    return Selecting(
        format=1,
        title=grid.title,
        question=grid.question,
        rows={"sheet": grid.rows.sheet, **where},  # type: ignore[arg-type]
        several_rows=SeveralRows(**{**several, "unit": unit}),
    )


def _selections(review: Review, grid: Grid, name: str) -> Iterator[_Selected]:
    tables: dict[str, StudyTable | None] = {}
    for combination in product(*(axis.choices for axis in grid.axes)):
        choices = {axis.name: choice.name for axis, choice in zip(grid.axes, combination, strict=True)}
        question = base_question(grid, combination)
        key = repr((question.rows.where, question.several_rows))
        if key not in tables:
            tables[key] = _table(review, question, name)
        yield _Selected(choices, tables[key], _coded(grid, combination))


def _table(review: Review, question: Selecting, name: str) -> StudyTable | None:
    try:
        selection = review.selected(question, name=name)
    except SelectionError:
        return None
    return table_of(pooled_rows(question, selection, review.study_labels))


def _coded(grid: Grid, combination: Sequence[Choice]) -> dict[str, str]:
    coding = {word: group for group, words in grid.coding.items() for word in words}
    for choice in combination:
        coding |= {word: group for group, words in choice.add.items() for word in words}
        coding = {word: group for word, group in coding.items() if word not in choice.drop}
    return coding


def _with_models(grid: Grid, selected: _Selected, table: StudyTable) -> Iterator[Specification]:
    contrast = (grid.contrast.of, grid.contrast.against)
    rows_wrong: str | None = None
    for words, model, tau2 in _models(grid.models):
        choices = {**selected.choices, **words}
        made = Specification(
            choices=choices, model=model, tau2=tau2, table=table, coding=selected.coding, column="modality"
        )
        if rows_wrong is None:
            rows_wrong = refusal(made, contrast)
        wrong = rows_wrong or _ruled_out(grid.rules, choices) or _useless(made)
        yield made if not wrong else _refused(made, wrong)


def _refused(made: Specification, reason: str) -> Specification:
    return Specification(
        choices=made.choices,
        model=made.model,
        tau2=made.tau2,
        table=made.table,
        coding=made.coding,
        column=made.column,
        refused=reason,
    )


def _ruled_out(rules: Sequence[Rule], choices: Mapping[str, str]) -> str:
    return next(
        (
            rule.reason
            for rule in rules
            if all(choices.get(axis) == choice for axis, choice in rule.when.items())
        ),
        "",
    )


def _useless(made: Specification) -> str:
    model = made.model
    if isinstance(model, RandomEffects):
        rows = [i for i, group in enumerate(made.groups) if group is not None]
        x, n = made.table.xi[rows], made.table.ni[rows]
        if model.zero.to == "if0all" and not ((x == 0) | (x == n)).any():
            return NO_ZERO
        return ""
    return NO_PROFILE if made.tau2 == "separate" and model.ci_method == "profile" else ""


def _models(asked: Models) -> Iterator[tuple[dict[str, str], SpecificationModel, str]]:
    """Yield every model with its words and the structure of tau2."""
    level = asked.level
    for name, counts_interval, tau2 in product(asked.counts, asked.counts_intervals, asked.tau2):
        words = {
            MODEL: MODEL_NAMES[name],
            INTERVAL: INTERVAL_NAMES[counts_interval],
            SPREAD: _spread(tau2),
        }
        model: Any = BinomialNormal if name == "BinomialNormal" else BetaBinomial
        yield words, model(ci_method=counts_interval, level=level), tau2
    for measure, method, interval, zero in product(
        asked.measures, asked.methods, asked.intervals, asked.zero
    ):
        structures = asked.tau2 if measure == "PLO" else asked.tau2[:1]
        # Shares and arcsines are defined at zero: nothing is added to them.
        if measure in ("PAS", "PFT") and zero != asked.zero[0]:
            continue
        for tau2 in structures:
            words = {MODEL: MODEL_NAMES[measure], ESTIMATOR: method, INTERVAL: INTERVAL_NAMES[interval]}
            if measure == "PLO":
                words[SPREAD] = _spread(tau2)
            if measure not in ("PAS", "PFT"):
                words[ZEROS] = {"only0": "½ where zero", "if0all": "½ in all rows", "all": "½ always"}[zero]
            yield (
                words,
                RandomEffects(
                    measure=measure,
                    method=method,
                    ci_method=interval,
                    zero=Zero(to=zero),
                    tau2_ci="none",
                    level=level,
                ),
                tau2,
            )


def _spread(tau2: str) -> str:
    return {"common": "one for both groups", "separate": "one for each group"}[tau2]
