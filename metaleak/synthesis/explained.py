"""Where the spread of published rates comes from: a ledger of variances on the logit."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.effects.design import design_of
from metaleak.effects.table import StudyTable
from metaleak.errors import ConvergenceError, SettingError, TableError
from metaleak.guards import within
from metaleak.numerics.binomial import modes
from metaleak.pooling import binomial_normal_kernel as kernel
from metaleak.pooling.result import Estimate, Interval
from metaleak.pooling.units import even

Floats = npt.NDArray[np.float64]

#: More players than this make more models than a reader has patience for: 2^8.
MOST_PLAYERS = 8
#: Quadrature points of the ledger's fits: their error is far below the bootstrap's.
_POINTS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Variance of observed logits, split.

    Attributes
    ----------
    sampling : Estimate
        Mean variance within studies, ``1 / (n p (1 - p))`` at the conditional modes.
    players : mapping of str to Estimate
        What each moderator explains of the variance between studies, averaged over all orders in which
        moderators can enter (Shapley). A part can be negative: the moderator then explains less than
        chance would.
    unexplained : Estimate
        tau2 of the model with all moderators.
    between : float
        tau2 of the model without moderators: the players and what stays unexplained sum to it.
    k, k_studies : int
        Rows and studies.
    notes : tuple of str
        Reference levels, and rows that were left out.

    All values are variances on the logit scale; :meth:`shares` divides them by their total.
    """

    sampling: Estimate
    players: Mapping[str, Estimate]
    unexplained: Estimate
    between: float
    k: int
    k_studies: int
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """Sampling and between-study variance together."""
        return float(self.sampling.value or 0.0) + self.between

    def shares(self) -> dict[str, float]:
        """Return every part as a share of the total; they sum to 1."""
        parts = {"sampling error": self.sampling, **self.players, "unexplained": self.unexplained}
        return {name: float(part.value or 0.0) / self.total for name, part in parts.items()}


def explained_variance(
    table: StudyTable,
    moderators: Sequence[str],
    *,
    replicates: int = 500,
    seed: int = 1,
    level: float = 0.95,
) -> Ledger:
    """Split the variance of observed logits into sampling error, moderators, and the rest.

    Parameters
    ----------
    table : StudyTable
        Counts; every moderator has a value in the rows that enter.
    moderators : sequence of str
        The players, columns of the table; words are coded as levels.
    replicates : int
        Of the parametric bootstrap behind the intervals: counts are drawn from the model with all
        moderators. 0 leaves the intervals out.
    seed : int
        Of the bootstrap.
    level : float
        Level of the intervals, between 0 and 1.

    Returns
    -------
    Ledger

    Raises
    ------
    SettingError
        For an unknown or repeated moderator, or more than eight.
    TableError
        When moderators cannot be told apart.
    ConvergenceError
        When a model was not fitted.

    Notes
    -----
    The scale is the logit of the binomial-normal model. A coalition of moderators explains
    ``tau2(none) - tau2(coalition)``; a player's part is its mean gain over all orders. Whether a study
    reports its imaging is a property of the report, not an imaging: give the ledger of the question
    "which imaging" rows that report it.

    References
    ----------
    Shapley LS (1953). A value for n-person games. doi:10.1515/9781400881970-018

    Groemping U (2007). Estimators of relative importance in linear regression based on variance
    decomposition. doi:10.1198/000313007X188252

    Examples
    --------
    >>> table = StudyTable.from_counts(
    ...     [35, 29, 30, 3, 16, 5], [56, 59, 48, 31, 40, 29], moderators={"ct": ["y", "y", "y", "n", "n", "n"]})
    >>> ledger = explained_variance(table, ["ct"], replicates=0)
    >>> {name: round(share, 2) for name, share in ledger.shares().items()}
    {'sampling error': 0.13, 'ct': 0.74, 'unexplained': 0.13}
    """
    _refuse(table, moderators)
    within("level", level, 0, 1)
    coalitions = [
        part for size in range(len(moderators) + 1) for part in itertools.combinations(moderators, size)
    ]
    whole, rows = design_of("~ " + " + ".join(moderators), table)
    part = table.take(rows)
    designs = [even(design_of("~ " + (" + ".join(c) or "1"), part)[0])[0].x for c in coalitions]
    observed = _tau2(part.xi[None], part.ni, designs)[:, 0]
    full = kernel.fit(part.xi[None], part.ni[None], designs[-1][None], _POINTS)
    predictor = designs[-1] @ full.theta[0, :-1]
    sampling = _sampling(predictor[None], full.tau, part.xi[None], part.ni)[0]
    drawn = None
    if replicates:
        drawn = _drawn(predictor, float(full.tau[0]), part.ni, designs, replicates, seed)
    index = {coalition: i for i, coalition in enumerate(coalitions)}
    players = {
        name: _estimate(
            _shapley(name, moderators, observed[:, None], index)[0],
            None if drawn is None else _shapley(name, moderators, drawn[0], index),
            level,
        )
        for name in moderators
    }
    return Ledger(
        sampling=_estimate(float(sampling), None if drawn is None else drawn[1], level),
        players=players,
        unexplained=_estimate(float(observed[-1]), None if drawn is None else drawn[0][-1], level),
        between=float(observed[0]),
        k=part.k,
        k_studies=part.k_studies,
        notes=whole.notes,
    )


