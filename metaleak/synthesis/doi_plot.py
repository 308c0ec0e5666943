"""The Doi plot and its LFK index: kept for those whom a journal asks for it, with what is known against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.errors import UndefinedError
from metaleak.pooling.result import MetaResult
from metaleak.synthesis.small_study import row_effects

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DoiPlot:
    """The points of a Doi plot, in the order of the rows, and the index of its asymmetry.

    Attributes
    ----------
    lfk : float
        0 where both limbs are alike; its authors call more than 1 minor, more than 2 major asymmetry.
    yi, z : array (k,)
        Effects, and the normal scores of their weighted ranks; the plot shows ``abs(z)``.
    """

    lfk: float
    yi: Floats
    z: Floats


def doi_plot(result: MetaResult, *, fewest: int = 10) -> DoiPlot:
    """Return the Doi plot of an inverse-variance fit.

    Parameters
    ----------
    result : MetaResult
        An inverse-variance fit without moderators.
    fewest : int
        Fewer rows are refused; 3 or more.

    Raises
    ------
    SettingError
        When ``fewest`` is below 3.
    UndefinedError
        With fewer rows, without effects, or where all effects are equal.

    References
    ----------
    Furuya-Kanamori L, Barendregt JJ, Doi SAR (2018). A new improved graphical and quantitative method for detecting
    bias in meta-analysis. doi:10.1097/XEB.0000000000000141

    Schwarzer G, Rücker G, Semaca C (2024). LFK index does not reliably detect small-study effects in meta-analysis.
    doi:10.1002/jrsm.1714

    Examples
    --------
    >>> from metaleak.effects.table import StudyTable
    >>> from metaleak.pooling.common_effect import CommonEffect
    >>> table = StudyTable.from_effects([-0.4, 0.0, 0.4], [0.2, 0.1, 0.2], measure="GEN")
    >>> found = doi_plot(CommonEffect().fit(table), fewest=3)
    >>> bool(abs(found.z[0] + found.z[2]) < 0.02)
    True
    """
    effects = row_effects(result, fewest)
    yi, vi = effects.yi, effects.vi
    if np.ptp(yi) <= 1e-12 * (1 + np.abs(yi).max()):
        raise UndefinedError("all effects are equal: the plot has no limbs")
    order = np.argsort(yi, kind="stable")
    # The least precise row counts as 100 units, the others in proportion to their precision.
    units = 100 * vi.max() / vi[order]
    middle = np.cumsum(units) - units / 2
    scores = special.ndtri((middle - 0.5) / units.sum())
    away = yi[order] - yi[order][np.argmin(np.abs(scores))]
    stretch = np.ptp(scores) / np.ptp(away)
    z = np.empty(len(yi))
    z[order] = scores
    return DoiPlot(2.5 * float((scores + stretch * away).mean()), yi, z)
