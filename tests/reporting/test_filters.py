"""The filters as the page shows them: what is read comes from the pooled numbers, and nothing can break out."""

import json
from dataclasses import replace

import pytest

from metaleak.reporting.filters import FEW_ROWS, MIXED, ONE_STUDY, filter_view


@pytest.fixture(scope="module")
def view(synthetic):
    return filter_view(synthetic)


@pytest.fixture(scope="module")
def data(view):
    return json.loads(view.data)


def test_controls_in_the_words_of_the_field(view):
    """Codes are read as words, the first entry keeps all."""
    by = {control.column: [option.text for option in control.options] for control in view.controls}

    assert by["modality"] == [
        "all imaging",
        "CT",
        "CT + X-ray",
        "X-ray",
        "fluoroscopy",
        "not reported",
        "X-ray",
    ]
    assert by["unit"] == ["all units", "vertebra", "patient"]
    assert "procedure" not in by


def test_what_is_read_is_the_pooled_number(view, data, synthetic):
    """The first combination keeps everything: k, rate, interval as numbers into text."""
    pool = synthetic.filtered["pools"][0]
    said = data["pools"][data["at"][0]]

    assert (said["k"], said["studies"], said["leaks"]) == ("10", "10", "220 / 650")
    assert said["rate"] == f"{100 * pool['estimate']:.1f} %"
    assert said["ci"] == f"[{100 * pool['ci_low']:.1f}, {100 * pool['ci_high']:.1f}]"
    assert said["bar"][1] == f"{100 * pool['estimate']:.1f}"
    assert said["of"].startswith("3 CT, 3 not reported, 2 CT + X-ray")


def test_what_to_mind(data):
    """A mixture of groups, fewer than two studies, and few rows are told; CT alone needs no word."""
    step = len(data["at"]) // 7
    words = [data["pools"][data["at"][i * step]] for i in range(7)]

    assert words[0]["mixed"] == MIXED
    assert (words[1]["mixed"], words[1]["why"]) == ("", FEW_ROWS)
    assert words[3]["why"] == ONE_STUDY
    assert words[3]["pooled"] is False
    assert words[3]["rate"] == "50.0 %"


def test_choices_hold_the_rows_of_the_table(data, synthetic):
    """Ids and row numbers lead to the lines of the evidence tables."""
    assert data["row"] == "modality.row."
    assert data["total"] == len(synthetic.results["modality"]["rows"])
    assert data["choices"][0][1] == [0, 1, 2]


def test_the_table_has_every_single_choice(view):
    """For paper and for browsers without scripts: one line per choice, counts joined where nothing is pooled."""
    lines = [[cell.text for cell in row.cells] for row in view.table.rows]

    assert len(lines) == sum(len(control.options) - 1 for control in view.controls)
    assert lines[0][:5] == ["Imaging", "CT", "3", "3", "90 / 150"]
    assert lines[2][5:] == ["", "50.0 %", "—", "—"]


def test_no_word_of_a_sheet_ends_the_data(synthetic):
    """Markup in a group's name or a word stays inside the script element that holds the numbers."""
    bad = "</script><!--<script>&"
    result = dict(synthetic.results["modality"])
    result["rows"] = [{**row, "modality": bad if i else "CT"} for i, row in enumerate(result["rows"])]
    changed = replace(synthetic, results={**synthetic.results, "modality": result})
    data = filter_view(changed).data

    assert not set("<>&") & set(data)
    assert bad in json.loads(data)["pools"][0]["of"]


def test_nothing_to_choose(synthetic):
    """Without filters there is no section."""
    assert filter_view(replace(synthetic, filtered=None)) is None
