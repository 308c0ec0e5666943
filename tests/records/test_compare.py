"""The hard cases of deduplication, one by one, and what two records are to each other."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from dedup_pairs import ARTICLE, PAIRS

from metaleak.records.compare import Verdict, compare
from metaleak.records.profile import profile_of


def judge(left, right):
    """Compare two records."""
    return compare(profile_of(left), profile_of(right))


@pytest.mark.parametrize("name", PAIRS)
def test_hard_pairs(name):
    """One publication is found as one, two never are."""
    left, right, is_one = PAIRS[name]

    assert (judge(left, right).verdict is Verdict.DUPLICATE) is is_one


@pytest.mark.parametrize("name", PAIRS)
def test_the_order_does_not_matter(name):
    """Left with right is right with left."""
    left, right, _ = PAIRS[name]

    assert judge(left, right) == judge(right, left)


@pytest.mark.parametrize(
    ("name", "tie"),
    [
        ("preprint", "preprint"),
        ("congress abstract and paper", "congress"),
        ("erratum", "notice"),
        ("part I and part II", "series"),
        ("versions of a Cochrane review", "version"),
        ("follow-up of the cohort", "cohort"),
    ],
)
def test_two_that_belong_together(name, tie):
    """They are not merged, and the tie says how they belong."""
    left, right, _ = PAIRS[name]

    assert judge(left, right).tie == tie


def test_a_title_alone_makes_no_duplicate():
    """However long it is: without a second field a person has to look."""
    bare = replace(ARTICLE, doi="", authors=(), journal="", journal_abbreviation="", issns=(), volume="", issue="",
                   pages="", year=None, abstract=())  # fmt: skip

    assert judge(bare, bare).verdict is Verdict.MAYBE
    assert judge(bare, replace(ARTICLE, doi="")).verdict is not Verdict.DUPLICATE


def test_equal_records_agree_in_full():
    """The score of a record with itself is 1."""
    assert judge(ARTICLE, ARTICLE).score == 1
