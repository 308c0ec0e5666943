"""Intervals of single proportions."""

import numpy as np
import pytest
from scipy import stats

from metaleak.effects.proportions import study_intervals
from metaleak.errors import SettingError


def test_clopper_pearson_are_beta_quantiles():
    """The exact limits, at another level than the default too."""
    low, high = study_intervals([3, 7], [10, 20], level=0.9)

    np.testing.assert_allclose(low, stats.beta.ppf(0.05, [3, 7], [8, 14]), rtol=1e-10)
    np.testing.assert_allclose(high, stats.beta.ppf(0.95, [4, 8], [7, 13]), rtol=1e-10)


@pytest.mark.parametrize("method", ["clopper-pearson", "wilson"])
def test_none_and_all(method):
    """No event has the lower limit 0, only events the upper limit 1, exactly."""
    low, high = study_intervals([0, 12], [12, 12], method=method)

    assert (low[0], high[1]) == (0, 1)
    assert high[0] == pytest.approx(1 - low[1])


@pytest.mark.parametrize("settings", [{"method": "wald"}, {"level": 95}])
def test_settings_outside_their_range(settings):
    """The error names the known methods, or the range of levels."""
    with pytest.raises(SettingError):
        study_intervals([1], [2], **settings)
