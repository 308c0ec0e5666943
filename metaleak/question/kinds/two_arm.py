"""Compare two arms inside studies: ``kind = "two_arm"``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, model_validator

from metaleak.effects.measures import Zero, measure
from metaleak.effects.table import StudyTable
from metaleak.errors import MetaleakError, SelectionError
from metaleak.numerics.distributions import two_sided_quantile
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.two_arm_binomial_normal import TwoArmBinomialNormal
from metaleak.question import as_json
from metaleak.question.kinds.base import Prepared, Strict
from metaleak.question.question import Selecting
from metaleak.question.question import wrong_words as wrong_selection
from metaleak.question.review import Review
from metaleak.question.rows import rows_csv
from metaleak.question.select import Selection
from metaleak.question.small_study import SmallStudy, asked_settings, of_contrasts, with_funnel
from metaleak.sheets.codebook import Codebook, nearest

#: What both arms of a comparison have in common, beside the column that tells them apart.
SAME = ("study_id", "unit", "modality", "leak_site", "symptomatic")

Words = Annotated[list[str], Field(min_length=1)]


class Arms(Strict):
    """The column that tells the arms apart, and the words of either side."""

    column: Literal["procedure", "cement_viscosity", "approach"]
    treatment: Words
    control: Words


class TwoArmModel(Strict):
    """The model of the headline, an odds ratio by inverse variance; the others stand beside it."""

    name: Literal["RandomEffects"] = "RandomEffects"
    method: Literal["DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM"] = "REML"
    ci_method: Literal["wald", "t", "hksj", "hksj-adhoc"] = "hksj-adhoc"
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class TwoArmFigures(Strict):
    """Which figures are drawn."""

    draw: tuple[Literal["arms", "funnel"], ...] = ("arms",)


class Question(Selecting):
    """One ``analyses/NAME.toml`` that compares two arms inside studies."""

    kind: Literal["two_arm"] = "two_arm"
    arms: Arms
    model: TwoArmModel = TwoArmModel()
    small_study: SmallStudy | None = None
    figures: TwoArmFigures = TwoArmFigures()

    _funnel = model_validator(mode="after")(with_funnel)

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values."""
        return {
            **self.selection_settings(),
            "arms": self.arms.model_dump(),
            "model": self.model.model_dump(),
            **asked_settings(self.small_study),
            "figures": list(self.figures.draw),
        }


def wrong_words(question: Question, codebook: Codebook) -> list[str]:
    """Say which words of the selection and of the arms are unknown, one sentence each."""
    wrong = wrong_selection(question, codebook)
    arms = question.arms
    known = codebook.words(arms.column)
    wrong += [
        f"unknown word {word!r} for {arms.column} in arms{nearest(word, known)}; allowed: {', '.join(known)}"
        for word in (*arms.treatment, *arms.control)
        if word not in known
    ]
    wrong += [f"{word!r} stands on both sides of arms" for word in arms.treatment if word in arms.control]
    return wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two arms of one study: events and totals of either, and the rows that make them."""

    label: str
    study_id: str
    unit: str
    modality: str
    leak_site: str
    treated: tuple[int, int]
    controls: tuple[int, int]
    sheet_rows: tuple[int, ...]
    confidence: str
    source_location: str


def prepare(review: Review, name: str, question: Question) -> Prepared:
    """Pair the arms of every study.

    Raises
    ------
    SelectionError
        When no study has both arms.
    """
    selection = review.select(name)
    judged, pairs = _paired(selection, question.arms, review.study_labels)
    if not pairs:
        raise SelectionError(
            "no study has both arms",
            required=f"{' or '.join(question.arms.treatment)} and {' or '.join(question.arms.control)} in one study",
            where=f"analyses/{name}.toml",
        )
    return Prepared(
        identity=[[p.label, *p.treated, *p.controls] for p in pairs],
        numbers=partial(_numbers, question, pairs),
        selection=_described(review, judged, pairs),
        rows=partial(_rows, review, pairs),
        rows_csv=rows_csv(question.rows.sheet, judged),
    )


def _paired(
    selection: Selection, arms: Arms, labels: Mapping[str, str]
) -> tuple[Selection, list[Comparison]]:
    """Return every row's verdict after pairing, and the comparisons in the order of their labels."""
    frame = selection.candidates.copy()
    side_of = {**dict.fromkeys(arms.treatment, "treatment"), **dict.fromkeys(arms.control, "control")}
    sides = frame[arms.column].map(side_of).fillna("")
    same = [*SAME, *(["procedure"] if arms.column != "procedure" else [])]
    taken = frame["taken"].to_numpy(dtype=bool)
    found: list[Comparison] = []
    group, reason = frame["group"].tolist(), frame["reason"].tolist()
    kept = [False] * len(frame)
    place_of = {index: place for place, index in enumerate(frame.index)}
    for key, part in frame[taken].groupby(same, sort=False):
        places = [place_of[i] for i in part.index]
        halves = {side: [p for p in places if sides.iloc[p] == side] for side in ("treatment", "control")}
        if all(halves.values()):
            found.append(_comparison(frame, halves, str(key[0]), labels))
        for p in places:
            side = sides.iloc[p]
            kept[p] = bool(side) and all(halves.values())
            group[p] = side if kept[p] else ""
            if not kept[p]:
                reason[p] = (
                    f"{arms.column} is {frame[arms.column].iloc[p] or 'empty'}, on neither side"
                    if not side
                    else "its study has no row of the other arm in the same unit and imaging"
                )
    judged = frame.assign(taken=kept, group=group, reason=reason)
    return Selection(judged, selection.matching), sorted(_unique(found), key=lambda p: p.label.casefold())


