"""Single parameters of a detection fit as they are reported."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from metaleak.numerics.distributions import chi2_tail, two_sided_p
from metaleak.numerics.newton import maximise
from metaleak.pooling.detection.estimates import WALD, Fitted
from metaleak.pooling.result import Coefficient, Interval, Test

Floats = npt.NDArray[np.float64]


def coefficient(of: Fitted, place: int) -> Coefficient:
    """Return a coefficient of incidence or sensitivity by its place among the parameters."""
    layout = of.top.assembly.layout
    inside = place < layout.incidence
    name = (
        of.top.assembly.incidence.names[place]
        if inside
        else of.top.assembly.sensitivity.names[place - layout.gamma.start]
    )
    low, high = of.limits.beta[place] if inside else of.limits.gamma[place - layout.gamma.start]
    value, se = float(of.top.theta[place]), math.sqrt(of.covariance[place, place])
    return Coefficient(
        name=name,
        value=value,
        se=se,
        statistic=value / se,
        df=None,
        p_value=float(two_sided_p(value / se)),
        ci=of.rate_interval(low, high) if inside else of.interval(low, high),
    )


def spread_interval(of: Fitted, limits: Floats, rate_method: str | None = None) -> Interval | None:
    """Return the interval of a squared spread; never with the penalty, which excludes 0.

    ``rate_method`` names the method where it is that of the rate.
    """
    if np.isnan(limits).any():
        return None
    method = "Wald on the logarithm of the spread" if of.limits.method == WALD else "profile likelihood"
    method = rate_method or method
    return Interval(float(limits[0] ** 2), float(limits[1] ** 2), of.level, method)


def spread_test(of: Fitted, place: int, name: str) -> Test:
    """Return the likelihood ratio test that a spread is 0; it cannot be negative, so that its tail is halved."""
    method = "likelihood ratio, half of the chi-squared tail"
    if of.top.theta[place] == 0:
        return Test(name=name, statistic=0.0, df=1, p_value=1.0, method=method)
    layout, is_rate = of.top.assembly.layout, place == of.top.assembly.layout.tau
    fits = of.top.fits if is_rate else of.source.fits
    place = place if is_rate else fits.layout.omega
    start, frozen = fits.theta.copy(), fits.frozen.copy()
    start[:, place], frozen[:, place] = 0.0, True
    if is_rate and of.informed is not None:
        frozen[:, [*range(layout.gamma.start, layout.gamma.stop), layout.omega]] = True
    null = maximise(fits.likelihood.fitted_to(start), start, frozen=frozen)
    ratio = max(2 * float(fits.value[0] - null.value[0]), 0.0)
    return Test(name=name, statistic=ratio, df=1, p_value=float(chi2_tail(ratio, 1)) / 2, method=method)
