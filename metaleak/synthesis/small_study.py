"""Do small studies differ from large ones? Regression and rank tests, trim and fill, fail-safe N.

For proportions sampling variance and effect depend on each other, so that Egger's test rejects too often; the test
on 1/n does not use the variance as a predictor (Peters 2006, Hunter 2014).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, UndefinedError
from metaleak.guards import one_of
from metaleak.numerics.distributions import two_sided_p
from metaleak.numerics.linear import Batch, at
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects
from metaleak.pooling.result import MetaResult, RowEffects, Test
from metaleak.pooling.tau2 import ESTIMATORS

Floats = npt.NDArray[np.float64]

#: Below this many studies no test tells a pattern from chance (Sterne 2011).
FEWEST = 10

#: Rank tests count all orders of so many rows without ties exactly.
_EXACT = 50

_PREDICTORS = {"peters": "1/n", "egger": "the standard error", "egger-mixed": "the standard error"}
KINDS = (*_PREDICTORS, "begg")


def small_study_test(result: MetaResult, *, kind: str = "peters", fewest: int = FEWEST) -> Test:
    """Test whether effects go with the size or the precision of their studies.

    Parameters
    ----------
    result : MetaResult
        An inverse-variance fit without moderators.
    kind : {"peters", "egger", "egger-mixed", "begg"}
        Weighted regression on 1/n (for proportions), on the standard error with a multiplicative spread (Egger), on
        the standard error with the fit's tau2 (mixed), or Kendall's rank correlation of standardised effects and
        variances (Begg and Mazumdar).
    fewest : int
        Fewer rows are refused; 3 or more.

    Returns
    -------
    Test
        ``statistic`` is t with k - 2 degrees of freedom, z, or Kendall's tau. A small p value says that small studies
        differ; that is publication bias only if nothing else differs with size.

    Raises
    ------
    UndefinedError
        With fewer rows than ``fewest``, with moderators, for effects without sizes under ``"peters"``, or where all
        rows have one size or one variance.
    SettingError
        For another kind.

    References
    ----------
    Peters JL et al. (2006). Comparison of two methods to detect publication bias. doi:10.1001/jama.295.6.676

    Egger M et al. (1997). Bias in meta-analysis detected by a simple, graphical test. doi:10.1136/bmj.315.7109.629

    Begg CB, Mazumdar M (1994). Operating characteristics of a rank correlation test. doi:10.2307/2533446

    Hunter JP et al. (2014). In meta-analyses of proportion studies, funnel plots were found to be an inaccurate method
    of assessing publication bias. doi:10.1016/j.jclinepi.2014.03.003

    Examples
    --------
    >>> table = StudyTable.from_counts([5, 9, 30, 12, 44, 9, 31, 20, 8, 60], [10, 20, 80, 40, 90, 30, 70, 60, 15, 140])
    >>> test = small_study_test(RandomEffects().fit(table))
    >>> test.df, 0 < test.p_value < 1
    (8, True)
    """
    one_of("kind", kind, KINDS)
    effects = row_effects(result, fewest)
    if kind == "begg":
        return _rank_test(effects)
    predictor = _predictor(effects, kind)
    name = f"no effect of {_PREDICTORS[kind]}"
    if kind == "egger-mixed":
        return _mixed(result, effects, predictor, name)
    slope, se = _weighted_slope(effects, predictor)
    df = len(effects.yi) - 2
    t = slope / se
    return Test(name, t, df, float(two_sided_p(t, df)), f"weighted regression on {_PREDICTORS[kind]}, t")


@dataclass(frozen=True, slots=True)
class SmallStudyLine:
    """The line that a regression test fits: effect = intercept + slope * predictor, on the scale of the fit.

    ``intercept`` is what a study without sampling error would show; ``slope_se`` goes with t on ``df`` degrees of
    freedom; ``predictor`` is ``"1/n"`` or ``"the standard error"``.
    """

    intercept: float
    slope: float
    slope_se: float
    df: int
    predictor: str


def small_study_line(result: MetaResult, *, kind: str = "peters", fewest: int = FEWEST) -> SmallStudyLine:
    """Return the line behind :func:`small_study_test`, for a funnel plot.

    Parameters
    ----------
    result, fewest
        As there.
    kind : {"peters", "egger"}
        Weighted regression on 1/n, or on the standard error.

    Raises
    ------
    UndefinedError, SettingError
        As there.

    Examples
    --------
    >>> table = StudyTable.from_counts([5, 9, 30, 12], [10, 20, 80, 40])
    >>> line = small_study_line(RandomEffects().fit(table), fewest=4)
    >>> line.predictor, line.slope > 0
    ('1/n', True)
    """
    one_of("kind", kind, ("peters", "egger"))
    effects = row_effects(result, fewest)
    predictor = _predictor(effects, kind)
    slope, se = _weighted_slope(effects, predictor)
    w = 1 / effects.vi
    intercept = float(w @ (effects.yi - slope * predictor)) / float(w.sum())
    return SmallStudyLine(intercept, slope, se, len(effects.yi) - 2, _PREDICTORS[kind])


def _predictor(effects: RowEffects, kind: str) -> Floats:
    if kind == "peters":
        if effects.ni is None:
            raise UndefinedError("these effects have no sizes", required="a table of counts or of two arms")
        predictor = 1 / effects.ni
    else:
        predictor = np.sqrt(effects.vi)
    if np.ptp(predictor) <= 1e-12 * np.abs(predictor).max():
        raise UndefinedError("all rows have the same predictor", got=_PREDICTORS[kind])
    return predictor


def row_effects(result: MetaResult, fewest: int) -> RowEffects:
    """Return the effects that a fit pooled.

    Raises
    ------
    UndefinedError
        With fewer rows than ``fewest``, with moderators, or where the fit holds no effects.
    SettingError
        When ``fewest`` is below 3.
    """
    if fewest < 3:
        raise SettingError("fewest is too small", required="3 or more", got=fewest)
    if result.effects is None or result.regression is not None:
        raise UndefinedError(
            "this result holds no pooled effects",
            required="an inverse-variance fit without moderators, not read back from a file",
            got=result.model,
            todo="fit RandomEffects or CommonEffect",
        )
    if len(result.effects.yi) < fewest:
        raise UndefinedError(
            "too few rows to tell a pattern from chance",
            required=f"{fewest} rows or more (Sterne 2011, doi:10.1136/bmj.d4002)",
            got=len(result.effects.yi),
            todo=f"fewest={len(result.effects.yi)} computes the test all the same",
        )
    return result.effects


def _weighted_slope(effects: RowEffects, predictor: Floats) -> tuple[float, float]:
    """Return slope and standard error of a regression with weights 1/v, residual spread estimated."""
    w = 1 / effects.vi
    centre = (w @ predictor) / w.sum()
    away = predictor - centre
    scale = float(w @ (away * away))
    slope = float(w @ (away * effects.yi)) / scale
    level = float(w @ effects.yi) / w.sum()
    rest = effects.yi - level - slope * away
    spread = float(w @ (rest * rest)) / (len(rest) - 2)
    return slope, math.sqrt(spread / scale)


def _mixed(result: MetaResult, effects: RowEffects, predictor: Floats, name: str) -> Test:
    table = StudyTable.from_effects(
        effects.yi.tolist(), effects.vi.tolist(), measure="GEN", moderators={"predictor": predictor.tolist()}
    )
    method = str(result.settings.get("method", "REML"))
    ci = str(result.settings.get("ci_method", "wald"))
    model = RandomEffects(
        method=method if result.model == "RandomEffects" else "REML", ci_method=ci, moderators="~ predictor"
    )
    found = model.fit(table).coefficients[1]
    return Test(
        name,
        found.statistic,
        found.df,
        found.p_value,
        f"mixed-effects regression on the standard error, {ci}",
    )


def _rank_test(effects: RowEffects) -> Test:
    w = 1 / effects.vi
    centre = (w @ effects.yi) / w.sum()
    standardised = (effects.yi - centre) / np.sqrt(np.maximum(effects.vi - 1 / w.sum(), 1e-300))
    upper = np.triu_indices(len(w), 1)
    first = np.sign(standardised[:, None] - standardised)[upper]
    second = np.sign(effects.vi[:, None] - effects.vi)[upper]
    score = float(first @ second)
    untied = math.sqrt(float((first != 0).sum()) * float((second != 0).sum()))
    if untied == 0:
        raise UndefinedError("all rows have one variance or one effect: they have no ranks")
    tau, k = score / untied, len(w)
    if (first != 0).all() and (second != 0).all() and k < _EXACT:
        return Test("no rank correlation", tau, None, _exact_kendall(k, int(score)), "Kendall's tau, exact")
    z = score / math.sqrt(_tied_variance(standardised, effects.vi))
    return Test("no rank correlation", tau, None, float(two_sided_p(z, None)), "Kendall's tau, normal")


@lru_cache(maxsize=64)
def _inversions(k: int) -> tuple[float, ...]:
    """Return the probability of every number of inversions among all orders of k."""
    chances = np.array([1.0])
    for i in range(2, k + 1):
        chances = np.convolve(chances, np.full(i, 1 / i))
    return tuple(chances.tolist())


def _exact_kendall(k: int, score: int) -> float:
    chances = np.array(_inversions(k))
    concordant = (k * (k - 1) // 2 + score) // 2
    low = float(chances[: concordant + 1].sum())
    high = float(chances[concordant:].sum())
    return min(1.0, 2 * min(low, high))


def _tied_variance(x: Floats, y: Floats) -> float:
    """Return the variance of Kendall's score under no correlation, ties counted (Kendall 1970)."""
    n = len(x)
    t, u = (np.unique(values, return_counts=True)[1].astype(np.float64) for values in (x, y))

    def sums(count: Floats) -> tuple[float, float, float]:
        return (
            float((count * (count - 1) * (2 * count + 5)).sum()),
            float((count * (count - 1)).sum()),
            float((count * (count - 1) * (count - 2)).sum()),
        )

    (a5, a2, a3), (b5, b2, b3) = sums(t), sums(u)
    variance = (n * (n - 1) * (2 * n + 5) - a5 - b5) / 18
    variance += a3 * b3 / (9 * n * (n - 1) * (n - 2)) + a2 * b2 / (2 * n * (n - 1))
    return variance


