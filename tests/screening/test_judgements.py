"""What judgements come to: reviewers who agree, differ, settle and take back."""

import pytest
from pydantic import ValidationError

from metaleak.screening.flow import Fate
from metaleak.screening.judgements import (
    NOT_RETRIEVED,
    SCREENING,
    Choice,
    Judgement,
    ScreeningSection,
    Stage,
    Standing,
    fate_of,
    judgement_of,
    outcomes_of,
    row_of,
)

TITLE, REPORT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT


def said(stage, *words, key="a"):
    """Return judgements: ``"WX exclude design settles"`` -> one of WX."""
    made = []
    for word in words:
        by, choice, *more = word.split()
        settles = "settles" in more
        reason = next((each for each in more if each != "settles"), "")
        made.append(
            Judgement(
                record_id=key, stage=stage, choice=Choice(choice), by=by, reason=reason, settles=settles
            )
        )
    return made


@pytest.mark.parametrize(
    ("words", "standing"),
    [
        (["WX include"], Standing.OPEN),
        (["WX include", "WX exclude"], Standing.OPEN),
        (["WX include", "YZ include"], Standing.PASSED),
        (["WX include", "YZ maybe"], Standing.PASSED),
        (["WX exclude", "YZ exclude"], Standing.EXCLUDED),
        (["WX include", "YZ exclude"], Standing.CONFLICT),
        (["WX maybe", "YZ exclude"], Standing.CONFLICT),
        (["WX include", "YZ exclude", "YZ taken-back"], Standing.OPEN),
        (["WX exclude", "YZ include", "YZ exclude"], Standing.EXCLUDED),
        (["WX exclude", "YZ include", "YZ exclude", "YZ taken-back"], Standing.CONFLICT),
        (["WX include", "YZ exclude", "QR include settles"], Standing.PASSED),
        (["WX include", "YZ exclude", "WX exclude settles"], Standing.EXCLUDED),
        (["WX include", "YZ exclude", "QR include settles", "QR taken-back settles"], Standing.CONFLICT),
        (["WX taken-back", "WX exclude", "YZ exclude"], Standing.EXCLUDED),
    ],
)
def test_titles_and_abstracts(words, standing):
    """Two have to agree; maybe goes on; the last word of each counts; a settling one counts alone."""
    assert outcomes_of(said(TITLE, *words), same={}, reviewers=2)["a", TITLE].standing is standing


@pytest.mark.parametrize(
    ("words", "standing", "fate"),
    [
        (["WX exclude design", "YZ exclude design"], Standing.EXCLUDED, Fate.EXCLUDED),
        (["WX exclude design", "YZ exclude outcome"], Standing.CONFLICT, Fate.AWAITING_ASSESSMENT),
        (
            ["WX exclude design", "YZ exclude outcome", "QR exclude outcome settles"],
            Standing.EXCLUDED,
            Fate.EXCLUDED,
        ),
        (
            [f"WX exclude {NOT_RETRIEVED}", f"YZ exclude {NOT_RETRIEVED}"],
            Standing.EXCLUDED,
            Fate.NOT_RETRIEVED,
        ),
        (["WX maybe", "YZ maybe"], Standing.MAYBE, Fate.AWAITING_ASSESSMENT),
        (["WX include", "YZ maybe"], Standing.CONFLICT, Fate.AWAITING_ASSESSMENT),
        (["WX include"], Standing.OPEN, Fate.AWAITING_ASSESSMENT),
        (["WX include", "YZ include"], Standing.PASSED, Fate.AWAITING_EXTRACTION),
    ],
)
def test_reports(words, standing, fate):
    """By the report reasons have to agree too, and maybe decides nothing."""
    both = [*said(TITLE, "WX include", "YZ include"), *said(REPORT, *words)]
    found = outcomes_of(both, same={}, reviewers=2)

    assert found["a", REPORT].standing is standing
    assert fate_of(found["a", TITLE], found["a", REPORT]) is fate


def test_one_reviewer_is_enough_where_the_review_says_so():
    """And a judgement about a duplicate is one about its publication."""
    found = outcomes_of(said(TITLE, "WX include", key="b"), same={"b": "a"}, reviewers=1)

    assert found["a", TITLE].standing is Standing.PASSED


def test_what_was_taken_back_was_never_said():
    """A stage without a judgement that counts is not there."""
    assert outcomes_of(said(TITLE, "WX include", "WX taken-back"), same={}, reviewers=2) == {}


def test_a_row_comes_back_as_it_was():
    """Cells by column, and the judgement from them; an unknown word is refused."""
    judgement = Judgement(
        record_id="a",
        stage=REPORT,
        choice=Choice.EXCLUDE,
        by="WX",
        reason="design",
        settles=True,
        note="p. 3",
    )
    row = row_of(judgement)

    assert tuple(row) == SCREENING.names
    assert judgement_of(row) == judgement
    with pytest.raises(ValueError, match="perhaps"):
        judgement_of({**row, "choice": "perhaps"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"reviewers": 0},
        {"reasons": {}},
        {"reasons": {"No Count": "x"}},
        {"update_since": "May"},
        {"reviewer": 2},
    ],
)
def test_a_section_is_checked(wrong):
    """Numbers, codes and days of metaleak.toml; unknown keys are refused."""
    with pytest.raises(ValidationError):
        ScreeningSection.model_validate(wrong)


def test_the_closed_list_ends_with_what_is_no_exclusion():
    """A review may declare its own reasons; a report that could not be had is always among them."""
    assert ScreeningSection.model_validate({"reasons": {"no-ct": "No CT"}}).codes == ("no-ct", NOT_RETRIEVED)
