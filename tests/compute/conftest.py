"""A module of functions that other processes can load, and a cluster of them."""

import importlib
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from metaleak.effects.detection_table import DetectionTable
from metaleak.effects.table import StudyTable
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.pooling.random_effects import RandomEffects
from metaleak.synthesis.explained import explained_variance
from metaleak.synthesis.permutation import permutation_test
from metaleak.synthesis.specification import Specification
from metaleak.synthesis.specification_chance import specification_chance
from metaleak.synthesis.two_sources_bootstrap import bootstrapped

FUNCTIONS = '''
import os, time
import numpy as np

def squares(shared, chunk):
    """Squares and the process that computed them."""
    time.sleep(shared)
    return np.array([chunk**2, os.getpid()], dtype=float)

def dies(shared, chunk):
    """Kill the own process, at chunk 1."""
    if chunk == 1:
        os._exit(9)
    return np.zeros(1)

def waits(shared, chunk):
    """Take a minute for every chunk but the first."""
    time.sleep(60 if chunk else 0)
    return np.zeros(1)

def fails(shared, chunk):
    """Refuse as a model does."""
    from metaleak.errors import ConvergenceError
    raise ConvergenceError("no optimum", got=chunk, state={"tau": 1.0})

def chatters(shared, chunk):
    """Print where answers go."""
    print("noise" * 1000, flush=True)
    return np.array([float(chunk)])
'''


@pytest.fixture(scope="session")
def functions(tmp_path_factory):
    """Return the module of functions; every process that is started from here finds it."""
    folder = tmp_path_factory.mktemp("functions")
    (folder / "resampling_functions.py").write_text(FUNCTIONS)
    sys.path.insert(0, str(folder))
    yield importlib.import_module("resampling_functions")
    sys.path.remove(str(folder))


def table(**moderators):
    """Return twelve synthetic rows."""
    rng = np.random.default_rng(7)
    return StudyTable.from_counts(
        rng.integers(5, 30, 12).tolist(), rng.integers(40, 60, 12).tolist(), moderators=moderators
    )


WORDS = {"modality": ["CT"] * 6 + ["xray"] * 6, "unit": ["vertebra", "patient"] * 6}


def permutations(**place):
    """Permute a moderator."""
    return permutation_test(RandomEffects(moderators="~ modality"), table(**WORDS), n=60, **place)


def curves(**place):
    """Permute the words of two specifications."""
    asked = [
        Specification(
            choices={},
            model=RandomEffects(measure="PLO", method=method),
            tau2="separate",
            table=table(modality=WORDS["modality"]),
            coding={"CT": "CT", "xray": "X-ray"},
        )
        for method in ("DL", "REML")
    ]
    return specification_chance(asked, contrast=("X-ray", "CT"), permutations=40, **place)


def ledger(**place):
    """Draw and shuffle data sets of two moderators."""
    found = explained_variance(table(**WORDS), ["modality", "unit"], replicates=20, permutations=20, **place)
    return found.shares, found.players, found.chance, found.notes


def sources(**place):
    """Draw tables in which both sources have one sensitivity."""
    seen = DetectionTable.from_counts(
        [200] * 9,
        ct=[100, 80, 125, None, None, None, 100, 90, 110],
        index=[None, None, None, 60, 45, 70, 60, 50, 68],
    )
    return bootstrapped(DetectionAdjusted(draws=0), seen, statistic=3.0, replicates=6, seed=1, **place)


RESAMPLINGS = {one.__name__: one for one in (permutations, curves, ledger, sources)}


@pytest.fixture(params=list(RESAMPLINGS))
def resampling(request, monkeypatch):
    """Return a function of workers, scheduler and keep that resamples in small chunks and tells every digit."""
    monkeypatch.setattr("metaleak.synthesis.permutation._CELLS", 100)
    monkeypatch.setattr("metaleak.synthesis.specification_chance._CURVES", 8)
    monkeypatch.setattr("metaleak.synthesis.explained._STEP", 4)
    monkeypatch.setattr("metaleak.synthesis.two_sources_bootstrap._TABLES", 2)
    return lambda **place: repr(RESAMPLINGS[request.param](**place))


class Cluster:
    """A scheduler and three workers, each a process of its own."""

    def __init__(self, folder, path):
        self._file = folder / "scheduler.json"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
        # A lost worker is noticed when its connection breaks; nothing is written outside of the folder.
        quiet = {
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            "cwd": folder,
            "env": environment,
        }
        dask = [sys.executable, "-m", "dask"]
        file = ["--scheduler-file", str(self._file)]
        here = ["--host", "127.0.0.1", "--no-dashboard"]
        self.processes = [
            subprocess.Popen([*dask, "scheduler", *file, *here, "--port", "0", "--no-show"], **quiet)
        ]
        self.workers = []
        for name in ("one", "two", "three"):
            self.workers.append(
                subprocess.Popen(
                    [*dask, "worker", *file, *here, "--no-nanny", "--nthreads", "1", "--name", name], **quiet
                )
            )
        self.processes += self.workers

    @property
    def address(self):
        """Where the scheduler listens."""
        import json

        for _ in range(600):
            try:
                return json.loads(self._file.read_text())["address"]
            except (OSError, ValueError):
                time.sleep(0.05)
        raise TimeoutError("the scheduler did not start")

    def wait_for_workers(self, number):
        """Wait until the scheduler knows so many workers."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(number, timeout=30)

    def stop(self):
        """Kill every process."""
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(functions, tmp_path_factory):
    """Return a running cluster on the loopback."""
    started = Cluster(tmp_path_factory.mktemp("cluster"), sys.path)
    try:
        started.wait_for_workers(3)
        yield started
    finally:
        started.stop()
