"""The figure of declared shares."""

import json
from pathlib import Path

import pytest

from metaleak.errors import InputError
from metaleak.plots.detection import plan_unreported


@pytest.fixture
def result():
    """Return the committed result, free to be changed."""
    path = Path(__file__).parents[2] / "analyses" / "detection.result.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_declared_share_is_drawn(result):
    """With its denominator of rows in the caption's chart and the headline above."""
    drawn = plan_unreported(result).values_csv

    assert [f"{share} % read CT" in drawn for share in (0, 25, 50, 75, 100)] == [True] * 5
    assert "without them" in drawn


def test_without_a_declared_share_there_is_no_figure(result):
    """It says what to declare."""
    result["unreported"] = []

    with pytest.raises(InputError, match="no declared share"):
        plan_unreported(result)
