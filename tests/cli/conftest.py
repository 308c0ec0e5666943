"""Commands as a person types them, in this process or in one of their own."""

import json
import subprocess
import sys

import pytest

from metaleak.cli import main
from metaleak.workflow.scaffold import new_review


@pytest.fixture
def starter(tmp_path):
    """Return a fresh review with six synthetic studies."""
    new_review(tmp_path / "review")
    return tmp_path / "review"


@pytest.fixture
def metaleak(capsys):
    """Return a function that runs a command and gives (exit code, stdout, stderr)."""

    def run(*words):
        code = main([str(word) for word in words])
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


@pytest.fixture
def metaleak_json(metaleak):
    """Return a function that runs a command with --json and gives (exit code, document)."""

    def run(*words):
        code, out, _ = metaleak(*words, "--json")
        return code, json.loads(out)

    return run


@pytest.fixture
def process():
    """Return a function that starts a command as a process of its own."""
    started = []

    def start(*words, **options):
        child = subprocess.Popen(
            [sys.executable, "-m", "metaleak", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()
