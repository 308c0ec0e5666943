"""Which studies bring the information about one parameter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from metaleak.pooling.detection.assembly import Assembly
from metaleak.pooling.detection.fits import Fits

Floats = npt.NDArray[np.float64]


def information_shares(assembly: Assembly, fits: Fits, place: int) -> Floats | None:
    """Return each study's share of the information about one parameter, array (studies,), summing to 1.

    None where the parameter does not move.

    Notes
    -----
    With ``a = (1, -inv(H_nn) H_n1)`` the direction in which the parameter moves while the other coefficients
    follow, the information about it at the fitted spreads is ``a' H a``, and H is a sum over studies.
    """
    held = fits.held[0].copy()
    if held[place]:
        return None
    units = len(assembly.owner)
    by_unit = -fits.likelihood.by_unit(fits.theta[:1], units).hessian[0]
    by_study = np.zeros((len(assembly.studies), *by_unit.shape[1:]))
    for unit, study in enumerate(assembly.owner):
        by_study[study] += by_unit[unit]
    total = by_study.sum(axis=0)
    held[[assembly.layout.tau, assembly.layout.omega, place]] = True
    others = np.flatnonzero(~held)
    direction = np.zeros(held.size)
    direction[place] = 1.0
    direction[others] = -np.linalg.pinv(total[np.ix_(others, others)], hermitian=True) @ total[others, place]
    shares = np.einsum("i,sij,j->s", direction, by_study, direction)
    whole = shares.sum()
    return shares / whole if whole > 0 else None


def by_kind(assembly: Assembly, shares: Floats | None) -> dict[str, float]:
    """Return the shares added up over studies of one kind; studies of several kinds name them all."""
    if shares is None:
        return {}
    found: dict[str, float] = {}
    for study, share in enumerate(shares):
        name = " + ".join(kind.value for kind in assembly.kinds_of(study))
        found[name] = found.get(name, 0.0) + float(share)
    return found


def by_row(assembly: Assembly, shares: Floats | None) -> Floats:
    """Return weights of rows that sum to 1: a study's share is spread over its rows by their units."""
    table = assembly.table
    weights = np.zeros(table.k)
    for study, rows in enumerate(assembly.studies):
        own = table.ni[list(rows)]
        share = own.sum() if shares is None else max(float(shares[study]), 0.0)
        weights[list(rows)] = share * own / own.sum()
    spread: Floats = weights / weights.sum()
    return spread
