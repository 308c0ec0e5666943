"""What a run has to fetch: new numbers, late ones, revised and retracted ones."""

from datetime import date

import pytest

from metaleak.search.plan import Order, as_json, from_json, make_plan
from metaleak.search.pubmed import PubMed
from metaleak.search.query import EVERY
from metaleak.storage import strict_json
from tests.search.shelf import Entry, Shelf

FIRST = Order(run="r", strategy="s", query="cement", started="2026-10-25T09:00:00Z")
SECOND = Order(
    run="r2", strategy="s", query="cement", started="2026-11-25T09:00:00Z", previous="r", since=FIRST.started
)
NOVEMBER = date(2026, 11, 10)


@pytest.fixture
def shelf(ncbi):
    """Return a shelf of ten old records on the server."""
    shelf = Shelf()
    shelf.add(*(Entry(number) for number in range(1, 11)))
    ncbi.reset(shelf)
    return shelf


@pytest.fixture
def plan(client, memory):
    """Return a function that plans in batches of four."""
    pubmed = PubMed(client(), batch=4)
    return lambda order, held=(), matched=(): make_plan(pubmed, order, held, memory, matched)


def ids(plan, *, new):
    return [number for planned in plan.batches if planned.new is new for number in planned.ids]


def test_a_first_search_fetches_everything_in_rows_of_the_list(shelf, plan):
    planned = plan(FIRST)

    assert [(each.ids, each.start) for each in planned.batches] == [
        ((10, 9, 8, 7), 0),
        ((6, 5, 4, 3), 4),
        ((2, 1), 8),
    ]
    assert planned.found == 10


def test_a_second_search_fetches_what_is_not_held(shelf, plan):
    shelf.add(Entry(11, entered=NOVEMBER, created=NOVEMBER))
    planned = plan(SECOND, range(1, 11))

    assert ids(planned, new=True) == [11]
    assert (planned.found, planned.late) == (11, ())


def test_numbers_that_stand_in_no_row_are_asked_for_by_number(shelf, plan):
    planned = plan(SECOND, (1, 3, 5, 7, 9))

    assert [(each.ids, each.term) for each in planned.batches] == [((10, 8, 6, 4), ""), ((2,), "cement")]


def test_an_old_record_that_matches_only_now_is_found_and_told(shelf, plan):
    """A window of dates would never see it."""
    shelf.add(Entry(12, words="other"))
    plan(FIRST)
    shelf.add(Entry(12))
    planned = plan(
        Order(run="x", strategy="s", query="cement OR b", started=SECOND.started, since=FIRST.started),
        range(1, 11),
    )

    assert ids(planned, new=True) == [12]
    assert planned.late == (12,)


def test_a_record_that_was_added_with_an_old_entrez_date_is_not_late(shelf, plan):
    shelf.add(Entry(13, entered=date(1999, 1, 1), created=NOVEMBER))

    assert plan(SECOND, range(1, 11)).late == ()


def test_held_records_that_were_revised_are_fetched_again(shelf, plan):
    shelf.add(Entry(4, revised=NOVEMBER), Entry(5, revised=NOVEMBER, words="no longer found"))
    planned = plan(SECOND, range(1, 11))

    assert ids(planned, new=False) == [4, 5]
    assert ids(planned, new=True) == []


def test_held_records_that_were_retracted_are_named(shelf, plan):
    shelf.add(Entry(4, types=("Journal Article", "Retracted Publication")))

    assert plan(SECOND, range(1, 11)).retracted == (4,)


def test_held_records_that_pubmed_deleted_are_named(shelf, plan):
    del shelf.entries[3]
    planned = plan(SECOND, range(1, 11), range(1, 11))

    assert (planned.gone, planned.unmatched) == ((3,), (3,))


def test_held_records_that_no_longer_match_are_named(shelf, plan):
    """Of those that the strategy matched before; another search's never did."""
    shelf.add(Entry(4, words="no longer found"), Entry(5, words="no longer found"))
    planned = plan(SECOND, range(1, 11), (1, 2, 3, 4))

    assert (planned.gone, planned.unmatched) == ((), (4,))


def test_held_records_of_another_search_that_match_are_remembered(shelf, plan):
    assert plan(SECOND, (1, 2, 3, 99), (1,)).shared == (2, 3)


def test_a_first_search_calls_nothing_gone(shelf, plan, ncbi):
    planned = plan(FIRST, (1, 99))

    assert (planned.gone, planned.unmatched) == ((), ())
    assert "epost" not in [program for _, program in ncbi.arrivals]


def test_what_the_index_has_is_not_called_gone(shelf, plan, monkeypatch):
    """Whatever the server makes of the posted list."""
    search = shelf.search
    monkeypatch.setattr(shelf, "search", lambda term: ([], []) if term == EVERY else search(term))
    del shelf.entries[3]

    assert plan(SECOND, range(1, 11)).gone == (3,)


def test_telling_what_is_gone_costs_a_question_and_one_for_each_hundred_that_are(shelf, plan, ncbi):
    plan(SECOND, range(1, 11))
    whole = len(ncbi.asked)
    plan(SECOND, range(1, 111))
    questions = [question.get("term", "") for _, question in ncbi.asked]

    assert questions[:whole].count(EVERY) == 1
    assert sum("[UID] OR" in term for term in questions[:whole]) == 0
    assert sum("[UID] OR" in term for term in questions[whole:]) == 1


def test_a_list_that_the_server_loses_is_posted_anew(shelf, plan, ncbi):
    shelf.add(Entry(4, revised=NOVEMBER))
    lost = ["expire"]
    ncbi.faults = lambda program, question: lost.pop() if "WebEnv" in question and lost else None

    assert ids(plan(SECOND, range(1, 11)), new=False) == [4]
    assert [program for _, program in ncbi.arrivals].count("epost") == 2


def test_what_appears_between_the_two_questions_is_fetched_too(shelf, plan, ncbi):
    def appear(program, question):
        if "EDAT" in question.get("term", ""):
            shelf.add(Entry(14, entered=NOVEMBER, created=NOVEMBER))

    ncbi.faults = appear
    planned = plan(SECOND, range(1, 11))

    assert ids(planned, new=True) == [14]
    assert planned.found == 11


def test_a_plan_survives_the_disk(shelf, plan):
    planned = plan(SECOND, (1, 3))

    assert from_json(strict_json.loads(strict_json.dumps(as_json(planned)))) == planned


def test_a_plan_of_an_earlier_version_is_read(shelf, plan):
    kept = as_json(plan(FIRST))
    for name in ("unmatched", "gone", "shared"):
        del kept[name]

    assert from_json(kept) == plan(FIRST)
