"""The beta-binomial likelihood of whole tables: objective functions for the optimiser, in batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.binomial import Marginal
from metaleak.numerics.rising import Sums, rising_sums

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: Rows of counts in a chunk: three dozen arrays of this length stay near the processor.
_CHUNK = 8_000


def beta_binomial(eta: Floats, angle: Floats, x: Floats, n: Floats) -> Marginal:
    """Return each row's log-likelihood, without the binomial coefficient, and its derivatives.

    Parameters
    ----------
    eta : array (b, k) or (b, 1)
        Logits of the means.
    angle : array (b, 1)
        ``icc = sin(angle)^2`` is the intra-class correlation. In the angle both ends, 0 and one half pi,
        are smooth.
    x, n : arrays (b, k)
        Events and units; a row with ``n = 0`` contributes 0.

    Returns
    -------
    Marginal
        Its ``m`` is ``eta``, its ``tau`` the angle.

    Notes
    -----
    With mean m and c = 1 - icc the probability is a ratio of products over the factors ``m c + j icc``
    (j < x), ``(1 - m) c + j icc`` (j < n - x) and ``c + j icc`` (j < n). Those of j = 0 are written apart;
    the sums over the others come from :func:`metaleak.numerics.rising.rising_sums`.
    """
    m, rest = special.expit(eta), special.expit(-eta)
    icc, c = np.sin(angle) ** 2, np.cos(angle) ** 2
    y = n - x
    hit, miss = x > 0, y > 0
    inside = hit & miss
    a, b = rising_sums(m * c, icc, x), rising_sums(rest * c, icc, y)
    whole = rising_sums(c, icc, n)
    g = m * rest
    cg = c * g
    tilt = a.inverse - b.inverse
    d_icc = _d_icc(a, m) + _d_icc(b, rest) - _d_icc(whole, 1.0) - inside / c
    d_icc2 = -_d_icc2(a, m) - _d_icc2(b, rest) + _d_icc2(whole, 1.0) - inside / (c * c)
    slope, bend = np.sin(2 * angle), 2 * np.cos(2 * angle)
    return Marginal(
        value=np.where(hit, special.log_expit(eta), 0.0)
        + np.where(miss, special.log_expit(-eta), 0.0)
        + inside * np.log(c)
        + (a.log + b.log - whole.log),
        d_m=hit * rest - miss * m + cg * tilt,
        d_tau=d_icc * slope,
        d_mm=-g * (1.0 * hit + miss) + cg * (rest - m) * tilt - cg * cg * (a.inverse2 + b.inverse2),
        d_mt=g * (b.j_inverse2 - a.j_inverse2) * slope,
        d_tt=d_icc2 * slope * slope + d_icc * bend,
    )


def _d_icc(sums: Sums, m: Floats | float) -> Floats:
    return sums.j_inverse - m * sums.inverse


def _d_icc2(sums: Sums, m: Floats | float) -> Floats:
    return sums.jj_inverse2 - 2 * m * sums.j_inverse2 + m * m * sums.inverse2


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """Log-likelihoods of b tables in ``theta = (beta, angle)``, without the binomial coefficients.

    Parameters
    ----------
    x, n : arrays (b, k)
        Events and units; rows with ``n = 0`` fill shorter tables up.
    design : array (b, k, p) or None
        None means one common mean.
    """

    x: Floats
    n: Floats
    design: Floats | None = None

    def __call__(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Return value, gradient and Hessian; see :data:`metaleak.numerics.newton.Objective`."""
        size = max(1, _CHUNK // self.x.shape[1])
        parts = [
            self._chunk(theta[start : start + size], rows[start : start + size])
            for start in range(0, len(rows), size)
        ]
        value, gradient, hessian = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return value, gradient, hessian

    def _chunk(self, theta: Floats, rows: Rows) -> tuple[Floats, Floats, Floats]:
        x = None if self.design is None else self.design[rows]
        eta = theta[:, :1] if x is None else np.einsum("ckp,cp->ck", x, theta[:, :-1])
        row = beta_binomial(eta, theta[:, -1:], self.x[rows], self.n[rows])
        return row.summed(x)
