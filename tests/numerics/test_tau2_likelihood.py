"""The likelihood of tau2: its value, and its global maximum against a dense search."""

import numpy as np
import pytest
from scipy import stats

from metaleak.numerics.linear import Batch, at
from metaleak.numerics.tau2_likelihood import log_likelihood, maximise


def batch(b, k, ratio, seed=0, *, outliers=False):
    """Return synthetic tables; outliers make a second maximum likely."""
    rng = np.random.default_rng(seed)
    vi = np.exp(rng.uniform(0, np.log(ratio), (b, k)))
    tau = rng.choice([0.0, 0.3, 1.0, 5.0], (b, 1))
    stretch = np.abs(rng.standard_t(2, (b, k))) if outliers else 1.0
    return Batch(rng.normal(size=(b, k)) * np.sqrt(vi + tau**2) * stretch, vi, np.full(b, float(k)))


def dense_maximum(many, *, restricted):
    """Return the highest likelihood on 1,500 values of tau2."""
    grid = np.append(0, np.exp(np.linspace(np.log(1e-6), np.log(1e5), 1500)))
    heights = [log_likelihood(many, at(many, np.full(len(many.yi), t)), restricted=restricted) for t in grid]
    return np.max(heights, axis=0)


@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize(("ratio", "outliers"), [(1.0, False), (30.0, False), (1e4, True)])
@pytest.mark.parametrize("k", [2, 3, 8, 30])
def test_no_value_of_tau2_is_higher(restricted, ratio, outliers, k):
    """300 tables at a time: the maximum found is as high as a dense search's, or higher."""
    many = batch(300, k, ratio, outliers=outliers)

    found = maximise(many, restricted=restricted)

    height = log_likelihood(many, at(many, found.tau2), restricted=restricted)
    assert (height >= dense_maximum(many, restricted=restricted) - 1e-9).all()


def test_a_second_hill_is_remembered():
    """Two precise studies far apart among vague ones that agree: two maxima, both reported."""
    many = batch(400, 5, 1e4, seed=3, outliers=True)

    found = maximise(many, restricted=False)

    two = np.flatnonzero(~np.isnan(found.second))
    assert two.size > 5
    part = many.part(two)
    best, other = (
        log_likelihood(part, at(part, t[two]), restricted=False) for t in (found.tau2, found.second)
    )
    assert (best >= other).all()


def test_as_many_hills_as_tables_are_not_one_of_each():
    """A table with two hills beside one that has none: each keeps its own maximum."""
    many = batch(400, 5, 1e4, seed=3, outliers=True)
    alone = maximise(many, restricted=False)
    two = int(np.flatnonzero((alone.second > 0) & (alone.tau2 > 0))[0])
    none = int(np.flatnonzero(np.isnan(alone.second) & (alone.tau2 == 0))[0])

    pair = maximise(many.part(np.array([none, two])), restricted=False)

    assert pair.tau2 == pytest.approx(alone.tau2[[none, two]], rel=1e-9)


def test_the_likelihood_is_that_of_the_normal_distribution():
    """At a given tau2 the ML likelihood is the product of normal densities around the weighted mean."""
    one = batch(1, 6, 10.0)
    fit = at(one, np.array([0.7]))

    density = stats.norm.logpdf(one.yi[0], fit.beta[0, 0], np.sqrt(one.vi[0] + 0.7)).sum()

    assert log_likelihood(one, fit, restricted=False)[0] == pytest.approx(density, rel=1e-12)


def test_the_restricted_likelihood_does_not_depend_on_the_scale_of_a_moderator():
    """A column in other units changes no likelihood."""
    one, rng = batch(1, 8, 10.0), np.random.default_rng(1)
    x = np.column_stack([np.ones(8), rng.normal(size=8)])

    heights = []
    for unit in (1.0, 1000.0):
        scaled = Batch(one.yi, one.vi, one.rows, (x * [1, unit])[None])
        heights.append(log_likelihood(scaled, at(scaled, np.array([0.5])), restricted=True)[0])

    assert heights[0] == pytest.approx(heights[1], rel=1e-10)


def test_a_boundary_is_exactly_zero():
    """Where the likelihood falls from 0, tau2 is 0 and not a small number."""
    calm = Batch(np.array([[0.1, 0.11, 0.09]]), np.ones((1, 3)), np.array([3.0]))

    assert maximise(calm, restricted=True).tau2[0] == 0
