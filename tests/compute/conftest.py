"""A module of functions that other processes can load, and a cluster of them."""

import importlib
import os
import subprocess
import sys
import time

import pytest

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


class Cluster:
    """A scheduler and two workers, each a process of its own."""

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
        for name in ("one", "two"):
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
        started.wait_for_workers(2)
        yield started
    finally:
        started.stop()
