"""Do the groups of a table have one mean? Tests with a common and with separate tau2."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from metaleak.effects.table import StudyTable
from metaleak.numerics.binomial_normal import Likelihood
from metaleak.numerics.distributions import chi2_tail, f_tail
from metaleak.numerics.newton import maximise
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.model import Model
from metaleak.pooling.result import MetaResult, Test

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: Quadrature points of the null model; its likelihood ratio is printed with two digits.
_POINTS = 31


def common_tau2_test(model: Model, parts: Sequence[StudyTable], joint: MetaResult) -> Test:
    """Test the group factor of a fit with one tau2 for all groups."""
    if isinstance(model, BinomialNormal):
        null = model.fit(joined(parts))
        return _likelihood_ratio(
            _log_likelihood(joint) - _log_likelihood(null), len(parts), "one tau2 for all groups"
        )
    return _wald(joint)


def separate_tau2_test(model: Model, parts: Sequence[StudyTable], joint: MetaResult) -> Test:
    """Test whether groups that have a tau2 each have one mean."""
    if isinstance(model, BinomialNormal):
        x, n = _stacked(parts)
        own = BinomialNormal(quadrature=_POINTS, ci_method="wald").fit_tables(parts)
        full = sum(_log_likelihood(result) for result in own)
        coefficients = full - sum(
            _kernel_value(result, part) for result, part in zip(own, parts, strict=True)
        )
        gain = full - (_one_mean(x, n, own) + coefficients)
        return _likelihood_ratio(gain, len(parts), "a tau2 for each group")
    return _welch([model.fit(part) for part in parts])


def joined(parts: Sequence[StudyTable]) -> StudyTable:
    """Return tables of counts one below the other, labels made unique by their group's number."""
    return StudyTable.from_counts(
        np.concatenate([part.xi for part in parts]).tolist(),
        np.concatenate([part.ni for part in parts]).tolist(),
        label=[f"{g}: {label}" for g, part in enumerate(parts) for label in part.label],
        study=[study for part in parts for study in part.study],
    )


def _log_likelihood(result: MetaResult) -> float:
    return float(result.convergence.log_likelihood or 0.0)


def _kernel_value(result: MetaResult, part: StudyTable) -> float:
    likelihood = Likelihood(part.xi[None], part.ni[None], _POINTS)
    theta = np.array([[result.estimate, np.sqrt(result.tau2 or 0.0)]])
    return float(likelihood.value(theta, np.arange(1), points=_POINTS)[0])


def _stacked(parts: Sequence[StudyTable]) -> tuple[Floats, Floats]:
    k = max(part.k for part in parts)
    x, n = np.zeros((len(parts), k)), np.zeros((len(parts), k))
    for g, part in enumerate(parts):
        x[g, : part.k], n[g, : part.k] = part.xi, part.ni
    return x, n


def _one_mean(x: Floats, n: Floats, own: Sequence[MetaResult]) -> float:
    """Return the largest log-likelihood (no coefficients) of groups with one mean and a tau each."""
    likelihood = Likelihood(x, n, _POINTS)
    groups = np.arange(len(x))
    frozen = np.tile(np.array([True, False]), (len(x), 1))
    tau = np.array([max(np.sqrt(result.tau2 or 0.0), 0.1) for result in own])

    def profile(theta: Floats, _: Rows) -> tuple[Floats, Floats, Floats]:
        start = np.column_stack([np.repeat(theta[:, 0], len(x)), tau])
        best = maximise(likelihood, start, rows=groups, frozen=frozen)
        h = best.hessian
        bend = np.where(h[:, 1, 1] < 0, h[:, 0, 1] ** 2 / np.minimum(h[:, 1, 1], -1e-12), 0.0)
        curvature = (h[:, 0, 0] - bend).sum()
        return (
            best.value.sum(keepdims=True),
            np.array([[best.gradient[:, 0].sum()]]),
            np.array([[[curvature]]]),
        )

    means = np.array([result.estimate for result in own])
    precision = np.array([1 / result.se**2 for result in own])
    start = np.array([[(means * precision).sum() / precision.sum()]])
    return float(maximise(profile, start).value[0])


def _likelihood_ratio(gain: float, groups: int, which: str) -> Test:
    statistic = max(2 * gain, 0.0)
    df = groups - 1
    return Test(
        name="all groups have one mean",
        statistic=statistic,
        df=df,
        p_value=float(chi2_tail(statistic, df)),
        method=f"likelihood ratio, {which}",
    )


def _wald(joint: MetaResult) -> Test:
    means = np.array([c.value for c in joint.coefficients])
    contrast = np.column_stack([-np.ones(len(means) - 1), np.eye(len(means) - 1)])
    gap = contrast @ means
    statistic = float(gap @ np.linalg.solve(contrast @ joint.vcov @ contrast.T, gap))
    df1, df2 = len(means) - 1, joint.coefficients[0].df
    if df2 is None:
        p, method = float(chi2_tail(statistic, df1)), "Wald chi-squared (Q_M), one tau2 for all groups"
        return Test("all groups have one mean", statistic, df1, p, method)
    p = float(f_tail(statistic / df1, df1, df2))
    method = "F with k − p degrees of freedom, one tau2 for all groups"
    return Test("all groups have one mean", statistic / df1, (df1, df2), p, method)


def _welch(results: Sequence[MetaResult]) -> Test:
    means = np.array([result.estimate for result in results])
    w = np.array([1 / result.se**2 for result in results])
    df = np.array([result.k - 1 for result in results], dtype=np.float64)
    g = len(results)
    centre = (w * means).sum() / w.sum()
    unequal = ((1 - w / w.sum()) ** 2 / df).sum()
    statistic = (w * (means - centre) ** 2).sum() / (g - 1) / (1 + 2 * (g - 2) / (g * g - 1) * unequal)
    df2 = (g * g - 1) / (3 * unequal)
    return Test(
        name="all groups have one mean",
        statistic=float(statistic),
        df=(g - 1, float(df2)),
        p_value=float(f_tail(statistic, g - 1, df2)),
        method="Welch's F on the group means, a tau2 for each group",
    )
