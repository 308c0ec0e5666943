"""What only the detection model knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from metaleak import numbers
from metaleak.pooling.detection.assembly import LeftOut
from metaleak.pooling.result import Coefficient, Estimate, Interval, Test
from metaleak.pooling.storable import storable

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]


@storable
@dataclass(frozen=True, slots=True, kw_only=True)
class Penalised:
    """Estimates at the maximum of likelihood + log(omega), all 0..1 but the spreads.

    They stand beside the maximum of the likelihood where omega is estimated as 0, or few rows inform the
    sensitivity.
    """

    incidence: float | None
    population_average: float | None
    sensitivity: Mapping[str, float]
    tau: float
    omega: float


@storable
@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Rows read on CT and the CT margins of pairs, pooled by the binomial-normal model without any index."""

    k: int
    estimate: Estimate
    population_average: Estimate
    tau2: float | None


@storable
@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRate:
    """One study's rate: as it was observed, and as CT would have shown it (0..1)."""

    study: str
    labels: str
    kind: str
    events: float
    total: float
    observed: float
    ct_equivalent: float
    ci_low: float
    ci_high: float


@storable
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DetectionDetail:
    """What only the detection model knows.

    Attributes
    ----------
    population_average : Estimate
        The mean CT-equivalent rate over studies, one draw each: ``E[c expit(mu + tau Z)]``; its value is None
        in a fit with moderators.
    true_incidence : Estimate or None
        The rate of true leaks in the median study, where CT is declared to miss some.
    sensitivity : mapping of str to Estimate
        Per index imaging, the share of CT-visible leaks that it shows in the median study. Empty with
        moderators of the sensitivity.
    sensitivity_average : mapping of str to Estimate
        The same as a mean over studies, ``E[expit(s + omega Z)]``.
    sensitivity_prediction : mapping of str to Interval
        For the sensitivity in a new study.
    share_missed : Estimate
        ``1 - E[pi Se] / E[pi]`` of the main index: the share of CT-visible leaks that it misses, per
        leaking unit.
    omega2 : float
        Variance of the sensitivity's logits between studies.
    omega2_ci, omega2_test : Interval and Test
        Its profile interval, and the test that it is 0.
    tau_se, omega_se : float or None
        Standard errors of the two spreads; None at their boundary.
    detection_coefficients : tuple of Coefficient
        Of the sensitivity's linear predictor, on the logit.
    penalised : Penalised or None
        None where that likelihood has no maximum.
    penalised_stands_beside : bool
        Whether it has to be read together with the estimates.
    ct_pool : Pool or None
        The pool of CT counts alone; None where it is not defined.
    rates : tuple of StudyRate
        See :attr:`ct_equivalent`.
    draws, effective_draws : int and float
        Draws behind ``rates``, and how many independent ones they are worth.
    information, information_on_sensitivity : mapping of str to float
        Which kind of study brings which share of the information about mean rate and mean sensitivity.
    rows : mapping of str to int
        Rows of each kind in the likelihood.
    identifiability : str
        Which data carry the sensitivity, in words.
    left_out : tuple of LeftOut
        Rows and readings that do not enter, and why.
    share_on_ct : Estimate or None
        The estimated share of unreported studies that read CT.
    parameters, covariance : tuple of str and array (P, P)
        Names of all parameters, and their covariance at the maximum of the likelihood; rows of parameters on
        a boundary are 0.
    second_maximum : float or None
        omega where the likelihood has a second, lower maximum.
    grid_error : float
        By how much halving the steps of all integrals moves the log-likelihood.
    """

    population_average: Estimate
    true_incidence: Estimate | None
    sensitivity: Mapping[str, Estimate]
    sensitivity_average: Mapping[str, Estimate]
    sensitivity_prediction: Mapping[str, Interval]
    share_missed: Estimate
    omega2: float
    omega2_ci: Interval | None
    omega2_test: Test | None
    tau_se: float | None
    omega_se: float | None
    detection_coefficients: tuple[Coefficient, ...]
    penalised: Penalised | None
    penalised_stands_beside: bool
    ct_pool: Pool | None
    rates: tuple[StudyRate, ...]
    draws: int
    effective_draws: float | None
    information: Mapping[str, float]
    information_on_sensitivity: Mapping[str, float]
    rows: Mapping[str, int]
    identifiability: str
    left_out: tuple[LeftOut, ...]
    share_on_ct: Estimate | None
    parameters: tuple[str, ...]
    covariance: Floats
    second_maximum: float | None
    grid_error: float

    @property
    def ct_equivalent(self) -> pd.DataFrame:
        """One row per study: study, labels, kind, events, total, observed, ct_equivalent, ci_low, ci_high.

        ``ct_equivalent`` is the posterior median of the rate that CT would have shown, and the interval is
        integrated over all parameters.
        """
        import pandas as pd

        names = list(StudyRate.__dataclass_fields__)
        return pd.DataFrame({name: [getattr(rate, name) for rate in self.rates] for name in names})

    def lines(self) -> list[tuple[str, str]]:
        """Return what a summary of the result adds."""
        lines = [(f"Seen by {name}"[:15], _said(estimate)) for name, estimate in self.sensitivity.items()]
        if self.share_missed.value is not None:
            lines.append(
                ("Share missed", f"{_said(self.share_missed)} (of CT-visible leaks, mean over studies)")
            )
        if self.true_incidence is not None:
            lines.append(("True incidence", _said(self.true_incidence)))
        inside = (
            ""
            if self.omega2_ci is None
            else f" {numbers.interval(self.omega2_ci.low, self.omega2_ci.high, 4)}"
        )
        lines.append(
            ("omega2", f"{numbers.fixed(self.omega2, 4)}{inside} (variance of the sensitivity's logits)")
        )
        if self.ct_pool is not None:
            lines.append(
                ("CT pool", f"{_said(self.ct_pool.estimate)}, {self.ct_pool.k} rows, no model of detection")
            )
        return lines


def _said(estimate: Estimate) -> str:
    inside = "" if estimate.ci is None else f" {numbers.interval(estimate.ci.low, estimate.ci.high, 4)}"
    return f"{numbers.fixed(estimate.value, 4)}{inside}"
