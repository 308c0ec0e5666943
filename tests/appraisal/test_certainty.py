"""Suggestions at their bounds, and levels only from decisions."""

import pytest

from metaleak.appraisal.certainty import (
    Bounds,
    Suggestion,
    as_json,
    imprecision,
    inconsistency,
    indirectness,
    level_of,
    publication_bias,
    risk_of_bias,
)
from metaleak.sheets.instruments import DOMAINS

BOUNDS = Bounds()


@pytest.mark.parametrize(
    ("verdicts", "levels"),
    [
        ({"not_assessed": 50}, 1),
        ({"low": 75, "unclear": 25}, 0),
        ({"low": 74, "not_assessed": 26}, 1),
        ({"low": 50, "high": 50}, 1),
        ({"low": 49, "high": 51}, 2),
        ({"low": 10}, 0),
    ],
)
def test_risk_of_bias(verdicts, levels):
    """What has no verdict counts with what is not low, and nothing assessed is never free of concern."""
    assert risk_of_bias(verdicts, BOUNDS).levels == levels


@pytest.mark.parametrize(
    ("low", "high", "i2", "levels"),
    [
        (0.1, 0.39, 0.9, 0),
        (0.1, 0.41, 0.9, 1),
        (0.1, 0.75, 0.9, 2),
        (0.1, 0.75, 0.4, 0),
        (None, None, None, None),
    ],
)
def test_inconsistency(low, high, i2, levels):
    """The prediction interval leads; without much heterogeneity its width is chance."""
    assert inconsistency(low, high, i2, BOUNDS).levels == levels


@pytest.mark.parametrize(("width", "levels"), [(0.09, 0), (0.11, 1), (0.31, 2)])
def test_imprecision(width, levels):
    """By the width of the interval, which the reason says in points."""
    found = imprecision(0.2, 0.2 + width, BOUNDS)

    assert found.levels == levels
    assert f"{100 * width:.0f} points" in found.reason


@pytest.mark.parametrize(("silent", "levels"), [(0, 0), (2, 0), (3, 1), (8, 2)])
def test_indirectness(silent, levels):
    """Of ten observations."""
    assert indirectness(silent, 10, BOUNDS).levels == levels


@pytest.mark.parametrize(("p_value", "levels"), [(0.09, 1), (0.11, 0), (None, None)])
def test_publication_bias(p_value, levels):
    """Without a test there is no suggestion, and no relief."""
    assert publication_bias(p_value, 12, BOUNDS).levels == levels


def test_no_level_falls_below_very_low():
    """Five times two levels."""
    assert [level_of([n]) for n in range(3)] == ["high", "moderate", "low"]
    assert level_of([2] * 5) == "very low"


def test_nothing_is_decided_by_numbers():
    """Suggestions leave the level open, and say what it can be at most; one missing decision keeps it open."""
    suggestions = dict.fromkeys(DOMAINS, Suggestion(1, "synthetic")) | {
        "imprecision": Suggestion(None, "open")
    }
    decision = {"downgrade": "0", "reason": "synthetic", "decided_by": "AB"}
    none = as_json(suggestions, {})
    four = as_json(suggestions, dict.fromkeys(list(DOMAINS)[1:], decision))
    all_ = as_json(suggestions, dict.fromkeys(DOMAINS, decision))

    assert (none["level"], none["at_most"], none["open"]) == (None, "very low", list(DOMAINS))
    assert (four["level"], four["open"]) == (None, ["risk_of_bias"])
    assert all_["level"] == "high"
    assert all_["domains"]["imprecision"]["suggested"] is None
