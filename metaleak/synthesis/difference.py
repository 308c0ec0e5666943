"""How much two groups differ: an odds ratio between median studies, a risk difference between mean rates."""

from __future__ import annotations

from dataclasses import dataclass

from metaleak.pooling.result import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The difference between the groups ``of`` and ``against``.

    ``odds_ratio`` compares the conditional (median) rates in one model with a common tau2;
    ``risk_difference`` compares the population-averaged rates of the two separate fits.
    """

    of: str
    against: str
    odds_ratio: Estimate
    p_value: float
    risk_difference: Estimate
    k: tuple[int, int]
    k_studies: tuple[int, int]
    tau2: float
    method: str
    rd_method: str
    notes: tuple[str, ...] = ()
