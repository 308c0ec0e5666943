"""Frozen values as JSON and back."""

import json
import math

import numpy as np
import pytest

from metaleak.pooling.result import Estimate, Heterogeneity, Interval
from metaleak.pooling.storable import to_plain, to_typed


@pytest.mark.parametrize(
    "value",
    [
        Interval(-math.inf, 0.1 + 0.2, 0.95, "profile likelihood"),
        Estimate(None),
        Estimate(1 / 3, Interval(0.1, math.inf, 0.9, "Wald")),
        Heterogeneity(tau2=0.5, tau2_ci=Interval(0.0, math.inf, 0.95, "Q-profile"), q_df=3),
    ],
)
def test_values_come_back_to_the_last_bit(value):
    """Nested values, infinities and None survive strict JSON."""
    text = json.dumps(to_plain(value), allow_nan=False)

    assert to_typed(json.loads(text)) == value


def test_words_stay_words():
    """A method that happens to be called Inf is not taken for a number."""
    value = Interval(0.0, 1.0, 0.95, "Inf")

    assert to_typed(to_plain(value)).method == "Inf"


def test_arrays_become_lists():
    """Arrays are written as nested lists of numbers."""
    assert to_plain(np.array([[1.0, np.inf]])) == [[1.0, "Inf"]]