@dataclass(frozen=True, slots=True, eq=False)
class TrimFill:
    """Studies that symmetry would add, and the pool with them.

    Attributes
    ----------
    missing : int
        How many are added, and ``se`` of that number (None for L0 without any).
    side : str
        ``"left"`` or ``"right"``: where they are added.
    filled : array (missing,)
        Their effects.
    result : MetaResult
        The fit with them.
    p_value : float or None
        For R0: of no missing study.
    """

    missing: int
    se: float | None
    side: str
    filled: Floats
    result: MetaResult
    p_value: float | None


def trim_and_fill(
    model: RandomEffects | CommonEffect,
    table: StudyTable,
    *,
    estimator: str = "L0",
    side: str = "auto",
    fewest: int = FEWEST,
) -> TrimFill:
    """Trim the studies that make the funnel uneven, and fill in their mirror images.

    Parameters
    ----------
    model : RandomEffects or CommonEffect
        Inverse variance, without moderators; it pools the trimmed and the filled table.
    table : StudyTable
        The rows.
    estimator : {"L0", "R0"}
        How the number of missing studies is estimated.
    side : {"auto", "left", "right"}
        Where they are missing; ``"auto"`` takes the side that the slope of Egger's regression points away from.
    fewest : int
        Fewer rows are refused; 3 or more.

    Raises
    ------
    UndefinedError
        With fewer rows than ``fewest``, with moderators, for equal effects, or for equal variances where the side
        has to be found.

    Notes
    -----
    It assumes that what is missing is missing for the size of the effect alone, and adds studies that nobody has
    seen: a sensitivity analysis, not a correction.

    References
    ----------
    Duval S, Tweedie R (2000). Trim and fill. doi:10.1111/j.0006-341X.2000.00455.x

    Examples
    --------
    >>> yi = [-0.1, -0.2, -0.15, -0.3, -0.4, -0.5, -0.6, -0.8, -0.9, -1.1]
    >>> vi = [0.01, 0.02, 0.01, 0.03, 0.05, 0.06, 0.09, 0.15, 0.2, 0.3]
    >>> found = trim_and_fill(CommonEffect(), StudyTable.from_effects(yi, vi, measure="GEN"))
    >>> found.side, found.missing > 0
    ('right', True)
    """
    one_of("estimator", estimator, ("L0", "R0"))
    one_of("side", side, ("auto", "left", "right"))
    effects = row_effects(model.fit(table), fewest)
    yi, vi = effects.yi, effects.vi
    if np.ptp(yi) <= 1e-12 * (1 + np.abs(yi).max()):
        raise UndefinedError("all effects are equal: no side of the funnel is empty")
    if side == "auto" and np.ptp(vi) <= 1e-12 * vi.max():
        raise UndefinedError(
            "all rows have one variance: no slope tells the side", todo='side="left" or side="right"'
        )
    if side == "auto":
        side = "right" if _slope_on_error(model, effects) < 0 else "left"
    # Missing on the right is missing on the left of the mirrored effects.
    sign = -1.0 if side == "right" else 1.0
    order = np.argsort(sign * yi, kind="stable")
    y, v = (sign * yi)[order], vi[order]
    k, missing = len(y), 0
    for _ in range(100):
        kept = k - missing
        centre = _pooled(model, y[:kept], v[:kept])
        found, se, p = _missing(y - centre, estimator)
        if found == missing:
            break
        missing = found
    centre = _pooled(model, y[: k - missing], v[: k - missing])
    filled = sign * (2 * centre - y[k - missing :])
    whole = StudyTable.from_effects(
        [*(sign * y).tolist(), *filled.tolist()], [*v.tolist(), *v[k - missing :].tolist()], measure="GEN"
    )
    return TrimFill(missing, se, side, filled, replace(model, measure=None).fit(whole), p)


