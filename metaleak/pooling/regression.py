"""Fits with moderators: tests of terms, explained variance, predictions.

References
----------
Thompson SG, Higgins JPT (2002). How should meta-regression analyses be undertaken and interpreted?
doi:10.1002/sim.1187; Raudenbush SW (2009), in The Handbook of Research Synthesis, for R2; Fox J, Monette G
(1992), doi:10.1080/01621459.1992.10475190, for variance inflation.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from metaleak.effects.design import Design, design_of, encode
from metaleak.effects.measures import measure
from metaleak.effects.table import StudyTable
from metaleak.errors import UndefinedError
from metaleak.numerics.distributions import chi2_tail, f_tail, two_sided_quantile
from metaleak.pooling.model import Model
from metaleak.pooling.result import MetaResult, Regression, Test

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

#: The name of the test of every moderator at once.
ALL = "all moderators"

#: A coefficient that rests on fewer studies says so.
FEW_STUDIES = 5


def fit_with_moderators(model: Model, table: StudyTable, moderators: str) -> MetaResult:
    """Fit the formula's design, then test its terms and compare with the model without moderators.

    A model with a likelihood for counts tests by likelihood ratio; inverse variance by Wald statistics,
    F with the fit's degrees of freedom under Hartung-Knapp and t.

    Raises
    ------
    As the formula, the design and ``model.fit_design`` raise it.
    """
    design, rows = design_of(moderators, table)
    part = table.take(rows)
    full = model.fit_design(part, design)
    without = model.fit_design(part, Design(np.ones((part.k, 1)), ("intercept",)))
    ordinary = [j for j, name in enumerate(design.names) if name != "intercept"]
    has_intercept = len(ordinary) < len(design.names)
    tested = ordinary if has_intercept else []
    # All terms together, and a term that is the only one, are tested against the same smaller model.
    smaller = {tuple(j for j in range(len(design.names)) if j not in ordinary): without}
    regression = Regression(
        formula=moderators,
        omnibus=_test(ALL, model, part, design, full, tested, smaller) if tested else None,
        terms=tuple(
            _test(term, model, part, design, full, list(columns), smaller)
            for term, columns in design.terms.items()
            if has_intercept or len(design.terms) > 1
        ),
        r2=_r2(without, full),
        tau2_without=without.tau2,
        vif=_inflation(design, full, ordinary),
        support=_support(design, part, ordinary),
        values=design.values,
    )
    notes = (*design.notes, *_thin(regression), *_empty_cells(design))
    settings = MappingProxyType({**full.settings, "moderators": moderators})
    return replace(full, settings=settings, notes=(*full.notes, *notes), regression=regression)


_BY_LIKELIHOOD = ("BinomialNormal", "BetaBinomial", "CloglogNormal")


def _test(
    name: str,
    model: Model,
    table: StudyTable,
    design: Design,
    full: MetaResult,
    columns: Sequence[int],
    smaller: dict[tuple[int, ...], MetaResult],
) -> Test:
    if full.model in _BY_LIKELIHOOD:
        kept = tuple(j for j in range(len(design.names)) if j not in columns)
        if kept not in smaller:
            names = tuple(design.names[j] for j in kept)
            smaller[kept] = model.fit_design(table, Design(design.x[:, kept], names))
        null = smaller[kept].convergence.log_likelihood or 0.0
        gain = (full.convergence.log_likelihood or 0.0) - null
        statistic = max(2 * gain, 0.0)
        p = float(chi2_tail(statistic, len(columns)))
        return Test(name, statistic, len(columns), p, "likelihood ratio")
    return wald_test(name, full, columns)


def wald_test(name: str, full: MetaResult, columns: Sequence[int]) -> Test:
    """Test that the coefficients with the given numbers are 0, by their covariance.

    Under CR2 several coefficients are tested by Hotelling's T-squared with their joint degrees of freedom.
    """
    values = np.array([full.coefficients[j].value for j in columns])
    statistic = float(values @ np.linalg.solve(full.vcov[np.ix_(columns, columns)], values))
    m, df = len(columns), full.coefficients[columns[0]].df
    joint = getattr(full.detail, "test_df", {}).get(name)
    if joint is not None:
        return _hotelling(name, statistic, m, joint)
    if df is None:
        return Test(name, statistic, m, float(chi2_tail(statistic, m)), "Wald chi-squared")
    return Test(name, statistic / m, (m, df), float(f_tail(statistic / m, m, df)), "Wald F")


def _hotelling(name: str, statistic: float, m: int, joint: float) -> Test:
    """Test several coefficients by their CR2 covariance: Hotelling's T-squared as an F (HTZ)."""
    rest = joint - m + 1
    if rest <= 0:
        note = f"{joint:.1f} degrees of freedom are too few for {m} coefficients: no test"
        return Test(name, statistic / m, (m, joint), 1.0, "cluster-robust, HTZ", note)
    value = statistic * rest / (joint * m)
    return Test(name, value, (m, rest), float(f_tail(value, m, rest)), "cluster-robust F, HTZ")


