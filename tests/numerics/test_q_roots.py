"""Where Q takes a value."""

import numpy as np
import pytest

from metaleak.numerics.linear import Batch, at
from metaleak.numerics.q_roots import q_root


def batch(b, k, ratio, seed=0):
    rng = np.random.default_rng(seed)
    vi = np.exp(rng.uniform(0, np.log(ratio), (b, k)))
    return Batch(rng.normal(0, 3 * np.sqrt(vi)), vi, np.full(b, float(k)))


@pytest.mark.parametrize("ratio", [1.0, 10.0, 1e6])
@pytest.mark.parametrize("share", [0.01, 0.5, 2.0])
def test_q_at_the_root_is_the_target(ratio, share):
    """From equal variances to a ratio of a million; 0 where Q starts below."""
    many = batch(200, 6, ratio)
    target = np.full(200, 5.0 * share)

    root, _ = q_root(many, target)

    q, start = at(many, root).q, at(many, np.zeros(200)).q
    np.testing.assert_allclose(q, np.minimum(target, start), rtol=1e-9)
    assert ((root > 0) == (start > target)).all()


def test_equal_variances_have_a_closed_form():
    """Q = S / (v + tau2), so that tau2 = S / target - v."""
    many = batch(1, 8, 1.0)
    around_mean = ((many.yi - many.yi.mean()) ** 2).sum()

    root, steps = q_root(many, np.array([3.0]))

    assert root[0] == pytest.approx(around_mean / 3 - 1, rel=1e-12)
    assert steps <= 3
