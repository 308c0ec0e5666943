"""Röver C (2018). An introduction to meta-analysis using the bayesmeta package.

Vignette bayesmeta.html in bayesmeta 2.2 (CRAN): the eight schools of Rubin (1981) with a normal prior of the mean
(0, 50) and a half-Cauchy prior of tau (25), printed by print(schools.example.1), qposterior() and post.interval().
bayesmeta gives what belongs to tau by quadrature, and what belongs to mu by a discrete mixture of about 1 % in
divergence (its argument delta): there the printed digits are good to about a thousandth of the standard deviation.
"""

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.pooling.bayesian_normal_normal import BayesianNormalNormal

EFFECT = [28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16]
STDERR = np.array([14.9, 10.2, 16.3, 11.0, 9.4, 11.4, 10.4, 17.6])


@pytest.fixture(scope="module")
def schools():
    table = StudyTable.from_effects(EFFECT, STDERR**2, measure="GEN", label=list("ABCDEFGH"))
    return BayesianNormalNormal(mu_prior=("normal", 0, 50), tau_prior=("half-cauchy", 25)).fit(table)


def test_tau(schools):
    """Median, mean, standard deviation, shortest and central intervals, 95 % quantile."""
    tau, detail = schools.detail.tau, schools.detail

    assert (tau.quantile(0.5), tau.mean, tau.sd) == pytest.approx((4.758539, 5.884511, 4.869904), abs=1e-6)
    assert (detail.tau_shortest.low, detail.tau_shortest.high) == pytest.approx((0, 15.165894), abs=1e-6)
    assert (detail.tau_estimate.ci.low, detail.tau_estimate.ci.high) == pytest.approx(
        (0.2199559, 18.0531718), abs=1e-6
    )
    assert tau.quantile(0.95) == pytest.approx(15.16589, abs=1e-5)


def test_mu(schools):
    """Median, mean, standard deviation, shortest interval, P(mu > 0) and the 95 % quantile."""
    mu, short = schools.detail.mu, schools.detail.shortest

    assert (schools.estimate, mu.mean, mu.sd) == pytest.approx((7.962961, 7.985729, 4.995762), abs=1e-3)
    assert (short.low, short.high) == pytest.approx((-1.823353, 17.824562), abs=5e-3)
    assert 1 - mu.cdf(0) == pytest.approx(0.9487521, abs=5e-5)
    assert mu.quantile(0.95) == pytest.approx(16.11009, abs=5e-3)


def test_schools_drawn_towards_the_mean(schools):
    """Medians of schools A, G and H."""
    assert schools.detail.shrunken[[0, 6, 7]] == pytest.approx([10.093581, 9.786985, 8.266594], abs=2e-2)
