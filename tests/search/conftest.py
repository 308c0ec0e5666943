"""A PubMed on this machine, and a guard: nothing here may reach another one."""

import random
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from metaleak.search.client import Client
from metaleak.search.credentials import Credentials
from metaleak.search.folder import ORDER, RunFolder
from metaleak.search.limiter import Limiter
from metaleak.search.plan import Order
from metaleak.search.pubmed import PubMed
from tests.search.clocks import FakeClock
from tests.search.ncbi import Ncbi
from tests.search.offline import stay_here

__all__ = ["stay_here"]


@pytest.fixture
def tmp_path(tmp_path):
    """Return a folder in memory where there is one: thousands of files are flushed to the disk."""
    shared = Path("/dev/shm")
    if not shared.is_dir():
        yield tmp_path
        return
    with TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def ncbi(clock):
    server = Ncbi(clock)
    yield server
    server.close()


@pytest.fixture
def client(ncbi, clock, tmp_path):
    """Return a function that makes a client of the server, with a limit of its own."""
    made = []

    def make(*, api_key=None, seed=1, waiting=lambda _: None):
        credentials = Credentials("reader@example.org", api_key)
        limiter = Limiter(folder=tmp_path / "limit", per_second=credentials.per_second, clock=clock)
        made.append(Client(credentials, limiter, clock=clock, base_url=ncbi.url, waiting=waiting, seed=seed))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def pubmed(client):
    return PubMed(client())


@pytest.fixture
def rng():
    return random.Random(1)


@pytest.fixture
def memory():
    """Return a memory of answers that forgets when it is told to."""
    return Memory()


class Memory:
    """Answers by term, in memory."""

    def __init__(self):
        self.kept = {}
        self.get = self.kept.get
        self.put = self.kept.__setitem__
        self.forget = self.kept.clear


@pytest.fixture
def ordered(tmp_path):
    """Return a function that makes the folder of a new run."""

    def make(name="run", **changes):
        order = Order(run=name, strategy="s", query="cement", started="2026-10-25T09:00:00Z", **changes)
        folder = RunFolder(tmp_path / name)
        folder.write(ORDER, asdict(order))
        return folder

    return make
