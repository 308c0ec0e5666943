"""Two readings of the same units: exact tests and limits from the units on which they differ, batched.

``b`` counts units that the index alone calls positive, ``c`` those that the reference alone does.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]


def mcnemar(b: Floats, c: Floats) -> tuple[Floats, Floats]:
    """Return McNemar's exact two-sided p values and their mid-p values, arrays as ``b`` and ``c`` (...).

    Given b + c, the count b is binomial with one half when both readings find as much. The mid-p takes half
    of the probability of what was observed away, on both sides. Without a unit on which the readings differ
    both are 1.

    References
    ----------
    Fagerland MW, Lydersen S, Laake P (2013). The McNemar test for binary matched-pairs data: mid-p and
    asymptotic are better than exact conditional. doi:10.1186/1471-2288-13-91

    Examples
    --------
    >>> exact, mid = mcnemar(np.array([4.0, 5.0]), np.array([12.0, 5.0]))
    >>> exact.round(4).tolist(), mid.round(4).tolist()
    ([0.0768, 1.0], [0.049, 0.877])
    """
    n, least = b + c, np.minimum(b, c)
    below = special.betainc(np.maximum(n - least, 1.0), least + 1, 0.5)
    choices = special.gammaln(n + 1) - special.gammaln(least + 1) - special.gammaln(n - least + 1)
    observed = np.exp(choices - n * np.log(2))
    tie = b == c
    exact = np.where(tie, 1.0, np.minimum(1.0, 2 * below))
    mid = np.where(tie, 1.0 - observed / 2, exact - observed)
    silent = n == 0
    return np.where(silent, 1.0, exact), np.where(silent, 1.0, mid)


def odds_limits(b: Floats, c: Floats, level: float) -> tuple[Floats, Floats]:
    """Return exact limits of the conditional odds ratio of index to reference, arrays as ``b`` and ``c``.

    Those of Clopper and Pearson for b of b + c, as odds. Where b or c is 0 the limit on that side is 0 or
    infinite and the other is one-sided at the whole level; where both are 0 nothing is known.

    Examples
    --------
    >>> low, high = odds_limits(np.array([0.0, 4.0]), np.array([87.0, 12.0]), 0.95)
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0, 0.0784], [0.035, 1.0998])
    """
    error = np.where((b == 0) | (c == 0), 1 - level, (1 - level) / 2)
    low = special.betaincinv(np.maximum(b, 1.0), c + 1, error)
    high = special.betaincinv(b + 1, np.maximum(c, 1.0), 1 - error)
    with np.errstate(divide="ignore"):
        return np.where(b == 0, 0.0, low / (1 - low)), np.where(c == 0, np.inf, high / (1 - high))


def overlap_range(n: Floats, reference: Floats, index: Floats) -> tuple[Floats, Floats]:
    """Return the least and the most units on which both readings can be positive, given their totals of ``n``.

    References
    ----------
    Fréchet M (1951). Sur les tableaux de corrélation dont les marges sont données. Annales de l'Université
    de Lyon, Section A 14:53-77

    Examples
    --------
    >>> overlap_range(np.array([148.0, 60.0]), np.array([56.0, 50.0]), np.array([37.0, 40.0]))
    (array([ 0., 30.]), array([37., 40.]))
    """
    return np.maximum(0.0, reference + index - n), np.minimum(reference, index)
