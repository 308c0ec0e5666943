"""Every row of the sheet gets a verdict and a reason."""

from pathlib import Path

import pytest

from metaleak.errors import SelectionError
from metaleak.question.question import wrong_words
from metaleak.question.select import select_rows
from metaleak.sheets.codebook import read_codebook

ROOT = Path(__file__).parents[2]


def row(study="A", arm="all", procedure="PVP", unit="vertebra", modality="CT", site="any", x=1, n=10):
    return (study, arm, procedure, unit, modality, site, "any", x, n)


def reasons(question, frame):
    return select_rows(question, frame, name="test").candidates["reason"].tolist()


def test_a_row_with_the_asked_words_is_taken_into_its_group(question, leaks):
    selection = select_rows(question(), leaks(row(), row("B", modality="fluoroscopy")), name="test")

    assert selection.taken["group"].tolist() == ["CT", "X-ray"]


def test_a_row_at_another_site_is_left_out_with_the_reason(question, leaks):
    assert reasons(question(), leaks(row(), row(site="venous"))) == ["", "leak_site is venous, not any"]


def test_arms_are_taken_before_their_sum(question, leaks):
    frame = leaks(row(x=3, n=20), row(arm="a"), row(arm="b"))

    assert reasons(question(), frame) == ["arm all: its arms are taken", "", ""]


def test_the_sum_is_taken_before_its_arms_when_declared(question, leaks):
    frame = leaks(row(x=3, n=20), row(arm="a"), row(arm="b"))

    result = reasons(question(several_rows={"arm": "all-before-arms"}), frame)

    assert result == ["", "arm a: the row of all arms is taken", "arm b: the row of all arms is taken"]


def test_the_preferred_modality_of_an_arm_is_taken(question, leaks):
    frame = leaks(row(modality="xray"), row(modality="CT"))

    result = reasons(question(several_rows={"modality": ["CT", "xray"]}), frame)

    assert result == ["modality CT of the same arm is taken before xray", ""]


def test_preferences_work_within_one_site(question, leaks):
    frame = leaks(row(modality="xray", site="venous"), row(modality="CT"))

    result = reasons(
        question(
            rows={"sheet": "leaks", "leak_site": ["any", "venous"]}, several_rows={"modality": ["CT", "xray"]}
        ),
        frame,
    )

    assert result == ["", ""]


def test_a_row_that_is_not_filled_in_yet_is_left_out(question, leaks):
    assert reasons(question(), leaks(row(), row("B", x=None))) == ["", "n_leak still empty"]


def test_a_row_of_no_group_is_left_out(question, leaks):
    result = reasons(question(), leaks(row(), row("B", modality="not_reported")))

    assert result == ["", "belongs to no group of the question"]


def test_every_row_of_the_sheet_is_judged(question, leaks):
    frame = leaks(row(), row(site="venous"), row("B", x=None))

    assert len(select_rows(question(), frame, name="test").candidates) == len(frame)


def test_an_empty_selection_names_the_file_and_the_commonest_reason(question, leaks):
    with pytest.raises(SelectionError, match=r"analyses/test.toml.*leak_site is venous, not any \(2\)"):
        select_rows(question(), leaks(row(site="venous"), row("B", site="venous")), name="test")


def test_the_sheet_itself_is_not_changed(question, leaks):
    frame = leaks(row(), row(site="venous"))
    before = frame.copy()

    select_rows(question(), frame, name="test")

    assert frame.equals(before)


def test_rows_are_chosen_and_grouped_by_how_leaks_were_looked_for(question, leaks):
    """An empty cell is none of the words."""
    frame = leaks(row("A"), row("B"), row("C")).assign(verification=["all", "selected", ""])
    asked = question(
        group=[{"name": "everybody", "verification": ["all"]}, {"name": "some", "verification": ["selected"]}]
    )

    selection = select_rows(asked, frame, name="test")

    assert wrong_words(asked, read_codebook(ROOT / "extraction" / "codebook.toml")) == []
    assert selection.candidates["group"].tolist() == ["everybody", "some", ""]
    assert reasons(question(rows={"sheet": "leaks", "verification": ["all"]}), frame)[2] == (
        "verification is empty, not all"
    )


def test_leaks_set_against_vertebrae_are_no_share(question, leaks):
    """A vertebra may leak twice: 74 leaks of 76 vertebrae are not pooled, whatever the question asks for."""
    frame = leaks(row(), row("B", unit="leak", x=74, n=76))

    found = select_rows(question(), frame, name="test", of_leaks=("leak",)).candidates["reason"].tolist()

    assert found == ["", "unit leak: leaks against vertebrae are no share of them"]
