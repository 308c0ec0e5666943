"""The detection-adjusted model with priors: weighted draws that repeat to the last bit, no sampler."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.detection_table import DetectionTable, RowKind
from metaleak.errors import SettingError
from metaleak.guards import within
from metaleak.numerics.binomial_normal import averaged_logit
from metaleak.numerics.detection.posterior import effective_size
from metaleak.pooling.bayesian import settings_of
from metaleak.pooling.detection.assembly import assemble
from metaleak.pooling.detection.cut import is_cut
from metaleak.pooling.detection.detail import StudyRate
from metaleak.pooling.detection.estimates import Top, top_of
from metaleak.pooling.detection.priors import (
    HALF_NORMAL,
    NEARLY_FLAT,
    Priors,
    Setting,
    mean_sensitivities,
    posterior,
)
from metaleak.pooling.detection.rates import study_rates
from metaleak.pooling.detection.settings import Assumptions
from metaleak.pooling.priors import mu_prior, tau_prior
from metaleak.pooling.result import (
    Coefficient,
    Convergence,
    Estimate,
    Heterogeneity,
    Interval,
    MetaResult,
    Prediction,
)
from metaleak.pooling.storable import storable

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

#: Draws behind the studies' own rates: the first ones of the sequence, which fill the space by themselves.
_FOR_STUDIES = 400

#: Draws that are worth fewer independent ones than this carry a note.
_FEW = 400

_METHOD = "equal-tailed credible interval"


@storable
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BayesianDetectionDetail:
    """What only the detection model with priors knows; estimates are posterior medians, 0..1 but the spreads.

    Attributes
    ----------
    population_average : Estimate
        The mean CT-equivalent rate over studies.
    sensitivity, sensitivity_average : mapping of str to Estimate
        Per index imaging: the share of CT-visible leaks that it shows in the median study, and as a mean over
        studies. Empty with moderators of the sensitivity.
    sensitivity_prediction : mapping of str to Interval
        For the sensitivity in a new study.
    share_missed : Estimate
        One minus the mean sensitivity of the main index; None with a declared correlation.
    tau, omega : Estimate
        The two spreads on the logit.
    rates : tuple of StudyRate
        Every study's rate, as it was observed and as CT would have shown it.
    priors : mapping of str to str
        What was assumed beforehand.
    draws, effective_draws : int and float
        How many there are, and how many independent ones they are worth.
    rows : mapping of str to int
        Rows of each kind in the likelihood.
    """

    population_average: Estimate
    sensitivity: dict[str, Estimate]
    sensitivity_average: dict[str, Estimate]
    sensitivity_prediction: dict[str, Interval]
    share_missed: Estimate
    tau: Estimate
    omega: Estimate
    rates: tuple[StudyRate, ...]
    priors: dict[str, str]
    draws: int
    effective_draws: float
    rows: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BayesianDetectionAdjusted(Assumptions):
    """The detection-adjusted model with weakly informative priors, for few pairs.

    The likelihood and what is declared about it are those of :class:`metaleak.DetectionAdjusted`. Its posterior is
    integrated with importance weights on evenly spread points: equal settings give equal numbers.

    Parameters
    ----------
    mu_prior, sensitivity_prior : ("normal", mean, sd)
        Of the logits of the median rate and of each index imaging's median sensitivity. The default, (0, 1.5), is
        nearly flat on 0..1. Coefficients of moderators have flat priors.
    tau_prior, omega_prior : such as ("half-normal", scale)
        Of the two spreads between studies, on the logit. One-arm logits of this literature have spreads near 1; the
        default for the sensitivity is narrower, because a share of what CT shows varies less.
    draws, seed : int
        How many points, and which sequence.
    level : float
        Level of all intervals, between 0 and 1.

    Notes
    -----
    Estimates are posterior medians with equal-tailed intervals. Without a pair the sensitivity is told by its prior and
    by the contrast between studies alone; the result says so.

    References
    ----------
    Dendukuri N, Schiller I, Joseph L, Pai M (2012). Bayesian meta-analysis of the accuracy of a test for
    tuberculous pleuritis in the absence of a gold standard reference. doi:10.1111/j.1541-0420.2012.01773.x

    Examples
    --------
    >>> nan = float("nan")
    >>> table = DetectionTable.from_counts(
    ...     [80, 60, 90, 102, 84, 148, 95], ct=[44, 40, 39, nan, nan, 80, 50], index=[nan, nan, nan, 27, 32, 48, 29])
    >>> result = BayesianDetectionAdjusted(draws=1000).fit(table)
    >>> round(result.natural().estimate, 2), round(result.detail.sensitivity["xray"].value, 1)
    (0.54, 0.6)
    """

    mu_prior: Setting = NEARLY_FLAT
    sensitivity_prior: Setting = NEARLY_FLAT
    tau_prior: Setting = HALF_NORMAL
    omega_prior: Setting = ("half-normal", 0.5)
    level: float = 0.95
    draws: int = 4000
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse settings outside their range."""
        Assumptions.__post_init__(self)
        within("level", self.level, 0, 1)
        for setting in (self.mu_prior, self.sensitivity_prior):
            mu_prior(setting, proper=True)
        for setting in (self.tau_prior, self.omega_prior):
            tau_prior(setting)
        if not isinstance(self.draws, int) or isinstance(self.draws, bool) or self.draws < 100:
            raise SettingError(
                "draws is no number of draws", required="a whole number >= 100", got=self.draws
            )

    @property
    def priors(self) -> Priors:
        """The four priors."""
        return Priors(
            mu=self.mu_prior, sensitivity=self.sensitivity_prior, tau=self.tau_prior, omega=self.omega_prior
        )

    def fit(self, table: DetectionTable) -> MetaResult:
        """Fit the model to the rows of a table.

        Raises
        ------
        SettingError
            For a declared share of unreported rows that is to be cut: only the maximum-likelihood model cuts.
        UndefinedError, TableError, SeparationError, ConvergenceError
            As :meth:`metaleak.DetectionAdjusted.fit`.
        """
        top, theta, weights = _drawn(self, table)
        return _result(self, table, top, theta, weights)


