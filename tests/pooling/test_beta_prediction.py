"""The true rate in a new study, from a fitted beta."""

import math

import pytest
from scipy import special, stats

from metaleak.pooling.beta_prediction import beta_prediction


def test_limits_are_quantiles_of_the_beta():
    """The limits on the logit are the equal-tailed quantiles of the rates."""
    found = beta_prediction(1.3, 4.2, k=6, level=0.9)

    assert special.expit([found.low, found.high]) == pytest.approx(stats.beta.ppf([0.05, 0.95], 1.3, 4.2))


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.7, 1.0])
def test_probability_above_a_rate(rate):
    """The probability of a higher true rate is the beta's upper tail."""
    found = beta_prediction(1.3, 4.2, k=6, level=0.9)

    assert found.above(float(special.logit(rate))) == pytest.approx(stats.beta.sf(rate, 1.3, 4.2))


def test_centre_and_spread_are_of_the_logits():
    """centre and se are mean and standard deviation of the logit of a beta rate."""
    found = beta_prediction(1.3, 4.2, k=6, level=0.9)

    draws = stats.beta.rvs(1.3, 4.2, size=200_000, random_state=1)
    assert found.centre == pytest.approx(special.logit(draws).mean(), abs=0.01)
    assert found.se == pytest.approx(special.logit(draws).std(), abs=0.01)


@pytest.mark.parametrize(("alpha", "beta", "k"), [(1.0, 1.0, 2), (math.inf, math.inf, 9), (0.0, 0.0, 9)])
def test_there_may_be_none(alpha, beta, k):
    """Below three rows, without spread and without a middle nothing is predicted."""
    assert beta_prediction(alpha, beta, k=k, level=0.95) is None
