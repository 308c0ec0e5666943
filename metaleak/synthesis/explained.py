"""Where the spread of published rates comes from: a ledger of variances on the logit."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.compute.place import Place, chosen
from metaleak.compute.rows import over_rows
from metaleak.effects.design import design_of
from metaleak.effects.table import StudyTable
from metaleak.errors import ConvergenceError, SettingError, TableError
from metaleak.guards import within
from metaleak.numerics.binomial import modes
from metaleak.pooling import binomial_normal_kernel as kernel
from metaleak.pooling.result import Estimate, Interval
from metaleak.pooling.units import even

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: More players than this make more models than a reader has patience for: 2^8.
MOST_PLAYERS = 8
#: Quadrature points of the ledger's fits: their error is far below the bootstrap's.
_POINTS = 15
#: Data sets of one chunk.
_STEP = 25


@dataclass(frozen=True, slots=True)
class Chance:
    """What a share comes to when the moderators are shuffled over the rows: its mean and its 95 % point."""

    mean: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Variance of rates on the logit, split.

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
    shares : mapping of str to Estimate
        Every part (``"sampling error"``, the players, ``"unexplained"``) as a share of their sum, which is 1.
    chance : mapping of str to Chance
        The players' shares under joint permutation of the moderators; empty without permutations.
    k, k_studies : int
        Rows and studies.
    notes : tuple of str
        Reference levels, rows that were left out, data sets of the bootstrap that have no fit.

    All values but the shares are variances on the logit scale.
    """

    sampling: Estimate
    players: Mapping[str, Estimate]
    unexplained: Estimate
    between: float
    shares: Mapping[str, Estimate]
    chance: Mapping[str, Chance]
    k: int
    k_studies: int
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """Sampling and between-study variance together."""
        return float(self.sampling.value or 0.0) + self.between


#: The parts of a ledger that are no players.
SAMPLING, UNEXPLAINED = "sampling error", "unexplained"


@dataclass(frozen=True, slots=True, eq=False)
class _Game:
    """The coalitions of the players: the design of each, and where each stands."""

    players: tuple[str, ...]
    coalitions: tuple[tuple[str, ...], ...]
    designs: tuple[Floats, ...]

    def split(self, tau2: Floats, sampling: Floats) -> Floats:
        """Return sampling, players and unexplained from every coalition's tau2, array (m + 2, b)."""
        index = {coalition: i for i, coalition in enumerate(self.coalitions)}
        players = [_shapley(name, self.players, tau2, index) for name in self.players]
        return np.stack([sampling, *players, tau2[-1]])