def _r2(without: MetaResult, full: MetaResult) -> float | None:
    if not without.tau2 or full.tau2 is None:
        return None
    return max(0.0, (without.tau2 - full.tau2) / without.tau2)


def _inflation(design: Design, full: MetaResult, columns: Sequence[int]) -> Mapping[str, float]:
    if len(columns) < 2:
        return MappingProxyType({design.names[j]: 1.0 for j in columns})
    part = full.vcov[np.ix_(columns, columns)]
    se = np.sqrt(np.diagonal(part))
    inverse = np.linalg.inv(part / np.outer(se, se))
    return MappingProxyType({design.names[j]: float(inverse[i, i]) for i, j in enumerate(columns)})


def _support(design: Design, table: StudyTable, columns: Sequence[int]) -> Mapping[str, tuple[int, int]]:
    found = {}
    for j in columns:
        rows = np.flatnonzero(design.x[:, j])
        found[design.names[j]] = (int(rows.size), len({table.study[i] for i in rows}))
    return MappingProxyType(found)


def _thin(regression: Regression) -> list[str]:
    return [
        f"{name} rests on {rows} rows of {studies} studies"
        for name, (rows, studies) in regression.support.items()
        if studies < FEW_STUDIES
    ]


def _empty_cells(design: Design) -> list[str]:
    """Say which combinations of words no row has: there the contrasts of the words lean on the model."""
    words = {
        name: values
        for name, values in design.values.items()
        if any(isinstance(value, str) for value in values)
    }
    notes = []
    for (a, left), (b, right) in itertools.combinations(words.items(), 2):
        present = set(zip(left, right, strict=True))
        missing = [
            pair for pair in itertools.product(sorted(set(left)), sorted(set(right))) if pair not in present
        ]
        if missing:
            told = "; ".join(f"{a} {x} with {b} {y}" for x, y in missing)
            notes.append(f"no row has {told}: there {a} and {b} cannot be told apart by data")
    return notes


def predict(result: MetaResult, at: Mapping[str, Any]) -> pd.DataFrame:
    """Return predictions of a fit with moderators; see ``MetaResult.predict``."""
    import pandas as pd

    if result.regression is None:
        raise UndefinedError(
            "a fit without moderators has nothing to predict from", todo="read estimate, or natural()"
        )
    columns = {name: list(values) for name, values in at.items()}
    x = encode(result.regression.formula, result.regression.values, columns)
    value = x @ np.array([c.value for c in result.coefficients])
    se = np.sqrt(np.einsum("ij,jk,ik->i", x, result.vcov, x))
    half = float(two_sided_quantile(result.level, result.coefficients[0].df)) * se
    spread = new_study_half_width(result, se)
    scale = measure(result.measure)
    frame = pd.DataFrame({name: columns[name] for name in result.regression.values})
    limits = {
        "estimate": value,
        "se": se,
        "ci_low": value - half,
        "ci_high": value + half,
        "pi_low": value - spread,
        "pi_high": value + spread,
    }
    frame = frame.assign(**limits)
    if scale.needs_size or not scale.has_natural:
        return frame
    names = {"natural": "estimate", "natural_low": "ci_low", "natural_high": "ci_high"}
    names |= {"natural_pi_low": "pi_low", "natural_pi_high": "pi_high"}
    return frame.assign(**{name: scale.inverse(limits[of]) for name, of in names.items()})


def new_study_half_width(result: MetaResult, se: Floats) -> Floats:
    """Return half widths for the true value in a new study: t with k - p - 1 degrees of freedom."""
    df = result.k - len(result.coefficients) - 1
    if result.tau2 is None or df < 1:
        return np.full(se.shape, math.nan)
    width: Floats = float(two_sided_quantile(result.level, float(df))) * np.sqrt(result.tau2 + se * se)
    return width
