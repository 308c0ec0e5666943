"""The interval for the true value in a new study."""

import math

import pytest
from scipy import stats

from metaleak.errors import SettingError
from metaleak.pooling.prediction import prediction_interval


def interval(method, k=8, **settings):
    return prediction_interval(0.2, 0.3, 0.16, k=k, p=1, level=0.95, method=method, **settings)


@pytest.mark.parametrize(
    ("method", "reach"),
    [("t", stats.t.ppf(0.975, 6)), ("t-k1", stats.t.ppf(0.975, 7)), ("wald", stats.norm.ppf(0.975))],
)
def test_the_reach_of_each_method(method, reach):
    """t with k - 2 or k - 1 degrees of freedom, or the normal quantile, times sqrt(tau2 + se^2)."""
    found = interval(method)

    half = reach * math.sqrt(0.16 + 0.09)
    assert (found.low, found.high) == pytest.approx((0.2 - half, 0.2 + half), rel=1e-9)


def test_metafors_takes_what_the_fit_has():
    """The adjusted standard error and its degrees of freedom."""
    found = interval("metafor", fit_se=0.5, fit_df=7.0)

    assert found.high == pytest.approx(0.2 + stats.t.ppf(0.975, 7) * math.sqrt(0.16 + 0.25), rel=1e-9)


@pytest.mark.parametrize("method", ["t", "t-k1", "wald"])
def test_never_below_three_rows(method):
    """Two rows say nothing about a third."""
    assert interval(method, k=2) is None


def test_it_is_named_in_the_result():
    """A reader sees which of the conventions was taken."""
    assert "Higgins" in interval("t").method
    assert interval("t").method != interval("t-k1").method


def test_an_unknown_method_names_the_known_ones():
    """The error lists them."""
    with pytest.raises(SettingError, match="t-k1"):
        interval("hts")
