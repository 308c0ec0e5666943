"""What figures show, read from the values of a result."""

import math

import pytest

from metaleak.errors import InputError, SheetError
from metaleak.plots.forest_data import from_result_json


def test_rows_stand_in_their_groups(shown):
    """Every row belongs to the group that it names, in the order of the result."""
    data = shown((4, 3))

    assert [len(group.rows) for group in data.groups] == [4, 3]
    assert [row.study_id for row in data.rows] == [f"S{i}" for i in range(7)]


def test_values_are_those_of_the_result(synthetic):
    """Numbers are taken over as they are, tau is the root of tau2."""
    result = synthetic((4,))
    given = result["groups"]["group A"]

    group = from_result_json(result).groups[0]

    assert (group.pooled.value, group.pooled.low, group.pooled.high) == (
        given["estimate"],
        given["ci_low"],
        given["ci_high"],
    )
    assert (group.prediction.low, group.prediction.high) == (given["pi_low"], given["pi_high"])
    assert (group.tau.value, group.tau.low, group.tau.high) == (0.8, 0.5, math.inf)


def test_a_group_that_is_not_pooled_has_a_reason(shown):
    """One row is no pool: nothing is pooled, the counts are joined."""
    group = shown((1,)).groups[0]

    assert group.pooled is group.average is group.prediction is None
    assert group.joined.value == group.events / group.total
    assert group.reason == "one row: shown as it is"


def test_words_lose_their_underscores(synthetic):
    """A codebook's word is printed as words."""
    result = synthetic((1,))
    result["rows"][0]["unit"] = "not_reported"

    assert from_result_json(result).rows[0].unit == "not reported"


def test_texts_are_fit_to_draw(synthetic):
    """Control and direction characters never reach a figure, wherever they stand."""
    result = synthetic((2,), labels=["a\x00b\u202ec"], names=["CT\x07"])
    result["selection"]["units"] = {"verte\x1bbra": 2}
    result["software"] = {"num\x00py": "2\n0"}

    data = from_result_json(result)

    assert data.rows[0].label == "abc"
    assert data.groups[0].name == "CT"
    assert data.selection["units"] == {"vertebra": 2}
    assert data.software == {"numpy": "2 0"}


@pytest.mark.parametrize(
    ("place", "where"), [("labels", "leaks.csv, row 2, label of S0"), ("names", "a group's name")]
)
def test_a_missing_glyph_names_its_place(synthetic, place, where):
    """Sheet, row and column of a character that the font cannot draw are in the error."""
    with pytest.raises(SheetError) as error:
        from_result_json(synthetic((2,), **{place: ["龘水泥"]}))

    assert where in str(error.value)
    assert "U+9F98" in str(error.value)


def test_text_that_is_not_drawn_may_be_in_any_script(synthetic):
    """Where a number was found is not in the figure, so its script does not matter."""
    result = synthetic((2,))
    result["rows"][0]["source_location"] = "摘要"

    assert from_result_json(result).rows[0].label == "Author A 1999"


@pytest.mark.parametrize("damage", [{"format": 2}, {"groups": None}, {"rows": [{}]}, {"selection": {}}])
def test_what_is_no_result_is_an_input_error(synthetic, damage):
    """Another format or missing keys are named, never a traceback."""
    with pytest.raises(InputError, match="cannot read the result"):
        from_result_json({**synthetic(), **damage})


def test_reading_changes_nothing(synthetic):
    """The result is the same afterwards."""
    result = synthetic()

    from_result_json(result)

    assert result == synthetic()


def test_the_overall_value_is_there_only_if_the_result_holds_it(shown):
    """No result, no overall value."""
    assert shown().overall is None
    assert shown(overall=True).overall.k == 7
