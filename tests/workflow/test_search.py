"""``metaleak search`` in a review: the first time, a month later, stopped in between."""

import shutil
from datetime import UTC, date, datetime

import pytest

from metaleak.errors import ConfigError, IncompleteError, InputError, LockedError, NetworkError, UsageError
from metaleak.screening.flow import Fate
from metaleak.search.log import read_log
from metaleak.search.runs import open_run, run_folder
from metaleak.storage.lock import search_lock
from metaleak.workflow.flow import review_flow
from metaleak.workflow.imports import import_file
from metaleak.workflow.records import held_records
from metaleak.workflow.search import search_review
from tests.search.clocks import FakeClock
from tests.search.ncbi import Ncbi
from tests.search.offline import stay_here
from tests.search.shelf import Entry, Shelf

__all__ = ["stay_here"]

STRATEGY = """
[search.strategies.main]
pubmed = "cement AND leakage"
embase = "'bone cement'/exp"
"""

NOVEMBER = date(2026, 11, 20)


@pytest.fixture
def clock():
    return FakeClock(datetime(2026, 10, 25, 9, 0, tzinfo=UTC))


@pytest.fixture
def ncbi(clock):
    """Return a server with five records; the fifth is a book."""
    server = Ncbi(clock)
    shelf = Shelf()
    shelf.add(*(Entry(number, is_book=number == 5) for number in range(1, 6)))
    server.reset(shelf)
    yield server
    server.close()