def _drawn(model: BayesianDetectionAdjusted, table: DetectionTable) -> tuple[Top, Floats, Floats]:
    if is_cut(table, model):
        raise SettingError(
            "the model with priors does not cut the likelihood of unreported rows",
            required='unreported="exclude", or unreported_informs=True',
            got=model.unreported,
        )
    top = top_of(assemble(table, model))
    draws, weights = posterior(top, model.priors, count=model.draws, seed=model.seed)
    return top, draws.theta, weights


def detection_priors(
    model: BayesianDetectionAdjusted,
    table: DetectionTable,
    *,
    tau_scales: Sequence[float] = (0.5, 1.0, 2.0),
    omega_scales: Sequence[float] = (0.5, 1.0),
) -> pd.DataFrame:
    """Return the answer under other scales of the priors of the two spreads.

    Points are laid out once, under the widest of the priors, and weighted for each. Columns: ``tau_prior``,
    ``omega_prior``, ``estimate`` and, of the main index, ``sensitivity`` and ``share_missed`` with ``_low`` and
    ``_high`` (0..1), ``tau``, ``omega``, ``effective_draws``.

    Examples
    --------
    >>> nan = float("nan")
    >>> table = DetectionTable.from_counts(
    ...     [80, 60, 90, 102, 84, 148, 95], ct=[44, 40, 39, nan, nan, 80, 50], index=[nan, nan, nan, 27, 32, 48, 29])
    >>> found = detection_priors(BayesianDetectionAdjusted(draws=1000), table)
    >>> len(found), found["sensitivity"].round(1).unique().tolist()
    (6, [0.6])
    """
    import pandas as pd

    scales = [(tau, omega) for omega in omega_scales for tau in tau_scales]
    models = [
        replace(model, tau_prior=("half-normal", float(tau)), omega_prior=("half-normal", float(omega)))
        for tau, omega in scales
    ]
    widest = replace(
        model,
        tau_prior=("half-normal", float(max(tau_scales))),
        omega_prior=("half-normal", float(max(omega_scales))),
    )
    top, theta, weights = _drawn(widest, table)
    means = mean_sensitivities(top)
    wide = widest.priors.log_density(theta, top.assembly.layout, means)
    rows = []
    for other in models:
        height = other.priors.log_density(theta, top.assembly.layout, means) - wide
        own = weights * np.exp(height - height.max())
        fit = _result(other, table, top, theta, own / own.sum(), studies=False)
        natural, detail = fit.natural(), fit.detail
        seen = next(iter(detail.sensitivity.values()))
        rows.append(
            {
                "tau_prior": str(tau_prior(other.tau_prior)),
                "omega_prior": str(tau_prior(other.omega_prior)),
                **_columns("estimate", Estimate(natural.estimate, natural.ci)),
                **_columns("sensitivity", seen),
                **_columns("share_missed", detail.share_missed),
                "tau": detail.tau.value,
                "omega": detail.omega.value,
                "effective_draws": detail.effective_draws,
            }
        )
    return pd.DataFrame(rows)


