"""Sums over 2x2 tables that need no correction of empty cells: Mantel-Haenszel and Peto.

Cells are arrays (b, k) ``a, b`` (first arm with and without the event) and ``c, d`` (second arm); tables
that fill up have four zeros and add nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.numerics.linear import dot

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The four cells of every table, arrays (b, k)."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats

    @property
    def n1(self) -> Floats:
        """Units of the first arm."""
        return self.a + self.b

    @property
    def n2(self) -> Floats:
        """Units of the second arm."""
        return self.c + self.d

    @property
    def total(self) -> Floats:
        """Units of both arms, 1 where there is none so that it can divide."""
        return np.maximum(self.n1 + self.n2, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """Pooled values and standard errors (b,), ``weights`` (b, k).

    NaN where an outcome never occurs, or where every arm has one outcome only, so that nothing is left to
    estimate an error from.
    """

    value: Floats
    se: Floats
    weights: Floats


def odds_ratio(cells: Cells) -> Sum:
    """Return the log of ``sum(a d / N) / sum(b c / N)`` with the variance of Robins, Breslow and Greenland.

    doi:10.2307/2531052
    """
    a, b, c, d, n = cells.a, cells.b, cells.c, cells.d, cells.total
    p, q, r, s = (a + d) / n, (b + c) / n, a * d / n, b * c / n
    upper, lower = r.sum(axis=1), s.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mixed = (dot(p, s) + dot(q, r)) / (upper * lower)
        variance = (dot(p, r) / upper**2 + mixed + dot(q, s) / lower**2) / 2
        return Sum(*_finite(np.log(upper / lower), np.sqrt(variance)), weights=s)


def risk_ratio(cells: Cells) -> Sum:
    """Return the log of ``sum(a n2 / N) / sum(c n1 / N)`` with the variance of Greenland and Robins.

    doi:10.2307/2530643
    """
    a, c, n1, n2, n = cells.a, cells.c, cells.n1, cells.n2, cells.total
    upper, lower = dot(a, n2 / n), dot(c, n1 / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (n1 * n2 / n * (a + c) / n - a * c / n).sum(axis=1) / (upper * lower)
        return Sum(*_finite(np.log(upper / lower), np.sqrt(variance)), weights=c * n1 / n)


def risk_difference(cells: Cells) -> Sum:
    """Return ``sum(a n2 / N - c n1 / N) / sum(n1 n2 / N)`` with the variance of Sato, Greenland and Robins.

    doi:10.2307/2531632
    """
    a, c, n1, n2, n = cells.a, cells.c, cells.n1, cells.n2, cells.total
    weights = n1 * n2 / n
    total = weights.sum(axis=1)
    value = (a * n2 / n - c * n1 / n).sum(axis=1) / total
    bent = c * (n1 / n) ** 2 - a * (n2 / n) ** 2 + n1 / n * (n2 / n) * (n2 - n1) / 2
    plain = (a * (n2 - c) / n + c * (n1 - a) / n) / 2
    variance = np.maximum(value * bent.sum(axis=1) + plain.sum(axis=1), 0.0)
    return Sum(*_finite(value, np.sqrt(variance) / total), weights=weights)


def peto(cells: Cells) -> Sum:
    """Return ``sum(a - E) / sum(V)``, the one-step log odds ratio (doi:10.1016/S0033-0620(85)80003-7)."""
    expected, variance = hypergeometric(cells)
    total = variance.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (cells.a - expected).sum(axis=1) / total
        return Sum(*_finite(value, 1 / np.sqrt(total)), weights=variance)


def peto_q(cells: Cells) -> Floats:
    """Return the heterogeneity statistic of Peto's method, array (b,)."""
    expected, variance = hypergeometric(cells)
    gap = cells.a - expected
    parts = np.divide(gap * gap, variance, out=np.zeros_like(gap), where=variance > 0).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        q: Floats = np.maximum(parts - gap.sum(axis=1) ** 2 / variance.sum(axis=1), 0.0)
    return q


def hypergeometric(cells: Cells) -> tuple[Floats, Floats]:
    """Return mean and variance of ``a`` with all margins held, arrays (b, k)."""
    n, events, rest = cells.total, cells.a + cells.c, cells.b + cells.d
    expected = events * cells.n1 / n
    variance = events * rest * (cells.n1 / n) * (cells.n2 / n) / np.maximum(n - 1, 1.0)
    return expected, variance


def cochran_mantel_haenszel(cells: Cells, *, corrected: bool) -> tuple[Floats, Floats]:
    """Return two statistics of no association in any table, arrays (b,), chi-squared with one df.

    The first has the hypergeometric variance (divisor N - 1), the second Cochran's (divisor N).
    """
    expected, variance = hypergeometric(cells)
    n = cells.total
    gap = np.abs((cells.a - expected).sum(axis=1)) - (0.5 if corrected else 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return gap**2 / variance.sum(axis=1), gap**2 / (variance * (n - 1) / n).sum(axis=1)


def tarone(cells: Cells, log_odds_ratio: Floats) -> tuple[Floats, Floats]:
    """Return Tarone's statistic of equal odds ratios and the number of tables in it, arrays (b,).

    Breslow and Day's sum over the tables whose cells can differ, less its correction.
    Tarone RE (1985), doi:10.1093/biomet/72.1.91
    """
    ratio = np.exp(log_odds_ratio)[:, None]
    n1, n2, events = cells.n1, cells.n2, cells.a + cells.c
    expected = _expected_cell(ratio, n1, n2, events)
    counted = (expected > 0) & (events > 0) & (cells.b + cells.d > 0)
    four = (expected, n1 - expected, events - expected, n2 - events + expected)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(counted, sum(1 / cell for cell in four), np.inf)
    gap = np.where(counted, cells.a - expected, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        breslow_day = (gap * gap * np.where(counted, precision, 0.0)).sum(axis=1)
        statistic = breslow_day - gap.sum(axis=1) ** 2 / (1 / precision).sum(axis=1)
    return np.maximum(statistic, 0.0), counted.sum(axis=1).astype(np.float64)


def _expected_cell(ratio: Floats, n1: Floats, n2: Floats, events: Floats) -> Floats:
    """Return the first cell that has the margins and the odds ratio."""
    total = ratio * (n1 + events) + (n2 - events)
    root = np.sqrt(total**2 - 4 * n1 * events * ratio * (ratio - 1))
    # The smaller root of the quadratic, written so that a ratio of one divides by nothing small.
    with np.errstate(divide="ignore", invalid="ignore"):
        cell: Floats = np.where(total + root > 0, 2 * n1 * events * ratio / (total + root), 0.0)
    return cell


def _finite(value: Floats, se: Floats) -> tuple[Floats, Floats]:
    """Replace by NaN what is no number, or has no error."""
    known = np.isfinite(value) & np.isfinite(se) & (se > 1e-14 * np.abs(value))
    return np.where(known, value, np.nan), np.where(known, se, np.nan)
