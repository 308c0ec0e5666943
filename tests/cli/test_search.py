"""``metaleak search`` as it is typed, against a server on this machine."""

import json
import os
import random
import subprocess
import sys

import pytest

from metaleak.cli import main
from metaleak.search.clock import SystemClock
from metaleak.search.log import read_log
from metaleak.workflow.scaffold import new_review
from tests.search.ncbi import Ncbi
from tests.search.offline import stay_here
from tests.search.shelf import Entry, Shelf

__all__ = ["stay_here"]


@pytest.fixture
def ncbi():
    """Return a server with five records."""
    server = Ncbi(SystemClock())
    shelf = Shelf()
    shelf.add(*(Entry(number) for number in range(1, 6)))
    server.reset(shelf)
    yield server
    server.close()


@pytest.fixture
def searched(tmp_path, monkeypatch, ncbi, capsys):
    """Return a function that types the command in a review of its own and returns code, output, errors."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("METALEAK_EMAIL", "reader@example.org")
    new_review(tmp_path / "review")
    with (tmp_path / "review" / "metaleak.toml").open("a") as file:
        file.write('\n[search.strategies.main]\npubmed = "cement"\n')

    def type_in(*args):
        code = main(["search", "--root", str(tmp_path / "review"), "--server", ncbi.url, *args])
        return code, *capsys.readouterr()

    return type_in


def test_a_search_says_what_it_found(searched):
    code, out, _ = searched()

    assert code == 0
    assert "5 new; 0 were held" in out


def test_a_search_compares_what_came_with_what_is_there(searched):
    """Unless it is told not to."""
    assert "5 records, 5 publications" in searched()[1]
    assert "compared" not in json.loads(searched("--no-compare", "--json")[1])
    assert json.loads(searched("--json")[1])["compared"]["publications"] == 5


def test_scripts_get_one_document(searched):
    code, out, _ = searched("main", "--json")

    assert code == 0
    assert json.loads(out)["searches"][0]["n_found"] == 5


def test_missing_records_end_with_2_and_their_numbers(searched, ncbi):
    ncbi.shelf.ghosts = {4}
    code, _, err = searched()

    assert code == 2
    assert "got: '4'" in err
    assert searched("--accept-missing")[0] == 0


def test_an_address_in_the_open_is_refused(searched):
    code, _, err = searched("--server", "http://example.org/")

    assert code == 2
    assert "no address of a server" in err


def test_a_command_that_is_killed_again_and_again_logs_its_run_once(searched, ncbi, tmp_path):
    root = tmp_path / "review"
    ncbi.shelf.add(*(Entry(number) for number in range(1, 1_001)))
    chance = random.Random(3)
    command = [sys.executable, "-m", "metaleak", "search", "-q", "--root", root, "--server", ncbi.url]
    for _ in range(6):
        process = subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=chance.uniform(0.4, 1.4))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    code, _, _ = searched("--no-compare")
    first, *others = read_log(root)

    assert code == 0
    assert (first["n_found"], first["n_articles"], first["n_held"]) == ("1000", "1000", "0")
    assert all((row["n_held"], row["n_articles"]) == ("1000", "0") for row in others)
    assert not list(root.rglob("*.metaleak-tmp"))
