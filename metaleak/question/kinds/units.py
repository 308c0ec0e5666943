"""Vertebrae and patients: each unit alone, all on the scale of vertebrae, design effects: ``kind = "units"``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, field_validator

from metaleak.effects.clustering import effective_counts, effective_exposure
from metaleak.effects.proportions import study_intervals
from metaleak.effects.table import StudyTable
from metaleak.errors import MetaleakError
from metaleak.numerics.cloglog import predictors_of, rates
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.cloglog_normal import CloglogNormal
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.model import Model
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import Interval
from metaleak.question.kinds.base import NoFigures, Prepared, Strict
from metaleak.question.per_patient import (
    BothUnits,
    PerPatient,
    Vertebrae,
    counted_in_both,
    vertebrae_per_patient,
)
from metaleak.question.question import Rows, Selecting
from metaleak.question.question import wrong_words as wrong_selection
from metaleak.question.review import Review
from metaleak.question.rows import described, observed_rates, rows_csv, rows_with_numbers
from metaleak.question.select import ALL
from metaleak.question.study_table import PooledRow, pooled_rows, table_of
from metaleak.sheets.codebook import Codebook

__all__ = ["Question", "prepare", "wrong_words"]

#: What a row of the result holds beside its words.
KEYS = ("rate", "ci_low", "ci_high", "ci_method", "m", "m_told", "vertebra_rate", "intervals")

Share = Annotated[float, Field(ge=0, le=1)]


class LeakRows(Rows):
    """Rows of ``leaks.csv``."""

    sheet: Literal["leaks"]


class UnitsModel(Strict):
    """What is assumed of vertebrae of one patient.

    Attributes
    ----------
    icc : tuple of float
        Intra-class correlations of vertebrae of one patient, ascending from 0: independence given the study.
    assumed : tuple of float
        Vertebrae per patient of rows that count patients and do not say how many vertebrae these had.
    level : float
        Level of all intervals.
    """

    icc: Annotated[tuple[Share, ...], Field(min_length=1)] = (0.0, 0.1, 0.3)
    assumed: tuple[Annotated[float, Field(ge=1)], ...] = (1.0, 1.5, 2.0)
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95

    @field_validator("icc")
    @classmethod
    def _from_zero(cls, icc: tuple[float, ...]) -> tuple[float, ...]:
        if icc[0] != 0 or list(icc) != sorted(set(icc)):
            raise ValueError("icc ascends from 0, each once")
        return icc


class Question(Selecting):
    """One ``analyses/NAME.toml`` that sets rows of vertebrae and of patients against each other."""

    kind: Literal["units"] = "units"
    rows: LeakRows
    vertebrae: Vertebrae = Vertebrae()
    model: UnitsModel = UnitsModel()
    figures: NoFigures = NoFigures()

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values."""
        return {
            **self.selection_settings(),
            "vertebrae": self.vertebrae.model_dump(),
            "model": {
                "icc": list(self.model.icc),
                "assumed": list(self.model.assumed),
                "level": self.model.level,
            },
            "figures": [],
        }


def wrong_words(question: Question, codebook: Codebook) -> list[str]:
    """Say which words are unknown, and which units are neither vertebrae nor patients."""
    known = (*codebook.declared.units_of_vertebrae, *codebook.declared.units_of_patients)
    asked = question.rows.where.get("unit", [])
    wrong = wrong_selection(question, codebook)
    if not asked or set(asked) - set(known):
        wrong.append(f"unit in rows is one of {', '.join(known)}: other counts are no shares of either")
    return wrong


@dataclass(frozen=True, slots=True)
class Observation:
    """An observation with its vertebrae per patient."""

    row: PooledRow
    per_patient: PerPatient
    counts_vertebrae: bool

    @property
    def m(self) -> float | None:
        """Vertebrae per patient, None where nothing says so."""
        return self.per_patient.m

    @property
    def is_vertebra(self) -> bool:
        """Whether its rate is one of vertebrae: vertebrae are counted, or every patient had one."""
        return self.counts_vertebrae or self.m == 1


