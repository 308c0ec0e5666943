"""Exact tests and limits of two readings, against sums over all outcomes."""

from itertools import product
from math import comb

import numpy as np
import pytest

from metaleak.numerics.matched import mcnemar, odds_limits, overlap_range

DIFFERING = [(b, c) for b, c in product(range(8), repeat=2) if b + c]


def tail(n, most, p):
    """The probability of at most so many of n, summed."""
    return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(most + 1))


@pytest.mark.parametrize(("b", "c"), DIFFERING)
def test_mcnemar_is_the_sum_of_what_is_no_likelier(b, c):
    """Two-sided: every outcome at most as likely as the observed one; the mid-p halves those as likely."""
    n = b + c
    chances = [comb(n, k) / 2**n for k in range(n + 1)]
    no_likelier = sum(chance for chance in chances if chance <= chances[b] * (1 + 1e-12))
    as_likely = chances[b] if b == c else chances[b] + chances[c]

    exact, mid = mcnemar(np.array(float(b)), np.array(float(c)))

    # Two middle outcomes of an odd n are as likely as each other; so all is no likelier.
    assert float(exact) == pytest.approx(no_likelier, rel=1e-12)
    assert float(mid) == pytest.approx(no_likelier - as_likely / 2, rel=1e-11)


def test_readings_that_never_differ_show_no_difference():
    """Beside a row that does, in one batch."""
    exact, mid = mcnemar(np.array([0.0, 1.0]), np.array([0.0, 9.0]))

    assert (exact[0], mid[0]) == (1.0, 1.0)
    assert exact[1] == pytest.approx(22 / 1024)


@pytest.mark.parametrize(("b", "c"), DIFFERING)
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_limits_leave_what_they_promise(b, c, level):
    """At each limit the observed count or a more extreme one has exactly the error's probability."""
    low, high = (float(end) for end in odds_limits(np.array(float(b)), np.array(float(c)), level))
    error = 1 - level if 0 in (b, c) else (1 - level) / 2

    if b == 0:
        assert low == 0
    else:
        assert 1 - tail(b + c, b - 1, low / (1 + low)) == pytest.approx(error, rel=1e-9)
    if c == 0:
        assert high == np.inf
    else:
        assert tail(b + c, b, high / (1 + high)) == pytest.approx(error, rel=1e-9)


def test_no_difference_leaves_everything_possible():
    """From 0 to infinity."""
    low, high = odds_limits(np.array([0.0]), np.array([0.0]), 0.95)

    assert (low[0], high[0]) == (0.0, np.inf)


def test_the_range_of_the_overlap_is_that_of_all_tables():
    """Every 2x2 table of nine units, by hand."""
    found = {}
    for a, b, c in product(range(10), repeat=3):
        if a + b + c <= 9:
            found.setdefault((a + b, a + c), set()).add(a)

    for (reference, index), overlaps in found.items():
        ends = overlap_range(np.array(9.0), np.array(float(reference)), np.array(float(index)))
        assert tuple(map(float, ends)) == (min(overlaps), max(overlaps))
