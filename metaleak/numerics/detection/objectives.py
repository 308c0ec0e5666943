"""The likelihood as the optimiser meets it: penalised, in means over studies, with logarithms of spreads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.numerics.binomial_normal import averaged_logit, solve_mu
from metaleak.numerics.detection.likelihood import Likelihood

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Triple = tuple[Floats, Floats, Floats]

#: Stands for "no coordinate is a mean over studies".
PLAIN = -1

_LEAST = 1e-150

#: Where nothing bounds omega, the likelihood (and the more so with the penalty) may rise forever. A power that
#: is below 1e-8 for omega <= 2.2 ends the climb near this value.
FENCE = 7.0
_POWER = 16

#: The same for a sensitivity's logit, where a climb has to end though the likelihood levels off towards 0 or 1.
SENSITIVITY_FENCE = 40.0

#: Likewise the logit of an estimated share that runs to 0 or 1: beyond this one it counts as 0 or 1.
SHARE_FENCE = 9.0


@dataclass(frozen=True, slots=True, eq=False)
class Jobs:
    """One objective per job, a table with or without the penalty, with or without a mean over studies.

    Attributes
    ----------
    likelihood : Likelihood
        Its tables are the jobs; see :meth:`Likelihood.take`.
    penalty : array (m,)
        How often ``log(omega)`` is added: 1 keeps omega from its boundary (Chung et al. 2013), 0 is the
        likelihood itself.
    averaged : array (m,)
        The coordinate that is the logit of a mean over studies instead of a mean logit, or PLAIN.
    spread : array (m,)
        The coordinate of the spread behind that mean.
    fenced : bool
        Whether sensitivities' logits end near :data:`SENSITIVITY_FENCE`.

    References
    ----------
    Chung Y, Rabe-Hesketh S, Dorie V, Gelman A, Liu J (2013). A nondegenerate penalized likelihood estimator
    for variance parameters in multilevel models. doi:10.1007/s11336-013-9328-2
    """

    likelihood: Likelihood
    penalty: Floats
    averaged: Rows
    spread: Rows
    fenced: bool = False

    @classmethod
    def of(cls, likelihood: Likelihood, *, penalty: float, fenced: bool = False) -> Jobs:
        """Return jobs that all have the same penalty and no means over studies."""
        m = len(likelihood.constant)
        return cls(likelihood, np.full(m, penalty), np.full(m, PLAIN), np.full(m, PLAIN), fenced)

    def __call__(self, theta: Floats, rows: Rows) -> Triple:
        """Return value, gradient and Hessian; see :data:`metaleak.numerics.newton.Objective`."""
        plain = self.plain(theta, rows)
        bent = np.flatnonzero(self.averaged[rows] != PLAIN)
        value, gradient, hessian = self.likelihood(plain, rows)
        place = self.likelihood.layout.omega
        terms = _terms(theta[:, place], self.penalty[rows])
        value = value + terms[0]
        if not self.likelihood.is_even:
            # A negative spread is a correlation of the other sign, on the far side of the penalty.
            value = np.where((self.penalty[rows] > 0) & (theta[:, place] < 0), -np.inf, value)
        gradient[:, place] += terms[1]
        hessian[:, place, place] += terms[2]
        for j, end in self._fences():
            fence = _fence(plain[:, j], end)
            value = value + fence[0]
            gradient[:, j] += fence[1]
            hessian[:, j, j] += fence[2]
        if bent.size:
            _bend(plain, gradient, hessian, (bent, self.averaged[rows[bent]], self.spread[rows[bent]]))
        return value, gradient, hessian

    def _fences(self) -> list[tuple[int, float]]:
        """Return the coordinates that have an end beside omega."""
        layout = self.likelihood.layout
        share = [] if layout.share is None else [(layout.share, SHARE_FENCE)]
        sensitivities = range(layout.gamma.start, layout.gamma.stop) if self.fenced else ()
        return share + [(j, SENSITIVITY_FENCE) for j in sensitivities]

    def plain(self, theta: Floats, rows: Rows) -> Floats:
        """Return the parameters of the likelihood: mean logits in place of means over studies."""
        plain = theta.copy()
        bent = np.flatnonzero(self.averaged[rows] != PLAIN)
        if bent.size:
            centre, spread = self.averaged[rows[bent]], self.spread[rows[bent]]
            plain[bent, centre] = solve_mu(theta[bent, centre], theta[bent, spread])
        return plain


def _terms(omega: Floats, weight: Floats) -> Triple:
    """Return penalty and fence of omega with two derivatives."""
    value, slope, bend = _fence(omega, FENCE)
    held = weight > 0
    safe = np.where(held & (np.abs(omega) > _LEAST), omega, np.inf)
    logs = np.log(np.maximum(np.abs(omega), _LEAST))
    return value + np.where(held, weight * logs, 0.0), slope + weight / safe, bend - weight / (safe * safe)


def _fence(x: Floats, end: float) -> Triple:
    """Return a power that is nothing far from ``end`` and ends a climb near it."""
    far = x / end
    value = -(far**_POWER)
    slope = -_POWER / end * far ** (_POWER - 1)
    return value, slope, -_POWER * (_POWER - 1) / end**2 * far ** (_POWER - 2)


def _bend(theta: Floats, gradient: Floats, hessian: Floats, at: tuple[Rows, Rows, Rows]) -> None:
    """Turn derivatives in a mean logit into those in the logit of the mean, by implicit differentiation."""
    rows, centre, spread = at
    mean = averaged_logit(theta[rows, centre], theta[rows, spread])
    u_l = 1 / mean.d_mu
    u_t = -mean.d_tau * u_l
    u_ll = -mean.d_mm * u_l * u_l * u_l
    u_lt = -(mean.d_mm * u_t + mean.d_mt) * u_l * u_l
    u_tt = -(mean.d_mm * u_t * u_t + 2 * mean.d_mt * u_t + mean.d_tt) * u_l
    slope = gradient[rows, centre]
    change = np.broadcast_to(np.eye(gradient.shape[1]), (rows.size, *hessian.shape[1:])).copy()
    here = np.arange(rows.size)
    change[here, centre, centre] = u_l
    change[here, centre, spread] = u_t
    across = np.swapaxes(change, 1, 2)
    gradient[rows] = np.matmul(across, gradient[rows][..., None])[..., 0]
    bent = np.matmul(np.matmul(across, hessian[rows]), change)
    bent[here, centre, centre] += slope * u_ll
    bent[here, centre, spread] += slope * u_lt
    bent[here, spread, centre] += slope * u_lt
    bent[here, spread, spread] += slope * u_tt
    hessian[rows] = bent
