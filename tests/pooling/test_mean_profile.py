"""The profile likelihood of coefficients against a search by brute force."""

import numpy as np
import pytest
from scipy import optimize, stats

from metaleak.numerics.linear import Batch, at
from metaleak.numerics.tau2_likelihood import maximise
from metaleak.pooling.mean_profile import profile_limits, signed_root

K = 7
rng = np.random.default_rng(12)
VI = np.exp(rng.normal(-2, 0.8, K))
YI = rng.normal(0.4, np.sqrt(VI + 0.3))
X = np.column_stack([np.ones(K), rng.normal(size=K)])


def fitted(p):
    """Return the table, its ML fit and tau2."""
    one = Batch(YI[None], VI[None], np.array([float(K)]), X[None] if p == 2 else None)
    tau2 = maximise(one, restricted=False).tau2
    return one, at(one, tau2), tau2


def profile(value, j, p):
    """Return the likelihood with coefficient j held, by brute force over tau2 and the other coefficient."""
    rest = np.delete(X[:, :p], j, axis=1)

    def negative(log_tau2):
        variance = VI + np.exp(log_tau2)
        residual = YI - value * X[:, j]
        if rest.size:
            w = rest[:, 0] / variance
            residual = residual - rest[:, 0] * (w @ residual) / (w @ rest[:, 0])
        return -stats.norm.logpdf(residual, 0, np.sqrt(variance)).sum()

    starts = np.linspace(-12, 4, 33)
    best = starts[np.argmin([negative(s) for s in starts])]
    return -optimize.minimize_scalar(negative, bounds=(best - 1, best + 1), method="bounded").fun


@pytest.mark.parametrize("p", [1, 2])
def test_limits_lie_at_the_cut_off(p):
    """At both limits of every coefficient the profile has dropped by half the quantile of chi-squared."""
    one, fit, tau2 = fitted(p)
    se = np.sqrt(fit.cov.diagonal(axis1=1, axis2=2))

    limits = profile_limits(one, fit.beta, se, tau2, 0.95)

    for j in range(p):
        top = profile(fit.beta[0, j], j, p)
        for limit in limits[0, j]:
            assert top - profile(limit, j, p) == pytest.approx(stats.chi2.ppf(0.95, 1) / 2, abs=1e-5)


@pytest.mark.parametrize("p", [1, 2])
def test_the_signed_root_is_that_of_the_likelihood_ratio(p):
    """Twice the drop from the maximum to 0, with the sign of the coefficient."""
    one, fit, tau2 = fitted(p)

    roots = signed_root(one, fit.beta, tau2)[0]

    for j in range(p):
        ratio = 2 * (profile(fit.beta[0, j], j, p) - profile(0.0, j, p))
        assert roots[j] == pytest.approx(np.sign(fit.beta[0, j]) * np.sqrt(ratio), rel=1e-5)