def _columns(name: str, estimate: Estimate) -> dict[str, float | None]:
    low, high = (None, None) if estimate.ci is None else (estimate.ci.low, estimate.ci.high)
    return {name: estimate.value, f"{name}_low": low, f"{name}_high": high}


def _result(
    model: BayesianDetectionAdjusted,
    table: DetectionTable,
    top: Top,
    theta: Floats,
    weights: Floats,
    *,
    studies: bool = True,
) -> MetaResult:
    assembly, layout, level = top.assembly, top.assembly.layout, model.level
    estimate = partial(_estimate, weights=weights, level=level)
    c = model.ct_sensitivity
    one_rate = layout.incidence == 1
    shown = theta[:, : layout.incidence]
    if one_rate and c < 1:
        shown = special.logit(c * special.expit(shown))
    coefficients = tuple(
        _coefficient(name, shown[:, j], weights, level) for j, name in enumerate(assembly.incidence.names)
    )
    centred = shown - weights @ shown
    tau, omega = theta[:, layout.tau], theta[:, layout.omega]
    means = {} if model.detection_moderators is not None else _means(top)
    places = {name: layout.gamma.start + j for name, j in means.items()}
    seen_on_average = {name: _average(theta[:, place], omega) for name, place in places.items()}
    missed = Estimate(None)
    if places and model.correlation == 0:
        missed = estimate(1 - next(iter(seen_on_average.values())))
    tau_estimate, effective = estimate(tau), effective_size(weights)
    rates: tuple[StudyRate, ...] = ()
    if studies:
        some = slice(0, min(_FOR_STUDIES, len(theta)))
        part = weights[some] / weights[some].sum()
        rates = study_rates(assembly, theta[some], part, level=level, ct_sensitivity=c)
    detail = BayesianDetectionDetail(
        population_average=estimate(c * _average(theta[:, 0], tau)) if one_rate else Estimate(None),
        sensitivity={name: estimate(special.expit(theta[:, place])) for name, place in places.items()},
        sensitivity_average={name: estimate(values) for name, values in seen_on_average.items()},
        sensitivity_prediction={
            name: _new_share(theta[:, place], omega, weights, level) for name, place in places.items()
        },
        share_missed=missed,
        tau=tau_estimate,
        omega=estimate(omega),
        rates=rates,
        priors={
            "logit of the rate": _said(model.mu_prior),
            "logit of the sensitivity": _said(model.sensitivity_prior),
            "tau": str(tau_prior(model.tau_prior)),
            "omega": str(tau_prior(model.omega_prior)),
        },
        draws=model.draws,
        effective_draws=effective,
        rows={kind.value: n for kind in RowKind if (n := int(assembly.table.rows_of(kind).size))},
    )
    value = float(tau_estimate.value or 0.0)
    limits = tau_estimate.ci
    return MetaResult(
        model="BayesianDetectionAdjusted",
        settings=settings_of(model),
        measure="PLO",
        level=level,
        k=assembly.table.k,
        k_studies=assembly.table.k_studies,
        labels=assembly.table.label,
        coefficients=coefficients,
        vcov=(weights[:, None] * centred).T @ centred,
        heterogeneity=Heterogeneity(
            tau2=value * value,
            tau2_ci=None if limits is None else Interval(limits.low**2, limits.high**2, level, _METHOD),
        ),
        prediction_interval=_prediction(theta[:, 0], tau, weights, c, level) if one_rate else None,
        weights=np.full(assembly.table.k, 1 / assembly.table.k),
        weights_name="Equal share (this model has no weights)",
        convergence=Convergence(
            converged=True,
            optimiser=f"{model.draws} weighted draws, worth {effective:.0f} independent ones",
            n_parameters=layout.size,
        ),
        notes=tuple(_notes(top, effective)),
        detail=detail,
        table_digest=table.digest,
    )


