"""A run from its order to its result."""

import gzip
import hashlib

import pytest

from metaleak.errors import IncompleteError, NetworkError, StorageError
from metaleak.search.folder import RESULT
from metaleak.search.pubmed import PubMed
from metaleak.search.run import carry_out, delivered, read_result
from tests.search.shelf import Entry, Shelf


@pytest.fixture
def shelf(ncbi):
    """Return a shelf of ten records on the server; the seventh is a book."""
    shelf = Shelf()
    shelf.add(*(Entry(number, is_book=number == 7) for number in range(1, 11)))
    ncbi.reset(shelf)
    return shelf


@pytest.fixture
def small(client):
    """Return PubMed in batches of four."""
    return PubMed(client(), batch=4)


def test_a_result_accounts_for_every_number(shelf, small, ordered):
    result = carry_out(ordered(), small, ())

    assert (result.found, result.new, result.books) == (10, 10, (7,))
    assert sorted(result.articles) == [1, 2, 3, 4, 5, 6, 8, 9, 10]
    assert result.build == "2026/11/24 03:35"


def test_the_payloads_are_what_the_server_sent(shelf, small, ordered, ncbi):
    folder = ordered()
    carry_out(folder, small, ())

    assert gzip.decompress((folder.path / "batches/0003.xml.gz").read_bytes()) == ncbi.served


def test_the_digest_leads_to_every_payload(shelf, small, ordered):
    folder = ordered()
    result = carry_out(folder, small, ())
    manifest = (folder.path / "payload.sha256").read_bytes()
    listed = dict(reversed(line.split("  ")) for line in manifest.decode().splitlines())

    assert hashlib.sha256(manifest).hexdigest() == result.payload
    assert listed == {
        name: hashlib.sha256((folder.path / name).read_bytes()).hexdigest()
        for name in ("batches/0001.xml.gz", "batches/0002.xml.gz", "batches/0003.xml.gz")
    }


def test_a_complete_run_asks_nothing_and_changes_nothing(shelf, small, ordered, ncbi):
    folder = ordered()
    first = carry_out(folder, small, ())
    asked = len(ncbi.asked)

    assert carry_out(folder, small, ()) == first == read_result(folder)
    assert len(ncbi.asked) == asked


def test_a_server_that_dies_in_the_middle_costs_one_batch(shelf, small, ordered, ncbi):
    folder = ordered()
    ncbi.faults = lambda *_: "500" if len(ncbi.served) and ncbi.asked[-1][1].get("retstart") == "4" else None
    with pytest.raises(NetworkError):
        carry_out(folder, small, ())
    ncbi.faults = lambda *_: None
    before = len(ncbi.asked)

    assert carry_out(folder, small, ()).new == 10
    assert [program for program, _ in ncbi.asked[before:]] == ["efetch", "efetch"]


def test_missing_records_are_named_and_the_run_stays_open(shelf, small, ordered):
    shelf.ghosts = {3, 9}

    with pytest.raises(
        IncompleteError, match=r"2 records and does not deliver them.*9, 3.*--accept-missing"
    ) as error:
        carry_out(ordered(), small, ())
    assert set(error.value.missing) == {3, 9}
    assert error.value.exit_code == 2


def test_a_missing_record_that_comes_later_completes_the_run(shelf, small, ordered):
    shelf.ghosts = {3}
    folder = ordered()
    with pytest.raises(IncompleteError):
        carry_out(folder, small, ())
    shelf.ghosts = set()

    assert carry_out(folder, small, ()).missing == ()


def test_a_run_can_be_closed_without_what_is_missing(shelf, small, ordered):
    shelf.ghosts = {3}
    result = carry_out(ordered(), small, (), accept_missing=True)

    assert (result.missing, result.new) == ((3,), 10)


def test_each_payload_comes_with_the_numbers_that_count_in_it(shelf, small, ordered):
    folder = ordered()
    carry_out(folder, small, ())
    wanted = [numbers for _, numbers, _ in delivered(folder)]

    assert frozenset().union(*wanted) == set(range(1, 11))


def test_a_result_of_an_earlier_version_is_read(shelf, small, ordered):
    folder = ordered()
    result = carry_out(folder, small, ())
    kept = folder.read(RESULT)
    folder.write(RESULT, {name: kept[name] for name in kept if name not in ("unmatched", "gone", "shared")})

    assert read_result(folder) == result


def test_a_damaged_file_is_named(shelf, small, ordered):
    folder = ordered()
    carry_out(folder, small, ())
    (folder.path / "result.json").write_text("{")

    with pytest.raises(StorageError, match="damaged"):
        read_result(folder)


@pytest.mark.parametrize("name", ["batches/0001.xml.gz", "batches/0001.json", "plan.json"])
@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08 cut", None])
def test_what_is_damaged_or_gone_of_a_run_is_named(shelf, small, ordered, name, content):
    folder = ordered()
    carry_out(folder, small, ())
    path = folder.path / name
    path.unlink() if content is None else path.write_bytes(content)

    with pytest.raises(StorageError, match=f"{name}: (what a search brought|a file of the run) is damaged"):
        list(delivered(folder))
