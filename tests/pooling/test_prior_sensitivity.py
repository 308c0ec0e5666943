"""How much an answer rests on the prior of tau."""

import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError
from metaleak.pooling.bayesian_binomial_normal import BayesianBinomialNormal
from metaleak.pooling.bayesian_normal_normal import BayesianNormalNormal
from metaleak.pooling.prior_sensitivity import prior_sensitivity

COUNTS = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])


@pytest.fixture(scope="module")
def found():
    return prior_sensitivity(BayesianBinomialNormal(), COUNTS)


def test_one_row_per_scale(found):
    """Three scales of the model's own kind of prior."""
    assert found["tau_prior"].tolist() == ["half-normal(0.5)", "half-normal(1)", "half-normal(2)"]


def test_a_wider_prior_widens_everything(found):
    """tau, its interval, that of the rate and that of a new study grow with the scale."""
    assert found["tau"].is_monotonic_increasing
    assert (found["ci_high"] - found["ci_low"]).is_monotonic_increasing
    assert (found["pi_high"] - found["pi_low"]).is_monotonic_increasing


def test_the_row_of_the_models_own_scale_is_its_fit(found):
    """Rates stand on the reader's scale."""
    result = BayesianBinomialNormal().fit(COUNTS)

    assert found["estimate"][1] == pytest.approx(result.natural().estimate)
    assert found["log_evidence"][1] == pytest.approx(result.detail.log_evidence)


def test_degrees_of_freedom_stay(found):
    """Only the scale of a half-t changes; effects without a reader's scale stay on the model's."""
    effects = StudyTable.from_effects([0.3, -0.2, 0.8], [0.1, 0.1, 0.2], measure="GEN")

    table = prior_sensitivity(BayesianNormalNormal(tau_prior=("half-t", 1.0, 4)), effects, scales=(0.25,))

    assert table["tau_prior"].tolist() == ["half-t(0.25, 4)"]


def test_scales_are_checked():
    """A scale of 0 is no prior."""
    with pytest.raises(SettingError, match="positive"):
        prior_sensitivity(BayesianBinomialNormal(), COUNTS, scales=(0,))