def _means(top: Top) -> dict[str, int]:
    one = mean_sensitivities(top) == 1
    return {name: 0 if one else j for j, name in enumerate(top.assembly.indexes)}


def _notes(top: Top, effective: float) -> list[str]:
    notes = []
    if top.direct_rows == 0:
        notes.append(
            "no pair informs the sensitivity: its prior and the contrast between studies decide what it is"
        )
    if effective < _FEW:
        notes.append(f"the draws are worth {effective:.0f} independent ones: take more draws")
    return notes


def _said(setting: Setting) -> str:
    kind, mean, sd = setting
    return f"{kind}({mean:g}, {sd:g})"


def quantiles(values: Floats, weights: Floats, shares: Sequence[float]) -> Floats:
    """Return quantiles of weighted values, straight between the middles of their steps.

    Examples
    --------
    >>> quantiles(np.array([3.0, 1.0, 2.0]), np.array([0.25, 0.25, 0.5]), [0.5]).tolist()
    [2.0]
    """
    order = np.argsort(values, kind="stable")
    steps = np.cumsum(weights[order]) - weights[order] / 2
    found: Floats = np.interp(shares, steps, values[order])
    return found


def _estimate(values: Floats, *, weights: Floats, level: float) -> Estimate:
    low, middle, high = quantiles(values, weights, [(1 - level) / 2, 0.5, (1 + level) / 2])
    return Estimate(float(middle), Interval(float(low), float(high), level, _METHOD))


def _coefficient(name: str, values: Floats, weights: Floats, level: float) -> Coefficient:
    low, middle, high = quantiles(values, weights, [(1 - level) / 2, 0.5, (1 + level) / 2])
    mean = float(weights @ values)
    sd = math.sqrt(float(weights @ (values - mean) ** 2))
    below = float(weights @ (values < 0))
    return Coefficient(
        name=name,
        value=float(middle),
        se=sd,
        statistic=float(middle) / sd,
        df=None,
        p_value=2 * min(below, 1 - below),
        ci=Interval(float(low), float(high), level, _METHOD),
    )


def _average(mean: Floats, spread: Floats) -> Floats:
    found: Floats = special.expit(averaged_logit(mean, spread).value)
    return found


def _new_share(mean: Floats, spread: Floats, weights: Floats, level: float) -> Interval:
    low, high = special.expit(_mixture(mean, spread, weights, level))
    return Interval(float(low), float(high), level, _METHOD)


def _mixture(mean: Floats, spread: Floats, weights: Floats, level: float) -> Floats:
    """Return the limits of a new study's logit: of normal curves at every draw, weighted."""
    shares = np.array([(1 - level) / 2, (1 + level) / 2])
    low, high = np.full(2, -60.0), np.full(2, 60.0)
    for _ in range(80):
        middle = (low + high) / 2
        below = special.ndtr((middle[:, None] - mean) / spread) @ weights
        low, high = np.where(below < shares, middle, low), np.where(below < shares, high, middle)
    limits: Floats = (low + high) / 2
    return limits


def _prediction(mean: Floats, tau: Floats, weights: Floats, c: float, level: float) -> Prediction:
    limits = _mixture(mean, tau, weights, level)
    centre = float(quantiles(mean, weights, [0.5])[0])
    spread = math.sqrt(float(weights @ (tau * tau + (mean - weights @ mean) ** 2)))
    if c < 1:
        limits, centre = (
            special.logit(c * special.expit(limits)),
            float(special.logit(c * special.expit(centre))),
        )
    return Prediction(
        low=float(limits[0]),
        high=float(limits[1]),
        level=level,
        method="posterior predictive, equal-tailed",
        centre=centre,
        se=spread,
        df=None,
    )
