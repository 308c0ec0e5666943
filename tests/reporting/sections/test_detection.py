"""What the detection-adjusted answer says, with these and with other numbers."""

import json
from pathlib import Path

import pytest

from metaleak.reporting.sections.detection import sentences


@pytest.fixture
def result():
    """Return the committed result, free to be changed."""
    path = Path(__file__).parents[3] / "analyses" / "detection.result.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_rate_comes_first_and_the_ct_counts_stand_beside_it(result):
    """The model says what it adds."""
    told = sentences(result)

    assert told[0].startswith("In the median study CT would show a leak in 59 % [48, 68]")
    assert "X-ray misses 36 % [19, 47]" in told[1]
    assert told[2].startswith("The CT counts alone give 55 % [45, 66] (k = 18)")


def test_other_numbers_give_other_sentences(result):
    """Every number is read from the result."""
    result |= {"estimate": 0.31, "ci_low": 0.2, "ci_high": 0.45}
    result["sensitivity"] |= {"value": 0.5, "ci_low": 0.4, "ci_high": 0.6}

    told = sentences(result)

    assert "31 % [20, 45]" in told[0]
    assert "shows 50 % [40, 60] of what CT shows" in told[1]


def test_the_range_names_its_ends(result):
    """Which assumption moves the answer most, down and up."""
    told = next(sentence for sentence in sentences(result) if sentence.startswith("Under "))

    assert "51 % (rows read on CT and the index together: taken as CT)" in told
    assert "70 % (without the pair of: Martin 2012)" in told


def test_without_guard_rails_and_pool_there_is_still_an_answer(result):
    """Nothing is said of what was not tried."""
    result |= {"guard_rails": [], "ct_pool": None, "penalised_stands_beside": False}

    told = sentences(result)

    assert not [sentence for sentence in told if sentence.startswith(("Under ", "The CT counts", "Few rows"))]