def _comparison(
    frame: pd.DataFrame, halves: Mapping[str, Sequence[int]], study: str, labels: Mapping[str, str]
) -> Comparison:
    places = [*halves["treatment"], *halves["control"]]
    first = frame.iloc[places[0]]
    order = ("high", "medium", "low")
    return Comparison(
        label=labels.get(study, study),
        study_id=study,
        unit=str(first["unit"]),
        modality=str(first["modality"]),
        leak_site=str(first["leak_site"]),
        treated=_summed(frame, halves["treatment"]),
        controls=_summed(frame, halves["control"]),
        sheet_rows=tuple(sorted(int(frame["sheet_row"].iloc[p]) for p in places)),
        confidence=max((str(frame["confidence"].iloc[p]) for p in places), key=order.index),
        source_location="; ".join(dict.fromkeys(str(frame["source_location"].iloc[p]) for p in places)),
    )


def _summed(frame: pd.DataFrame, places: Sequence[int]) -> tuple[int, int]:
    return int(sum(frame["xi"].iloc[p] for p in places)), int(sum(frame["ni"].iloc[p] for p in places))


def _unique(found: list[Comparison]) -> list[Comparison]:
    """Tell comparisons of one study apart by unit and imaging."""
    names = [p.label for p in found]
    return [
        Comparison(**{**_fields(p), "label": f"{p.label} ({p.unit}, {p.modality})"})
        if names.count(p.label) > 1
        else p
        for p in found
    ]


def _fields(p: Comparison) -> dict[str, Any]:
    return {name: getattr(p, name) for name in Comparison.__dataclass_fields__}


def _described(review: Review, judged: Selection, pairs: Sequence[Comparison]) -> dict[str, Any]:
    taken = judged.taken
    reasons = judged.candidates["reason"]
    left = reasons[reasons != ""].map(_reason_kind)
    return {
        "sheet_studies": len(review.study_labels),
        "candidates": len(judged.candidates),
        "matching": judged.matching,
        "taken": len(taken),
        "studies": len({p.study_id for p in pairs}),
        "pooled_rows": len(pairs),
        "not_reported": int(taken["modality"].eq(review.codebook.declared.no_modality).sum()),
        "units": dict(sorted(pd.Series([p.unit for p in pairs]).value_counts().items())),
        "left_out": {str(k): int(v) for k, v in left.value_counts().items()},
    }


def _reason_kind(reason: str) -> str:
    return reason.split(" is ", 1)[0] + " not asked for" if ", not " in reason else reason


