"""What a curve of specifications looks like when the compared word has nothing to do with the rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.compute.place import chosen
from metaleak.compute.rows import over_rows
from metaleak.errors import SettingError
from metaleak.guards import within
from metaleak.numerics.linear import Batch, at
from metaleak.pooling.effects_batch import prepare
from metaleak.pooling.intervals import coefficients
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.tau2 import ESTIMATORS
from metaleak.synthesis.specification import FEWEST_ROWS, Specification
from metaleak.synthesis.specification_fits import difference

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]
Rows = npt.NDArray[np.intp]

#: Curves of one chunk: fewer would repeat what every fit costs however many it is of.
_CURVES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """The observed curve beside curves with permuted words.

    Attributes
    ----------
    specifications : int
        How many are in every curve.
    permutations : int
        The curves, the observed one among them.
    studies, movable : int
        All studies, and those that share their words with none of another kind and can be exchanged.
    median, median_p : float
        The median log odds ratio, and the share of curves whose median lies as far from 0.
    share, share_p : float
        The share of specifications whose interval leaves out 1 on the side of the median, and the share of
        curves that have as many on either side.
    """

    specifications: int
    permutations: int
    studies: int
    movable: int
    median: float
    median_p: float
    share: float
    share_p: float


def specification_chance(
    specifications: Sequence[Specification],
    *,
    contrast: tuple[str, str],
    permutations: int = 500,
    seed: int = 1,
    level: float = 0.95,
    by: str | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    keep: Path | str | None = None,
) -> dict[str, Chance]:
    """Permute the compared words over studies and draw the curve again each time.

    Parameters
    ----------
    specifications : sequence of Specification
        Those with inverse variance on the logit and separate tau2 are used: their fits take microseconds.
        Words are exchanged between studies that have the same procedures and units; one permutation holds for
        all specifications, so that their dependence is kept. A study with several words keeps them.
    contrast : (str, str)
        The groups ``(of, against)``.
    permutations, seed : int
        How many curves, the observed one among them, and the seed of the others.
    level : float
        Of the intervals.
    by : str, optional
        An axis: the curve of each of its choices is compared with the same permutations, too.
    workers, scheduler, keep
        Where curves are computed, as for :func:`metaleak.synthesis.gosh.gosh`; no number changes.

    Returns
    -------
    dict of Chance
        ``"all"``, and one per choice of the axis that has specifications of the used kind.

    Raises
    ------
    SettingError
        When no specification is of the kind that is used, or a setting lies outside its range.

    References
    ----------
    Simonsohn U, Simmons JP, Nelson LD (2020). Specification curve analysis. doi:10.1038/s41562-020-0912-z

    Examples
    --------
    >>> from metaleak.effects.table import StudyTable
    >>> table = StudyTable.from_counts(
    ...     [30, 29, 31, 33, 9, 6, 8, 5], [50, 50, 50, 50, 40, 40, 40, 40],
    ...     moderators={"modality": ["CT"] * 4 + ["xray"] * 4})
    >>> asked = Specification(
    ...     choices={}, model=RandomEffects(measure="PLO", method="DL"), tau2="separate", table=table,
    ...     coding={"CT": "CT", "xray": "X-ray"})
    >>> found = specification_chance([asked], contrast=("X-ray", "CT"), permutations=1000)["all"]
    >>> found.movable, round(found.median, 2), found.median_p < 0.05
    (8, -1.99, True)
    """
    within("permutations", permutations, 2, 100_000, ends="[]")
    used = [item for item in specifications if _fast(item) is not None]
    if not used:
        raise SettingError(
            "no specification can be permuted",
            required="one by inverse variance on the logit with tau2='separate'",
            got=len(specifications),
        )
    own, origins, movable = _origins(used, permutations, seed)
    groups = _same_selection(used)
    shared = (level, [_curves_of(group, own, contrast) for group in groups])
    place = chosen(workers=workers, scheduler=scheduler, keep=keep)
    curves = over_rows("permuted curves", _curves, shared, origins, step=_CURVES, place=place)
    gaps, outside = curves.transpose(1, 2, 0)
    choices = [item.choices.get(by, "") if by else "" for group in groups for item in group]
    found = {"all": _told(gaps, outside, studies=len(own), movable=movable)}
    for choice in dict.fromkeys(choices) if by else ():
        part = [i for i, its in enumerate(choices) if its == choice]
        found[choice] = _told(gaps[part], outside[part], studies=len(own), movable=movable)
    return found


def _fast(item: Specification) -> RandomEffects | None:
    """Return the model of a specification that is fast enough to be fitted again and again."""
    model = item.model
    if item.refused or item.tau2 != "separate" or not isinstance(model, RandomEffects):
        return None
    return model if model.measure == "PLO" else None


def _origins(
    used: Sequence[Specification], permutations: int, seed: int
) -> tuple[dict[str, frozenset[str]], Rows, int]:
    """Return every study's words, whose words it takes in each permutation (b, studies), and how many can move."""
    words: dict[str, set[str]] = {}
    kinds: dict[str, set[tuple[str, ...]]] = {}
    for item in used:
        strata = [
            item.table.moderators[name] for name in ("procedure", "unit") if name in item.table.moderators
        ]
        for i, study in enumerate(item.table.study):
            words.setdefault(study, set()).add(str(item.table.moderators[item.column][i]))
            kinds.setdefault(study, set()).add(tuple(str(values[i]) for values in strata))
    own = {name: frozenset(words[name]) for name in sorted(words)}
    strata_of: dict[frozenset[tuple[str, ...]], list[int]] = {}
    for j, name in enumerate(own):
        if len(own[name]) == 1:
            strata_of.setdefault(frozenset(kinds[name]), []).append(j)
    rng = np.random.default_rng(seed)
    origins = np.tile(np.arange(len(own)), (permutations, 1))
    # The first is the observed one.
    for drawn in origins[1:]:
        for places in strata_of.values():
            drawn[places] = rng.permutation(places)
    sets = list(own.values())
    movable = sum(len(places) for places in strata_of.values() if len({sets[j] for j in places}) > 1)
    return own, origins, movable