def prepare(review: Review, name: str, question: Question) -> Prepared:
    """Take the rows and what the sheets say about vertebrae per patient.

    Raises
    ------
    SelectionError
        When no row is left.
    ConfigError
        When a declared number of vertebrae stands in no note of its study.
    """
    selection = review.select(name)
    rows = pooled_rows(question, selection, review.study_labels)
    where = f"analyses/{name}.toml"
    per_patient = vertebrae_per_patient(review, selection, rows, question.vertebrae, where=where)
    vertebrae = review.codebook.declared.units_of_vertebrae
    held = [
        Observation(row, found, row.unit in vertebrae) for row, found in zip(rows, per_patient, strict=True)
    ]
    both = counted_in_both(review, selection, question.rows.where)
    return Prepared(
        identity=[
            [[o.row.group, o.row.study_id, o.row.label, o.row.unit, o.row.xi, o.row.ni, o.m] for o in held],
            [[b.study_id, b.modality, *b.vertebrae, *b.patients] for b in both],
        ],
        numbers=partial(_numbers, question, held, both, review.study_labels),
        selection=described(review, selection, rows),
        rows=partial(rows_with_numbers, review, rows, keys=KEYS),
        rows_csv=rows_csv(question.rows.sheet, selection),
    )


def _numbers(
    question: Question, held: Sequence[Observation], both: Sequence[BothUnits], labels: Mapping[str, str]
) -> dict[str, Any]:
    names = [group.name for group in question.groups] or [ALL]
    parts = {name: [o for o in held if o.row.group == name] for name in names}
    return {
        "groups": {},
        "units": [_group(question.model, name, part) for name, part in parts.items() if part],
        "both": [_checked(question.model, item, labels) for item in both],
        "rows": _rows(question.model, held),
        "notes": [f"no row for: {name}" for name, part in parts.items() if not part],
    }


def _checked(settings: UnitsModel, item: BothUnits, labels: Mapping[str, str]) -> dict[str, Any]:
    """Set the patients with a leak beside those expected from the vertebrae with one, for each correlation."""
    rate = item.vertebrae[0] / item.vertebrae[1]
    low, high = study_intervals([item.patients[0]], [item.patients[1]], level=settings.level)
    inside = 0 < rate < 1
    worth = [
        float(effective_exposure([item.m], icc, rate=rate)[0]) if inside else 1.0 for icc in settings.icc
    ]
    return {
        "study_id": item.study_id,
        "label": labels.get(item.study_id, item.study_id),
        "modality": item.modality,
        "vertebrae": list(item.vertebrae),
        "patients": list(item.patients),
        "m": item.m,
        "rate": item.patients[0] / item.patients[1],
        "ci_low": float(low[0]),
        "ci_high": float(high[0]),
        "expected": [1 - (1 - rate) ** each for each in worth],
    }


def _group(settings: UnitsModel, name: str, held: Sequence[Observation]) -> dict[str, Any]:
    counted = [o for o in held if o.counts_vertebrae]
    patients = [o for o in held if not o.counts_vertebrae]
    known = [o.m for o in counted if o.m is not None]
    return {
        "name": name,
        "k": len(held),
        "vertebrae": len(counted),
        "patients": len(patients),
        "known": [o.row.label for o in patients if o.m is not None],
        "one_level": sum(o.m == 1 for o in patients),
        "left_out": [o.row.label for o in patients if o.m is None],
        "vertebrae_known": len(known),
        "m": [min(known), float(np.median(known)), max(known)] if known else None,
        "rates": list(_rates(settings, held)),
        "design": _design(settings, counted),
    }


def _rates(settings: UnitsModel, held: Sequence[Observation]) -> Iterator[dict[str, Any]]:
    """Pool each unit alone, both as if they were one, and all on the scale of vertebrae."""
    plain = BinomialNormal(level=settings.level)
    of_vertebrae = [o for o in held if o.is_vertebra]
    yield _rate("both", plain, _table(held))
    yield _rate("vertebrae", plain, _table(of_vertebrae))
    yield _rate("patients", plain, _table([o for o in held if not o.counts_vertebrae]))
    linked = CloglogNormal(exposure="m", level=settings.level)
    yield _rate("vertebrae_linked", linked, _table(of_vertebrae, [1.0] * len(of_vertebrae)))
    known = [o for o in held if o.counts_vertebrae or o.m is not None]
    first: dict[str, Any] | None = None
    for icc in settings.icc:
        rate = None if first is None else first["estimate"]
        if icc > 0 and rate is None:
            continue
        exposures = [_exposure(o, icc, rate, assumed=None) for o in known]
        found = _rate("scale", linked, _table(known, exposures), icc=icc)
        first = first or found
        yield found
    if len(known) < len(held):
        for m in settings.assumed:
            exposures = [_exposure(o, 0.0, None, assumed=m) for o in held]
            yield _rate("assumed", linked, _table(held, exposures), icc=0.0, assumed=m)


