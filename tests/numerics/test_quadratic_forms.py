"""The distribution of Q with any weights: chi-squared, Imhof's integral, eigenvalues, simulation."""

import numpy as np
import pytest
from scipy import integrate, stats

from metaleak.numerics.linear import Batch, weighted
from metaleak.numerics.quadratic_forms import residual_form_cdf


def table(k, seed=1, *, p=1):
    """Return one table, with a moderator for p = 2."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(k), rng.normal(size=k)])[None] if p == 2 else None
    return Batch(np.zeros((1, k)), np.exp(rng.normal(size=(1, k))), np.array([float(k)]), x)


def imhof(value, factors):
    """Return the probability by Imhof's integral, doi:10.2307/2332763."""

    def integrand(u):
        angle = 0.5 * np.arctan(factors * u).sum() - 0.5 * value * u
        return np.sin(angle) / (u * np.prod((1 + (factors * u) ** 2) ** 0.25))

    return 0.5 - integrate.quad(integrand, 0, 400, limit=2000)[0] / np.pi


def factors(one, weights, tau2):
    """Return the eigenvalues that multiply the chi-squared variables."""
    k = one.yi.shape[1]
    a, root = np.diag(weights[0]), np.diag(np.sqrt(one.vi[0] + tau2))
    x = np.ones((k, 1)) if one.design is None else one.design[0]
    form = a - a @ x @ np.linalg.inv(x.T @ a @ x) @ x.T @ a
    return np.linalg.eigvalsh(root @ form @ root)[x.shape[1] :]


@pytest.mark.parametrize("k", [2, 3, 9, 40, 300])
@pytest.mark.parametrize("share", [1e-4, 0.025, 0.5, 0.975, 0.9999])
def test_equal_variances_give_chi_squared(k, share):
    """With weights 1 / v and tau2 = 0 the form is chi-squared with k - 1 degrees of freedom."""
    one = Batch(np.zeros((1, k)), np.full((1, k), 2.0), np.array([float(k)]))
    value = np.array([stats.chi2.ppf(share, k - 1)])

    found = residual_form_cdf(one, 1 / one.vi, np.zeros(1), value)

    assert found[0] == pytest.approx(share, abs=1e-11)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("at_mean", [0.3, 1.0, 2.5])
def test_unlike_factors_as_imhof(p, at_mean):
    """Weights 1 / v and a between-study variance, without and with a moderator."""
    one = table(9, p=p)
    lambdas = factors(one, 1 / one.vi, 0.6)
    value = at_mean * lambdas.sum()

    found = residual_form_cdf(one, 1 / one.vi, np.array([0.6]), np.array([value]))

    assert found[0] == pytest.approx(imhof(value, lambdas), abs=1e-8)


def test_simulated_q():
    """The share of simulated Q below a value, within four Monte Carlo errors."""
    one, rng = table(5), np.random.default_rng(2)
    y = rng.normal(size=(40_000, 5)) * np.sqrt(one.vi[0] + 0.4)
    many = Batch(y, np.tile(one.vi, (40_000, 1)), np.full(40_000, 5.0))
    share = (weighted(many, 1 / np.sqrt(many.vi)).q < 4).mean()

    found = residual_form_cdf(one, 1 / np.sqrt(one.vi), np.array([0.4]), np.array([4.0]))

    assert found[0] == pytest.approx(share, abs=4 * np.sqrt(0.25 / 40_000))


def test_rows_that_fill_up_do_not_enter():
    """A shorter table in a batch keeps its distribution; a value of 0 has probability 0."""
    one = table(4)
    padded = Batch(
        np.pad(one.yi, ((0, 0), (0, 3))),
        np.pad(one.vi, ((0, 0), (0, 3)), constant_values=np.inf),
        one.rows,
    )

    alone, among = (residual_form_cdf(t, 1 / t.vi, np.ones(1), np.array([3.0])) for t in (one, padded))

    assert among[0] == pytest.approx(alone[0], abs=1e-13)
    assert residual_form_cdf(one, 1 / one.vi, np.ones(1), np.zeros(1))[0] == 0