@pytest.fixture
def review(starter, tmp_path, monkeypatch):
    """Return a review with one strategy; caches and settings lie in a home of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with (starter / "metaleak.toml").open("a") as file:
        file.write(STRATEGY)
    return starter


@pytest.fixture
def search(review, ncbi, clock):
    """Return a function that searches the review."""

    def search(name=None, **options):
        environment = {"METALEAK_EMAIL": "reader@example.org"}
        return search_review(review, name, environment=environment, clock=clock, base_url=ncbi.url, **options)

    return search


def a_month_later(clock, ncbi, *entries):
    clock.sleep(30 * 86_400)
    ncbi.shelf.add(*entries)


def test_a_first_search_brings_everything_and_is_logged(search, review):
    (found,) = search()
    (row,) = read_log(review)

    assert (found.result.found, found.result.new) == (5, 5)
    assert (row["run"], row["n_articles"], row["n_books"]) == ("main-2026-10-25", "4", "1")
    assert row["date"] == "2026-10-25T09:00:00Z"


def test_a_month_later_only_what_is_new_is_fetched(search, review, clock, ncbi):
    search()
    a_month_later(clock, ncbi, Entry(6, entered=NOVEMBER, created=NOVEMBER), Entry(2, revised=NOVEMBER))
    (found,) = search()
    row = read_log(review)[1]

    assert found.result.articles == (6,)
    assert found.result.revised == (2,)
    assert (row["updates"], row["n_held"], row["n_articles"]) == ("main-2026-10-25", "5", "1")


def test_a_search_that_was_stopped_goes_on(search, review, ncbi):
    ncbi.faults = lambda program, _: "503" if program == "efetch" else None
    with pytest.raises(NetworkError):
        search()
    ncbi.faults = lambda *_: None
    said = []
    search(tell=said.append)

    assert said[0] == "main: going on with main-2026-10-25"
    assert [row["run"] for row in read_log(review)] == ["main-2026-10-25"]


def test_a_text_that_changed_gives_up_the_open_run(search, review, ncbi):
    ncbi.faults = lambda program, _: "503" if program == "efetch" else None
    with pytest.raises(NetworkError):
        search()
    ncbi.faults = lambda *_: None
    path = review / "metaleak.toml"
    path.write_text(path.read_text().replace("cement AND leakage", "leakage"))
    said = []
    (found,) = search(tell=said.append)

    assert "is given up" in said[0]
    assert found.result.order.query == "leakage"


def test_a_run_that_ended_without_its_row_is_logged_by_the_next_search(search, review, clock):
    search()
    (review / "extraction" / "searches.csv").unlink()
    clock.sleep(86_400)
    search()

    assert [row["run"] for row in read_log(review)] == ["main-2026-10-25", "main-2026-10-26"]


def test_missing_records_leave_the_run_open_until_they_are_accepted(search, review, ncbi):
    ncbi.shelf.ghosts = {3}
    with pytest.raises(IncompleteError):
        search()

    assert open_run(review, "main") is not None
    assert read_log(review) == []
    (found,) = search(accept_missing=True)
    assert read_log(review)[0]["missing"] == "3"
    assert "listed and not delivered: 1 (3)" in "\n".join(found.lines())


def test_the_lines_say_what_is_new_and_what_pubmed_found_wrong(search, review):
    path = review / "metaleak.toml"
    path.write_text(path.read_text().replace("cement AND leakage", "cement OR xyzzy OR plugh"))
    (found,) = search()
    text = "\n".join(found.lines())

    assert "main: 5 records match in PubMed (updated 2026/11/24 03:35)" in text
    assert "  5 new, 1 of them books; 0 were held" in text
    assert "  PubMed warns: PhraseNotFound: xyzzy; plugh" in text
    assert "logged as main-2026-10-25" in text


def test_the_document_holds_what_the_log_holds(search):
    document = search()[0].document()

    assert (document["n_found"], document["n_articles"], document["updates"]) == (5, 4, None)


def test_a_clone_without_the_earlier_records_counts_nothing_twice(search, review, clock):
    search()
    shutil.rmtree(review / ".metaleak")
    clock.sleep(86_400)

    with pytest.raises(InputError, match=r"main-2026-10-25.*copy .metaleak/searches/"):
        search()
    assert len(read_log(review)) == 1


def test_two_searches_at_once_are_refused(search, review):
    with search_lock(review), pytest.raises(LockedError, match="is searching"):
        search()


def test_a_review_without_strategies_is_told_what_to_write(starter):
    with pytest.raises(ConfigError, match=r"\[search.strategies.NAME\]"):
        search_review(starter, environment={})


def test_a_strategy_that_is_not_there_is_told(search):
    with pytest.raises(ConfigError, match="one of main"):
        search("mian")


def test_nobody_is_asked_without_an_address(review, ncbi):
    with pytest.raises(UsageError, match="METALEAK_EMAIL"):
        search_review(review, environment={}, base_url=ncbi.url)
    assert ncbi.asked == []


def test_a_first_run_leaves_nothing_that_only_an_open_run_needs(search, review):
    search()

    assert sorted(path.name for path in run_folder(review, "main-2026-10-25").path.iterdir()) == [
        "batches",
        "order.json",
        "payload.sha256",
        "plan.json",
        "result.json",
    ]


def test_the_key_is_in_no_file_and_no_sentence(review, ncbi, clock):
    """NCBI repeats the key in its refusals; it must not come further than that."""
    key = "0123456789abcdef0123456789abcdef0123"
    refusals = ["429", "429", "500"]
    ncbi.faults = lambda *_: refusals.pop() if refusals else None
    said = []
    (found,) = search_review(
        review,
        environment={"METALEAK_EMAIL": "reader@example.org", "NCBI_API_KEY": key},
        clock=clock,
        base_url=ncbi.url,
        tell=said.append,
    )
    written = b"".join(path.read_bytes() for path in review.rglob("*") if path.is_file())

    assert all(question["api_key"] == key for _, question in ncbi.asked)
    assert "API rate limit exceeded" in "".join(said)
    assert key.encode() not in written
    assert key not in "".join([*said, *found.lines(), str(found.document())])


def test_a_record_that_nobody_asked_for_is_not_added(search, review, ncbi, monkeypatch):
    """The log counts what matches; the sheet holds the same."""
    stranger = Entry(99, words="another field")
    served = ncbi.shelf.serve
    monkeypatch.setattr(ncbi.shelf, "serve", lambda pmids: [*served(pmids), stranger])
    search()

    assert sorted(held_records(review)) == [f"pubmed:{number}" for number in range(1, 6)]
    assert review_flow(review).searched.found == 5


def test_a_record_that_came_twice_stands_once(search, review, ncbi, monkeypatch):
    served = ncbi.shelf.serve
    monkeypatch.setattr(ncbi.shelf, "serve", lambda pmids: [*served(pmids), *served(pmids[:2])])
    search()

    assert sorted(held_records(review)) == [f"pubmed:{number}" for number in range(1, 6)]


def test_a_record_that_cannot_be_read_is_told(search, ncbi, monkeypatch):
    """PubMed delivers its number and nothing of an article."""
    bare = "<PubmedArticle><MedlineCitation><PMID>3</PMID></MedlineCitation></PubmedArticle>"
    monkeypatch.setattr(ncbi.shelf.entries[3], "xml", lambda: bare)
    (found,) = search()

    assert found.document()["unread"] == [3]
    assert "  delivered, and the record cannot be read: 1 (3)" in found.lines()


def test_a_revised_record_says_what_it_says_now(search, review, clock, ncbi):
    """A corrected title and the day of the revision replace the former ones; every run stays."""
    search()
    a_month_later(clock, ncbi, Entry(2, revised=NOVEMBER, words="cement leakage, corrected"))
    search()
    record = held_records(review)["pubmed:2"]

    assert record.title == "Synthetic record 2: cement leakage, corrected."
    assert record.revised == "20261120"
    assert [origin.run for origin in record.origins] == ["main-2026-10-25", "main-2026-11-24"]


def test_what_pubmed_deleted_and_what_no_longer_matches_is_told(search, review, clock, ncbi):
    """On the terminal, for scripts and in the log; no record is taken out, and the flow counts the same."""
    search()
    a_month_later(clock, ncbi, Entry(2, words="another field"))
    del ncbi.shelf.entries[3]
    (found,) = search()
    row = read_log(review)[1]

    assert "  held, no longer matching: 2 (2, 3), 1 of them no longer in PubMed" in found.lines()
    assert "  held, no longer in PubMed: 1 (3); nothing is taken out" in found.lines()
    assert (found.document()["unmatched"], found.document()["gone"]) == ([2, 3], [3])
    assert (row["n_held"], row["n_unmatched"], row["unmatched"]) == ("3", "2", "2; 3")
    assert (row["n_gone"], row["gone"]) == ("1", "3")
    assert sorted(held_records(review)) == [f"pubmed:{number}" for number in range(1, 6)]
    assert review_flow(review).searched.found == 5


def test_a_deleted_record_is_told_by_a_search_that_was_stopped_too(search, clock, ncbi):
    search()
    a_month_later(clock, ncbi, Entry(6, entered=NOVEMBER, created=NOVEMBER))
    del ncbi.shelf.entries[3]
    ncbi.faults = lambda program, _: "503" if program == "efetch" else None
    with pytest.raises(NetworkError):
        search()
    ncbi.faults = lambda *_: None
    (found,) = search()

    assert (found.result.articles, found.result.unmatched, found.result.gone) == ((6,), (3,), (3,))


def test_what_another_search_brought_is_missed_where_it_matched(search, review, clock, ncbi):
    """The second strategy fetched nothing of it, and says when it no longer matches; a third never matched it."""
    path = review / "metaleak.toml"
    more = '[search.strategies.second]\npubmed = "leakage"\n[search.strategies.third]\npubmed = "vertebra"\n'
    path.write_text(f"{path.read_text()}\n{more}")
    search()
    a_month_later(clock, ncbi, Entry(2, words="another field"))
    found = {each.result.order.strategy: each.result.unmatched for each in search()}

    assert found == {"main": (2,), "second": (2,), "third": ()}


def test_an_imported_record_that_pubmed_deleted_is_told(search, review, clock, ncbi, tmp_path):
    export = tmp_path / "set.nbib"
    export.write_text(Entry(77).medline(), encoding="utf-8")
    import_file(review, export, source="pubmed", clock=clock)
    search()
    a_month_later(clock, ncbi)
    (found,) = search()

    assert (found.result.unmatched, found.result.gone) == ((), (77,))


def test_a_number_that_never_comes_is_counted_once(search, review, clock, ncbi):
    """Month after month PubMed lists it and does not deliver it; in the end it does."""
    ncbi.shelf.ghosts = {3}
    search(accept_missing=True)
    a_month_later(clock, ncbi)
    search(accept_missing=True)
    flow = review_flow(review)

    assert (flow.searched.found, flow.searched.fates[Fate.WITHDRAWN]) == (5, 1)
    a_month_later(clock, ncbi)
    ncbi.shelf.ghosts = set()
    search()
    flow = review_flow(review)
    assert (flow.searched.found, flow.searched.fates[Fate.WITHDRAWN]) == (5, 0)


def test_an_export_of_pubmed_is_held_and_no_lost_run(search, review, clock, tmp_path):
    """What was imported is not fetched again, and the flow counts it once."""
    export = tmp_path / "set.nbib"
    export.write_text("\n".join(Entry(number).medline() for number in (1, 2)), encoding="utf-8")
    import_file(review, export, source="pubmed", clock=clock)
    (found,) = search()
    row = read_log(review)[1]

    assert (row["n_found"], row["n_held"], row["n_articles"], row["n_books"]) == ("5", "2", "2", "1")
    assert row["updates"] == ""
    assert found.result.late == ()
    assert review_flow(review).searched.identified == {"pubmed": 5}


def test_what_another_search_brought_in_between_counts_once(search, review, clock, ncbi):
    """A run that stood open had planned the same records as new."""
    path = review / "metaleak.toml"
    path.write_text(f'{path.read_text()}\n[search.strategies.second]\npubmed = "leakage"\n')
    ncbi.shelf.ghosts = {3}
    with pytest.raises(IncompleteError):
        search("main")
    clock.sleep(86_400)
    search("second", accept_missing=True)
    ncbi.shelf.ghosts = set()
    search("main")
    last = read_log(review)[1]

    assert (last["run"], last["n_held"], last["n_articles"], last["n_books"]) == (
        "main-2026-10-25",
        "4",
        "1",
        "0",
    )
    assert review_flow(review).searched.found == 5
