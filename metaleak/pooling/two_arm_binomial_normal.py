"""One-stage models of two arms: exact counts within studies, normal log odds ratios between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.measures import Zero, measure
from metaleak.effects.measures.base import silent_rows
from metaleak.effects.table import StudyTable
from metaleak.errors import SeparationError, SettingError, TableError
from metaleak.guards import one_of, within
from metaleak.numerics.binomial import log_choose
from metaleak.numerics.distributions import chi2_tail, two_sided_p
from metaleak.numerics.hypergeometric import Conditional, log_saturated, support_of
from metaleak.numerics.two_arms import Arms, FixedLevels, NormalLevels
from metaleak.pooling import two_arm_kernel as kernel
from metaleak.pooling.batches import batches
from metaleak.pooling.likelihood_parts import CI_METHODS, TAU2_METHODS, boundary_test, require_converged
from metaleak.pooling.prediction import prediction_interval
from metaleak.pooling.result import Coefficient, Convergence, Heterogeneity, Interval, MetaResult
from metaleak.pooling.storable import storable

Floats = npt.NDArray[np.float64]

_TODO = "try ci_method='wald', or conditional=True"
_Q_METHODS = {
    True: "likelihood ratio against one odds ratio per study, margins given",
    False: "likelihood ratio against one odds ratio per study, levels of their own",
}


@storable
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoArmBinomialNormalDetail:
    """What only the one-stage models know.

    Attributes
    ----------
    shrunken : array (k,)
        Each study's log odds ratio at its conditional mode, drawn towards the others.
    levels : array (k,) or None
        Each study's mean logit of both arms; None where the margins are given.
    level_mean, level_sd : float or None
        Mean and standard deviation of the levels between studies; None unless they are random.
    covariance : array (d, d)
        Of (mu, tau), or of (mu, level mean, level sd, tau); 0 for what lies at its boundary.
    log_likelihood_tau0 : float
        The maximum with tau = 0.
    log_likelihood_saturated : float
        With one odds ratio per study, and levels of their own or margins given.
    """

    shrunken: Floats
    levels: Floats | None
    level_mean: float | None
    level_sd: float | None
    covariance: Floats
    log_likelihood_tau0: float
    log_likelihood_saturated: float


@dataclass(frozen=True, slots=True)
class TwoArmBinomialNormal:
    """Mixed logistic model of two arms inside studies, by maximum likelihood.

    Study i has ``a ~ Bin(n1, expit(alpha_i + theta_i / 2))``, ``c ~ Bin(n2, expit(alpha_i - theta_i / 2))`` and
    ``theta_i ~ N(mu, tau2)``: no correction of empty cells, no variances taken as known.

    Parameters
    ----------
    study_effects : {"fixed", "random"}
        Whether each study has a level of its own (metafor's ``UM.FS``), or the levels are normal and independent
        of the odds ratios (``UM.RS``, by two-dimensional quadrature; metafor's is Laplace's approximation).
    conditional : bool
        Condition on the events of each study, which removes the levels: Fisher's noncentral hypergeometric
        likelihood (``CM.EL``). Takes no ``study_effects`` but ``"fixed"``.
    quadrature : "auto" or int
        Points per dimension; ``"auto"`` takes as many as keep the log-likelihood within 1e-9.
    ci_method : {"profile", "wald", "t"}
        How the intervals of the log odds ratio and of tau2 are made.
    level : float
        Level of all intervals, between 0 and 1.

    Notes
    -----
    Rows without an event in either arm, or with nothing else, say nothing about an odds ratio; they are left out
    and named. With levels of their own the maximum-likelihood tau2 is too small where studies are small, since
    as many levels as studies are estimated; the conditional model has no levels.

    References
    ----------
    Stijnen T, Hamza TH, Ozdemir P (2010). Random effects meta-analysis of event outcome in the framework of the
    generalized linear mixed model. doi:10.1002/sim.4040

    Jackson D, Law M, Stijnen T, Viechtbauer W, White IR (2018). A comparison of seven random-effects models for
    meta-analyses that estimate the summary odds ratio. doi:10.1002/sim.7588

    Examples
    --------
    >>> table = StudyTable.from_two_arms([12, 30, 8, 25], [50, 80, 40, 60], [18, 41, 15, 22], [48, 82, 42, 61])
    >>> natural = TwoArmBinomialNormal(conditional=True).fit(table).natural()
    >>> [round(value, 2) for value in (natural.estimate, natural.ci.low, natural.ci.high)]
    [0.69, 0.4, 1.11]
    """

    study_effects: Literal["fixed", "random"] = "fixed"
    conditional: bool = False
    quadrature: Literal["auto"] | int = "auto"
    ci_method: str = "profile"
    level: float = 0.95

    def __post_init__(self) -> None:
        """Refuse settings outside their range."""
        one_of("study_effects", self.study_effects, ("fixed", "random"))
        one_of("ci_method", self.ci_method, CI_METHODS)
        within("level", self.level, 0, 1)
        if self.conditional and self.study_effects == "random":
            raise SettingError(
                "given the margins there are no study effects to be random",
                required='study_effects="fixed" with conditional=True',
                got=self.study_effects,
            )
        points = self.quadrature
        if points != "auto" and (
            not isinstance(points, int) or isinstance(points, bool) or not 5 <= points <= 63
        ):
            raise SettingError("quadrature is no number of points", required='"auto", or 5 to 63', got=points)

    def fit(self, table: StudyTable) -> MetaResult:
        """Pool the rows of a table of two arms.

        Raises
        ------
        TableError
            For a table of another kind, or one in which no row says anything about an odds ratio.
        SeparationError
            When the odds ratio, or the spread between studies, is infinite: every study lies at an end of what
            its margins admit.
        ConvergenceError
            When the optimiser or a profile ends without an optimum; ``state`` holds where it stood.
        """
        return self.fit_tables([table])[0]

    def fit_tables(self, tables: Sequence[StudyTable]) -> list[MetaResult]:
        """Pool each of several tables, in batches of arrays; see :func:`metaleak.fit_many`."""
        parts = [_informative(table) for table in tables]
        results: list[MetaResult | None] = [None] * len(parts)
        for group in batches([table.k for table, _ in parts]):
            for i, result in zip(group, self._fit_arrays([parts[i] for i in group]), strict=True):
                results[i] = result
        return [result for result in results if result is not None]

    def _fit_arrays(self, parts: Sequence[tuple[StudyTable, tuple[str, ...]]]) -> list[MetaResult]:
        tables = [table for table, _ in parts]
        arms = _arms(tables)
        points = None if self.quadrature == "auto" else int(self.quadrature)
        if self.conditional:
            support = support_of(arms)
            fits = kernel.fit(partial(Conditional, support), arms, points)
            coefficients, top = np.zeros(len(tables)), log_saturated(support)
        else:
            kind = FixedLevels if self.study_effects == "fixed" else NormalLevels
            fits = kernel.fit(partial(kind, arms), arms, points)
            coefficients = (log_choose(arms.a, arms.n1) + log_choose(arms.c, arms.n2)).sum(axis=1)
            top = kernel.saturated(arms)
        q = 2 * (top - fits.at_zero)
        if self.study_effects == "random":
            own = kernel.fit(partial(FixedLevels, arms), arms, points)
            q = 2 * (top - own.at_zero)
        require_converged(fits.converged, fits, _TODO)
        if self.ci_method == "profile":
            mu, tau, ok = kernel.profile_intervals(fits, self.level)
            require_converged(ok, fits, _TODO)
        else:
            df = np.array([max(table.k - 1, 1) for table in tables], dtype=np.float64)
            mu, tau = kernel.wald_limits(fits, self.level, df if self.ci_method == "t" else None)
        ratios, levels, spread = _latent(fits, arms)
        batch = _Batch(fits, mu, tau, q, coefficients, top, ratios, levels, spread)
        return [self._result(table, notes, i, batch) for i, (table, notes) in enumerate(parts)]

    def _result(self, table: StudyTable, left_out: tuple[str, ...], i: int, batch: _Batch) -> MetaResult:
        fits, k = batch.fits, table.k
        covariance = fits.covariance()[i]
        value, se = float(fits.theta[i, 0]), math.sqrt(covariance[0, 0])
        df = float(k - 1) if self.ci_method == "t" and k > 1 else None
        low, high = (float(limit) for limit in batch.mu[i])
        tau2 = float(fits.theta[i, -1] ** 2)
        notes = list(left_out)
        if k == 1:
            notes.append("1 study: tau2 and the prediction interval are not defined")
        elif tau2 == 0:
            notes.append("tau2 is estimated as 0: the studies differ no more than chance lets them")
        if math.isinf(low) or math.isinf(high):
            notes.append("the profile of the log odds ratio does not fall to the cut-off on one side")
        information = 1 / (tau2 + batch.spread[i, :k])
        return MetaResult(
            model="TwoArmBinomialNormal",
            settings=asdict(self),
            measure="OR",
            level=self.level,
            k=k,
            k_studies=table.k_studies,
            labels=table.label,
            coefficients=(
                Coefficient(
                    name="intercept",
                    value=value,
                    se=se,
                    statistic=value / se,
                    df=df,
                    p_value=float(two_sided_p(value / se, df)),
                    ci=Interval(low, high, self.level, CI_METHODS[self.ci_method]),
                ),
            ),
            vcov=np.array([[se * se]]),
            heterogeneity=self._heterogeneity(table, i, batch, covariance),
            prediction_interval=None
            if k == 1
            else prediction_interval(value, se, tau2, k=k, p=1, level=self.level, method="t"),
            weights=information / information.sum(),
            weights_name="Information share",
            convergence=_certificate(batch, i),
            notes=tuple(notes),
            detail=self._detail(i, k, batch, covariance),
            table_digest=table.digest,
        )

    def _heterogeneity(self, table: StudyTable, i: int, batch: _Batch, covariance: Floats) -> Heterogeneity:
        if table.k == 1:
            return Heterogeneity(tau2=None)
        fits, tau = batch.fits, float(batch.fits.theta[i, -1])
        low, high = (float(limit) for limit in batch.tau[i])
        q, df = max(float(batch.q[i]), 0.0), table.k - 1
        typical = _typical_variance(table)
        return Heterogeneity(
            tau2=tau * tau,
            tau2_se=2 * tau * math.sqrt(covariance[-1, -1]) if tau > 0 else None,
            tau2_ci=None
            if math.isnan(low)
            else Interval(low * low, high * high, self.level, TAU2_METHODS[self.ci_method]),
            i2=tau * tau / (tau * tau + typical),
            h2=1 + tau * tau / typical,
            q=q,
            q_df=df,
            q_p=float(chi2_tail(q, df)),
            q_method=_Q_METHODS[self.conditional],
            tau2_test=boundary_test("tau2 = 0", float(fits.value[i] - fits.at_zero[i]), inside=tau > 0),
        )

    def _detail(self, i: int, k: int, batch: _Batch, covariance: Floats) -> TwoArmBinomialNormalDetail:
        theta, random = batch.fits.theta[i], self.study_effects == "random"
        return TwoArmBinomialNormalDetail(
            shrunken=batch.ratios[i, :k],
            levels=None if batch.levels is None else batch.levels[i, :k],
            level_mean=float(theta[1]) if random else None,
            level_sd=float(theta[2]) if random else None,
            covariance=covariance,
            log_likelihood_tau0=float(batch.fits.at_zero[i] + batch.coefficients[i]),
            log_likelihood_saturated=float(batch.top[i] + batch.coefficients[i]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Arrays of one batch that the results are cut from."""

    fits: kernel.Fits
    mu: Floats
    tau: Floats
    q: Floats
    coefficients: Floats
    top: Floats
    ratios: Floats
    levels: Floats | None
    spread: Floats


def _informative(table: StudyTable) -> tuple[StudyTable, tuple[str, ...]]:
    """Return the rows that say something, and a note on the others."""
    if table.kind != "two_arms":
        raise TableError(
            "the two-arm binomial-normal model pools 2x2 tables",
            required="a table of two_arms",
            got=table.kind,
        )
    silent = silent_rows(table.ai, table.n1i, table.ci, table.n2i)
    if silent.all():
        raise TableError(
            "no row says anything about the odds ratio",
            required="a row with an event in one arm and a unit without in one arm",
            got=f"{table.k} rows with none or all in both arms",
        )
    notes: tuple[str, ...] = ()
    if silent.any():
        names = ", ".join(table.label[i] for i in np.flatnonzero(silent))
        notes = (f"rows with no event, or only events, in both arms are left out: {names}",)
        table = table.take(np.flatnonzero(~silent))
    _require_inside(table)
    return table, notes


def _require_inside(table: StudyTable) -> None:
    """Refuse tables whose every study lies at an end of what its margins admit."""
    lowest = (table.ai == 0) | (table.ci == table.n2i)
    highest = (table.ci == 0) | (table.ai == table.n1i)
    if not (lowest | highest).all():
        return
    what = "odds ratio" if lowest.all() or highest.all() or table.k == 1 else "spread of the odds ratios"
    raise SeparationError(
        f"the {what} is infinite",
        required="a study with events and units without in both arms",
        got=f"{table.k} studies, each without events, or with nothing else, in an arm",
        todo="Mantel-Haenszel with a correction, or the joined counts, describe such data",
    )


def _arms(tables: Sequence[StudyTable]) -> Arms:
    k = max(table.k for table in tables)
    cells = np.zeros((4, len(tables), k))
    for i, table in enumerate(tables):
        cells[:, i, : table.k] = table.ai, table.n1i, table.ci, table.n2i
    return Arms(*cells)


def _latent(fits: kernel.Fits, arms: Arms) -> tuple[Floats, Floats | None, Floats]:
    """Return each study's log odds ratio and level at the mode, and the variance of that log odds ratio."""
    mu, tau, rows = fits.theta[:, :1], fits.theta[:, -1:], np.arange(len(fits.theta))
    likelihood = fits.likelihood
    if isinstance(likelihood, Conditional):
        ratios = mu + tau * likelihood.latent(fits.theta)
        variance = likelihood.support.moments(ratios[..., None])[2][..., 0]
        return ratios, None, 1 / np.maximum(variance, 1e-300)
    if isinstance(likelihood, FixedLevels):
        levels, part = likelihood.solved(fits.theta, rows)
    else:
        part = likelihood.parts(fits.theta, rows)
        levels = fits.theta[:, 1:2] + fits.theta[:, 2:3] * part.latent[..., 0]
    ratios = mu + tau * part.latent[..., 1]
    p, q = special.expit(levels + ratios / 2), special.expit(levels - ratios / 2)
    with np.errstate(divide="ignore"):
        variance = 1 / (arms.n1 * p * (1 - p)) + 1 / (arms.n2 * q * (1 - q))
    return ratios, levels, variance


def _typical_variance(table: StudyTable) -> float:
    """Return the typical variance of corrected log odds ratios (Higgins and Thompson 2002), as metafor does."""
    w = 1 / measure("OR").effects(table, Zero()).vi
    return float((table.k - 1) * w.sum() / (w.sum() ** 2 - (w * w).sum()))


def _certificate(batch: _Batch, i: int) -> Convergence:
    fits = batch.fits
    levels = int(fits.likelihood.arms.used[i].sum()) if isinstance(fits.likelihood, FixedLevels) else 0
    return Convergence(
        converged=True,
        optimiser="Newton with analytic derivatives, from three spreads",
        iterations=fits.iterations,
        log_likelihood=float(fits.value[i] + batch.coefficients[i]),
        n_parameters=fits.theta.shape[1] + levels,
        gradient_norm=float(np.abs(fits.gradient[i]).max()),
        quadrature_points=fits.likelihood.points,
        quadrature_change=float(fits.change[i]),
    )
