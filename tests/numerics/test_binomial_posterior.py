"""The posterior of the binomial-normal model, against a fine grid over mu and tau."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import special, stats
from scipy.interpolate import CubicSpline

from metaleak.numerics.binomial_posterior import Grid, locate, posteriors
from metaleak.numerics.tau_grid import breaks

PRIOR = (0.0, 1 / 2.25)
#: Differing rates; one study without an event and one with nothing else; no event at all; one study.
TABLES = {
    "differing": ([35, 29, 12, 44], [56, 59, 48, 80]),
    "extreme": ([0, 3, 9], [12, 20, 9]),
    "empty": ([0, 0, 0], [20, 30, 25]),
    "single": ([3], [20]),
}


GRID = Grid(16, 27, 51)


def log_tau_prior(tau):
    return stats.halfnorm.logpdf(tau)


def found(name, grid=GRID):
    x, n = (np.array([part], dtype=float) for part in TABLES[name])
    place = locate(x, n, mu_prior=PRIOR, log_tau_prior=log_tau_prior, upper=8.0)
    ends = breaks(place.tau, place.log_density, place.floor)[0][None]
    return posteriors(x, n, place, breaks=ends, grid=grid, mu_prior=PRIOR, log_tau_prior=log_tau_prior)[0]


@dataclass
class Brute:
    """Joint weights on a fine grid: everything is even in tau, so that plain sums converge fast."""

    name: str

    def __post_init__(self):
        x, n = (np.array(part, dtype=float) for part in TABLES[self.name])
        self.mu, self.tau = np.linspace(-13, 9, 281), np.linspace(0, 7.5, 126)
        z = np.linspace(-9, 9, 241)
        curve = stats.norm.pdf(z) * (z[1] - z[0])
        self.theta = self.mu[:, None, None] + self.tau[:, None] * z
        log_rows = [xi * self.theta - ni * np.logaddexp(0, self.theta) for xi, ni in zip(x, n, strict=True)]
        self.cells = [np.exp(row) * curve for row in log_rows]
        rows = [cell.sum(axis=2) for cell in self.cells]
        joint = (
            np.prod(rows, axis=0) * np.exp(log_tau_prior(self.tau)) * stats.norm.pdf(self.mu, 0, 1.5)[:, None]
        )
        joint[:, 0] /= 2
        self.evidence = np.log(joint.sum() * (self.mu[1] - self.mu[0]) * (self.tau[1] - self.tau[0]))
        self.joint, self.rows, self.curve = joint / joint.sum(), rows, curve


@pytest.fixture(scope="module", params=TABLES)
def both(request):
    return found(request.param), Brute(request.param)


def test_evidence(both):
    """The marginal likelihood, without the binomial coefficients."""
    ours, brute = both

    assert ours.log_evidence == pytest.approx(brute.evidence, abs=1e-6)


def test_moments_of_mu_and_tau(both):
    """Means and standard deviations of both parameters."""
    ours, brute = both
    mu, tau = brute.joint.sum(axis=1), brute.joint.sum(axis=0)
    mean_mu, mean_tau = mu @ brute.mu, tau @ brute.tau

    assert ours.mu().mean()[0] == pytest.approx(mean_mu, abs=1e-6)
    assert ours.mu().sd()[0] == pytest.approx(np.sqrt(mu @ brute.mu**2 - mean_mu**2), abs=1e-6)
    # The first moment of an even function is no even function: the fine grid's own error is its step squared.
    assert ours.tau.mean()[0] == pytest.approx(mean_tau, abs=5e-4)
    second = float((ours.tau.masses * ours.tau.nodes**2).sum())
    assert second == pytest.approx(tau @ brute.tau**2, abs=1e-6)


def test_rates_of_a_new_study_and_of_the_first_one(both):
    """Mean rates: E[expit(theta)] for a new study, and given a study's own counts."""
    ours, brute = both
    rate = special.expit(brute.theta)
    new = (brute.joint * (rate @ brute.curve)).sum()
    own = (brute.joint * (brute.cells[0] * rate).sum(axis=2) / brute.rows[0]).sum()

    for density, expected in ((ours.new_study(), new), (ours.study(0), own)):
        mean = (density.masses * special.expit(density.nodes)).sum()
        assert mean == pytest.approx(expected, abs=1e-6)


def test_quantiles_of_mu(both):
    """The distribution function of a fine spline at our quantiles."""
    ours, brute = both
    density = CubicSpline(brute.mu, brute.joint.sum(axis=1) / (brute.mu[1] - brute.mu[0]))
    shares = [0.025, 0.5, 0.975]

    below = [density.integrate(-13, q) for q in ours.mu().quantile(shares)[0]]

    assert below == pytest.approx(shares, abs=5e-6)


def test_quantiles_of_the_mean_rate(both):
    """The mean rate over studies lies below our quantiles with their probability: mu is solved for at each tau."""
    ours, brute = both
    rate = special.expit(brute.theta) @ brute.curve
    shares = np.array([0.1, 0.5, 0.9])
    quantiles = special.expit(ours.average_quantiles(shares))

    below = np.zeros(3)
    for j in range(len(brute.tau)):
        mu = np.interp(quantiles, rate[:, j], brute.mu)
        density = CubicSpline(brute.mu, brute.joint[:, j] / (brute.mu[1] - brute.mu[0]))
        below += [density.integrate(-13, end) for end in mu]

    assert below == pytest.approx(shares, abs=2e-3)


@pytest.mark.parametrize("name", TABLES)
def test_refining_changes_nothing(name):
    """A finer grid leaves limits where they are."""
    coarse, fine = found(name), found(name, Grid(24, 41, 81))

    for part in ("mu", "new_study"):
        ends = [special.expit(getattr(p, part)().quantile([0.025, 0.5, 0.975])) for p in (coarse, fine)]
        assert ends[0] == pytest.approx(ends[1], abs=1e-7)
    assert coarse.average_quantiles(np.array([0.5])) == pytest.approx(
        fine.average_quantiles(np.array([0.5])), abs=1e-6
    )


def test_a_batch_is_its_single_tables():
    """Tables with equally many panels are computed together; the numbers are those of each alone."""
    x, n = np.array([[35.0, 29, 12, 44], [5, 9, 12, 7]]), np.array([[56.0, 59, 48, 80], [50, 60, 70, 44]])
    grid, settings = Grid(12, 21, 41), {"mu_prior": PRIOR, "log_tau_prior": log_tau_prior}
    ends = np.repeat(np.array([[0.0, 0.2, 0.4, 0.8, 1.6, 3.2, 7.0]]), 2, axis=0)

    together = posteriors(x, n, locate(x, n, upper=8.0, **settings), breaks=ends, grid=grid, **settings)

    for i, one in enumerate(together):
        part = slice(i, i + 1)
        place = locate(x[part], n[part], upper=8.0, **settings)
        alone = posteriors(x[part], n[part], place, breaks=ends[part], grid=grid, **settings)[0]
        assert one.mu().quantile([0.1, 0.9]) == pytest.approx(alone.mu().quantile([0.1, 0.9]), abs=1e-9)
        assert one.log_evidence == pytest.approx(alone.log_evidence, abs=1e-9)
