"""The other end of a pipe: a process that computes chunks until its parent closes or dies.

``multiprocessing`` would run the user's script again in every process, and fail where the script has no guard; this
process loads the job's function and nothing else.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from typing import IO, Any

from metaleak.compute.job import compute


def serve() -> None:
    """Read the job, then chunks, from standard input, and write ``(True, array)`` or ``(False, error)``."""
    # Ctrl-C goes to the whole group of processes; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _answer(sys.stdin.buffer)
    except (EOFError, BrokenPipeError):
        # The parent is gone: nobody is left to be told, and what is buffered goes nowhere.
        os._exit(1)


def _answer(source: IO[bytes]) -> None:
    # What a library prints must not get between the answers.
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        function, shared, expected = pickle.load(source)
        while True:
            try:
                chunk = pickle.load(source)
            except EOFError:
                return
            answer: tuple[bool, Any]
            try:
                answer = (True, compute(function, shared, chunk, expected))
            except Exception as error:
                answer = (False, error)
            pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
            answers.flush()