def _numbers(question: Question, pairs: Sequence[Comparison]) -> dict[str, Any]:
    table = StudyTable.from_two_arms(
        [p.treated[0] for p in pairs],
        [p.treated[1] for p in pairs],
        [p.controls[0] for p in pairs],
        [p.controls[1] for p in pairs],
        label=[p.label for p in pairs],
        study=[p.study_id for p in pairs],
    )
    model = question.model
    inverse = RandomEffects(method=model.method, ci_method=model.ci_method, level=model.level)
    models: list[tuple[str, Any]] = [
        (f"odds ratio, {model.method}", replace(inverse, measure="OR")),
        (
            "odds ratio, Mantel-Haenszel",
            CommonEffect(measure="OR", method="mantel-haenszel", level=model.level),
        ),
        ("odds ratio, Peto", CommonEffect(measure="OR", method="peto", level=model.level)),
        ("odds ratio, one stage, own levels", TwoArmBinomialNormal(level=model.level)),
        (
            "odds ratio, one stage, normal levels",
            TwoArmBinomialNormal(study_effects="random", level=model.level),
        ),
        (
            "odds ratio, one stage, margins given",
            TwoArmBinomialNormal(conditional=True, level=model.level),
        ),
        (f"risk ratio, {model.method}", replace(inverse, measure="RR")),
        (f"risk difference, {model.method}", replace(inverse, measure="RD")),
    ]
    return {
        "groups": {},
        "models": [{"name": name, **_fitted(fit, table)} for name, fit in models],
        **(
            {}
            if question.small_study is None
            else {"small_study": of_contrasts(replace(inverse, measure="OR"), table, question.small_study)}
        ),
        "rows": _effects(table, model.level),
        "notes": _notes(pairs),
    }


def _fitted(model: Any, table: StudyTable) -> dict[str, Any]:
    try:
        fit = model.fit(table)
    except MetaleakError as error:
        return {"estimate": None, "reason": str(error)}
    natural, het = fit.natural(), fit.heterogeneity
    return {
        "estimate": natural.estimate,
        "ci_low": natural.ci.low,
        "ci_high": natural.ci.high,
        "ci_method": natural.ci.method,
        "p_value": fit.coefficients[0].p_value,
        "pi_low": None if natural.prediction is None else natural.prediction.low,
        "pi_high": None if natural.prediction is None else natural.prediction.high,
        "tau2": fit.tau2,
        "i2": het.i2,
        "q": het.q,
        "q_df": het.q_df,
        "q_p": het.q_p,
        "k": fit.k,
        "weights": [float(w) for w in fit.weights],
        "notes": list(fit.notes),
        "reason": None,
    }


def _effects(table: StudyTable, level: float) -> list[dict[str, Any]]:
    """Return each study's odds ratio with its Wald interval; None where neither arm has an event, or all do."""
    found = measure("OR").effects(table, Zero())
    half = float(two_sided_quantile(level))
    by_row = dict(zip((int(i) for i in found.kept), zip(found.yi, found.vi, strict=True), strict=True))
    numbers: list[dict[str, Any]] = []
    for i in range(table.k):
        if i not in by_row:
            numbers.append({"odds_ratio": None, "ci_low": None, "ci_high": None})
            continue
        y, v = (float(part) for part in by_row[i])
        spread = half * math.sqrt(v)
        numbers.append(
            {"odds_ratio": math.exp(y), "ci_low": math.exp(y - spread), "ci_high": math.exp(y + spread)}
        )
    return numbers


def _notes(pairs: Sequence[Comparison]) -> list[str]:
    notes = []
    corrected = [p.label for p in pairs if any(x in (0, n) for x, n in (p.treated, p.controls))]
    if corrected:
        notes.append(
            "0.5 is added to every cell of studies with an empty one, for the inverse-variance models: "
            + "; ".join(corrected)
        )
    if len(pairs) < 5:
        notes.append(f"{len(pairs)} comparisons are few: tau2 is hardly known")
    return notes


def _rows(
    review: Review, pairs: Sequence[Comparison], numbers: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    studies = {row["study_id"]: row for row in review.sheets.frame("studies").to_dict("records")}
    return [
        {
            "label": p.label,
            "study_id": p.study_id,
            "unit": p.unit,
            "modality": p.modality,
            "leak_site": p.leak_site,
            "group": "",
            "events": p.treated[0] + p.controls[0],
            "total": p.treated[1] + p.controls[1],
            "rate": (p.treated[0] + p.controls[0]) / (p.treated[1] + p.controls[1]),
            "treated": list(p.treated),
            "controls": list(p.controls),
            **{key: values[key] for key in ("odds_ratio", "ci_low", "ci_high")},
            "sheet_rows": list(p.sheet_rows),
            "confidence": p.confidence,
            "source_location": p.source_location,
            "year": as_json.text(studies.get(p.study_id, {}).get("year")),
            "url": as_json.text(studies.get(p.study_id, {}).get("url")),
        }
        for p, values in zip(pairs, numbers, strict=True)
    ]
