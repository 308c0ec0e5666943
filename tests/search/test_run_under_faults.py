"""Whatever the server does: the set is the server's truth, or the run says exactly what is missing."""

import random
import re
from collections import Counter
from dataclasses import asdict
from datetime import date, timedelta

import pytest

from metaleak.errors import IncompleteError, NetworkError
from metaleak.search.folder import ORDER, RunFolder
from metaleak.search.plan import Order
from metaleak.search.pubmed import PubMed
from metaleak.search.run import carry_out, delivered
from tests.search.ncbi import ANYWHERE, IN_LISTS, IN_RECORDS
from tests.search.shelf import Entry, Shelf

#: A run that a broken server stops is continued this often before the test gives up on it.
CONTINUED = 60

#: A small wall, so that small shelves need parts.
WALL = 12

OWN_NUMBER = re.compile(
    rb'(?:<MedlineCitation Status="MEDLINE" Owner="NLM">|<BookDocument>)<PMID Version="1">(\d+)'
)


def shelf_for(chance):
    """Return a shelf of up to 36 records over eight years, some of them books, ghosts or doomed."""
    shelf = Shelf()
    for pmid in chance.sample(range(1, 40_000_000), chance.randint(0, 36)):
        # Many records on few days: some parts can be cut no further than to one day.
        day = date(2018, 1, 1) + timedelta(days=chance.choice((0, 1, chance.randint(0, 2900))))
        shelf.add(Entry(pmid, entered=day, created=day, is_book=chance.random() < 0.05))
    pmids = sorted(shelf.entries)
    shelf.ghosts = set(chance.sample(pmids, len(pmids) // 20)) if chance.random() < 0.2 else set()
    rest = sorted(set(pmids) - shelf.ghosts)
    shelf.doomed = set(chance.sample(rest, len(rest) // 20)) if chance.random() < 0.3 else set()
    return shelf


def faults_from(chance):
    """Return a plan of faults: a rate of its own for each run, from none to nearly always."""
    rate = chance.choice((0.0, 0.05, 0.15, 0.3, 0.6))

    def plan_of_faults(program, _):
        if chance.random() >= rate:
            return None
        return chance.choice(ANYWHERE + {"efetch": IN_RECORDS, "esearch": IN_LISTS}.get(program, ()))

    return plan_of_faults


def finished(folder, pubmed, ncbi, held=()):
    """Continue a run until it ends; a server that stays broken is mended in the end."""
    ghosts = ncbi.shelf.ghosts
    accept = False
    for attempt in range(CONTINUED):
        if attempt == CONTINUED - 2:
            ncbi.faults = lambda *_: None
        try:
            return carry_out(folder, pubmed, held, matched=held, accept_missing=accept)
        except NetworkError:
            continue
        except IncompleteError as error:
            # Only what PubMed never delivers is given up.
            accept = len(error.missing) > 0 and set(error.missing) <= ghosts
    raise AssertionError("the run does not end on a server without faults")


@pytest.fixture
def searched(ncbi, client, tmp_path):
    """Return a function that searches a random shelf through a random plan of faults."""
    pubmed = PubMed(client(), wall=WALL, batch=5)

    def search(seed):
        chance = random.Random(seed)
        shelf = shelf_for(chance)
        truth = set(shelf.entries)
        ncbi.reset(shelf, seed=seed, wall=WALL)
        ncbi.expired = chance.choice(("status", "words"))
        ncbi.latency = lambda: chance.choice((0.0, 0.1, chance.random()))
        ncbi.faults = faults_from(chance)
        folder = RunFolder(tmp_path / str(seed))
        folder.write(
            ORDER, asdict(Order(run="r", strategy="s", query="cement", started="2026-10-25T09:00:00Z"))
        )
        return truth, shelf, folder, finished(folder, pubmed, ncbi)

    return search


@pytest.mark.parametrize("block", range(8))
def test_every_number_is_accounted_for_once_at_the_allowed_rate(searched, ncbi, block):
    """Twenty-five random shelves and plans of faults per block."""
    for seed in range(25 * block, 25 * block + 25):
        truth, shelf, folder, result = searched(seed)
        fates = [*result.articles, *result.books, *result.deleted, *result.missing]

        assert Counter(fates) == Counter(truth), seed
        assert set(result.deleted) == shelf.doomed, seed
        assert set(result.missing) == shelf.ghosts, seed
        assert in_payloads(folder) >= truth - shelf.doomed - shelf.ghosts, seed
        assert set(result.books) == {
            n for n in truth & shelf.entries.keys() - shelf.ghosts if shelf.entries[n].is_book
        }
        assert busiest_second(ncbi.arrivals) <= 3, seed


def test_what_is_gone_is_told_whatever_the_server_does(ncbi, client, tmp_path):
    """A second search after some records were deleted and others no longer match; all were held."""
    pubmed = PubMed(client(), wall=WALL, batch=5)
    for seed in range(40):
        chance = random.Random(seed)
        shelf = shelf_for(chance)
        shelf.ghosts = shelf.doomed = set()
        held = sorted(shelf.entries)
        deleted = chance.sample(held, len(held) // 6)
        others = chance.sample(sorted({*held} - {*deleted}), len(held) // 6)
        for pmid in deleted:
            del shelf.entries[pmid]
        shelf.add(*(Entry(pmid, words="another field") for pmid in others))
        ncbi.reset(shelf, seed=seed, wall=WALL)
        ncbi.faults = faults_from(chance)
        order = Order(
            run="r",
            strategy="s",
            query="cement",
            started="2026-11-25T09:00:00Z",
            since="2026-10-25T09:00:00Z",
        )
        folder = RunFolder(tmp_path / str(seed))
        folder.write(ORDER, asdict(order))
        result = finished(folder, pubmed, ncbi, held)

        assert result.gone == tuple(sorted(deleted)), seed
        assert result.unmatched == tuple(sorted([*deleted, *others])), seed
        assert busiest_second(ncbi.arrivals) <= 3, seed


def in_payloads(folder):
    """Return the numbers that stand in the payloads, read by another way than the fetcher's."""
    return {
        number
        for body, wanted, _ in delivered(folder)
        for number in map(int, OWN_NUMBER.findall(body))
        if number in wanted
    }


def busiest_second(arrivals):
    """Return the most requests that came within less than a second, as the server saw them."""
    moments = [moment for moment, _ in arrivals]
    return max(
        (sum(first <= moment < first + 1.0 for moment in moments[at:]) for at, first in enumerate(moments)),
        default=0,
    )
