"""Which run is open, and which is next."""

from dataclasses import asdict

import pytest

from metaleak.search.folder import ORDER
from metaleak.search.runs import all_runs, drop, free_name, next_order, open_run, run_folder

STARTED = "2026-11-25T09:00:00Z"


def row(run, *, strategy="main", source="pubmed", platform="E-utilities", date="2026-10-25T09:00:00Z"):
    return {"run": run, "strategy": strategy, "source": source, "platform": platform, "date": date}


@pytest.fixture
def begin(tmp_path):
    """Return a function that begins a run."""

    def begin(strategy="main", log=()):
        order = next_order(tmp_path, log, strategy=strategy, query="cement", started=STARTED)
        run_folder(tmp_path, order.run).write(ORDER, asdict(order))
        return order

    return begin


def test_a_first_run_updates_nothing(begin):
    order = begin()

    assert (order.run, order.previous, order.since) == ("main-2026-11-25", "", "")


def test_a_second_run_updates_the_last_logged_one_of_its_strategy(begin):
    log = [
        row("b", date="2026-10-26T09:00:00Z"),
        row("a"),
        row("c", strategy="other", date="2026-11-01T00:00:00Z"),
        row("d", source="embase", date="2026-11-02T00:00:00Z"),
        row("e", platform="an export.nbib", date="2026-11-03"),
    ]

    assert (begin(log=log).previous, begin(log=log).since) == ("b", "2026-10-26T09:00:00Z")


def test_two_runs_of_a_day_have_two_names(begin):
    assert [begin().run, begin().run, begin().run] == [
        "main-2026-11-25",
        "main-2026-11-25-2",
        "main-2026-11-25-3",
    ]


def test_a_name_in_the_log_is_taken_even_without_its_folder(tmp_path):
    assert free_name(tmp_path, [row("embase-2026-11-25")], "embase-2026-11-25") == "embase-2026-11-25-2"


def test_only_a_run_that_has_not_ended_is_open(begin, tmp_path):
    first = begin()
    run_folder(tmp_path, first.run).close({})

    assert open_run(tmp_path, "main") is None
    second = begin()
    assert open_run(tmp_path, "main")[1] == second
    assert open_run(tmp_path, "other") is None


def test_a_dropped_run_is_gone(begin, tmp_path):
    begin()
    drop(open_run(tmp_path, "main")[0])

    assert list(all_runs(tmp_path)) == []
