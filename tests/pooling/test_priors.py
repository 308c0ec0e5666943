"""Priors: densities, ends, and what is refused."""

import numpy as np
import pytest
from scipy import integrate, stats

from metaleak.errors import SettingError
from metaleak.pooling.priors import mu_prior, tau_prior

SETTINGS = [
    (("half-normal", 0.7), stats.halfnorm(scale=0.7)),
    (("half-cauchy", 0.5), stats.halfcauchy(scale=0.5)),
    (("uniform", 3), stats.uniform(0, 3)),
    (("exponential", 0.4), stats.expon(scale=0.4)),
]


@pytest.mark.parametrize(("setting", "density"), SETTINGS)
def test_densities_are_those_of_scipy(setting, density):
    """Logarithms of densities, at 0 and beyond."""
    tau = np.array([0.0, 0.3, 2.9])

    assert tau_prior(setting).log_density(tau) == pytest.approx(density.logpdf(tau), abs=1e-12)


def test_the_half_t_is_twice_a_t():
    """With scale and degrees of freedom."""
    prior = tau_prior(("half-t", 0.8, 4))

    assert prior.log_density(np.array([0.5])) == pytest.approx(np.log(2) + stats.t.logpdf(0.5, 4, scale=0.8))
    assert integrate.quad(lambda tau: float(np.exp(prior.log_density(tau))), 0, np.inf)[0] == pytest.approx(1)


@pytest.mark.parametrize(("setting", "density"), SETTINGS)
def test_beyond_the_upper_end_there_is_nothing_that_counts(setting, density):
    """The upper end leaves less than 1e-13."""
    assert density.sf(tau_prior(setting).upper) < 1e-13


def test_priors_are_written_as_settings():
    """Notes and tables name a prior in one word with its numbers."""
    assert str(tau_prior(("half-normal", 1.0))) == "half-normal(1)"
    assert str(tau_prior(("half-t", 0.5, 4))) == "half-t(0.5, 4)"


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        (("inverse-gamma", 1, 1), "not a known prior"),
        ("half-normal", "not a known prior"),
        (("half-t", 1), "other numbers"),
        (("half-normal", 0), "positive"),
        (("half-normal", float("inf")), "other numbers"),
    ],
)
def test_what_is_no_prior_of_tau_is_named(setting, told):
    """Unknown names, wrong numbers, an inverse gamma."""
    with pytest.raises(SettingError, match=told):
        tau_prior(setting)


def test_normal_and_flat_priors_of_mu():
    """A normal prior has its precision; a flat one has none and is 1 everywhere."""
    normal, flat = mu_prior(("normal", 0.5, 2), proper=True), mu_prior(("flat",), proper=False)

    assert normal.log_density(np.array([1.0])) == pytest.approx(stats.norm.logpdf(1.0, 0.5, 2))
    assert (flat.precision, flat.log_density(np.array([7.0])).tolist()) == (0.0, [0.0])


@pytest.mark.parametrize(
    ("setting", "told"),
    [(("flat",), "proper"), (("normal", 0, 0), "positive sd"), (("cauchy", 0, 1), "known prior")],
)
def test_what_is_no_prior_of_mu_is_named(setting, told):
    """A flat prior where a proper one is needed, an sd of 0, an unknown name."""
    with pytest.raises(SettingError, match=told):
        mu_prior(setting, proper=True)
