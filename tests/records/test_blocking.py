"""Which pairs are compared."""

import random
from dataclasses import replace
from itertools import combinations

import pytest
from rapidfuzz import fuzz

from metaleak.records import blocking
from metaleak.records.blocking import candidates
from metaleak.records.profile import profile_of
from metaleak.records.record import Author, Record

TITLE = "Cement leakage after percutaneous vertebroplasty in osteoporotic fractures"


def pairs(*records):
    """Return the candidate pairs of records."""
    return candidates([profile_of(record) for record in records])


def test_one_shared_thing_is_enough():
    """An identifier, a page of a volume, a title, its beginning."""
    base = Record(title=TITLE, year=2015)

    assert pairs(Record(doi="10.1000/1"), Record(doi="10.1000/1")) == [(0, 1)]
    assert pairs(Record(volume="3", pages="12-19"), Record(volume="3", pages="12")) == [(0, 1)]
    assert pairs(base, replace(base, year=1999)) == [(0, 1)]
    assert pairs(base, replace(base, title=TITLE[:40])) == [(0, 1)]


def test_strangers_are_not_compared():
    """A shared author and year alone bring nobody together."""
    one = Record(title=TITLE, year=2015, authors=(Author("Li", "N"),))
    other = replace(one, title="Radiation exposure of the surgeon")

    assert pairs(one, other) == []


def test_large_blocks_find_what_small_ones_find():
    """Hundreds of records of one author: the two that are alike are found, whoever stands around them."""
    crowd = [Record(title=f"{word} {at} of things", year=2015, authors=(Author("Li", "N"),)) for at, word in
             enumerate(["alpha", "bravo", "charlie", "delta"] * 60)]  # fmt: skip
    twins = [Record(title=TITLE, year=year, authors=(Author("Li", "N"),)) for year in (2015, None)]

    assert (240, 241) in pairs(
        *crowd, *(replace(each, title=each.title + mark) for each, mark in zip(twins, ("", "s"), strict=True))
    )


@pytest.mark.parametrize("seed", range(5))
def test_every_two_alike_titles_of_an_author_within_a_year_meet(monkeypatch, seed):
    """In blocks that are compared in several pieces, with years before, after and unknown."""
    monkeypatch.setattr(blocking, "_ROWS", 40)
    chance = random.Random(seed)
    words = [
        "cement",
        "leaks",
        "into",
        "veins",
        "and",
        "discs",
        "of",
        "old",
        "spines",
        "after",
        "balloon",
        "or",
        "needle",
    ]
    titles = [" ".join(chance.sample(words, 9)) for _ in range(60)]
    records = [
        Record(
            title=f"{chance.choice('abcdef')} {chance.choice(titles)} {chance.choice('uvwxyz')}",
            year=chance.choice((None, *range(2010, 2015))),
            authors=(Author("Li", "N"),),
        )
        for _ in range(400)
    ]
    profiles = [profile_of(record) for record in records]
    alike = {
        (left, right)
        for left, right in combinations(range(len(records)), 2)
        if fuzz.ratio(profiles[left].title, profiles[right].title) >= 82
        and _within_a_year(records[left].year, records[right].year)
    }

    assert len(alike) > 100
    assert alike <= set(candidates(profiles))


def _within_a_year(one, other):
    return one is None or other is None or abs(one - other) <= 1
