"""The one result that every model returns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from metaleak.errors import UndefinedError
from metaleak.numerics.distributions import lower_tail
from metaleak.pooling.storable import NOT_STORED, storable, to_plain, to_typed
from metaleak.storage import digest, strict_json

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]


@storable
@dataclass(frozen=True, slots=True)
class Interval:
    """Two limits, the level they hold and the method that made them; limits may be infinite."""

    low: float
    high: float
    level: float
    method: str


@storable
@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The interval for the true value in a new study, and the distribution that it was cut from.

    ``centre`` and ``se`` are on the model's scale; ``df`` None means the normal distribution.
    """

    low: float
    high: float
    level: float
    method: str
    centre: float
    se: float
    df: float | None

    def above(self, cut: float) -> float:
        """Return the probability of a true value above ``cut``, on the model's scale."""
        return float(lower_tail((self.centre - cut) / self.se, self.df))


@storable
@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval; ``ci`` is None where the fit defines none."""

    value: float | None
    ci: Interval | None = None


@storable
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


@storable
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


@storable
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


@storable
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


@storable
@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """What a fit with moderators knows beyond its coefficients.

    Attributes
    ----------
    formula : str
        As it was given.
    omnibus : Test or None
        All coefficients but the intercept are 0; None without such coefficients.
    terms : tuple of Test
        One per term of the formula, given the others.
    r2 : float or None
        Share of the between-study variance that the moderators explain, 0..1; None where there is none.
    tau2_without : float or None
        tau2 of the model without moderators.
    vif : mapping of str to float
        Variance inflation of every coefficient but the intercept.
    support : mapping of str to tuple of int
        Rows and studies in which a coefficient's column is not 0.
    values : mapping of str to tuple
        The moderators of the rows that were fitted, from which new rows are coded.
    """

    formula: str
    omnibus: Test | None
    terms: tuple[Test, ...]
    r2: float | None
    tau2_without: float | None
    vif: Mapping[str, float]
    support: Mapping[str, tuple[int, int]]
    values: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class RowEffects:
    """The effects that an inverse-variance fit pooled, arrays (k,): sizes ``ni`` are None where none are known."""

    yi: Floats
    vi: Floats
    ni: Floats | None


@storable
@dataclass(frozen=True, slots=True, kw_only=True)
class Natural:
    """Estimate, interval and prediction interval on the scale that a reader knows (0..1 or a ratio)."""

    estimate: float
    ci: Interval
    prediction: Interval | None
    scale: str
    notes: tuple[str, ...] = ()


@storable
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
    n_harmonic, n_inverse : float or None
        One sample size for back-transforms that need it: the harmonic mean of n, and a quarter of 1 / v
        of the pooled value.
    table_digest : str
        SHA-256 of the table that was fitted.
    effects : RowEffects or None
        What an inverse-variance fit pooled; a stored result comes back without it.

    Examples
    --------
    >>> from metaleak.effects.table import StudyTable
    >>> from metaleak.pooling.binomial_normal import BinomialNormal
    >>> result = BinomialNormal().fit(StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80]))
    >>> round(result.natural().estimate, 3)
    0.48
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
    prediction_interval: Prediction | None
    weights: Floats
    weights_name: str
    convergence: Convergence
    notes: tuple[str, ...] = ()
    detail: Any = None
    n_harmonic: float | None = None
    n_inverse: float | None = None
    table_digest: str = ""
    regression: Regression | None = None
    effects: RowEffects | None = field(default=None, repr=False, metadata=NOT_STORED)

    @property
    def estimate(self) -> float:
        """The pooled value on the model's scale; UndefinedError with moderators."""
        return self._single().value

    @property
    def se(self) -> float:
        """Its standard error; UndefinedError with moderators."""
        return self._single().se

    @property
    def ci(self) -> Interval:
        """Its interval; UndefinedError with moderators."""
        return self._single().ci

    @property
    def prediction(self) -> Prediction | None:
        """The interval for the true value in a new study; None below three rows."""
        self._single()
        return self.prediction_interval

    @property
    def tau2(self) -> float | None:
        """The between-study variance on the squared model scale; None for one row."""
        return self.heterogeneity.tau2

    def natural(self, *, size: str = "harmonic") -> Natural:
        """Return estimate, interval and prediction interval as a proportion 0..1 or a ratio.

        For a proportion pooled on a bent scale the estimate is that of the median study, not the mean
        over studies; ``detail.population_average`` of the binomial-normal model gives the mean. ``scale``
        says so where a model's own estimate is the mean.

        Parameters
        ----------
        size : {"harmonic", "inverse-variance"}
            The one sample size that the Freeman-Tukey inverse takes for studies of many; other scales
            need none.

        Raises
        ------
        UndefinedError
            With moderators, or when ``measure`` has no scale that a reader knows.
        """
        from metaleak.pooling.natural import natural

        return natural(self, size)

    def predict(self, at: Mapping[str, Any]) -> pd.DataFrame:
        """Return the pooled value at values of the moderators.

        Parameters
        ----------
        at : mapping of str to sequence
            One sequence per moderator of the formula, all of one length; words must be fitted levels.

        Returns
        -------
        DataFrame
            One row per set of values: the moderators, ``estimate se ci_low ci_high pi_low pi_high`` on the
            model's scale, and ``natural natural_low natural_high natural_pi_low natural_pi_high`` on the
            reader's. Prediction limits are for the true value in a new study.

        Raises
        ------
        UndefinedError
            For a fit without moderators.
        SettingError
            When a moderator is missing or a word was not fitted.
        """
        from metaleak.pooling.regression import predict

        return predict(self, at)

    def probability(self, *, above: float) -> float:
        """Return the probability that the true value in a new study exceeds ``above``.

        Parameters
        ----------
        above : float
            A cut-off on the reader's scale: a proportion 0..1 or a ratio.

        Returns
        -------
        float
            From the distribution behind the prediction interval, 0..1.

        Raises
        ------
        UndefinedError
            When there is no prediction interval.
        """
        from metaleak.pooling.natural import on_model_scale

        limits = self.prediction
        if limits is None:
            raise UndefinedError(
                "there is no prediction interval", required="three rows or more", got=f"{self.k} rows"
            )
        return limits.above(on_model_scale(self, above))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per coefficient: value, se, statistic, df, p_value, ci_low, ci_high."""
        import pandas as pd

        return pd.DataFrame(
            {
                "name": [c.name for c in self.coefficients],
                "value": [c.value for c in self.coefficients],
                "se": [c.se for c in self.coefficients],
                "statistic": [c.statistic for c in self.coefficients],
                "df": [c.df for c in self.coefficients],
                "p_value": [c.p_value for c in self.coefficients],
                "ci_low": [c.ci.low for c in self.coefficients],
                "ci_high": [c.ci.high for c in self.coefficients],
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values at full precision; infinities are ``"Inf"`` and ``"-Inf"``."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> MetaResult:
        """Return the result that :meth:`to_dict` wrote; numbers come back to the last bit."""
        # The model's module defines what only its results hold; the front door knows where it is.
        getattr(import_module("metaleak"), str(values.get("model")), None)
        result: MetaResult = to_typed(values)
        return result

    @property
    def digest(self) -> str:
        """SHA-256 of the result rounded to ten digits: equal digests, equal results."""
        return digest.of_value(strict_json.rounded(self.to_dict()))

    def __str__(self) -> str:
        """Return a dozen lines to paste."""
        from metaleak.pooling.summary import summary

        return summary(self)

    def _repr_html_(self) -> str:
        from metaleak.pooling.summary import summary_html

        return summary_html(self)

    def _single(self) -> Coefficient:
        if len(self.coefficients) != 1:
            names = ", ".join(c.name for c in self.coefficients)
            raise UndefinedError(
                "a fit with moderators has no single estimate",
                got=f"coefficients {names}",
                todo="read coefficients, or predict() at values of the moderators",
            )
        return self.coefficients[0]
