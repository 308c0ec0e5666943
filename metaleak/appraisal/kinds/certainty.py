"""How certain pooled rates are: ``kind = "certainty"``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from metaleak.appraisal import certainty
from metaleak.appraisal.certainty import Bounds, Suggestion
from metaleak.appraisal.of_analysis import bias_answers, identity_of_answers, judged_pool
from metaleak.errors import ConvergenceError, UndefinedError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.question import as_json
from metaleak.question.kinds.base import AnyQuestion, NoFigures, Prepared, Strict
from metaleak.question.question import Question as Pool
from metaleak.question.review import Review
from metaleak.question.rows import described, rows_csv, rows_with_numbers
from metaleak.question.study_table import PooledRow, pooled_rows, table_of
from metaleak.sheets.codebook import Codebook
from metaleak.sheets.instruments import INSTRUMENTS
from metaleak.synthesis.small_study import small_study_test
from metaleak.synthesis.subgroups import pool_by

#: What a reader of the table needs of a pooled group.
_SHOWN = (
    "k",
    "k_studies",
    "events",
    "total",
    "estimate",
    "ci_low",
    "ci_high",
    "pi_low",
    "pi_high",
    "i2",
    "reason",
)

Two = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]


class BoundsTable(Strict):
    """Where a concern becomes serious, and very serious: see :class:`metaleak.appraisal.certainty.Bounds`."""

    interval: Two = Bounds().interval
    prediction: Two = Bounds().prediction
    i2: Annotated[float, Field(ge=0, le=1)] = Bounds().i2
    unreported: Two = Bounds().unreported
    doubtful: Two = Bounds().doubtful
    p_value: Annotated[float, Field(gt=0, lt=1)] = Bounds().p_value


class Question(AnyQuestion):
    """One ``analyses/NAME.toml`` that sets decisions about certainty beside what the numbers suggest.

    Attributes
    ----------
    of : str
        The analysis whose groups are judged; it pools by group.
    tool : str
        The checklist whose verdicts stand for risk of bias.
    bounds : BoundsTable
        Where a concern becomes serious.
    """

    kind: Literal["certainty"] = "certainty"
    of: Annotated[str, Field(min_length=1)]
    tool: Literal["jbi", "minors"] = "jbi"
    bounds: BoundsTable = BoundsTable()
    figures: NoFigures = NoFigures()

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets that its numbers come from."""
        return ("leaks", "pairs", "risk_of_bias", "certainty")

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values."""
        return {
            "of": self.of,
            "tool": self.tool,
            "bounds": self.bounds.model_dump(mode="json"),
            "figures": [],
        }


def wrong_words(question: Question, codebook: Codebook) -> list[str]:
    """Say which bounds run the wrong way."""
    pairs = question.bounds.model_dump()
    return [
        f"bounds.{name}: serious comes before very serious; got: {list(pair)}"
        for name, pair in pairs.items()
        if isinstance(pair, tuple) and pair[0] > pair[1]
    ]


def prepare(review: Review, name: str, question: Question) -> Prepared:
    """Take the rows of the analysis that is judged, the verdicts about its studies and the decisions.

    Raises
    ------
    ConfigError, SelectionError
        When the analysis is not there or pools nothing.
    """
    judged = judged_pool(review, question.of, where=f"analyses/{name}.toml")
    selection = review.select(question.of)
    rows = pooled_rows(judged, selection, review.study_labels)
    answers = bias_answers(review)
    decisions = _decisions(review, question.of)
    return Prepared(
        identity=[
            [[row.group, row.study_id, row.label, row.xi, row.ni, row.modality] for row in rows],
            judged.model.model_dump(),
            identity_of_answers(answers),
            [[*key, dict(row)] for key, row in sorted(decisions.items())],
        ],
        numbers=partial(_numbers, review, judged, question, rows, answers, decisions),
        selection={**described(review, selection, rows), "sheet": judged.rows.sheet},
        rows=partial(rows_with_numbers, review, rows, keys=()),
        rows_csv=rows_csv(judged.rows.sheet, selection),
    )


def _decisions(review: Review, of: str) -> dict[tuple[str, str], Mapping[str, str]]:
    frame = review.sheets.frame("certainty")
    kept = ("downgrade", "reason", "decided_by")
    return {
        (row["group"], row["domain"]): {key: row[key] for key in kept}
        for row in frame.to_dict("records")
        if row["analysis"] == of
    }


def _numbers(
    review: Review,
    judged: Pool,
    question: Question,
    rows: list[PooledRow],
    answers: dict[tuple[str, str], str],
    decisions: dict[tuple[str, str], Mapping[str, str]],
) -> dict[str, Any]:
    model = BinomialNormal(ci_method=judged.model.ci_method, level=judged.model.level)
    table = table_of(rows)
    pooled = pool_by(model, table, by="group", tau2=judged.model.tau2)
    inverse = pool_by(RandomEffects(measure="PLO"), table, by="group")
    bounds = Bounds(**question.bounds.model_dump())
    rates = {}
    for group, found in pooled.groups.items():
        values = as_json.group(found, common=found, beside=inverse.groups[group], rows_taken=0)
        mine = [row for row in rows if row.group == group]
        suggestions = {
            "risk_of_bias": certainty.risk_of_bias(_verdicts(mine, answers, question.tool), bounds),
            "inconsistency": certainty.inconsistency(
                values.get("pi_low"), values.get("pi_high"), values.get("i2"), bounds
            ),
            "indirectness": certainty.indirectness(
                sum(row.modality == review.codebook.declared.no_modality for row in mine), len(mine), bounds
            ),
            "imprecision": certainty.imprecision(values["ci_low"], values["ci_high"], bounds),
            "publication_bias": _small_studies(mine, bounds),
        }
        made = {domain: row for (name, domain), row in decisions.items() if name == group}
        shown = {key: values.get(key) for key in _SHOWN}
        rates[group] = {**shown, **certainty.as_json(suggestions, made)}
    unknown = sorted({group for group, _ in decisions} - set(rates))
    told = f"certainty.csv decides about groups that {question.of} does not have: {', '.join(unknown)}"
    return {
        "groups": {},
        "rates": rates,
        "level_of_intervals": judged.model.level,
        "rows": [{} for _ in rows],
        "notes": [told] if unknown else [],
    }


def _verdicts(rows: list[PooledRow], answers: dict[tuple[str, str], str], tool: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        verdict = answers.get((row.study_id, INSTRUMENTS[tool].overall), "not_assessed")
        found[verdict] = found.get(verdict, 0) + row.ni
    return found


def _small_studies(rows: list[PooledRow], bounds: Bounds) -> Suggestion:
    try:
        test = small_study_test(RandomEffects(measure="PLO").fit(table_of(rows)), kind="peters")
    except (UndefinedError, ConvergenceError):
        return certainty.publication_bias(None, len(rows), bounds)
    return certainty.publication_bias(test.p_value, len(rows), bounds)
