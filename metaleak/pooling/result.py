"""The one result that every model returns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """Two limits, the level they hold and the method that made them; limits may be infinite."""

    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval; ``ci`` is None where the fit defines none."""

    value: float
    ci: Interval | None = None


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient on the model's scale; ``df`` None means the normal distribution."""

    name: str
    value: float
    se: float
    statistic: float
    df: float | None
    p_value: float
    ci: Interval


@dataclass(frozen=True, slots=True)
class Test:
    """A test: what it tests, its statistic, degrees of freedom and p value."""

    #: Keeps pytest from collecting the class.
    __test__ = False

    name: str
    statistic: float
    df: float | tuple[float, float] | None
    p_value: float
    method: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heterogeneity:
    """How much the studies differ beyond chance; None where the fit does not define a quantity.

    ``tau2`` is on the squared model scale, ``i2`` a share 0..1, ``q`` Cochran's statistic (or the
    likelihood ratio against the saturated model, said in ``q_method``).
    """

    tau2: float | None
    tau2_se: float | None = None
    tau2_ci: Interval | None = None
    i2: float | None = None
    i2_ci: Interval | None = None
    h2: float | None = None
    q: float | None = None
    q_df: int | None = None
    q_p: float | None = None
    q_method: str = "Cochran's Q"
    tau2_test: Test | None = None

    @property
    def tau(self) -> float | None:
        """The between-study standard deviation."""
        return None if self.tau2 is None else math.sqrt(self.tau2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence:
    """The certificate of an iterative fit; closed forms carry ``optimiser="closed form"``."""

    converged: bool
    optimiser: str
    iterations: int = 0
    log_likelihood: float | None = None
    n_parameters: int = 0
    gradient_norm: float | None = None
    quadrature_points: int | None = None
    #: |log-likelihood at 7 points - at 25 points| at the optimum.
    quadrature_change: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Natural:
    """Estimate, interval and prediction interval on the scale that a reader knows (0..1 or a ratio)."""

    estimate: float
    ci: Interval
    prediction: Interval | None
    scale: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MetaResult:
    """What a model found in a table.

    ``estimate``, ``se``, ``ci``, ``prediction``, ``tau2`` and ``coefficients`` are on the model's scale
    (``measure``); :meth:`natural` gives what a reader reads. A fit with moderators has no single
    estimate: ``coefficients`` and :meth:`predict` serve.

    Attributes
    ----------
    model : str
        The model's class name.
    settings : mapping
        The model's settings, all of them.
    measure : str
        The code of the scale.
    k, k_studies : int
        Rows and studies.
    labels : tuple of str
        The rows' labels, for ``weights``.
    coefficients : tuple of Coefficient, p of them
        The first is the pooled value when there are no moderators.
    vcov : array (p, p)
        Their covariance, after the small-sample adjustment, if any.
    weights : array (k,)
        Shares that sum to 1, named by ``weights_name``.
    detail : object or None
        What only this model knows, typed.
    notes : tuple of str
        Sentences a reader must see beside the numbers.
    """

    model: str
    settings: Mapping[str, Any]
    measure: str
    level: float
    k: int
    k_studies: int
    labels: tuple[str, ...]
    coefficients: tuple[Coefficient, ...]
    vcov: Floats
    heterogeneity: Heterogeneity
    prediction_interval: Interval | None
    weights: Floats
    weights_name: str
    convergence: Convergence
    notes: tuple[str, ...] = ()
    detail: Any = None
    #: Counts behind the rows, for Freedman-type back-transforms: harmonic mean of n, else None.
    n_harmonic: float | None = None
    table_digest: str = ""
