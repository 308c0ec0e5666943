"""Texts for PubMed: what is wrong with one, and parts that are disjoint and cover."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaleak.search.query import Slice, entered_since, mistakes, numbered, revised_since

DAYS = st.dates(date(1700, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("(cement", "1 parenthesis is not closed"),
        ("((cement", "2 parentheses are not closed"),
        ("cement)", "1 parenthesis is not opened"),
        ("cement) OR (leak", "1 parenthesis is not opened"),
        ('"cement', "a quotation mark is not closed"),
        ("\u201ccement\u201d", "curly quotation marks"),
        ("cement[tiab", "brackets"),
        ("cement and leak", "'and' is a word"),
        ("cement OR leak not rat", "'not' is a word"),
        ("# the procedure\ncement", "'#' is neither a comment"),
        ("#1 AND #2", "'#' is neither a comment"),
    ],
)
def test_what_pubmed_would_read_otherwise_is_told(text, told):
    assert told in "; ".join(mistakes(text))


@pytest.mark.parametrize(
    "text", ['("bone and cement"[tiab] OR leak)', "cement[mh] NOT (a OR b)", '"(" AND leak', '"#1"[tiab]']
)
def test_a_sound_text_has_no_mistakes(text):
    assert mistakes(text) == []


def test_a_slice_cuts_a_whole_strategy_not_its_last_word():
    cut = Slice(date(2020, 1, 1), date(2020, 12, 31)).within("a OR b")

    assert cut == '(a OR b) AND ("2020/01/01"[EDAT] : "2020/12/31"[EDAT])'


def test_a_single_day_is_cut_by_number():
    first, second = Slice(date(2020, 1, 1), date(2020, 1, 1)).halves()

    assert first.within("a").endswith(" AND (1:50000000[UID])")
    assert second.within("a").endswith(" AND (50000001:99999999[UID])")


@given(day=DAYS, number=st.integers(1, 99_999_999))
def test_every_record_lies_in_exactly_one_half_down_to_itself(day, number):
    def holds(part):
        return part.first_day <= day <= part.last_day and part.first_number <= number <= part.last_number

    part = Slice()
    while part.first_day < part.last_day or part.first_number < part.last_number:
        halves = part.halves()
        assert sum(map(holds, halves)) == 1
        part = next(half for half in halves if holds(half))

    assert (part.first_day, part.first_number) == (day, number)


def test_windows_reach_back_a_week():
    assert '"2026/11/18"[MDAT]' in revised_since(date(2026, 11, 25))
    assert entered_since("a OR b", date(2026, 11, 25)).count("2026/11/18") == 2


def test_numbers_are_asked_for_one_by_one():
    assert numbered((1, 2)) == "1[UID] OR 2[UID]"
    assert Slice().last_day - Slice().first_day > timedelta(days=365 * 300)
