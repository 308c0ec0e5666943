"""What one more fact would be worth: by how much it narrows the intervals of sensitivity and rate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from metaleak.effects.detection_table import DetectionTable, RowKind
from metaleak.errors import ConvergenceError
from metaleak.numerics.detection.units import Units, likelihood_of
from metaleak.pooling.detection.alternatives import Counts, counts_of
from metaleak.pooling.detection.assembly import Assembly, assemble
from metaleak.pooling.detection.estimates import top_of
from metaleak.pooling.detection.fits import Fits
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.synthesis.detection_simulation import simulated

Floats = npt.NDArray[np.float64]

#: Outcomes that a fact is drawn with; its information is their mean.
_OUTCOMES = 200

#: Units of a study that does not exist yet.
_TYPICAL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NextFact:
    """A fact, and by which share it narrows the intervals of sensitivity and rate, 0..1.

    ``kind`` is what would be known of ``n`` units, ``times`` how many such studies there would be, and ``silent``
    whether they are there already and only their imaging is not said.
    """

    kind: str
    n: int
    times: int
    silent: bool
    narrows_sensitivity: float
    narrows_rate: float


def next_facts(model: DetectionAdjusted, table: DetectionTable, *, seed: int = 1) -> tuple[NextFact, ...]:
    """Return what a full pair, a series on CT or the index, and one word on a silent series' imaging are worth.

    Parameters
    ----------
    model : DetectionAdjusted
        Without moderators.
    table : DetectionTable
        What is known.
    seed : int
        Of the drawn outcomes.

    Raises
    ------
    ConvergenceError
        When likelihood + log(omega) has no maximum.
    UndefinedError, TableError, SeparationError
        As fitting the model raises them.

    Notes
    -----
    The information that is there is the negative Hessian of likelihood + log(omega) at its maximum; that of a fact
    is the mean of its own over outcomes drawn at the same parameters. Intervals are taken to be as wide as the
    standard errors of the two mean logits.
    """
    top = top_of(assemble(table, model))
    if top.penalised is None:
        raise ConvergenceError("the penalised likelihood has no maximum", todo="add pairs")
    facts = [("pair", _TYPICAL, 1, False), ("pair", _TYPICAL, 5, False)]
    facts += [(kind, _TYPICAL, 1, False) for kind in ("ct", "index")]
    silent = table.ni[table.rows_of(RowKind.UNREPORTED)]
    if silent.size:
        n = int(np.median(silent))
        facts += [(kind, n, times, True) for kind in ("ct", "index") for times in (1, 10)]
    return tuple(_worth(model, top.assembly, top.penalised, fact, seed) for fact in facts)


def _worth(
    model: DetectionAdjusted, assembly: Assembly, fits: Fits, fact: tuple[str, int, int, bool], seed: int
) -> NextFact:
    kind, n, times, silent = fact
    now = -fits.hessian[0]
    then = now + times * _information(model, assembly, fits, kind, n, seed)
    places = [assembly.layout.gamma.start, 0]
    before, after = (np.sqrt(np.diagonal(np.linalg.inv(part))[places]) for part in (now, then))
    sensitivity, rate = 1 - after / before
    return NextFact(
        kind=kind,
        n=n,
        times=times,
        silent=silent,
        narrows_sensitivity=float(sensitivity),
        narrows_rate=float(rate),
    )


def _information(
    model: DetectionAdjusted, assembly: Assembly, fits: Fits, kind: str, n: int, seed: int
) -> Floats:
    """Return the expected information (P, P) of one study."""
    theta, layout = fits.theta[0], assembly.layout
    given = [0.0]
    outcomes = simulated(
        DetectionTable.from_counts(
            [n],
            ct=None if kind == "index" else given,
            index=given if kind == "index" else None,
            both=given if kind == "pair" else None,
        ),
        model,
        mean=(float(theta[0]), float(theta[layout.gamma.start])),
        spread=(float(theta[layout.tau]), float(theta[layout.omega])),
        count=_OUTCOMES,
        seed=seed,
    )
    counts = np.array([[_counted(outcome)] for outcome in outcomes])
    units = replace(
        Units.single(counts, x=np.eye(1, layout.incidence), w=np.eye(1, layout.sensitivity)),
        imaging=model.imaging,
        correlation=model.correlation,
    )
    parameters = np.repeat(theta[None], len(counts), axis=0)
    likelihood = likelihood_of(units, layout).fitted_to(parameters)
    _, _, hessian = likelihood(parameters, np.arange(len(counts)))
    found: Floats = -hessian.mean(axis=0)
    return found


def _counted(outcome: DetectionTable) -> Counts:
    """Return the counts of a table of one row."""
    n = float(outcome.ni[0])
    ct, index, both = (float(outcome.counts[name][0]) for name in ("ct", "index", "both"))
    if not np.isnan(index):
        return counts_of(INDEX=index, NOT_INDEX=n - index)
    if np.isnan(both):
        return counts_of(CT=ct, NOT_CT=n - ct)
    return counts_of(CT=ct, NOT_CT=n - ct, INDEX_OF_CT=both, MISSED_OF_CT=ct - both)