def _exposure(o: Observation, icc: float, rate: float | None, *, assumed: float | None) -> float:
    """Return how many independent vertebrae one unit of an observation is worth."""
    m = 1.0 if o.counts_vertebrae else (o.m or assumed or 1.0)
    return m if rate is None or icc == 0 else float(effective_exposure([m], icc, rate=rate)[0])


def _table(held: Sequence[Observation], exposures: Sequence[float] | None = None) -> StudyTable | None:
    if not held:
        return None
    table = table_of([o.row for o in held])
    if exposures is None:
        return table
    return replace(table, moderators=MappingProxyType({**table.moderators, "m": tuple(exposures)}))


def _rate(
    of: str, model: Model, table: StudyTable | None, *, icc: float | None = None, assumed: float | None = None
) -> dict[str, Any]:
    told = {"of": of, "icc": icc, "assumed": assumed, "k": 0 if table is None else table.k}
    return {**told, **_pooled(model, table)}


def _pooled(model: Model, table: StudyTable | None) -> dict[str, Any]:
    nothing = dict.fromkeys(("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "tau2"))
    if table is None:
        return {**nothing, "reason": "no row"}
    try:
        found = model.fit(table)
    except MetaleakError as error:
        return {**nothing, "reason": str(error)}
    whole = found.natural()
    return {
        "estimate": whole.estimate,
        **_interval("ci", whole.ci),
        **_interval("pi", whole.prediction),
        "tau2": found.tau2,
        "reason": None,
    }


def _interval(name: str, limits: Interval | None) -> dict[str, float | None]:
    return {
        f"{name}_low": None if limits is None else limits.low,
        f"{name}_high": None if limits is None else limits.high,
    }


def _design(settings: UnitsModel, counted: Sequence[Observation]) -> list[dict[str, Any]]:
    """Pool the rows of vertebrae with counts divided by their design effects; unknown m is the median one."""
    known = [o.m for o in counted if o.m is not None]
    table = _table(counted)
    if table is None or not known:
        return []
    m = [float(np.median(known)) if o.m is None else o.m for o in counted]
    level = settings.level
    models: dict[str, Model] = {
        "common": CommonEffect(measure="PLO", level=level),
        "random": RandomEffects(measure="PLO", level=level),
        "headline": BinomialNormal(level=level),
    }
    return [
        {
            "icc": icc,
            "n": float(effective_counts(table, m, icc).ni.sum()),
            **{name: _pooled(model, effective_counts(table, m, icc)) for name, model in models.items()},
        }
        for icc in settings.icc
    ]


def _rows(settings: UnitsModel, held: Sequence[Observation]) -> list[dict[str, Any]]:
    observed = observed_rates([o.row for o in held], level=settings.level)
    for values, o in zip(observed, held, strict=True):
        values |= {
            "m": o.m,
            "m_told": o.per_patient.told,
            "vertebra_rate": _vertebra_rate(values["rate"], o),
            "intervals": _intervals(settings, o),
        }
    return observed


def _vertebra_rate(rate: float, o: Observation) -> float | None:
    """Return the share of vertebrae with a leak, were those of one patient independent."""
    if o.is_vertebra:
        return rate
    if o.m is None:
        return None
    if rate in (0, 1):
        return rate
    eta = predictors_of(np.array(rate)) - np.log(o.m)
    return float(rates(eta))


def _intervals(settings: UnitsModel, o: Observation) -> list[list[float]] | None:
    """Return the exact limits of an observation of vertebrae under each correlation, None without m."""
    if not o.counts_vertebrae or o.m is None:
        return None
    table = table_of([o.row])
    found = []
    for icc in settings.icc:
        part = effective_counts(table, [o.m], icc)
        low, high = study_intervals(part.xi.tolist(), part.ni.tolist(), level=settings.level)
        found.append([float(low[0]), float(high[0])])
    return found
