"""What models of exact counts report in the same way."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from metaleak.effects.design import Design
from metaleak.effects.table import StudyTable
from metaleak.errors import ConvergenceError
from metaleak.numerics.distributions import chi2_tail, two_sided_p
from metaleak.pooling.binomial_normal_kernel import Fits, Intervals
from metaleak.pooling.prediction import prediction_interval
from metaleak.pooling.result import Coefficient, Convergence, Heterogeneity, Interval, MetaResult, Test

Floats = npt.NDArray[np.float64]

CI_METHODS = {
    "profile": "profile likelihood",
    "wald": "Wald, normal quantile",
    "t": "Wald, t quantile with k − p degrees of freedom",
}
TAU2_METHODS = {"profile": "profile likelihood"} | dict.fromkeys(
    ("wald", "t"), "Wald on the logarithm of tau"
)

#: Below this many rows the prediction interval, made with the ML tau2, is known to be too short.
_FEW_ROWS = 10

#: The numbers of points that the certificate compares.
_SEVEN, _FINE = 7, 25


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Fits of several tables by one model, that the results are cut from; ``latent`` (b, k) are modes."""

    model: str
    measure: str
    settings: Mapping[str, Any]
    fits: Fits
    intervals: Intervals
    covariance: Floats
    latent: Floats
    change: Floats
    design: Design

    def heterogeneity(
        self, table: StudyTable, i: int, typical_variance: Callable[[StudyTable, Floats], float]
    ) -> tuple[Heterogeneity, list[str]]:
        """Return the heterogeneity of table i, and the notes on it."""
        fits, k, p = self.fits, table.k, len(self.design.names)
        tau = float(fits.tau[i])
        if k <= p:
            note = f"{k} rows for {p} coefficients: tau2 and the prediction interval are not defined"
            return Heterogeneity(tau2=None if k == 1 else tau * tau), [note]
        low, high = (float(limit) for limit in self.intervals.tau[i])
        method = TAU2_METHODS[self.settings["ci_method"]]
        notes = []
        if math.isinf(high):
            notes.append(
                "the profile of tau does not fall to the cut-off above: the upper limit of tau2 is infinite"
            )
        if tau == 0:
            notes.append("tau2 is estimated as 0: the studies differ no more than chance lets them")
        q = max(2 * float(fits.saturated[i] - fits.at_zero[i]), 0.0)
        vt = typical_variance(table, np.ones((k, 1)) if self.design.is_intercept else self.design.x)
        found = Heterogeneity(
            tau2=tau * tau,
            tau2_se=2 * tau * math.sqrt(self.covariance[i, -1, -1]) if tau > 0 else None,
            tau2_ci=None if math.isnan(low) else Interval(low**2, high**2, self.settings["level"], method),
            i2=tau * tau / (tau * tau + vt),
            h2=1 + tau * tau / vt,
            q=q,
            q_df=k - p,
            q_p=float(chi2_tail(q, k - p)),
            q_method="likelihood ratio against one rate per row",
            tau2_test=boundary_test("tau2 = 0", float(fits.value[i] - fits.at_zero[i]), inside=tau > 0),
        )
        return found, notes

    def result(
        self,
        table: StudyTable,
        i: int,
        heterogeneity: tuple[Heterogeneity, list[str]],
        information: Floats,
        detail: Any,
    ) -> MetaResult:
        """Return the result of table i; ``information`` (k,) is that of each row about its own effect."""
        fits, k, p, level = self.fits, table.k, len(self.design.names), self.settings["level"]
        method = self.settings["ci_method"]
        df = float(k - p) if method == "t" and k > p else None
        notes: list[str] = []
        coefficients = tuple(
            coefficient(
                name,
                fits.theta[i, j],
                self.covariance[i, j, j],
                df,
                interval(self.intervals.beta[i, j], level, CI_METHODS[method]),
                notes,
            )
            for j, name in enumerate(self.design.names)
        )
        spread, notes_on_spread = heterogeneity
        notes += notes_on_spread
        prediction = None
        if p == 1 and spread.tau2 is not None:
            prediction = prediction_interval(
                coefficients[0].value, coefficients[0].se, spread.tau2, k=k, p=1, level=level, method="t"
            )
        if prediction is not None and k < _FEW_ROWS:
            notes.append(f"prediction interval from the ML tau2 of {k} rows: likely too short")
        if detail.tau_second_maximum is not None:
            notes.append(
                f"the likelihood has a second, lower maximum at tau = {detail.tau_second_maximum:.4g}"
            )
        share = 1 / (fits.tau[i] ** 2 + 1 / information)
        return MetaResult(
            model=self.model,
            settings=dict(self.settings),
            measure=self.measure,
            level=level,
            k=k,
            k_studies=table.k_studies,
            labels=table.label,
            coefficients=coefficients,
            vcov=self.covariance[i, :p, :p],
            heterogeneity=spread,
            prediction_interval=prediction,
            weights=share / share.sum(),
            weights_name="Information share",
            convergence=self._certificate(i),
            notes=tuple(notes),
            detail=detail,
            table_digest=table.digest,
        )

    def _certificate(self, i: int) -> Convergence:
        fits = self.fits
        gradient = fits.gradient[i] if fits.tau[i] > 0 else fits.gradient[i, :-1]
        return Convergence(
            converged=True,
            optimiser="Newton with analytic derivatives, tau scanned first",
            iterations=fits.iterations,
            log_likelihood=float(fits.value[i] + fits.coefficients[i]),
            n_parameters=fits.theta.shape[1] if fits.free[i] else fits.theta.shape[1] - 1,
            gradient_norm=float(np.abs(gradient).max()),
            quadrature_points=int(fits.points[i]),
            quadrature_change=float(self.change[i]),
        )


