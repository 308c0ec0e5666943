"""The rate on CT over declared shares of unreported studies that read CT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.detection_table import DetectionTable
from metaleak.errors import ConvergenceError
from metaleak.guards import within
from metaleak.pooling.detection.assembly import assemble
from metaleak.pooling.detection.estimates import Top, top_of
from metaleak.pooling.detection.fits import fit
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.pooling.detection.priors import Priors, posterior

Floats = npt.NDArray[np.float64]

#: Draws behind the sensitivities that are held.
_DRAWN = 400

_HALVINGS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredShare:
    """The rate on CT if this share of the unreported studies read CT.

    Attributes
    ----------
    share : float
        Declared, 0 to 1.
    estimate, ci_low, ci_high : float
        The rate of the median study.
    """

    share: float
    estimate: float
    ci_low: float
    ci_high: float


def over_declared_shares(
    model: DetectionAdjusted, table: DetectionTable, shares: Sequence[float]
) -> tuple[DeclaredShare, ...]:
    """Return the rate on CT over declared shares of the unreported studies that read CT.

    Parameters
    ----------
    model : DetectionAdjusted
        Without moderators; its ``unreported`` is replaced.
    table : DetectionTable
        With unreported rows.
    shares : sequence of float
        Each 0 to 1.

    Raises
    ------
    SettingError
        When a share is outside 0 to 1.
    ConvergenceError
        When a rate has no maximum.
    UndefinedError, TableError, SeparationError
        As fitting the model raises them.

    Notes
    -----
    Unreported rows must not teach the model what the index misses: mean and spread of the sensitivity's logit
    come from the other rows and are held while mean and spread of the rate's logit are fitted. The interval
    mixes the normal curves of the mean logit over draws of what is held, from likelihood + log(omega); the
    mean logit follows the draws of mean and log(omega) in a straight line: the interval is approximate, and its
    coverage was not simulated.
    """
    for share in shares:
        within("share", share, 0, 1, ends="[]")
    informative = replace(model, unreported="exclude")
    top = top_of(assemble(table, informative))
    held = _held(top, model.seed)
    return tuple(_at_share(replace(model, unreported=float(share)), table, top, held) for share in shares)


def _held(top: Top, seed: int) -> Floats:
    """Return parameters (n, P) whose sensitivity's part stands for its calibrated likelihood."""
    drawn, _ = posterior(top, Priors(), count=_DRAWN, seed=seed)
    weights = drawn.weights(np.log(drawn.theta[:, top.assembly.layout.omega]))
    reached = np.searchsorted(np.cumsum(weights), (np.arange(_DRAWN) + 0.5) / _DRAWN)
    found: Floats = drawn.theta[np.minimum(reached, _DRAWN - 1)]
    return found


def _at_share(model: DetectionAdjusted, table: DetectionTable, top: Top, held: Floats) -> DeclaredShare:
    assembly = assemble(table, model)
    layout, units = assembly.layout, assembly.units
    frozen = np.ones(layout.size, dtype=bool)
    frozen[: layout.tau + 1] = False
    fits = fit(units, layout, frozen=frozen, at=top.theta[None].copy())
    if not fits.converged[0]:
        raise ConvergenceError(
            "the rate on CT has no maximum at a declared share", where=f"share {model.unreported}"
        )
    at_draw = fits.covariance()[0]
    moves = at_draw[0] @ fits.hessian[0]
    moves[~frozen] = 0.0
    shift, omega = held - top.theta, layout.omega
    if top.theta[omega] > 0:
        # In its logarithm: the rate hardly moves any more where the spread is already wide.
        shift[:, omega] = top.theta[omega] * np.log(held[:, omega] / top.theta[omega])
    means = fits.theta[0, 0] + shift @ moves
    spreads = np.full(len(means), np.sqrt(at_draw[0, 0]))
    tail = (1 - model.level) / 2
    low, high = (_mixture_quantile(means, spreads, p) for p in (tail, 1 - tail))
    estimate, ci_low, ci_high = model.ct_sensitivity * special.expit(np.array([fits.theta[0, 0], low, high]))
    return DeclaredShare(
        share=float(str(model.unreported)),
        estimate=float(estimate),
        ci_low=float(ci_low),
        ci_high=float(ci_high),
    )


def _mixture_quantile(means: Floats, spreads: Floats, p: float) -> float:
    """Return the quantile of normal curves in equal shares, by bisection."""
    low, high = float((means - 9 * spreads).min()), float((means + 9 * spreads).max())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = float(special.ndtr((middle - means) / spreads).mean()) < p
        low, high = (middle, high) if below else (low, middle)
    return (low + high) / 2
