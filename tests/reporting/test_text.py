"""The sentences of the answer: what each says, and what none may say."""

import math

import pytest

from metaleak.reporting import text
from tests.reporting.conftest import difference, group


@pytest.mark.parametrize(
    ("ratio", "low", "high", "said"),
    [
        (0.49, 0.21, 1.14, "compatible with no difference and with a fivefold one"),
        (2.04, 0.88, 4.76, "compatible with no difference and with a fivefold one"),
        (
            0.38,
            0.2,
            0.73,
            "not compatible with no difference; the interval runs from a 1.4-fold to a fivefold one",
        ),
        (
            3.0,
            1.5,
            8.0,
            "not compatible with no difference; the interval runs from a 1.5-fold to an eightfold one",
        ),
        (1.0, 0.9, 1.1, "compatible with no difference and with no more than a 1.11-fold one"),
        (
            0.9,
            0.33,
            2.0,
            "compatible with no difference, with a threefold one and with a twofold one the other way",
        ),
        (0.5, 0.0, 1.1, "compatible with no difference and with a boundless one"),
        (0.5, 0.01, 1.1, "compatible with no difference and with a more than tenfold one"),
        (None, None, None, "no interval, so nothing is left out"),
    ],
)
def test_an_odds_ratio_is_read_by_its_interval(ratio, low, high, said):
    """What the interval allows is said, in both directions, without a verdict by p value."""
    assert text.reading(ratio, low, high) == said


def test_reading_is_the_same_from_both_sides():
    """Turning the ratio around does not change what the interval allows."""
    assert text.reading(0.4, 0.2, 1.5) == text.reading(1 / 0.4, 1 / 1.5, 1 / 0.2)


def test_an_infinite_ratio_has_words():
    """A limit without end is said, not printed as a number."""
    assert text.fold(math.inf) == "boundless"


def test_pairs_tell_how_many_are_bounds():
    """The share names its comparisons, and those that only bound it."""
    said = text.share_in_pairs(
        group(3, 123, 218, 0.584, low=0.469, high=0.741),
        index="X-ray",
        reference="CT",
        unit="patients",
        bounds=2,
    )

    assert said == (
        "Within the same patients, X-ray showed a share of 58 % [47, 74] of what CT showed "
        "(k = 3 comparisons; 2 print only totals, so that their share is an upper bound)."
    )


def test_pairs_without_a_model_give_counts():
    """One comparison is told by its counts and the reason."""
    single = group(1, 9, 13, None, low=0.4, high=0.9)

    said = text.share_in_pairs(single, index="X-ray", reference="CT", unit="patients")

    assert said == (
        "Within the same patients, X-ray showed 9 of 13 of what CT showed "
        "(k = 1 comparison; not pooled: one row: shown as it is)."
    )


def test_the_contrast_names_both_groups_and_their_sizes():
    """The sentence says of what against what, with k on both sides and the interval."""
    said = text.between_studies(difference("X-ray", "CT", 0.49, 0.21, 1.14, k=(6, 21)))

    assert "on X-ray were 0.49 [0.21, 1.14] times those on CT" in said
    assert "k = 6 against 21 observations" in said


def test_silent_rows_are_a_group_of_their_own():
    """Rows that do not report the imaging are never called the rest, nor not CT."""
    said = text.silent_rows(group(45, 1, 9, 0.233, low=0.181, high=0.293), observations=80)

    assert said == (
        "45 of the 80 observations do not report the imaging; they are a group of their own, "
        "with a leak in 23 % [18, 29], found by imaging that the texts do not name."
    )


@pytest.mark.parametrize(
    ("ratio", "high", "wanted", "unwanted"),
    [
        (0.38, 0.75, "how much the kind of study differs", "allows no difference"),
        (0.8, 1.4, "The interval allows no difference", "what detection alone may give"),
        (1.3, 2.0, "what detection alone may give", "kind of study"),
    ],
)
def test_the_negative_control_says_what_it_can(ratio, high, wanted, unwanted):
    """Below one it measures the kind of study; at one or more it proves nothing."""
    said = text.negative_control(difference("CT+xray", "CT", ratio, 0.19, high))

    assert wanted in said
    assert unwanted not in said


def test_the_range_is_set_against_the_spread():
    """The observed range stands beside what the spread between studies gives, with its tau."""
    said = text.range_of_rates([0.05, 0.87], (0.03, 0.88), k=100, taus=[0.9, 1.1])

    assert "5 % to 87 %" in said
    assert "3 to 88 % is what 100 observations" in said
    assert "tau = 0.90 to 1.10" in said
    assert said.endswith("the question is what tau is made of.")


def test_the_range_stands_alone_without_a_fit():
    """Without a pooled group nothing is said about tau."""
    assert text.range_of_rates([0.05, 0.87], None, k=0, taus=[]) == "The observed rates run from 5 % to 87 %."


def test_the_caveat_counts():
    """The rows that do not report the imaging are counted, not remembered."""
    said = text.caveat({"not_reported": 1, "taken": 7})

    assert said.endswith("; 1 of 7 rows does not say how leaks were looked for")
    assert "looked for" not in text.caveat({"not_reported": 0, "taken": 7})


def test_both_pooled_rates_are_named():
    """Median study and mean over studies are two numbers with two names."""
    said = text.pooled_rate("CT", group(21, 1201, 2013, 0.557, low=0.454, high=0.653))

    assert "In the median study 55.7 % [45.4, 65.3] leak (conditional rate)" in said
    assert "averaged over studies" in said
    assert said.endswith("1\u2009201 of 2\u2009013.")
