"""Real processes that write, so that they can be killed."""

import subprocess
import sys

import pytest


@pytest.fixture
def process():
    """Return a function that starts Python on some code; what still runs at the end is killed."""
    started = []

    def start(code, *args):
        command = [sys.executable, "-c", code, *map(str, args)]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(running)
        return running

    yield start
    for running in started:
        running.kill()
        running.communicate()
