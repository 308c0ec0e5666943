"""Intervals of single proportions, as they stand beside each study."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from metaleak.guards import one_of, within

Floats = npt.NDArray[np.float64]

#: Our word -> the word of statsmodels.
_METHODS = {"clopper-pearson": "beta", "wilson": "wilson"}


def study_intervals(
    xi: Sequence[float], ni: Sequence[float], *, level: float = 0.95, method: str = "clopper-pearson"
) -> tuple[Floats, Floats]:
    """Return lower and upper limits of every ``xi / ni``, arrays (k,) in 0..1.

    Parameters
    ----------
    xi, ni : sequences (k,)
        Events and units, 0 <= xi <= ni.
    level : float
        Between 0 and 1.
    method : {"clopper-pearson", "wilson"}
        Exact, or Wilson's score interval.

    Raises
    ------
    SettingError
        For another method or level.

    References
    ----------
    Clopper CJ, Pearson ES (1934). doi:10.1093/biomet/26.4.404; Wilson EB (1927).
    doi:10.1080/01621459.1927.10502953. Computed by statsmodels.

    Examples
    --------
    >>> low, high = study_intervals([0, 35], [12, 56])
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0, 0.4855], [0.2646, 0.7508])
    """
    from statsmodels.stats.proportion import proportion_confint

    one_of("method", method, _METHODS)
    within("level", level, 0, 1)
    x, n = np.asarray(xi, dtype=np.float64), np.asarray(ni, dtype=np.float64)
    low, high = proportion_confint(x, n, alpha=1 - level, method=_METHODS[method])
    # Rounding leaves 1e-17 where no unit, or every unit, has the event.
    return np.where(x == 0, 0.0, np.asarray(low)), np.where(x == n, 1.0, np.asarray(high))