def _refuse(table: StudyTable, moderators: Sequence[str]) -> None:
    if table.kind != "counts":
        raise TableError("the ledger needs counts", required="a table of counts", got=table.kind)
    if not 1 <= len(moderators) <= MOST_PLAYERS or len(set(moderators)) < len(moderators):
        raise SettingError(
            "these are no players",
            required=f"1 to {MOST_PLAYERS} different moderators",
            got=", ".join(moderators),
        )


def _tau2(x: Floats, n: Floats, designs: Sequence[Floats]) -> Floats:
    """Return tau2 of every coalition in every data set, array (coalitions, b)."""
    b = len(x)
    found = np.empty((len(designs), b))
    for i, design in enumerate(designs):
        shared = np.broadcast_to(design, (b, *design.shape))
        fits = kernel.fit(x, np.broadcast_to(n, x.shape), shared, _POINTS)
        if not fits.converged.all():
            raise ConvergenceError(
                "a model of the ledger was not fitted", got=f"{(~fits.converged).sum()} of {b}"
            )
        found[i] = fits.tau**2
    return found


def _sampling(predictors: Floats, tau: Floats, x: Floats, n: Floats) -> Floats:
    latent = modes(predictors, tau[:, None], x, np.broadcast_to(n, x.shape))
    rate = special.expit(latent)
    mean: Floats = (1 / (n * rate * (1 - rate))).mean(axis=1)
    return mean


def _drawn(
    predictor: Floats, tau: float, n: Floats, designs: Sequence[Floats], replicates: int, seed: int
) -> tuple[Floats, Floats]:
    """Draw counts from the model with all moderators; return every tau2 and the sampling part."""
    rng = np.random.default_rng(seed)
    rate = special.expit(predictor + tau * rng.standard_normal((replicates, len(n))))
    x = rng.binomial(n.astype(np.int64), rate).astype(np.float64)
    # Data sets in which a column meets no event, or nothing but events, have no finite coefficient.
    columns = designs[-1] != 0
    events, others = x @ columns, (n - x) @ columns
    x = x[((events > 0) & (others > 0)).all(axis=1)]
    tau2 = _tau2(x, n, designs)
    sampling = _sampling(np.broadcast_to(predictor, x.shape), np.full(len(x), tau), x, n)
    return tau2, sampling


def _shapley(name: str, players: Sequence[str], tau2: Floats, index: Mapping[tuple[str, ...], int]) -> Floats:
    """Return the mean gain of a player over all orders, array (b,)."""
    others = [player for player in players if player != name]
    m = len(players)
    total = np.zeros(tau2.shape[1])
    for size in range(m):
        weight = math.factorial(size) * math.factorial(m - size - 1) / math.factorial(m)
        for coalition in itertools.combinations(others, size):
            joined = tuple(player for player in players if player in (*coalition, name))
            total += weight * (tau2[index[coalition]] - tau2[index[joined]])
    return total


def _estimate(value: float, drawn: Floats | None, level: float) -> Estimate:
    if drawn is None:
        return Estimate(float(value))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(
        float(value), Interval(float(low), float(high), level, "parametric bootstrap, percentiles")
    )
