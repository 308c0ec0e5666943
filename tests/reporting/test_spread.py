"""How wide rates run by the spread between studies alone."""

import math
import random
import statistics

import pytest

from metaleak.reporting.spread import expected_range, fitted_groups


def test_it_is_the_median_of_drawn_extremes():
    """Drawing studies gives the same median lowest and highest rate."""
    rng = random.Random(1)
    groups = [(20, 0.55, 0.9), (40, 0.23, 1.0)]

    def extremes():
        rates = [
            1 / (1 + math.exp(-rng.gauss(math.log(p / (1 - p)), tau)))
            for k, p, tau in groups
            for _ in range(k)
        ]
        return min(rates), max(rates)

    lows, highs = zip(*(extremes() for _ in range(2000)), strict=True)

    # 2000 draws know a median to about one hundredth here.
    assert expected_range(groups) == pytest.approx(
        (statistics.median(lows), statistics.median(highs)), abs=0.01
    )


def test_more_studies_spread_wider():
    """The range of rates grows with their number and says little by itself."""
    few, many = expected_range([(5, 0.33, 1.1)]), expected_range([(100, 0.33, 1.1)])

    assert many[0] < few[0] < few[1] < many[1]


def test_without_spread_there_is_one_rate():
    """With tau 0 the lowest and the highest are the rate itself."""
    assert expected_range([(10, 0.4, 0.0)]) == pytest.approx((0.4, 0.4))


def test_no_group_no_range(synthetic):
    """Groups without a random-effects estimate do not enter."""
    assert expected_range([]) is None
    assert len(fitted_groups(synthetic.results["patients"]["groups"])) == 1