def interval(limits: Floats, level: float, method: str) -> Interval:
    """Return an array of two limits as an interval."""
    low, high = (float(limit) for limit in limits)
    return Interval(low, high, level, method)


def coefficient(
    name: str, value: float, variance: float, df: float | None, ci: Interval, notes: list[str]
) -> Coefficient:
    """Return a coefficient with its test; an infinite limit is noted."""
    if math.isinf(ci.low) or math.isinf(ci.high):
        notes.append(
            f"the profile of {name} does not fall to the cut-off on one side: that limit is infinite"
        )
    value, se = float(value), math.sqrt(variance)
    return Coefficient(
        name=name,
        value=value,
        se=se,
        statistic=value / se,
        df=df,
        p_value=float(two_sided_p(value / se, df)),
        ci=ci,
    )


def boundary_test(name: str, gain: float, *, inside: bool) -> Test:
    """Test that a spread is 0 by the gain in log-likelihood; it cannot be negative, so that its tail is halved."""
    ratio = max(2 * gain, 0.0) if inside else 0.0
    return Test(
        name=name,
        statistic=ratio,
        df=1,
        p_value=float(chi2_tail(ratio, 1)) / 2 if inside else 1.0,
        method="likelihood ratio, half of the chi-squared tail",
    )


def seven_against_25(fits: Fits) -> Floats:
    """Return by how much the log-likelihoods (b,) differ between 7 and 25 points."""
    rows = np.arange(len(fits.theta))
    if fits.likelihood.points == _SEVEN:
        seven, fine = fits.value, fits.likelihood.value(fits.theta, rows, points=_FINE)
    else:
        seven, fine = fits.likelihood.values(fits.theta, rows, points=(_SEVEN, _FINE))
    change: Floats = np.abs(seven - fine)
    return change


class _Climbed(Protocol):
    @property
    def theta(self) -> Floats: ...

    @property
    def gradient(self) -> Floats: ...


def require_converged(
    converged: npt.NDArray[np.bool_],
    fits: _Climbed,
    todo: str = "try ci_method='wald', or another number of quadrature points",
) -> None:
    """Raise a ConvergenceError where a fit ended without an optimum."""
    if converged.all():
        return
    i = int(np.flatnonzero(~converged)[0])
    state = {"theta": fits.theta[i].tolist(), "gradient": fits.gradient[i].tolist()}
    raise ConvergenceError(
        "the likelihood was not maximised",
        got=f"gradient {state['gradient']} at {state['theta']}",
        todo=todo,
        state=state,
    )
