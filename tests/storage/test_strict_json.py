"""JSON that every reader accepts."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaleak.storage.strict_json import dumps, number, rounded


def test_floats_have_ten_digits_and_infinities_are_words():
    assert rounded({"a": (1 / 3, math.inf), "b": [-math.inf]}) == {"a": [0.3333333333, "Inf"], "b": ["-Inf"]}


def test_nan_is_never_a_result():
    with pytest.raises(ValueError, match="NaN"):
        dumps({"estimate": math.nan})


def test_minus_zero_is_zero():
    assert dumps([-0.0]) == "[\n 0.0\n]\n"


@pytest.mark.parametrize(("saved", "value"), [("Inf", math.inf), ("-Inf", -math.inf), (None, None), (1, 1.0)])
def test_a_saved_number_comes_back(saved, value):
    assert number(saved) == value


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), st.lists)
)
def test_rounding_twice_is_rounding_once(value):
    assert rounded(rounded(value)) == rounded(value)
    assert dumps(json.loads(dumps(value))) == dumps(value)
