"""The true rate in a new study, from a fitted beta distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

from metaleak.pooling.prediction import FEWEST_ROWS
from metaleak.pooling.result import Prediction
from metaleak.pooling.storable import storable


@storable
@dataclass(frozen=True, slots=True, kw_only=True)
class BetaPrediction(Prediction):
    """A prediction interval cut from a beta distribution of rates; ``centre`` and ``se`` are of its logits."""

    alpha: float
    beta: float

    def above(self, cut: float) -> float:
        """Return the probability of a true value above ``cut``, on the logit."""
        return float(special.betainc(self.beta, self.alpha, special.expit(-cut)))


def beta_prediction(alpha: float, beta: float, *, k: int, level: float) -> BetaPrediction | None:
    """Return the equal-tailed interval of the fitted beta on the logit, parameters taken as known.

    None below three rows, and where the beta has no spread (infinite parameters) or no middle (both 0).

    Examples
    --------
    >>> found = beta_prediction(2.0, 2.0, k=10, level=0.95)
    >>> round(found.high, 4), found.above(0.0)
    (2.2622, 0.5)
    """
    if k < FEWEST_ROWS or math.isinf(alpha) or alpha + beta == 0:
        return None
    tail = (1 - level) / 2
    low, high = special.betaincinv(alpha, beta, tail), special.betaincinv(beta, alpha, tail)
    return BetaPrediction(
        low=float(special.logit(low)),
        high=-float(special.logit(high)),
        level=level,
        method="fitted beta, parameters taken as known",
        centre=float(special.psi(alpha) - special.psi(beta)),
        se=math.sqrt(special.zeta(2, [alpha, beta]).sum()),
        df=None,
        alpha=alpha,
        beta=beta,
    )
