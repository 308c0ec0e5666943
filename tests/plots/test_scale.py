"""From shares to places on the axis."""

import pytest

from metaleak.errors import SettingError
from metaleak.plots.scale import MOST_TICKS, RatioScale, Scale, axis_limits


def test_ends_and_middle():
    """The ends of the axis are the ends of the plot."""
    scale = Scale(left=100, right=300)

    assert [scale.x(share) for share in (0, 0.5, 1)] == [100, 200, 300]


def test_what_leaves_the_axis_stands_at_its_end():
    """Shares outside of the axis, infinite ones too, are placed at the nearer end."""
    scale = Scale(left=0, right=10, low=0.2, high=0.4)

    assert scale.x(0.1) == 0
    assert scale.x(float("inf")) == 10
    assert not scale.holds(0.1)
    assert not scale.holds(None)
    assert scale.holds(0.4)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        (0, 0.5, (0, 0.1, 0.2, 0.3, 0.4, 0.5)),
        (0.13, 0.47, (0.2, 0.3, 0.4)),
        (0, 0.02, (0, 0.005, 0.01, 0.015, 0.02)),
    ],
)
def test_ticks_stand_at_round_percents(low, high, ticks):
    """Ticks are round, inside the axis, and few."""
    scale = Scale(left=0, right=1, low=low, high=high)

    assert scale.ticks == pytest.approx(ticks)
    assert len(scale.ticks) <= MOST_TICKS


def test_decimals_only_where_ticks_need_them():
    """Whole percents are printed without decimals."""
    assert Scale(left=0, right=1).label(0.2) == "20"
    assert Scale(left=0, right=1, high=0.02).label(0.005) == "0.5"


@pytest.mark.parametrize("axis", [(0.5, 0.5), (0.6, 0.2), (-0.1, 1), (0, 1.1), (float("nan"), 1)])
def test_an_axis_without_room_is_refused(axis):
    """Ends in the wrong order or outside 0..1 are a setting error."""
    with pytest.raises(SettingError, match="the axis has no room"):
        axis_limits(axis)


def test_a_ratio_axis_is_logarithmic():
    """Half and double are equally far from 1; what leaves the axis stands at its end."""
    scale = RatioScale(left=0.0, right=100.0, low=0.1, high=10.0)

    assert (scale.x(1.0), scale.x(0.01), scale.x(99.0)) == pytest.approx((50.0, 0.0, 100.0))
    assert scale.x(2.0) - 50 == pytest.approx(50 - scale.x(0.5))


def test_ratios_are_printed_with_the_decimals_they_need():
    """0.05, 0.2, 1, 20."""
    scale = RatioScale(left=0.0, right=1.0, low=0.01, high=100.0)

    assert [scale.label(tick) for tick in (0.05, 0.2, 1.0, 20.0)] == ["0.05", "0.2", "1", "20"]
    assert scale.ticks == (0.01, 0.1, 1.0, 10.0, 100.0)
