"""Numbers into text."""

import math

import pytest

from metaleak import numbers


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1.005, 2, "1.00"),
        (-1.5, 1, "−1.5"),
        (-0.001, 2, "0.00"),
        (math.inf, 2, "∞"),
        (-math.inf, 2, "−∞"),
        (None, 2, "—"),
    ],
)
def test_fixed_uses_real_minus_signs_and_no_minus_zero(value, digits, text):
    assert numbers.fixed(value, digits) == text


def test_percent_is_a_hundred_times_the_share():
    assert numbers.percent(0.557) == "55.7 %"


def test_an_interval_without_limits_is_a_dash():
    assert numbers.interval(None, None) == "—"


def test_percent_interval_keeps_its_decimals():
    assert numbers.percent_interval(0.4539, 0.6) == "[45.4, 60.0]"


@pytest.mark.parametrize(("p", "text"), [(0.0341, "= 0.034"), (0.0002, "< 0.001"), (None, "—")])
def test_p_values_carry_their_sign(p, text):
    assert numbers.p_value(p) == text


def test_counts_get_thin_spaces():
    assert numbers.count(12345) == "12\u2009345"


@pytest.mark.parametrize(
    ("values", "text"), [([], ""), ([7], "7"), ([5, 2, 3, 4, 9], "2-5, 9"), ([1, 3, 3, 5], "1, 3, 5")]
)
def test_whole_numbers_in_runs(values, text):
    """Rows that follow each other are told by the first and the last."""
    assert numbers.ranges(values) == text
