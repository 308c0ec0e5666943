"""The answer without rows that somebody may not trust."""

from dataclasses import replace

import pandas as pd
import pytest

from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.question.detection.file import GuardRails
from metaleak.question.detection.guard_rails import Guarded, guard_rails
from metaleak.question.detection_table import Reading

SELECTED = {"verification": ("selected",)}
WANTED = GuardRails(
    leave_out_pairs=False,
    joint_as_ct=False,
    shared_index=False,
    least_overlap=False,
    counts_of_leaks=False,
    printed_shares=False,
)


def reading(label, sheet="leaks", **counts):
    """Return a synthetic series of 100."""
    return Reading(
        label=label,
        study_id=label,
        sheet=sheet,
        sheet_rows=(2,),
        ni=100.0,
        index_modality="xray",
        procedure="PVP",
        unit="vertebra",
        confidence="high",
        source_location="synthetic",
        **counts,
    )


CT = [reading(f"ct{n}", ct=float(n)) for n in (42, 55, 61, 48)]
XRAY = [reading(f"xray{n}", index=float(n)) for n in (30, 41, 36)]
PAIRS = [reading(f"pair{n}", "pairs", ct=float(n), both=float(n - 20)) for n in (50, 60, 56)]


def rails(rows, wanted=WANTED):
    """Return what the guard rails find."""
    headline = DetectionAdjusted(draws=0)
    of = Guarded(rows=rows, pairs=pd.DataFrame(), labels={}, index="xray", headline=headline)
    return list(guard_rails(wanted, of))


@pytest.mark.parametrize("place", [0, 4, 7])
def test_a_series_of_selected_patients_is_left_out_wherever_it_stands(place):
    """Read on CT, on X-ray or on both: the answer is that of the other rows."""
    rows = [*CT, *XRAY, *PAIRS]
    marked = [replace(row, conduct=SELECTED) if at == place else row for at, row in enumerate(rows)]

    [rail] = rails(marked)

    assert (rail["group"], rail["name"]) == ("without series", "with CT in selected patients")
    [others] = rails(
        [*(row for at, row in enumerate(rows) if at != place), reading("s", ct=9.0, conduct=SELECTED)]
    )
    assert rail["estimate"] == others["estimate"]


@pytest.mark.parametrize("cells", [(), ("all",), ("unclear",), ("all", "")])
def test_where_nobody_was_selected_no_row_is_left_out(cells):
    """What the text leaves open is no selection."""
    assert rails([replace(row, conduct={"verification": cells}) for row in (*CT, *XRAY, *PAIRS)]) == []


def test_the_guard_rail_can_be_left_out():
    """As every other."""
    rows = [*CT, *XRAY, replace(PAIRS[0], conduct=SELECTED), *PAIRS[1:]]

    assert rails(rows, WANTED.model_copy(update={"selected_verification": False})) == []


def test_without_any_other_series_it_says_why_there_is_no_answer():
    """A selection everywhere leaves nothing to fit."""
    [rail] = rails([replace(row, conduct=SELECTED) for row in (*CT, *XRAY, *PAIRS)])

    assert rail["estimate"] is None
    assert "row" in rail["reason"]
