"""Checks of arguments."""

import pytest

from metaleak import guards
from metaleak.errors import SettingError


def test_a_known_word_passes():
    assert guards.one_of("method", "REML", ["ML", "REML"]) == "REML"


def test_an_unknown_word_is_shown_with_the_allowed_ones():
    with pytest.raises(SettingError, match=r"method.*one of ML, REML.*'reml'"):
        guards.one_of("method", "reml", ["ML", "REML"])


@pytest.mark.parametrize("value", [0, 1, 1.2, "0.5", True, float("nan")])
def test_a_value_outside_its_range_is_shown_with_the_range(value):
    with pytest.raises(SettingError, match=r"level.*\(0, 1\)"):
        guards.within("level", value, 0, 1)


def test_closed_ends_belong_to_the_range():
    assert guards.within("q", 1, 0, 1, ends="[]") == 1.0
