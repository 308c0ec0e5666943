"""Comparisons that enter in a sensitivity analysis only, and the ends of open overlaps."""

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from metaleak.errors import TableError
from metaleak.question.detection.further_pairs import counts_of_leaks, least_overlap, printed_shares
from metaleak.question.detection_table import Reading, detection_table
from metaleak.question.review import read_review

LABELS = {"Yeom2003": "Yeom 2003", "Schmidt2005": "Schmidt 2005", "Palm2018": "Palm 2018"}


@pytest.fixture(scope="module")
def pairs():
    """Return the pairs of this review."""
    return read_review(Path(__file__).parents[3]).sheets.frame("pairs")


def reading(label="a", **counts):
    """Return a pair."""
    return Reading(
        label=label,
        study_id=label,
        sheet="pairs",
        sheet_rows=(7,),
        ni=counts.pop("ni", 100.0),
        index_modality="xray",
        procedure="PVP",
        unit="patient",
        confidence="high",
        source_location="synthetic",
        **counts,
    )


def test_totals_bound_the_overlap_from_below():
    """60 and 70 of 100 share at least 30; an overlap that is printed stays."""
    rows = [reading(ct=60.0, index=70.0), reading("b", ct=60.0, index=30.0, both=20.0)]

    found = least_overlap(rows)

    assert found.name == "30 of 60"
    assert found.rows[0].both == 30
    assert math.isnan(found.rows[0].index)
    assert found.rows[1] == rows[1]


def test_pairs_with_totals_only_are_changed_together():
    """And named one after the other."""
    found = least_overlap([reading(ct=60.0, index=70.0), reading("b", ct=50.0, index=20.0)])

    assert found.name == "30 of 60, 0 of 50"
    assert [row.both for row in found.rows] == [30, 0]


def test_without_such_pairs_there_is_no_least_overlap():
    """An overlap that is printed has no other end."""
    assert least_overlap([reading("b", ct=60.0, index=30.0, both=20.0)]) is None


def test_leaks_against_leaks_have_two_ends(pairs):
    """Yeom 2003: 49 of 74 at most, 47 at least; in the canal 2 of 28."""
    found = list(counts_of_leaks(pairs, LABELS, "xray"))

    assert [item.name for item in found] == [
        "Yeom 2003: 49 of 74",
        "Yeom 2003: 47 of 74",
        "Yeom 2003, spinal canal: 2 of 28",
    ]
    assert all(row.informs == "sensitivity" and row.ni >= row.both for item in found for row in item.rows)


def test_leaks_never_enter_the_rate(pairs):
    """Their kind is that of the sensitivity alone."""
    first = next(counts_of_leaks(pairs, LABELS, "xray"))

    assert [str(kind) for kind in detection_table(first.rows).kind] == ["sensitivity"]


def test_a_printed_share_has_a_fewest_and_a_most(pairs):
    """0.48 is first 10 of 21; of 29 units it is 14. Sites of one study enter together."""
    found = {item.name: item for item in printed_shares(pairs, LABELS, "xray")}

    assert "Schmidt 2005, fewest leaks: 10 of 21" in found
    assert "Schmidt 2005, a leak in every unit: 14 of 29" in found
    assert [len(item.rows) for name, item in found.items() if name.startswith("Palm 2018, 4 leak sites")] == [
        4,
        4,
    ]


def test_a_share_printed_with_counts_is_no_such_share(pairs):
    """Only shares without the leaks on CT are bounded."""
    counted = pairs[pairs["reference_positive"].notna()]

    assert list(printed_shares(counted, LABELS, "xray")) == []


def test_another_imaging_is_left_out(pairs):
    """Fluoroscopy informs no sensitivity of X-ray."""
    other = pd.DataFrame(pairs[pairs["index"] != "xray"])

    assert list(counts_of_leaks(other, LABELS, "xray")) == list(printed_shares(other, LABELS, "xray")) == []


def test_counts_that_make_no_row_name_their_place_in_the_sheet():
    """Index and overlap without CT: the sheet, the row, and what would be one."""
    wrong = replace(reading("Someone 2001"), index=20.0, both=10.0)

    with pytest.raises(
        TableError, match=r"pairs\.csv, row 7 \(Someone 2001\): these counts make no kind of row"
    ):
        detection_table([reading(ct=60.0, index=70.0), wrong])


def test_counts_outside_their_range_name_their_place_in_the_sheet():
    """More leaks than units."""
    with pytest.raises(TableError, match=r"pairs\.csv, row 7 \(a\): a row lies outside its range"):
        detection_table([reading(ct=160.0, index=70.0)])
