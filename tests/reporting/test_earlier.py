"""Earlier reviews beside the same rows of this one."""

import pytest

from metaleak.reporting.earlier import rate_here, same_here
from metaleak.reporting.source_tables import reviews_table

FILTERED = {
    "filters": [
        {"column": "procedure", "choices": [{"values": []}, {"values": ["PKP"]}, {"values": ["PVP"]}]},
        {"column": "unit", "choices": [{"values": []}, {"values": ["vertebra"]}]},
    ],
    "pools": [
        {
            "name": i,
            "k_studies": 4,
            "events": 1,
            "total": 4,
            "estimate": 0.2,
            "ci_low": 0.1,
            "ci_high": 0.35,
        }
        for i in range(5)
    ],
    "at": [0, 1, 2, 3, 4, -1],
}


@pytest.mark.parametrize(
    ("group", "pool"),
    [
        ("PKP, any leak", 2),
        ("PKP, any leak, per level", 3),
        ("PKP, any leak, per vertebra", 3),
        ("PVP, any leak", 4),
        ("PVP, any leak, per vertebra", None),
        ("PKP, any leak, per patient", None),
        ("PKP, symptomatic leak, per level", None),
        ("PKP", None),
        ("SKP, any leak", None),
        ("PKP, any leak, per level, in the spine", None),
    ],
)
def test_which_pool_is_the_same(changed, group, pool):
    """Procedure and unit have to be ones of this review; anything else that is said has no counterpart."""
    found = same_here(changed(filtered=FILTERED), {"measure": "incidence_percent", "group": group})

    assert (None if found is None else found["name"]) == pool


def test_only_rates_are_compared(changed):
    """A ratio has no counterpart among rates."""
    page = changed(filtered=FILTERED)

    assert same_here(page, {"measure": "odds_ratio", "group": "PKP, any leak"}) is None
    assert rate_here(FILTERED["pools"][0]) == ("20.0 %", "[10.0, 35.0], 4 studies")


def test_a_column_only_where_something_is_compared(changed, synthetic):
    """The table has the rate of this review in its own column, and none without a counterpart."""
    reviews = [{**synthetic.reviews[0], "group": "PKP, any leak"}]
    shown = reviews_table(changed(filtered=FILTERED, reviews=reviews))
    names = [column.name for column in shown.columns]

    assert shown.rows[0].cells[names.index("The same here")].text == "20.0 %"
    assert "imaging" in shown.caption
    assert "The same here" not in [column.name for column in reviews_table(synthetic).columns]
