"""What the detection-adjusted answer says, with these and with other numbers."""

import json
from pathlib import Path

import pytest

from metaleak.reporting.detection.sentences import leading, passages
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
    assert "least overlap" not in told


def test_totals_without_an_overlap_are_said_to_be_an_assumption(result):
    """With the sensitivity at the least overlap, whose interval is nearly everything."""
    told = next(sentence for sentence in sentences(result) if "with totals only" in sentence)

    assert told.startswith("Pairs with totals only count as if X-ray saw nothing beside the leaks on CT")
    assert "(of the leaks on CT, X-ray shows 0 of 56, 0 of 13) the sensitivity is 60 % [1, 100]" in told


def test_without_guard_rails_and_pool_there_is_still_an_answer(result):
    """Nothing is said of what was not tried."""
    result |= {"guard_rails": [], "ct_pool": None, "penalised_stands_beside": False}

    told = sentences(result)

    assert not [sentence for sentence in told if sentence.startswith(("Under ", "The CT counts", "Few rows"))]


def test_both_ends_of_the_unreported_series_are_said(result):
    """All on X-ray, all on CT, from the numbers of the result."""
    result["unreported"] = [
        {"share": 1.0, "estimate": 0.21, "ci_low": 0.1, "ci_high": 0.3},
        {"share": 0.0, "estimate": 0.44, "ci_low": 0.4, "ci_high": 0.5},
    ]

    told = next(s for s in sentences(result) if s.startswith("Series that do not say"))

    assert "read X-ray, the rate on CT would be 44 % [40, 50]" in told
    assert "if all had read CT, 21 % [10, 30]" in told


def test_one_end_alone_is_not_said(result):
    """Half of them is no end."""
    result["unreported"] = [{"share": 0.5, "estimate": 0.21, "ci_low": 0.1, "ci_high": 0.3}]

    assert not [s for s in sentences(result) if s.startswith("Series that do not say")]


def test_a_source_without_an_upper_limit_says_so(result):
    """And the test is never read as agreement."""
    result["two_sources"] = {
        "direct": {"value": 0.5, "ci_low": 0.4, "ci_high": 0.6},
        "indirect": {"value": 0.7, "ci_low": 0.3, "ci_high": None},
        "p": 0.4,
        "detectable": 1.5,
        "reason": None,
    }

    sources = next(s for s in leading(result) if "Two sources" in s)
    equality = next(s for s in sentences(result) if s.startswith("Whether the two sources"))

    assert "readings of the same patients or vertebrae, which alone give 50 % [40, 60]" in sources
    assert "between studies, which alone gives 70 % (from 30 %, no upper limit)." in sources
    assert "p = 0.400 for equality" in equality
    assert "about 1.5 on the logit" in equality
    assert equality.endswith("A high p value is no agreement.")


def test_one_source_alone_is_not_compared(result):
    """Nothing is said where nothing was compared."""
    result["two_sources"] = {"reason": "one source only"}

    assert not [s for s in sentences(result) if "wo sources" in s]


def test_the_fact_that_narrows_most_is_named(result):
    """From the numbers of the result; nothing where nothing was asked."""
    fact = {
        "kind": "ct",
        "n": 100,
        "times": 1,
        "silent": False,
        "narrows_sensitivity": 0.5,
        "narrows_rate": 0.1,
    }
    result["next_facts"] = [fact, fact | {"kind": "pair", "narrows_sensitivity": 0.2}]

    told = [sentence for sentence in sentences(result) if "single facts" in sentence]

    assert told == [
        "Of single facts, one more series of 100 units read on CT would narrow the interval of the sensitivity most, "
        "by 50 %."
    ]
    assert not [s for s in sentences(result | {"next_facts": []}) if "single facts" in s]


def test_the_drawn_tables_stand_beside_the_test(result):
    """With their number."""
    told = next(s for s in sentences(result) if s.startswith("Whether the two sources"))

    assert "by 300 tables drawn under equality" in told


def test_answers_under_priors_stand_in_the_line_of_the_penalised_ones(result):
    """With the priors named; silent where none were asked for."""
    told = next(sentence for sentence in sentences(result) if "eakly informative priors" in sentence)
    assert "with the penalty" in told
    assert "(τ half-normal(1), ω half-normal(0.5)) they are 58 % [48, 69] and 64 % [54, 79]" in told

    result["priors"] = []
    assert not [sentence for sentence in sentences(result) if "priors" in sentence]


def test_a_rate_that_no_prior_moves_is_told_once(result):
    """Both ends where they differ in what is shown, one number where they do not."""
    told = " ".join(sentences(result))
    result["priors"][0]["estimate"] = 0.41

    assert "the rate is 58 % under each of 6 pairs of priors." in told
    assert "the rate runs from 41 % to 58 % over 6 pairs of priors." in " ".join(sentences(result))


def test_the_answer_takes_three_paragraphs(result):
    """Rate, sensitivity with its two sources, and the pool of the CT counts; the rest has names."""
    assert len(leading(result)) == 3
    assert [each.title for each in passages(result)] == [
        "What the sensitivity of X-ray rests on",
        "How far other assumptions move the answer",
        "Rows beside the model, and how leaks were looked for",
        "What one more study would narrow",
    ]


def test_what_the_sheets_do_not_say_has_no_passage(result):
    """A fold without a sentence is not shown."""
    result |= {"guard_rails": [], "penalised_stands_beside": False, "next_facts": []}

    assert [each.key for each in passages(result)] == ["sources", "beside"]
