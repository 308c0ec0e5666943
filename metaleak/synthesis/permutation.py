"""Permutation tests of moderators, and of a mean against 0, in batches."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.compute.place import Place, chosen
from metaleak.compute.rows import over_rows
from metaleak.effects.design import Design, design_of
from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError
from metaleak.guards import one_of, within
from metaleak.numerics.linear import Batch, at
from metaleak.pooling.effects_batch import prepare
from metaleak.pooling.intervals import coefficients
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import Test
from metaleak.pooling.tau2 import ESTIMATORS
from metaleak.pooling.units import even

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: A permuted statistic that equals the observed one up to rounding counts as reaching it.
TIE = 1.5e-8
#: Cells of one array that is worked on at a time, and how many of these make a chunk.
_CELLS = 200_000
_BATCHES = 4


def permutation_test(
    model: RandomEffects,
    table: StudyTable,
    *,
    n: int = 10_000,
    seed: int = 1,
    term: str | None = None,
    scheme: str = "joint",
    workers: int | None = None,
    scheduler: str | None = None,
    keep: Path | str | None = None,
) -> Test:
    """Test moderators by permuting them over studies, or a mean by flipping signs.

    Parameters
    ----------
    model : RandomEffects
        With ``moderators``, these are tested; without, the mean is tested against 0 on the model's scale.
    table : StudyTable
        Moderators have to be constant within a study: studies are exchangeable, rows of one study are not.
    n : int
        The number of permutations; all distinct ones are taken where there are no more.
    seed : int
        Of the permutations that are drawn.
    term : str, optional
        A term of the formula; None tests all moderators at once.
    scheme : {"joint", "freedman-lane"}
        ``"joint"`` permutes all moderators together (metafor's permutest); ``"freedman-lane"`` permutes the
        residuals of the model without ``term``, which tests the term given the others.
    workers, scheduler, keep
        Where permutations are computed, as for :func:`metaleak.synthesis.gosh.gosh`; no number changes.

    Returns
    -------
    Test
        ``statistic`` is the observed one (Wald, with the model's interval method), ``p_value`` the share
        of permutations that reach it, the observed one among them.

    Raises
    ------
    SettingError
        For an unknown term or scheme, or ``"freedman-lane"`` without a term.
    TableError
        When a moderator varies within a study.

    References
    ----------
    Follmann DA, Proschan MA (1999). Valid inference in random effects meta-analysis.
    doi:10.1111/j.0006-341X.1999.00732.x

    Higgins JPT, Thompson SG (2004). Controlling the risk of spurious findings from meta-regression.
    doi:10.1002/sim.1752

    Freedman D, Lane D (1983). A nonstochastic interpretation of reported significance levels.
    doi:10.1080/07350015.1983.10509354

    Examples
    --------
    >>> table = StudyTable.from_counts(
    ...     [35, 29, 30, 3, 16, 5], [56, 59, 48, 31, 40, 29], moderators={"ct": [1, 1, 1, 0, 0, 0]})
    >>> found = permutation_test(RandomEffects(moderators="~ ct"), table)
    >>> found.p_value, found.method
    (0.1, 'all 20 distinct permutations')
    """
    one_of("scheme", scheme, ("joint", "freedman-lane"))
    within("n", n, 2, 100_000_000, ends="[]")
    place = chosen(workers=workers, scheduler=scheduler, keep=keep)
    if model.moderators is None:
        return _sign_flips(model, table, n, seed, place)
    design, rows = design_of(model.moderators, table)
    scaled, _ = even(design)
    prepared = prepare([table.take(rows)], model.measure, model.zero, scaled)
    columns = _columns(design, term, scheme)
    y, v = prepared.batch.yi[0], prepared.batch.vi[0]
    x = scaled.x if prepared.batch.design is None else prepared.batch.design[0]
    if scheme == "freedman-lane":
        return _freedman_lane(model, (y, v), x, columns, prepared.tables[0].study, n, seed, str(term), place)
    blocks = _blocks(prepared.tables[0].study, x)
    orders, method = _orders([x[rows[0]] for rows in blocks], n, seed)
    found = _computed(_exchanged, (model, y, v, x, blocks, columns), orders, x.size, place)
    observed = _statistics(model, y, v, x[None], columns)
    return _told(term or "all moderators", observed, found, columns, method)


def _columns(design: Design, term: str | None, scheme: str) -> list[int]:
    if term is None:
        if scheme == "freedman-lane":
            raise SettingError("this scheme tests one term given the others", required="term", got=None)
        return [j for j, name in enumerate(design.names) if name != "intercept"]
    known = {**{name: (j,) for j, name in enumerate(design.names)}, **design.terms}
    return list(known[one_of("term", term, known)])


def _blocks(study: Sequence[str], x: Floats) -> list[Rows]:
    blocks = [
        np.array([i for i, s in enumerate(study) if s == name], dtype=np.intp)
        for name in dict.fromkeys(study)
    ]
    for rows in blocks:
        if not (x[rows] == x[rows[0]]).all():
            raise TableError(
                "a moderator varies within a study: its rows cannot be exchanged for those of another",
                required="moderators that are constant within a study",
                got=study[rows[0]],
            )
    return blocks


def _orders(items: Sequence[Floats], n: int, seed: int) -> tuple[Rows, str]:
    """Return orders of the items (b, m): all distinct ones if there are at most n, else n, the observed among them."""
    kinds = [tuple(item.tolist()) for item in items]
    count = math.factorial(len(kinds))
    for repeats in Counter(kinds).values():
        count //= math.factorial(repeats)
    if count <= n:
        return np.array(list(_distinct(kinds)), dtype=np.intp), f"all {count} distinct permutations"
    rng = np.random.default_rng(seed)
    m = len(items)
    drawn = rng.permuted(np.tile(np.arange(m), (n - 1, 1)), axis=1)
    return np.vstack([np.arange(m), drawn]), f"{n} permutations, seed {seed}"


def _distinct(kinds: Sequence[tuple[float, ...]]) -> Iterator[list[int]]:
    """Yield one order of the items for every distinct sequence of their kinds."""
    places: dict[tuple[float, ...], list[int]] = {}
    for i, kind in enumerate(kinds):
        places.setdefault(kind, []).append(i)

    def extend(prefix: list[int], used: Counter[tuple[float, ...]]) -> Iterator[list[int]]:
        if len(prefix) == len(kinds):
            yield list(prefix)
            return
        for kind, own in places.items():
            if used[kind] < len(own):
                prefix.append(own[used[kind]])
                used[kind] += 1
                yield from extend(prefix, used)
                used[kind] -= 1
                prefix.pop()

    yield from extend([], Counter())


def _computed(
    function: Callable[[Any, Any], Floats], shared: tuple[Any, ...], orders: Rows, cells: int, place: Place
) -> Floats:
    """Return ``function(shared, orders)`` for all orders (b, m), in chunks; one of them takes so many ``cells``."""
    step = _BATCHES * max(1, _CELLS // cells)
    return over_rows("permutations", function, shared, orders, step=step, place=place)


def _exchanged(shared: tuple[Any, ...], orders: Rows) -> Floats:
    """Return the statistics with the moderators of studies exchanged."""
    model, y, v, x, blocks, columns = shared
    return _statistics(model, y, v, _permuted(x, blocks, orders), columns)


def _permuted(x: Floats, blocks: Sequence[Rows], orders: Rows) -> Floats:
    """Give every study the moderators of another one, array (b, k, p)."""
    home = np.empty(len(x), dtype=np.intp)
    first = np.empty(len(blocks), dtype=np.intp)
    for j, rows in enumerate(blocks):
        home[rows], first[j] = j, rows[0]
    moved: Floats = x[first[orders[:, home]]]
    return moved


def _statistics(
    model: RandomEffects, y: Floats, v: Floats, designs: Floats, columns: Sequence[int]
) -> Floats:
    """Return the Wald statistic of the columns in every permuted data set, array (b,)."""
    k, p = designs.shape[1:]
    size = max(1, _CELLS // (k * p))
    parts = []
    for start in range(0, len(designs), size):
        x = designs[start : start + size]
        rows = np.full(len(x), float(k))
        own_y = y[start : start + size] if y.ndim == 2 else np.broadcast_to(y, (len(x), k))
        own_v = v[start : start + size] if v.ndim == 2 else np.broadcast_to(v, (len(x), k))
        parts.append(_wald(model, Batch(own_y, own_v, rows, x), columns))
    return np.concatenate(parts)


def _wald(model: RandomEffects, batch: Batch, columns: Sequence[int]) -> Floats:
    tau2 = ESTIMATORS[model.method](batch)
    fit = at(batch, tau2.value)
    cov = coefficients(batch, fit, tau2.value, method=model.ci_method, level=model.level).cov
    value = fit.beta[:, columns]
    part = cov[:, columns][:, :, columns]
    statistics: Floats = np.einsum("bi,bi->b", value, np.linalg.solve(part, value[..., None])[..., 0])
    return statistics


def _told(name: str, observed: Floats, found: Floats, columns: Sequence[int], method: str) -> Test:
    # Wald statistics are squares: the tie is one of their roots.
    reached = np.sqrt(found) >= math.sqrt(float(observed[0])) - TIE
    return Test(name, float(observed[0]), len(columns), float(reached.mean()), method)


def _freedman_lane(
    model: RandomEffects,
    effects: tuple[Floats, Floats],
    x: Floats,
    columns: Sequence[int],
    study: Sequence[str],
    n: int,
    seed: int,
    term: str,
    place: Place,
) -> Test:
    y, v = effects
    if len(set(study)) < len(study):
        raise TableError(
            "residuals are exchanged between studies", required="one row per study", got=f"{len(study)} rows"
        )
    others = np.delete(x, list(columns), axis=1)
    k = len(y)
    reduced = Batch(y[None], v[None], np.array([float(k)]), others[None])
    fitted = others @ at(reduced, ESTIMATORS[model.method](reduced).value).beta[0]
    rng = np.random.default_rng(seed)
    orders = np.vstack([np.arange(k), rng.permuted(np.tile(np.arange(k), (n - 1, 1)), axis=1)])
    found = _computed(_reassigned, (model, y, v, x, fitted, columns), orders, x.size, place)
    return _told(
        term, found[:1], found, columns, f"{n} permutations of residuals (Freedman-Lane), seed {seed}"
    )


def _reassigned(shared: tuple[Any, ...], orders: Rows) -> Floats:
    """Return the statistics with residuals exchanged."""
    model, y, v, x, fitted, columns = shared
    moved = fitted + (y - fitted)[orders]
    return _statistics(model, moved, v[orders], np.broadcast_to(x, (len(orders), *x.shape)), columns)


def _sign_flips(model: RandomEffects, table: StudyTable, n: int, seed: int, place: Place) -> Test:
    prepared = prepare([table], model.measure, model.zero, None)
    y, v, study = prepared.batch.yi[0], prepared.batch.vi[0], prepared.tables[0].study
    names = list(dict.fromkeys(study))
    home = np.array([names.index(s) for s in study])
    m = len(names)
    if m < 60 and 2**m <= n:
        bits = (np.arange(2**m)[:, None] >> np.arange(m)) & 1
        method = f"all {2**m} sign flips"
    else:
        bits = np.random.default_rng(seed).integers(0, 2, (n, m))
        bits[0] = 0
        method = f"{n} sign flips, seed {seed}"
    found = _computed(_flipped, (model, y, v, home), bits, len(y), place)
    return _told("mean = 0", found[:1], found, [0], method)


def _flipped(shared: tuple[Any, ...], bits: Rows) -> Floats:
    """Return the statistics of the mean with the signs of studies flipped where bits are 1."""
    model, y, v, home = shared
    step = max(1, _CELLS // len(y))
    parts = []
    for start in range(0, len(bits), step):
        part = (1.0 - 2.0 * bits[start : start + step, home]) * y
        batch = Batch(part, np.broadcast_to(v, part.shape), np.full(len(part), float(len(y))))
        parts.append(_wald(model, batch, [0]))
    return np.concatenate(parts)
