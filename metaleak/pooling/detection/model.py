"""The detection-adjusted model: the rate that everybody would have seen on CT."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from metaleak.effects.detection_table import DetectionTable
from metaleak.errors import SettingError
from metaleak.guards import one_of, within
from metaleak.numerics.detection.posterior import effective_size
from metaleak.pooling.detection.assembly import assemble
from metaleak.pooling.detection.cut import cut_of, informed_of, is_cut
from metaleak.pooling.detection.detail import StudyRate
from metaleak.pooling.detection.estimates import Fitted, limits_of, top_of
from metaleak.pooling.detection.parts import detail_of
from metaleak.pooling.detection.priors import Priors, posterior
from metaleak.pooling.detection.rates import study_rates
from metaleak.pooling.detection.results import result_of
from metaleak.pooling.detection.settings import Assumptions
from metaleak.pooling.result import MetaResult

Floats = npt.NDArray[np.float64]

#: A fit, with draws of its parameters and their weights.
Drawn = tuple[Fitted, Floats, Floats]

_METHODS = ("profile", "profile-plain", "wald")


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionAdjusted(Assumptions):
    """Incidence of leaks on CT, from studies read on CT, on an index imaging such as X-ray, or on both.

    In study i a unit leaks visibly on CT with probability ``pi_i``, and the index shows such a leak with
    probability ``Se_i``; both have normal logits with own means and variances. One likelihood joins CT rows
    (``pi``), index rows (``pi Se``), pairs and counts of leaks (``Se``), by maximum likelihood.

    Parameters
    ----------
    moderators, detection_moderators : str, optional
        Formulas for the logits of rate and sensitivity; rows of one study share their rate's moderators.
    specificity : float
        Of the index in units without a leak on CT, in (0, 1]; declared, not estimated.
    ct_sensitivity : float
        The share of true leaks that CT shows, in (0, 1]. Below 1 the model's logit is that of the true rate,
        and ``estimate`` is still what CT shows.
    missed_by_ct : {"unseen", "seen"}
        Whether the index shows leaks that CT misses: never, or as often as those that CT shows.
    unreported : {"exclude", "estimate"} or float
        Rows that do not say the imaging: left out; or a declared or estimated share of them read CT.
    unreported_informs : bool
        Whether such rows, under a declared share, also inform what the index misses. By default mean and
        spread of the sensitivity come from the other rows alone and are held; with an estimated share they
        always do.
    joint : {"exclude", "ct"} or float
        Rows read on CT and the index together: left out, taken as CT, or as CT with a declared probability.
    indexes : {"auto", "separate", "shared"}
        Whether every index imaging has its own sensitivity. ``"auto"``: the main one (X-ray where there is
        any), others from three informative studies on; else they are listed and left out.
    correlation : float
        Of the two logits between studies, in (-1, 1); declared.
    index_correlation : float
        Of the sensitivities' logits of two index imagings in one study.
    ci_method : {"profile", "profile-plain", "wald"}
        ``"profile"``: profiles of likelihood + log(omega), calibrated by simulation for few pairs.
    level : float
        Level of all intervals, between 0 and 1.
    draws, seed : int
        Posterior draws behind the studies' own CT-equivalent rates; 0 leaves these out.

    Notes
    -----
    ``logit pi_i = x_i' beta + u_i``, ``logit Se_i = w_i' gamma + v_i``, ``u ~ N(0, tau2)``, ``v ~ N(0, omega2)``.
    Point estimates are maximum likelihood, omega may be 0. Intervals of rate and sensitivity, and of what
    follows from them, are profiles of likelihood + log(omega), because plain profiles are too short where few
    pairs make omega too small; those of tau and omega are plain profiles. One-logit integrals use adaptive
    Gauss-Hermite quadrature, two-logit ones the trapezoid rule on a grid that is refined until the
    log-likelihood stands to 1e-9.

    Under a declared share of unreported rows the likelihood is cut: sensitivity and omega maximise the
    likelihood of the other rows, rate and tau that of all rows with these held. The rate's interval mixes the
    normal curves of the rate at draws of (sensitivity, omega) from their own likelihood + log(omega), with a
    half-normal prior of scale 1 on omega, because few pairs leave it without an end.

    References
    ----------
    Rogan WJ, Gladen B (1978). Estimating prevalence from the results of a screening test.
    doi:10.1093/oxfordjournals.aje.a112510

    Dendukuri N, Schiller I, Joseph L, Pai M (2012). Bayesian meta-analysis of the accuracy of a test for
    tuberculous pleuritis in the absence of a gold standard reference. doi:10.1111/j.1541-0420.2012.01773.x

    Menten J, Lesaffre E (2015). A general framework for comparative Bayesian meta-analysis of diagnostic
    studies. doi:10.1186/s12874-015-0061-7

    Chung Y, Rabe-Hesketh S, Dorie V, Gelman A, Liu J (2013). A nondegenerate penalized likelihood estimator
    for variance parameters in multilevel models. doi:10.1007/s11336-013-9328-2

    Examples
    --------
    >>> nan = float("nan")
    >>> table = DetectionTable.from_counts(
    ...     [80, 60, 90, 102, 84, 120, 148, 95],
    ...     ct=[44, 40, 39, nan, nan, nan, 80, 50],
    ...     index=[nan, nan, nan, 27, 32, 30, 48, 29],
    ... )
    >>> result = DetectionAdjusted().fit(table)
    >>> round(result.natural().estimate, 2), round(result.detail.sensitivity["xray"].value, 2)
    (0.53, 0.58)
    """

    ci_method: str = "profile"
    level: float = 0.95
    draws: int = 400
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse settings outside their range."""
        Assumptions.__post_init__(self)
        one_of("ci_method", self.ci_method, _METHODS)
        within("level", self.level, 0, 1)
        if not isinstance(self.draws, int) or isinstance(self.draws, bool) or self.draws < 0:
            raise SettingError("draws is no number of draws", required="a whole number >= 0", got=self.draws)

    def fit(self, table: DetectionTable) -> MetaResult:
        """Fit the model to the rows of a table.

        Raises
        ------
        UndefinedError
            When no study was read on CT, or none on an index imaging.
        TableError
            When rows contradict what is declared, or each other; the row is named.
        SeparationError
            When no unit read on CT leaks, or all do; when the spread of rates grows without bound.
        ConvergenceError
            When the optimiser or a profile ends without an optimum; ``state`` holds where it stood.
        """
        of, drawn, weights = self._cut(table) if is_cut(table, self) else self._whole(table)
        rates: tuple[StudyRate, ...] = ()
        if self.draws:
            c = self.ct_sensitivity
            rates = study_rates(of.top.assembly, drawn, weights, level=self.level, ct_sensitivity=c)
        effective = effective_size(weights) if self.draws else None
        detail = detail_of(of, rates, self.draws, effective)
        settings = MappingProxyType(asdict(self))
        return result_of(of, detail, model="DetectionAdjusted", settings=settings, digest=table.digest)

    def _whole(self, table: DetectionTable) -> Drawn:
        top = top_of(assemble(table, self))
        of = Fitted(top, limits_of(top, self.ci_method, self.level), self, self.level)
        if not self.draws:
            return of, top.theta[None], np.ones(1)
        drawn, weights = posterior(top, Priors(), count=self.draws, seed=self.seed)
        return of, drawn.theta, weights

    def _cut(self, table: DetectionTable) -> Drawn:
        cut = cut_of(table, self, informed_of(table, self, self.seed))
        of = cut.fitted(self, self.ci_method, self.level)
        n = max(self.draws, 1)
        return of, cut.draws(n, self.seed), np.full(n, 1 / n)
