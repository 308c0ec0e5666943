"""Fits that specifications share: one model on many selections, the groups together or apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError
from metaleak.numerics.binomial_normal import averaged_logit
from metaleak.numerics.distributions import two_sided_quantile
from metaleak.numerics.linear import Batch, at
from metaleak.pooling import beta_binomial_kernel, binomial_normal_kernel
from metaleak.pooling.batches import padded
from metaleak.pooling.beta_binomial import BetaBinomial
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.effects_batch import prepare
from metaleak.pooling.intervals import coefficients
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.tau2 import ESTIMATORS

Floats = npt.NDArray[np.float64]

#: The scales whose differences are odds ratios; the others say something of the rate alone.
WITH_ODDS_RATIO = ("PLO", None)


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """The rows of both groups of one selection."""

    of: StudyTable
    against: StudyTable
    both: StudyTable


def _designs(tables: Sequence[Compared], k: int) -> Floats:
    """Return an intercept and the mark of the first group, array (b, k, 2); rows that fill up have no mark."""
    x = np.zeros((len(tables), k, 2))
    x[:, :, 0] = 1.0
    for i, table in enumerate(tables):
        x[i, : table.of.k, 1] = 1.0
    return x


def _joined(contrast: Floats, rate: Floats) -> Floats:
    return np.concatenate([contrast, rate], axis=1)


class LikelihoodFits:
    """Fits of one model of counts, whatever interval is asked of them."""

    def __init__(
        self, model: BinomialNormal | BetaBinomial, tables: Sequence[Compared], *, common: bool, level: float
    ) -> None:
        """Fit the groups together or apart, and the rates."""
        self.kernel: ModuleType = (
            binomial_normal_kernel if isinstance(model, BinomialNormal) else beta_binomial_kernel
        )
        self.points = (
            (None if model.quadrature == "auto" else int(model.quadrature),)
            if isinstance(model, BinomialNormal)
            else ()
        )
        self.tables, self.common, self.level = tables, common, level
        self.against = self._fit([table.against for table in tables], None)
        if common:
            joint = [table.both for table in tables]
            self.joint = self._fit(joint, _designs(tables, max(table.k for table in joint)))
        else:
            self.of = self._fit([table.of for table in tables], None)

    def _fit(self, tables: Sequence[StudyTable], design: Floats | None) -> Any:
        x, n = padded(tables)
        return self.kernel.fit(x, n, design, *self.points)

    def __call__(self, method: str) -> Floats:
        """Return the numbers of every selection with one kind of interval, array (b, 6)."""
        return _joined(self._contrast(method), self._rate(method))

    def _intervals(self, fits: Any, method: str, df: Floats) -> Any:
        if method == "profile":
            return self.kernel.profile_intervals(fits, self.level)
        return self.kernel.wald_intervals(fits, self.level, df if method == "t" else None)

    def _contrast(self, method: str) -> Floats:
        if self.common:
            df = np.array([table.both.k - 2.0 for table in self.tables])
            limits = self._intervals(self.joint, method, df)
            found = np.column_stack([self.joint.theta[:, 1], limits.beta[:, 1]])
            found[~(self.joint.converged & limits.converged)] = np.nan
            return found
        if method == "profile":
            raise SettingError(
                "the difference of two fits has no profile",
                required="ci_method wald or t with tau2='separate'",
                got="profile",
            )
        parts = [
            (fits.theta[:, 0], fits.covariance()[:, 0, 0], np.array([part.k - 1.0 for part in tables]))
            for fits, tables in (
                (self.of, [table.of for table in self.tables]),
                (self.against, [table.against for table in self.tables]),
            )
        ]
        found = difference(parts[0], parts[1], level=self.level, exact=method != "t")
        found[~(self.of.converged & self.against.converged)] = np.nan
        return found

    def _rate(self, method: str) -> Floats:
        fits = self.against
        limits = self._intervals(fits, method, np.array([table.against.k - 1.0 for table in self.tables]))
        if self.kernel is binomial_normal_kernel:
            logits = limits.average
        else:
            logits = np.column_stack([fits.theta[:, 0], limits.beta[:, 0]])
        rates = special.expit(logits)
        rates[~(fits.converged & limits.converged)] = np.nan
        return cast(Floats, rates)


class InverseVarianceFits:
    """Fits by inverse variance with one estimator of tau2, whatever interval is asked of them."""

    def __init__(
        self, model: RandomEffects, tables: Sequence[Compared], *, common: bool, level: float
    ) -> None:
        """Compute the effects and tau2 of the groups together or apart, and of the rates."""
        self.model, self.tables, self.common, self.level = model, tables, common, level
        self.compares = model.measure in WITH_ODDS_RATIO
        self.against = self._fit([table.against for table in tables])
        if self.compares and common:
            joint = [table.both for table in tables]
            self.joint = self._fit(joint, _designs(tables, max(table.k for table in joint)))
        elif self.compares:
            self.of = self._fit([table.of for table in tables])

    def _fit(self, tables: Sequence[StudyTable], design: Floats | None = None) -> tuple[Batch, Floats]:
        plain = prepare(tables, self.model.measure or "PLO", self.model.zero, None).batch
        batch = plain if design is None else Batch(plain.yi, plain.vi, plain.rows, design)
        return batch, ESTIMATORS[self.model.method](batch).value

    def __call__(self, method: str) -> Floats:
        """Return the numbers of every selection with one kind of interval, array (b, 6)."""
        return _joined(self._contrast(method), self._rate(method))

    def _means(self, fit: tuple[Batch, Floats], method: str) -> tuple[Floats, Any]:
        batch, tau2 = fit
        fitted = at(batch, tau2)
        return fitted.beta, coefficients(batch, fitted, tau2, method=method, level=self.level)

    def _contrast(self, method: str) -> Floats:
        if not self.compares:
            return np.full((len(self.tables), 3), np.nan)
        if self.common:
            beta, found = self._means(self.joint, method)
            return np.column_stack([beta[:, 1], found.low[:, 1], found.high[:, 1]])
        parts = []
        for fit in (self.of, self.against):
            beta, found = self._means(fit, method)
            parts.append((beta[:, 0], found.se[:, 0] ** 2, fit[0].df))
        return difference(parts[0], parts[1], level=self.level, exact=method == "wald")

    def _rate(self, method: str) -> Floats:
        beta, found = self._means(self.against, method)
        ends = np.column_stack([beta[:, 0], found.low[:, 0], found.high[:, 0]])
        return averaged_rate(ends, self.against[1], self.model.measure or "PLO")


def difference(
    of: tuple[Floats, Floats, Floats], against: tuple[Floats, Floats, Floats], *, level: float, exact: bool
) -> Floats:
    """Return differences of two independent means with limits, array (b, 3).

    Each side is its estimates, variances and degrees of freedom, arrays (b,). ``exact`` takes normal quantiles,
    otherwise t with Welch's degrees of freedom (Welch BL 1947, doi:10.1093/biomet/34.1-2.28).
    """
    (first, v1, df1), (second, v2, df2) = of, against
    total = v1 + v2
    df = None if exact else total**2 / (v1**2 / df1 + v2**2 / df2)
    half = np.asarray(two_sided_quantile(level, df)) * np.sqrt(total)
    gap = first - second
    return np.column_stack([gap, gap - half, gap + half])


def averaged_rate(ends: Floats, tau2: Floats, measure: str) -> Floats:
    """Return the mean rates of normal distributions around ``ends`` (b, m) on a measure's scale.

    On logits by quadrature, on arcsines in closed form, ``E sin^2(m + tau Z) = (1 - exp(-2 tau^2) cos 2m) / 2``;
    Freeman and Tukey's double arcsine is read as an arcsine, logs and shares as they stand.
    """
    if measure == "PLO":
        tau = np.sqrt(np.repeat(tau2, ends.shape[1]))
        rates: Floats = special.expit(averaged_logit(ends.ravel(), tau).value).reshape(ends.shape)
        return rates
    if measure in ("PAS", "PFT"):
        centre = np.clip(ends, 0, np.pi / 2)
        return (1 - np.exp(-2 * tau2[:, None]) * np.cos(2 * centre)) / 2
    if measure == "PR":
        return np.clip(ends, 0, 1)
    raise SettingError("this scale has no mean rate here", required="PLO, PAS, PFT or PR", got=measure)
