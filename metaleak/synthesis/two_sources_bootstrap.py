"""Whether the test of equal sensitivities keeps its level: the same statistic on tables drawn under equality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from metaleak.compute.job import Job
from metaleak.compute.place import chosen
from metaleak.compute.run import run
from metaleak.effects.detection_table import DetectionTable
from metaleak.numerics.detection.lattice import ROUGH
from metaleak.numerics.detection.layout import Layout
from metaleak.numerics.detection.objectives import Jobs
from metaleak.numerics.detection.units import Units, likelihood_of
from metaleak.numerics.newton import maximise
from metaleak.pooling.detection.assembly import assemble
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.synthesis.detection_simulation import simulated
from metaleak.synthesis.two_sources import equal_fit, told_sources, with_sources

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """The parametric bootstrap of a test.

    Attributes
    ----------
    p : float
        Share of the drawn statistics, the observed one among them, that are at least as large as it.
    rejects : float
        Share of the drawn statistics beyond the 5 % point of chi2(1): the level of the plain test here.
    replicates, failed : int
        Tables that were drawn, and those among them without both maxima.
    """

    p: float
    rejects: float
    replicates: int
    failed: int


#: Tables of one chunk.
_TABLES = 50

#: The 5 % point of chi2(1).
_CRITICAL = 3.841458820694124


def bootstrapped(
    model: DetectionAdjusted,
    table: DetectionTable,
    *,
    statistic: float,
    replicates: int,
    seed: int,
    workers: int | None = None,
    scheduler: str | None = None,
    keep: Path | str | None = None,
) -> Bootstrap:
    """Draw tables in which both sources have one sensitivity, and compute the statistic of each.

    Parameters
    ----------
    model : DetectionAdjusted
        Without moderators.
    table : DetectionTable
        With pairs, and with rows read on the index alone.
    statistic : float
        The observed penalised likelihood ratio; see :func:`metaleak.synthesis.two_sources.two_sources`.
    replicates, seed : int
        How many tables, and which.
    workers, scheduler, keep
        Where tables are fitted, as for :func:`metaleak.synthesis.gosh.gosh`; no number changes.

    Raises
    ------
    UndefinedError, ConvergenceError, TableError, SeparationError
        As :func:`metaleak.synthesis.two_sources.two_sources` raises them.
    """
    assembly, fits = equal_fit(model, table)
    theta, layout = fits.theta[0], assembly.layout
    drawn = list(
        simulated(
            assembly.table,
            model,
            mean=(float(theta[0]), float(theta[layout.gamma.start])),
            spread=(float(theta[layout.tau]), float(theta[layout.omega])),
            count=replicates,
            seed=seed,
        )
    )
    identity = [repr(model), table.digest, theta.tolist(), replicates, seed, _TABLES]
    chunks = [drawn[start : start + _TABLES] for start in range(0, len(drawn), _TABLES)]
    job = Job("tables with equal sensitivities", _statistics, (model, theta), chunks, identity)
    found = np.concatenate(run(job, chosen(workers=workers, scheduler=scheduler, keep=keep)))
    found = found[np.isfinite(found)]
    beyond = int((found >= statistic).sum())
    return Bootstrap(
        p=(1 + beyond) / (1 + found.size),
        rejects=float((found >= _CRITICAL).mean()) if found.size else float("nan"),
        replicates=replicates,
        failed=replicates - found.size,
    )


def _statistics(shared: tuple[DetectionAdjusted, Floats], drawn: Sequence[DetectionTable]) -> Floats:
    """Return the statistic of every table, array (n,), NaN where one of the two fits has no maximum."""
    model, theta = shared
    assemblies = [assemble(one, model) for one in drawn]
    shapes: dict[tuple[int, ...], list[int]] = {}
    for i, assembly in enumerate(assemblies):
        shapes.setdefault(tuple(assembly.units.group.tolist()), []).append(i)
    found = np.full(len(drawn), np.nan)
    for members in shapes.values():
        one = assemblies[members[0]]
        equal = _stacked([assemblies[i].units for i in members])
        # Both fits see the same counts: tables of one shape differ from each other in nothing else.
        told = assemble(told_sources(drawn[members[0]]), with_sources(model, "direct"))
        apart = replace(equal, w=told.units.w, first=told.units.first)
        start = np.insert(theta, one.layout.gamma.start + 1, 0.0)
        ratio = _maxima(apart, told.layout, start) - _maxima(equal, one.layout, theta)
        found[members] = np.maximum(2 * ratio, 0)
    return found


def _maxima(units: Units, layout: Layout, start: Floats) -> Floats:
    """Return the maxima of likelihood + log(omega), array (b,), climbed from ``start``; NaN where there is none."""
    theta = np.repeat(start[None], len(units.counts), axis=0)
    likelihood = likelihood_of(units, layout)
    for _ in range(2):
        # The first climb ends on grids that were made for the start, the second on those of where it ended.
        top = maximise(Jobs.of(likelihood.fitted_to(theta, ROUGH), penalty=1.0), theta)
        theta = top.theta
    maxima: Floats = np.where(top.converged, top.value, np.nan)
    return maxima


def _stacked(units: Sequence[Units]) -> Units:
    return replace(
        units[0],
        counts=np.concatenate([one.counts for one in units]),
        log_weights=np.concatenate([one.log_weights for one in units]),
        constant=np.concatenate([one.constant for one in units]),
    )
