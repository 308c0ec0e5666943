"""Every number that matches, in parts that add up."""

from datetime import date, timedelta

import pytest

from metaleak.errors import IncompleteError
from metaleak.search.listing import list_all
from metaleak.search.pubmed import PubMed
from tests.search.shelf import Entry, Shelf


def shelf_of(days):
    """Return a shelf with one record for each day, numbered from 1."""
    shelf = Shelf()
    shelf.add(*(Entry(number, entered=day, created=day) for number, day in enumerate(days, start=1)))
    return shelf


@pytest.fixture
def low(client):
    """Return PubMed with a wall at ten."""
    return PubMed(client(), wall=10)


def test_below_the_wall_the_strategy_is_asked_as_it_was_typed(low, ncbi, memory):
    ncbi.reset(shelf_of([date(2020, 1, 1)] * 10), wall=10)
    listing = list_all(low, "cement OR xyz", memory)

    assert [part.term for part in listing.parts] == ["cement OR xyz"]
    assert listing.warnings == ("PhraseNotFound: xyz",)
    assert [program for _, program in ncbi.arrivals] == ["esearch"]


def test_one_record_above_the_wall_is_not_lost(low, ncbi, memory):
    ncbi.reset(shelf_of(date(2020, 1, 1) + timedelta(days=number) for number in range(11)), wall=10)
    listing = list_all(low, "cement", memory)

    assert sorted(listing.ids) == [*range(1, 12)]
    assert len(listing.parts) == 2


def test_a_day_above_the_wall_is_cut_by_number(low, ncbi, memory):
    ncbi.reset(shelf_of([date(2020, 1, 1)] * 57), wall=10)
    listing = list_all(low, "cement", memory)

    assert sorted(listing.ids) == [*range(1, 58)]
    assert all(0 < len(part.ids) <= 10 for part in listing.parts)


def test_nothing_matches(low, ncbi, memory):
    assert list_all(low, "cement", memory).ids == ()


def test_known_answers_are_not_asked_for_again(low, ncbi, memory):
    ncbi.reset(shelf_of(date(2020, 1, 1) + timedelta(days=number) for number in range(40)), wall=10)
    first = list_all(low, "cement", memory)
    asked = len(ncbi.arrivals)

    assert list_all(low, "cement", memory) == first
    assert len(ncbi.arrivals) == asked


def test_a_record_that_appears_in_between_is_found_in_the_second_round(low, ncbi, memory):
    shelf = shelf_of(date(2020, 1, 1) + timedelta(days=number) for number in range(40))
    ncbi.reset(shelf, wall=10)
    ncbi.faults = lambda *_: shelf.add(Entry(99)) if len(ncbi.asked) == 4 else None

    assert 99 in list_all(low, "cement", memory).ids


def test_a_server_that_hides_a_record_from_its_parts_is_found_out(low, ncbi, memory):
    shelf = shelf_of(date(2020, 1, 1) + timedelta(days=number) for number in range(40))
    # No window of dates reaches this one.
    shelf.add(Entry(99, entered=date(1600, 1, 1)))
    ncbi.reset(shelf, wall=10)

    with pytest.raises(IncompleteError, match="41 records in all, 40 in its parts"):
        list_all(low, "cement", memory)
    assert memory.kept == {}