def explained_variance(
    table: StudyTable,
    moderators: Sequence[str],
    *,
    replicates: int = 500,
    permutations: int = 0,
    seed: int = 1,
    level: float = 0.95,
    workers: int | None = None,
    scheduler: str | None = None,
    keep: Path | str | None = None,
) -> Ledger:
    """Split the variance of rates into sampling error, moderators, and the rest.

    Parameters
    ----------
    table : StudyTable
        Counts; every moderator has a value in the rows that enter.
    moderators : sequence of str
        The players, columns of the table; words are coded as levels.
    replicates : int
        Of the parametric bootstrap behind the intervals: counts are drawn from the model with all
        moderators. 0 leaves the intervals out.
    permutations : int
        How often the moderators are shuffled over the rows, all together, to see what chance explains.
    seed : int
        Of the bootstrap and of the permutations.
    level : float
        Level of the intervals, between 0 and 1.
    workers, scheduler, keep
        Where data sets are fitted, as for :func:`metaleak.synthesis.gosh.gosh`; no number changes.

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
    ``tau2(none) - tau2(coalition)``; a player's part is its mean gain over all orders, not clipped at 0.
    Whether a study reports its imaging is a property of the report, not an imaging: give the ledger of
    the question "which imaging" rows that report it.

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
    >>> {name: round(share.value, 2) for name, share in ledger.shares.items()}
    {'sampling error': 0.13, 'ct': 0.74, 'unexplained': 0.13}
    """
    _refuse(table, moderators)
    within("level", level, 0, 1)
    coalitions = tuple(
        part for size in range(len(moderators) + 1) for part in itertools.combinations(moderators, size)
    )
    whole, rows = design_of("~ " + " + ".join(moderators), table)
    part = table.take(rows)
    designs = tuple(even(design_of("~ " + (" + ".join(c) or "1"), part)[0])[0].x for c in coalitions)
    game = _Game(tuple(moderators), coalitions, designs)
    observed = _observed(part, game)
    notes = list(whole.notes)
    drawn = chance = None
    rng = np.random.default_rng(seed)
    place = chosen(workers=workers, scheduler=scheduler, keep=keep)
    if replicates:
        drawn, lost = _drawn(part, game, observed, replicates, rng, place)
        notes += _lost(lost, replicates, "simulated data sets")
    if permutations:
        chance, lost = _by_chance(part, game, permutations, rng, place)
        notes += _lost(lost, permutations, "permutations")
    names = (SAMPLING, *game.players, UNEXPLAINED)
    parts = observed.parts[:, 0]
    values = [_estimate(parts[i], None if drawn is None else drawn[i], level) for i in range(len(names))]
    shares = {
        name: _estimate(
            parts[i] / parts.sum(), None if drawn is None else drawn[i] / drawn.sum(axis=0), level
        )
        for i, name in enumerate(names)
    }
    return Ledger(
        sampling=values[0],
        players=MappingProxyType(dict(zip(game.players, values[1:-1], strict=True))),
        unexplained=values[-1],
        between=float(parts[1:].sum()),
        shares=MappingProxyType(shares),
        chance=MappingProxyType({} if chance is None else _chances(game.players, chance)),
        k=part.k,
        k_studies=part.k_studies,
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Observed:
    """The fit of the data themselves: linear predictor and tau of the full model, and the parts (m + 2, 1)."""

    predictor: Floats
    tau: float
    parts: Floats


def _observed(part: StudyTable, game: _Game) -> _Observed:
    x, n = part.xi[None], part.ni
    tau2, converged = _tau2(x, n, [design[None] for design in game.designs])
    full = kernel.fit(x, n[None], game.designs[-1][None], _POINTS)
    if not (converged.all() and full.converged.all()):
        raise ConvergenceError("a model of the ledger was not fitted", got=f"{part.k} rows")
    predictor = game.designs[-1] @ full.theta[0, :-1]
    sampling = _sampling(predictor[None], full.tau, x, n)
    return _Observed(predictor, float(full.tau[0]), game.split(tau2, sampling))


def _chances(players: Sequence[str], parts: Floats) -> dict[str, Chance]:
    shares = parts[1:-1] / parts.sum(axis=0)
    return {
        name: Chance(float(share.mean()), float(np.quantile(share, 0.95)))
        for name, share in zip(players, shares, strict=True)
    }


def _lost(lost: int, of: int, what: str) -> list[str]:
    return [f"{lost} of {of} {what} have no fit and are left out"] if lost else []


def _refuse(table: StudyTable, moderators: Sequence[str]) -> None:
    if table.kind != "counts":
        raise TableError("the ledger needs counts", required="a table of counts", got=table.kind)
    if not 1 <= len(moderators) <= MOST_PLAYERS or len(set(moderators)) < len(moderators):
        raise SettingError(
            "these are no players",
            required=f"1 to {MOST_PLAYERS} different moderators",
            got=", ".join(moderators),
        )


def _tau2(x: Floats, n: Floats, designs: Sequence[Floats]) -> tuple[Floats, Bools]:
    """Return tau2 of every coalition in every data set, array (coalitions, b), and which of them were fitted."""
    b = len(x)
    found, converged = np.empty((len(designs), b)), np.empty((len(designs), b), dtype=bool)
    for i, design in enumerate(designs):
        shared = np.broadcast_to(design, (b, *design.shape[1:]))
        fits = kernel.fit(x, np.broadcast_to(n, x.shape), shared, _POINTS)
        found[i], converged[i] = fits.tau**2, fits.converged
    return found, converged


def _sampling(predictors: Floats, tau: Floats, x: Floats, n: Floats) -> Floats:
    latent = modes(predictors, tau[:, None], x, np.broadcast_to(n, x.shape))
    rate = special.expit(latent)
    mean: Floats = (1 / (n * rate * (1 - rate))).mean(axis=1)
    return mean


def _drawn(
    part: StudyTable,
    game: _Game,
    observed: _Observed,
    replicates: int,
    rng: np.random.Generator,
    place: Place,
) -> tuple[Floats, int]:
    """Draw counts from the model with all moderators; return the parts of each data set, and how many have none."""
    n, full = part.ni, game.designs[-1]
    rate = special.expit(observed.predictor + observed.tau * rng.standard_normal((replicates, len(n))))
    x = rng.binomial(n.astype(np.int64), rate).astype(np.float64)
    x = x[_estimable(x, n, full[None])]
    shared = (n, game.designs, observed.predictor, observed.tau)
    return _split(
        game, over_rows("simulated ledgers", _simulated, shared, x, step=_STEP, place=place), replicates
    )


def _simulated(shared: tuple[Any, ...], x: Floats) -> Floats:
    """Return each data set's sampling part and the tau2 of every coalition, NaN without a fit, (b, 1 + coalitions)."""
    n, designs, predictor, tau = shared
    tau2, converged = _tau2(x, n, [design[None] for design in designs])
    sampling = _sampling(np.broadcast_to(predictor, x.shape), np.full(len(x), tau), x, n)
    return np.where(converged.all(axis=0), np.vstack([sampling, tau2]), np.nan).T


def _by_chance(
    part: StudyTable, game: _Game, permutations: int, rng: np.random.Generator, place: Place
) -> tuple[Floats, int]:
    """Shuffle the moderators' rows, all together; return the parts of each shuffle, and how many have none."""
    n = part.ni
    orders = rng.permuted(np.tile(np.arange(len(n)), (permutations, 1)), axis=1)
    x = np.broadcast_to(part.xi, orders.shape)
    orders = orders[_estimable(x, n, game.designs[-1][orders])]
    shared = (part.xi, n, game.designs)
    return _split(
        game, over_rows("shuffled ledgers", _shuffled, shared, orders, step=_STEP, place=place), permutations
    )


def _shuffled(shared: tuple[Any, ...], orders: Rows) -> Floats:
    """Return what :func:`_simulated` does, with the moderators in other orders."""
    xi, n, designs = shared
    x = np.ascontiguousarray(np.broadcast_to(xi, orders.shape))
    shuffled = [design[orders] for design in designs]
    tau2, converged = _tau2(x, n, shuffled)
    fits = kernel.fit(x, np.broadcast_to(n, x.shape), shuffled[-1], _POINTS)
    sampling = _sampling(np.einsum("bkp,bp->bk", shuffled[-1], fits.theta[:, :-1]), fits.tau, x, n)
    return np.where(converged.all(axis=0) & fits.converged, np.vstack([sampling, tau2]), np.nan).T


def _split(game: _Game, found: Floats, of: int) -> tuple[Floats, int]:
    fitted = found[~np.isnan(found).any(axis=1)].T
    return game.split(fitted[1:], fitted[0]), of - fitted.shape[1]


def _estimable(x: Floats, n: Floats, design: Floats) -> Bools:
    """Say which data sets meet an event and its absence behind every column: others have no finite coefficient."""
    columns = (design != 0).astype(np.float64)
    events, others = (np.einsum("...k,...kp->...p", part, columns) for part in (x, n - x))
    found: Bools = ((events > 0) & (others > 0)).all(axis=-1)
    return found


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
