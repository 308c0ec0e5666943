"""A batch: each number delivered, a book, deleted or missing."""

import pytest

from metaleak.errors import RefusedError
from metaleak.search.batch import fetch_batch
from metaleak.search.pubmed import Page
from tests.search.shelf import Entry, Shelf


@pytest.fixture
def shelf(ncbi):
    """Return a shelf of ten records on the server; the seventh is a book."""
    shelf = Shelf()
    shelf.add(*(Entry(number, is_book=number == 7) for number in range(1, 11)))
    ncbi.reset(shelf)
    return shelf


def test_all_arrive_in_one_answer(pubmed, shelf):
    batch = fetch_batch(pubmed, (3, 7, 5), None)

    assert (batch.articles, batch.books, batch.deleted, batch.missing) == ((3, 5), (7,), (), ())
    assert len(batch.payloads) == 1


def test_a_page_of_the_history_server_is_asked_without_numbers(pubmed, shelf, ncbi):
    session = pubmed.search("cement").session
    batch = fetch_batch(pubmed, (8, 7, 6), Page(session, 2))

    assert batch.articles == (8, 6)
    assert "id" not in ncbi.asked[-1][1]


@pytest.mark.parametrize("manner", ["status", "words"])
def test_a_forgotten_page_is_asked_for_by_number(pubmed, shelf, ncbi, manner):
    ncbi.expired = manner
    session = pubmed.search("cement").session
    ncbi.forget_sessions()

    assert fetch_batch(pubmed, (10, 9), Page(session, 0)).articles == (10, 9)
    assert [program for _, program in ncbi.arrivals] == ["esearch", "efetch", "efetch"]


def test_a_page_that_holds_other_numbers_counts_for_nothing(pubmed, shelf, ncbi):
    session = pubmed.search("cement").session
    batch = fetch_batch(pubmed, (1, 2), Page(session, 0))

    assert batch.articles == (1, 2)
    assert len(batch.payloads) == 1


def test_what_a_short_answer_lacks_is_asked_for_again(pubmed, shelf, ncbi):
    faults = ["short"]
    ncbi.faults = lambda program, _: faults.pop() if faults else None
    batch = fetch_batch(pubmed, (1, 2, 3, 4), None)

    assert batch.articles == (1, 2, 3, 4)
    assert len(batch.payloads) == 2
    assert len(ncbi.asked[-1][1]["id"].split(",")) == 2


def test_a_deleted_number_is_told_from_one_that_is_not_delivered(pubmed, shelf):
    shelf.doomed, shelf.ghosts = {2}, {3}
    batch = fetch_batch(pubmed, (1, 2, 3), None)

    assert (batch.articles, batch.deleted, batch.missing) == ((1,), (2,), (3,))


def test_a_batch_of_deleted_numbers_is_refused_and_still_accounted_for(pubmed, shelf):
    shelf.doomed = {1, 2}
    batch = fetch_batch(pubmed, (1, 2), None)

    assert (batch.deleted, batch.payloads) == ((1, 2), ())


def test_many_missing_numbers_are_looked_up_in_portions(pubmed, shelf, ncbi):
    shelf.add(*(Entry(number) for number in range(100, 350)))
    shelf.ghosts = set(range(100, 350))

    assert fetch_batch(pubmed, tuple(range(100, 350)), None).missing == tuple(range(100, 350))
    assert [program for _, program in ncbi.arrivals].count("esearch") == 3


def test_a_caller_that_is_shut_out_is_told(pubmed, shelf, ncbi, monkeypatch):
    monkeypatch.setattr(ncbi, "answer", lambda *_: (403, "blocked"))

    with pytest.raises(RefusedError, match="blocked"):
        fetch_batch(pubmed, (1,), None)