def _slope_on_error(model: RandomEffects | CommonEffect, effects: RowEffects) -> float:
    se = np.sqrt(effects.vi)
    if isinstance(model, CommonEffect):
        return _weighted_slope(effects, se)[0]
    # In units of the largest error: the sign of the slope is all that is asked.
    design = np.stack([np.ones_like(se), se / se.max()], axis=1)
    batch = Batch(effects.yi[None], effects.vi[None], np.array([float(len(se))]), design[None])
    return float(at(batch, ESTIMATORS[model.method](batch).value).beta[0, 1])


def _pooled(model: RandomEffects | CommonEffect, y: Floats, v: Floats) -> float:
    batch = Batch(y[None], v[None], np.array([float(len(y))]))
    tau2 = np.zeros(1)
    if isinstance(model, RandomEffects) and len(y) > 1:
        tau2 = ESTIMATORS[model.method](batch).value
    return float(at(batch, tau2).beta[0, 0])


def _missing(away: Floats, estimator: str) -> tuple[int, float | None, float | None]:
    """Return the number of missing studies with its standard error, and for R0 the p value of none."""
    k = len(away)
    size = np.abs(away)
    _, place, ties = np.unique(size, return_inverse=True, return_counts=True)
    # Equal sizes share the mean of their ranks.
    signed = np.sign(away) * (np.cumsum(ties) - (ties - 1) / 2)[place]
    if estimator == "R0":
        run = k - (-signed[signed < 0]).max(initial=0.0)
        number = max(0.0, run - 1)
        return round(number), math.sqrt(2 * max(0.0, number) + 2), 0.5 ** (number + 1)
    top = signed[signed > 0].sum()
    number = (4 * top - k * (k + 1)) / (2 * k - 1)
    variance = k * (k + 1) * (2 * k + 1) + 10 * number**3 + 27 * number**2 + 17 * number
    variance = (variance - 18 * k * number**2 - 18 * k * number + 6 * k**2 * number) / 24
    se = 4 * math.sqrt(variance) / (2 * k - 1) if variance >= 0 else None
    return max(0, round(number)), se, None


def fail_safe_n(result: MetaResult, *, alpha: float = 0.05) -> int:
    """Return how many studies without an effect would make the joined test exceed ``alpha`` (Rosenthal 1979).

    Kept to compare with other programs: the number says nothing about bias, and Cochrane advises against it. The page
    does not show it.

    References
    ----------
    Rosenthal R (1979). The file drawer problem and tolerance for null results. doi:10.1037/0033-2909.86.3.638

    Examples
    --------
    >>> table = StudyTable.from_effects([0.5, 0.6, 0.4], [0.01, 0.02, 0.01], measure="GEN")
    >>> fail_safe_n(CommonEffect().fit(table))
    62
    """
    effects = row_effects(result, 3)
    if not 0 < alpha < 0.5:
        raise SettingError("alpha is outside its range", required="between 0 and 0.5", got=alpha)
    total = float(np.abs((effects.yi / np.sqrt(effects.vi)).sum()))
    cut = _upper_normal(alpha)
    return max(0, math.ceil((total / cut) ** 2 - len(effects.yi)))


def _upper_normal(alpha: float) -> float:
    from scipy import special

    return float(-special.ndtri(alpha))
