"""Sums over the factors ``q + j rho`` of a rising factorial, accurate from rho = 0 to q = 0."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]

#: Below this value of ``x rho / q`` the sums are series in it: differences of gamma functions would cancel.
_SERIES_BELOW = 0.1
_TERMS = 16

#: From here on differences of gamma functions come from Stirling's series, term by term.
_STIRLING_FROM = 20.0
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums over j = 1 .. x - 1, with ``a = q + j rho``: arrays of the shape of the arguments."""

    log: Floats
    inverse: Floats
    inverse2: Floats
    j_inverse: Floats
    j_inverse2: Floats
    jj_inverse2: Floats


def rising_sums(q: Floats, rho: Floats, x: Floats) -> Sums:
    """Sum ``log a``, ``1 / a``, ``1 / a^2``, ``j / a``, ``j / a^2`` and ``j^2 / a^2`` over j = 1 .. x - 1.

    Parameters
    ----------
    q : array
        First factor, 0 or more; ``q + rho`` > 0.
    rho : array
        Step, 0 or more.
    x : array
        Number of factors, whole numbers; 0 and 1 give empty sums.

    Notes
    -----
    With ``z = q / rho`` the first three are differences of log-gamma, digamma and trigamma functions at
    ``z + x`` and ``z + 1``, and the last three follow from ``j = (a - q) / rho``. Where ``x rho / q`` is
    small these lose digits, and power series with sums of powers take over.

    Examples
    --------
    >>> sums = rising_sums(np.array([0.5]), np.array([0.1]), np.array([3.0]))
    >>> bool(np.isclose(sums.log[0], np.log(0.6) + np.log(0.7)))
    True
    """
    shape = np.broadcast_shapes(q.shape, rho.shape, x.shape)
    q, rho, x = (np.broadcast_to(part, shape).ravel() for part in (q, rho, x))
    found = np.zeros((6, q.size))
    some = x > 1
    small = some & (x * rho <= _SERIES_BELOW * q)
    for rows, sums in ((small, _by_series), (some & ~small, _by_gamma)):
        if rows.any():
            found[:, rows] = sums(q[rows], rho[rows], x[rows])
    return Sums(*found.reshape(6, *shape))


def _by_gamma(q: Floats, rho: Floats, x: Floats) -> Floats:
    first, last, count = q / rho + 1, q / rho + x, x - 1
    log_gamma, digamma, trigamma = np.empty((3, q.size))
    high = first >= _STIRLING_FROM
    if high.any():
        differences = _stirling(first[high], last[high], count[high])
        log_gamma[high], digamma[high], trigamma[high] = differences
    low = ~high
    if low.any():
        f, e = first[low], last[low]
        log_gamma[low] = special.gammaln(e) - special.gammaln(f)
        digamma[low] = special.psi(e) - special.psi(f)
        trigamma[low] = special.zeta(2, f) - special.zeta(2, e)
    inverse = digamma / rho
    inverse2 = trigamma / (rho * rho)
    return np.stack(
        [
            count * np.log(rho) + log_gamma,
            inverse,
            inverse2,
            (count - q * inverse) / rho,
            (inverse - q * inverse2) / rho,
            (count - 2 * q * inverse + q * q * inverse2) / (rho * rho),
        ]
    )


def _stirling(first: Floats, last: Floats, count: Floats) -> tuple[Floats, Floats, Floats]:
    """Return differences of log-gamma, digamma and (with the sign turned) trigamma from first to last."""
    growth = np.log1p(count / first)
    log_gamma = count * (np.log(first) - 1) + (last - 0.5) * growth
    digamma = growth + 0.5 * count / (first * last)
    trigamma = count / (first * last) + 0.5 * (1 / first**2 - 1 / last**2)
    for i, coefficient in enumerate(_STIRLING):
        power = 2 * i + 1
        log_gamma += coefficient * (last**-power - first**-power)
        digamma -= coefficient * power * (last ** -(power + 1) - first ** -(power + 1))
        trigamma -= coefficient * power * (power + 1) * (last ** -(power + 2) - first ** -(power + 2))
    return log_gamma, digamma, trigamma


def _by_series(q: Floats, rho: Floats, x: Floats) -> Floats:
    y = x * rho / q
    scaled = ((x[:, None] ** -np.arange(_TERMS + 3.0)) @ _power_sums()).T
    r = np.arange(_TERMS + 1)[:, None]
    alternating = np.where(r % 2 == 0, 1.0, -1.0) * y**r
    # Term r of entry s is (-rho / q)^r times the sum of j^(r + s).
    plain, by_j, by_jj = (x ** (s + 1) * scaled[s : s + _TERMS + 1] * alternating for s in range(3))
    plain[0] -= 1  # The sum of j^0 counts j = 0.
    return np.stack(
        [
            (x - 1) * np.log(q) - (plain[1:] / r[1:]).sum(axis=0),
            plain.sum(axis=0) / q,
            ((r + 1) * plain).sum(axis=0) / (q * q),
            by_j.sum(axis=0) / q,
            ((r + 1) * by_j).sum(axis=0) / (q * q),
            ((r + 1) * by_jj).sum(axis=0) / (q * q),
        ]
    )


@lru_cache(maxsize=1)
def _power_sums() -> Floats:
    """Return coefficients (power of 1 / x, r) of the sum of j^r over j = 0 .. x - 1, over x^(r + 1)."""
    bernoulli = special.bernoulli(_TERMS + 2)
    table = np.zeros((_TERMS + 3, _TERMS + 3))
    for r in range(_TERMS + 3):
        for i in range(r + 1):
            table[i, r] = comb(r + 1, i) * bernoulli[i] / (r + 1)
    return table
