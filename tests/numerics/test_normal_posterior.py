"""The posterior of the normal-normal model, against fine sums over tau."""

import numpy as np
import pytest
from scipy import integrate, stats

from metaleak.numerics.normal_posterior import given_tau, posterior
from metaleak.numerics.tau_grid import breaks, scan

Y, V = np.array([[0.3, -0.2, 0.8, 1.1]]), np.array([[0.04, 0.1, 0.2, 0.05]])
FLAT, NORMAL = (0.0, 0.0), (0.5, 4.0)


def log_prior(tau):
    return stats.halfnorm.logpdf(tau, scale=0.5)


def laid(prior, points=14):
    floor = np.sqrt(V.min(axis=1))
    ends = breaks(
        *scan(lambda t: given_tau(t, Y, V, prior).log_likelihood + log_prior(t), floor, 4.0), floor
    )[0]
    return posterior(Y, V, breaks=ends[None], points=points, log_tau_prior=log_prior, mu_prior=prior)


@pytest.mark.parametrize(("prior", "tau"), [(NORMAL, 0.0), (NORMAL, 0.7)])
def test_given_tau_the_mean_is_integrated_out(prior, tau):
    """Likelihood, centre and variance are those of an integral over the mean."""
    found = given_tau(np.array([[tau]]), Y, V, prior)

    def joint(mu):
        spread = np.sqrt(V[0] + tau**2)
        return np.prod(stats.norm.pdf(Y[0], mu, spread)) * stats.norm.pdf(mu, prior[0], prior[1] ** -0.5)

    area, first, second = (
        integrate.quad(lambda m, p=p: m**p * joint(m), -4, 5, epsabs=1e-14)[0] for p in (0, 1, 2)
    )
    assert found.log_likelihood[0, 0] == pytest.approx(np.log(area), abs=1e-9)
    assert found.centre[0, 0] == pytest.approx(first / area, abs=1e-9)
    assert found.variance[0, 0] == pytest.approx(second / area - (first / area) ** 2, abs=1e-9)


@pytest.mark.parametrize("prior", [FLAT, NORMAL])
def test_everything_equals_fine_sums(prior):
    """Evidence and the distributions of tau, mean, new study and one study, to 1e-8."""
    found = laid(prior)

    tau = np.linspace(0, 4, 40_001)
    given = given_tau(tau[None], Y, V, prior)
    weights = np.exp(given.log_likelihood[0] + log_prior(tau)) * (tau[1] - tau[0])
    weights[[0, -1]] /= 2
    assert found.log_evidence[0] == pytest.approx(np.log(weights.sum()), abs=1e-8)
    weights /= weights.sum()
    share = V[0, 2] / (V[0, 2] + tau**2)
    c, v = given.centre[0], given.variance[0]
    for density, centre, variance in (
        (found.mu(), c, v),
        (found.new_study(), c, v + tau**2),
        (found.study(2), share * c + (1 - share) * Y[0, 2], (1 - share) * V[0, 2] + share**2 * v),
    ):
        for q in density.quantile([0.025, 0.5, 0.975])[0]:
            with np.errstate(divide="ignore"):
                brute = (weights * stats.norm.cdf(q, centre, np.sqrt(variance))).sum()
            assert density.cdf([[q]])[0, 0] == pytest.approx(brute, abs=1e-8)


def test_refining_changes_nothing():
    """More nodes per panel leave the median where it is."""
    assert laid(FLAT, 12).mu().quantile([0.5]) == pytest.approx(laid(FLAT, 30).mu().quantile([0.5]), abs=1e-9)