def _same_selection(used: Sequence[Specification]) -> list[list[Specification]]:
    """Return the specifications by their rows and coding: their permuted groups are the same."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], list[Specification]] = {}
    for item in used:
        found.setdefault((item.table.digest, tuple(sorted(item.coding.items()))), []).append(item)
    return list(found.values())


def _curves_of(
    group: Sequence[Specification], own: dict[str, frozenset[str]], contrast: tuple[str, str]
) -> tuple[Rows, Codes, list[tuple[RandomEffects, Floats, Floats]]]:
    """Return each row's study, its code with the words of every study (studies, k), and what is fitted to the rows.

    A code is 1 or 0 as in the contrast, -1 elsewhere.
    """
    item = group[0]
    number = {contrast[0]: 1, contrast[1]: 0}
    coded = {word: number.get(told, -1) for word, told in item.coding.items()}
    observed = [str(word) for word in item.table.moderators[item.column]]
    codes = np.array(
        [
            [coded.get(next(iter(words)) if len(words) == 1 else word, -1) for word in observed]
            for words in own.values()
        ],
        dtype=np.int8,
    )
    places = {name: j for j, name in enumerate(own)}
    fits = []
    for one in group:
        model = _fast(one)
        if model is not None:
            effects = prepare([one.table], "PLO", model.zero, None).batch
            fits.append((model, effects.yi[0], effects.vi[0]))
    return np.array([places[study] for study in item.table.study], dtype=np.intp), codes, fits


def _curves(shared: tuple[Any, ...], origins: Rows) -> Floats:
    """Return log odds ratios, and the side on which their intervals leave out 0, array (b, 2, specifications)."""
    level, groups = shared
    curves = []
    for homes, codes, fits in groups:
        taken = codes[origins[:, homes], np.arange(len(homes))]
        for model, y, v in fits:
            gap, low, high = _gaps(model, y, v, taken, level).T
            curves.append([gap, np.where(low > 0, 1.0, np.where(high < 0, -1.0, 0.0))])
    return np.array(curves).transpose(2, 1, 0)


def _gaps(model: RandomEffects, y: Floats, v: Floats, codes: Codes, level: float) -> Floats:
    found = np.full((len(codes), 3), np.nan)
    ready = np.flatnonzero(((codes == 1).sum(1) >= FEWEST_ROWS) & ((codes == 0).sum(1) >= FEWEST_ROWS))
    sides = []
    for side in (1, 0):
        inside = codes[ready] == side
        batch = Batch(np.where(inside, y, 0.0), np.where(inside, v, np.inf), inside.sum(1).astype(np.float64))
        tau2 = ESTIMATORS[model.method](batch).value
        fit = at(batch, tau2)
        means = coefficients(batch, fit, tau2, method=model.ci_method, level=level)
        sides.append((fit.beta[:, 0], means.se[:, 0] ** 2, batch.df))
    if len(ready):
        found[ready] = difference(sides[0], sides[1], level=level, exact=model.ci_method == "wald")
    return found


def _told(gaps: Floats, outside: Floats, *, studies: int, movable: int) -> Chance:
    medians = np.nanmedian(gaps, axis=0)
    towards = np.array([(outside == side).mean(axis=0) for side in (-1.0, 1.0)])
    share = float(towards[0 if medians[0] < 0 else 1, 0])
    most = towards.max(axis=0)
    most[0] = share
    return Chance(
        specifications=len(gaps),
        permutations=gaps.shape[1],
        studies=studies,
        movable=movable,
        median=float(medians[0]),
        median_p=float((np.abs(medians) >= abs(medians[0]) - 1e-9).mean()),
        share=share,
        share_p=float((most >= share - 1e-9).mean()),
    )
